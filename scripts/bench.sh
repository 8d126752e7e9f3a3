#!/bin/bash
# Builds the release and prints every benchmark figure: name<TAB>value<TAB>unit. Messages go to stderr.
#
#   scripts/bench.sh [--quick] [NAME...]   NAME: a program of tests/bench without "bench_"; --quick: what CI runs
set -eu -o pipefail
cd "$(dirname "$0")/.."
unset PLATEAU_BENCH_QUICK
if [ "${1-}" = --quick ]; then
    export PLATEAU_BENCH_QUICK=1
    shift
fi
mkdir -p build
if ! { cmake --preset bench && cmake --build --preset bench -j "$(nproc)"; } >build/bench.log 2>&1; then
    tail -30 build/bench.log >&2
    echo "bench: the release does not build" >&2
    exit 3
fi
bin=build/bench/bin
if [ $# -gt 0 ]; then
    programs=("${@/#/$bin/bench_}")
else
    programs=("$bin"/bench_*)
fi
status=0
for program in "${programs[@]}"; do
    "$program" || {
        echo "bench: $program failed" >&2
        status=3
    }
done
[ $# -gt 0 ] || scripts/bench_run.sh "$bin" || status=3
exit $status
