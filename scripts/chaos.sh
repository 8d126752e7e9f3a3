#!/bin/bash
# Kills workers and commands at random moments, ROUNDS times over, on a release build: tests/chaos/kill.sh.
#
#   scripts/chaos.sh [ROUNDS [SEED]]
set -eu
cd "$(dirname "$0")/.."
mkdir -p build
if ! { cmake --preset release && cmake --build --preset release -j "$(nproc)" --target plateau plateau-worker run_sweep; } \
    >build/chaos.log 2>&1; then
    tail -30 build/chaos.log >&2
    echo "chaos: the release does not build" >&2
    exit 3
fi
PLATEAU_BIN=build/release/bin exec bash tests/chaos/kill.sh "${1:-50}" ${2:+"$2"}
