#!/bin/bash
# Fuzzes every target of tests/fuzz, each for SECONDS, with libFuzzer, ASan and UBSan. What is found along the way is kept in
# build/fuzz/corpus; a crash leaves its input in build/fuzz/crashes and ends the script with 1 after the last target.
#
#   scripts/fuzz.sh SECONDS [TARGET...]           default: every target; an hour for each: scripts/fuzz.sh 3600
#   scripts/fuzz.sh --merge [TARGET...]           inputs of build/fuzz/corpus that reach something new go to tests/fuzz/corpus
#   FUZZ_JOBS=N                                   targets at a time (default: one per core)
set -u
cd "$(dirname "$0")/.." || exit 3
usage() {
    sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
    exit 2
}
seconds=${1-}
[ $# -gt 0 ] && shift
case $seconds in
--merge) ;;
'' | *[!0-9]* | 0) usage ;;
esac
command -v clang-14 >/dev/null || {
    echo "SKIPPED: clang-14 is not installed (scripts/setup.sh --tests)"
    exit 77
}
all=()
for file in tests/fuzz/fuzz_*.c; do
    name=${file##*/fuzz_}
    all+=("${name%.c}")
done
targets=("$@")
[ $# -gt 0 ] || targets=("${all[@]}")
for name in "${targets[@]}"; do
    [ -f "tests/fuzz/fuzz_$name.c" ] || {
        echo "fuzz: no target $name; there are ${all[*]}" >&2
        exit 2
    }
done

mkdir -p build
if ! { cmake --preset fuzz && cmake --build --preset fuzz -j "$(nproc)" --target "${targets[@]/#/fuzz_}"; } >build/fuzz.log 2>&1; then
    grep -E 'error|FAILED' build/fuzz.log | head -20 >&2
    echo "fuzz: the targets do not build: build/fuzz.log" >&2
    exit 3
fi

# The dictionary of a target, if it has one, gives it the words of its language.
options() {
    echo "-timeout=20 -rss_limit_mb=2048 -max_len=${FUZZ_MAX_LEN:-65536} -print_final_stats=1 -artifact_prefix=build/fuzz/crashes/$1-"
    [ -f "tests/fuzz/$1.dict" ] && echo "-dict=tests/fuzz/$1.dict"
}
fuzz_one() {
    local name=$1 log=build/fuzz/logs/$1.log status=0
    mkdir -p "build/fuzz/corpus/$name"
    # shellcheck disable=SC2046 # words
    "build/fuzz/bin/fuzz_$name" $(options "$name") -max_total_time="$seconds" "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name" \
        >"$log" 2>&1 || status=$?
    local runs edges
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    edges=$(grep -o 'cov: [0-9]*' "$log" | tail -1)
    printf '%-12s %12s inputs  %-12s %s\n' "$name" "${runs:-?}" "$edges" "$([ $status = 0 ] && echo ok || echo "FAILED: $log")"
    return $status
}
merge_one() {
    local name=$1 before after
    [ -d "build/fuzz/corpus/$name" ] || return 0
    before=$(find "tests/fuzz/corpus/$name" -type f | wc -l)
    "build/fuzz/bin/fuzz_$name" -merge=1 -timeout=20 -rss_limit_mb=2048 -max_len=4096 "tests/fuzz/corpus/$name" \
        "build/fuzz/corpus/$name" >"build/fuzz/logs/$name.merge.log" 2>&1 || return 1
    after=$(find "tests/fuzz/corpus/$name" -type f | wc -l)
    echo "$name: $((after - before)) new inputs"
}
export -f options fuzz_one merge_one
export seconds
mkdir -p build/fuzz/crashes build/fuzz/logs
if [ "$seconds" = --merge ]; then
    one=merge_one
else
    one=fuzz_one
fi
printf '%s\0' "${targets[@]}" | xargs -0 -n 1 -P "${FUZZ_JOBS:-$(nproc)}" bash -c "$one \"\$1\"" _
status=$?
[ $status = 0 ] || {
    echo "fuzz: inputs that fail: build/fuzz/crashes; keep each as a file of tests/fuzz/corpus/TARGET once it is mended" >&2
    exit 1
}
