#!/bin/bash
# clang-tidy over the sources of a build folder, warnings as errors; a file that passed is not read again until it,
# a header or the settings change.
#
#   scripts/tidy.sh [BUILD] [FILE...]   default: build/dev, every .c outside tests
set -u
cd "$(dirname "$0")/.." || exit 3
build=${1:-build/dev}
[ $# -gt 0 ] && shift
tool=clang-tidy-14
command -v $tool >/dev/null || {
    echo "SKIPPED: $tool is not installed (scripts/setup.sh --tests)"
    exit 77
}
[ -f "$build/compile_commands.json" ] || {
    echo "tidy: no $build/compile_commands.json: cmake --preset dev makes it" >&2
    exit 3
}
files=("$@")
if [ $# -eq 0 ]; then
    mapfile -t files < <(find proto engine market spec worker coordinator review cli -name '*.c' | sort)
fi
cache=$build/tidy
mkdir -p "$cache"
common=$({
    cat .clang-tidy
    find . -path ./build -prune -o -name '*.h' -print | sort | xargs cat
} | sha256sum | cut -c1-32)
check() {
    local key
    key=$({ echo "$common $1"; cat "$1"; } | sha256sum | cut -c1-32)
    [ -e "$cache/$key" ] && return 0
    if "$tool" -p "$build" --quiet "$1" >"$cache/$key.log" 2>&1; then
        mv "$cache/$key.log" "$cache/$key"
    else
        cat "$cache/$key.log"
        rm -f "$cache/$key.log"
        return 1
    fi
}
export -f check
export tool build cache common
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$(nproc)" bash -c 'check "$1"' _
status=$?
[ $status -eq 0 ] && echo "tidy: ${#files[@]} files are clean"
exit $((status != 0))
