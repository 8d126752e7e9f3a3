#!/bin/bash
# Builds and runs every test: dev (everything), asan (everything but lint), tsan (engine, proto, coordinator logic).
# Ends with ctest's closing line and "N passed, N failed". A test that was skipped counts as failed when CI is set. Tests of
# real processes and links have deadlines, and a shared machine may stand still for longer: a test that fails is run once
# more, and the closing lines say how many needed it.
#
#   scripts/test.sh [PRESET...]   default: dev asan tsan
set -u
cd "$(dirname "$0")/.." || exit 3
presets=("$@")
[ $# -gt 0 ] || presets=(dev asan tsan)
jobs=$(nproc)
passed=0 failed=0 skipped=0 again=0 closing=
log=$(mktemp)
trap 'rm -f "$log"' EXIT

for preset in "${presets[@]}"; do
    printf '\n== %s: configure and build\n' "$preset"
    if ! { cmake --preset "$preset" && cmake --build --preset "$preset" -j "$jobs"; } >"$log" 2>&1; then
        grep -E 'error|warning|FAILED|CMake Error' "$log" | head -40
        tail -20 "$log"
        echo "test: preset $preset does not build"
        failed=$((failed + 1))
        continue
    fi
    printf '== %s: test\n' "$preset"
    ctest --preset "$preset" -j "$jobs" --no-tests=error --repeat until-pass:2 2>&1 | tee "$log" |
        grep --line-buffered -E 'Passed|Failed|Skipped|Timeout|\*\*\*|^[^ ]*tests? (passed|failed)|^[0-9]+%|error|SKIPPED'
    closing=$(grep -E '^[0-9]+% tests passed' "$log" | tail -1)
    bad=$(sed -n 's/.*tests passed, \([0-9]*\) tests\{0,1\} failed out of \([0-9]*\).*/\1/p' "$log" | tail -1)
    all=$(sed -n 's/.*tests passed, \([0-9]*\) tests\{0,1\} failed out of \([0-9]*\).*/\2/p' "$log" | tail -1)
    skips=$(grep -cE '\*\*\*Skipped|\*\*\*Not Run' "$log")
    if [ -z "$bad" ]; then
        echo "test: ctest of preset $preset did not finish"
        failed=$((failed + 1))
        continue
    fi
    [ "$bad" -eq 0 ] || sed -n '/\*\*\*\(Failed\|Timeout\|Exception\)/,/^ *Start /p' "$log" | head -200
    again=$((again + $(grep -cE '^ *[0-9]+/[0-9]+ Test .*\*\*\*(Failed|Timeout|Exception)' "$log") - 2 * bad))
    passed=$((passed + all - bad - skips)) failed=$((failed + bad)) skipped=$((skipped + skips))
done

echo
if [ "$skipped" -gt 0 ]; then
    echo "$skipped skipped (a tool is missing: scripts/setup.sh --tests installs it)"
    [ -z "${CI:-}" ] || failed=$((failed + skipped))
fi
[ "$again" -le 0 ] || echo "$again passed at the second try"
echo "${closing:-no test ran}"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
