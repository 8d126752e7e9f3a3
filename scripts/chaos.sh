#!/bin/bash
# Real processes at random moments, on a release build: ROUNDS of kills alone (tests/chaos/kill.sh), ROUNDS of every kind of fault
# (tests/chaos/faults.sh), and cells that kill, hang or lie (tests/chaos/poison.sh). 200 rounds are the long form.
#
#   scripts/chaos.sh [ROUNDS [SEED]]
set -eu
cd "$(dirname "$0")/.."
mkdir -p build
if ! { cmake --preset release && cmake --build --preset release -j "$(nproc)" --target plateau plateau-worker run_sweep hostile poison_worker; } \
    >build/chaos.log 2>&1; then
    tail -30 build/chaos.log >&2
    echo "chaos: the release does not build" >&2
    exit 3
fi
export PLATEAU_BIN=build/release/bin
rounds=${1:-50}
bash tests/chaos/kill.sh "$rounds" ${2:+"$2"}
bash tests/chaos/faults.sh "$rounds" ${2:+"$2"}
exec bash tests/chaos/poison.sh
