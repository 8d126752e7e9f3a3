#!/bin/bash
# The simulator: seeds of the real coordinator and real worker sessions over a virtual clock, network and disk, with the
# promises checked after every turn. A failing seed is named with the command that replays it.
#
#   scripts/sim.sh [SEEDS [FIRST]] [--trace]     default: 10000 seeds from 1
#   scripts/sim.sh --mutants [SEEDS [WORDS]]     breaks the program in known ways; every break must be found
set -eu
cd "$(dirname "$0")/.."
if [ "${1:-}" = --mutants ]; then
    exec bash tests/sim/mutants.sh "${2:-2000}" "${3:-}"
fi
mkdir -p build
if ! { cmake --preset dev && cmake --build --preset dev -j "$(nproc)" --target sim_seeds; } >build/sim.log 2>&1; then
    tail -30 build/sim.log >&2
    echo "sim: does not build" >&2
    exit 3
fi
seeds=10000 first=1 trace=
[ $# -eq 0 ] || [ "$1" = --trace ] || { seeds=$1; shift; }
[ $# -eq 0 ] || [ "$1" = --trace ] || { first=$1; shift; }
[ $# -eq 0 ] || trace=$1
exec build/dev/bin/sim_seeds "$seeds" "$first" ${trace:+"$trace"}
