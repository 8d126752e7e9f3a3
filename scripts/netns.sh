#!/bin/bash
# Coordinator and workers as hosts in network namespaces, on a release build: tests/netns/network.sh. Needs root.
#
#   scripts/netns.sh [CUTS]   times the link is cut and healed (default 5)
set -eu
cd "$(dirname "$0")/.."
mkdir -p build
if ! { cmake --preset release && cmake --build --preset release -j "$(nproc)" --target plateau plateau-worker run_sweep; } \
    >build/netns.log 2>&1; then
    tail -30 build/netns.log >&2
    echo "netns: the release does not build" >&2
    exit 3
fi
PLATEAU_BIN=build/release/bin exec bash tests/netns/network.sh "${1:-5}"
