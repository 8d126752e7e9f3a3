#!/bin/bash
# One hostile process against a run, on a release build: tests/chaos/hostile.sh.
#
#   scripts/hostile.sh [SECONDS]   of a calm run, about (default 20)
set -eu
cd "$(dirname "$0")/.."
mkdir -p build
if ! { cmake --preset release && cmake --build --preset release -j "$(nproc)" --target plateau plateau-worker run_sweep hostile; } \
    >build/hostile.log 2>&1; then
    tail -30 build/hostile.log >&2
    echo "hostile: the release does not build" >&2
    exit 3
fi
PLATEAU_BIN=build/release/bin exec bash tests/chaos/hostile.sh "${1:-20}"
