#!/bin/bash
# Many workers, many cells: the real coordinator with its journal on the disk and simulated workers beside it; then real
# worker processes that compute nothing. Fails if the memory passes 1 GB, if a tile costs more CPU in a crowd than
# among few, or if memory grows with the grid.
#
#   scripts/scale.sh [WORKERS [CELLS]]     default: 5000 workers, 10^7 cells, and 64 real workers (some minutes)
set -eu
cd "$(dirname "$0")/.."
mkdir -p build
if ! { cmake --preset dev && cmake --build --preset dev -j "$(nproc)" --target sim_scale bench_dispatch; } >build/scale.log 2>&1; then
    tail -30 build/scale.log >&2
    echo "scale: does not build" >&2
    exit 3
fi
build/dev/bin/sim_scale "${1:-5000}" "${2:-10000000}"
PLATEAU_BENCH_QUICK=1 build/dev/bin/bench_dispatch 64
