#!/bin/bash
# A program outside the tree builds against the installed library with pkg-config and runs: linked shared and static, with
# the same answer, from a folder the library was not configured for.
. "$(dirname "$0")/../lib/script.sh"
set -o pipefail
need pkg-config
build=${PLATEAU_BUILD:?the build folder}
source=$PWD
cmake --install "$build" --prefix "$work/prefix" --component library >"$work/install.log"
pc=$(find "$work/prefix" -name plateau-engine.pc)
PKG_CONFIG_PATH=$(dirname "$pc")
export PKG_CONFIG_PATH
libdir=$(pkg-config --variable=libdir plateau-engine)
flags=(-std=c17 -Wall -Wextra -Wpedantic -Werror)
read -ra extra <<<"${1:-}" # sanitizers of the build under test

cp "$source/tests/integration/outside/backtest.c" "$work"
cd "$work"
read -ra shared <<<"$(pkg-config --cflags --libs plateau-engine)"
read -ra private <<<"$(pkg-config --static --libs-only-l plateau-engine | sed 's/-lplateau_engine//')"
cc "${flags[@]}" "${extra[@]}" backtest.c "${shared[@]}" -o shared
cc "${flags[@]}" "${extra[@]}" backtest.c -I"$(pkg-config --variable=includedir plateau-engine)/plateau" \
    "$libdir/libplateau_engine.a" "${private[@]}" -o static
readelf -d static >dynamic
if grep -q libplateau_engine dynamic; then
    fail "the static program needs the shared library"
fi
arguments=("$source/data/equity_2024_2026" "$source/data/equity_2024_2026/SPY.csv" 2024-06-01 2025-12-30)
LD_LIBRARY_PATH=$libdir ./shared "${arguments[@]}" >shared.out
./static "${arguments[@]}" >static.out
cmp shared.out static.out
grep -qx 'days 39[0-9]' shared.out # 395 sessions
grep -q 'hard_stop\|trailing_ma_cross' shared.out

# Only the public names leave the library.
hidden=$(nm -D --defined-only "$libdir/libplateau_engine.so" | awk '{print $3}' |
    grep -vE '^(plateau_|market_|image_check$|err_|metrics_|METRIC_|PLATEAU_|MARKET_)' || true)
[ -z "$hidden" ] || fail "names that are nobody's business: $hidden"
echo "pkg-config: ok, $(grep -c . shared.out) lines of answer"
