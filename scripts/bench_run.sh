#!/bin/bash
# Whole-program figures: run.two_workers_speedup (20 s or more of warm S&P 500 work with one worker against two) and
# run.hundred_points_s (100 points with a cached image, everything included).
#
#   scripts/bench_run.sh BIN   BIN: folder with plateau and plateau-worker
set -eu
cd "$(dirname "$0")/.."
bin=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PLATEAU_CACHE=$work/cache

# name, axes: a sweep of the shipped prices over one period.
sweep() {
    cat >"$work/$1.yaml" <<YAML
run: {name: $1, seed: 42}
data: {prices: data/sp500/sp500_2013_2018.csv.zst, benchmark: data/benchmarks/SPY.csv}
portfolio: {starting_equity: 100000, periods_per_year: 252}
sleeves:
  equity: {strategy: configs/strategies/equity_momentum.yaml}
periods:
  train: {start: 2013-02-08, end: 2018-02-07}
axes:
$2
YAML
}
seconds() { # of the command, wall time
    local start end
    start=$(date +%s.%N)
    "$@" >"$work/out" 2>"$work/err" || {
        cat "$work/err" >&2
        exit 3
    }
    end=$(date +%s.%N)
    echo "$end $start" | awk '{printf "%.3f", $1 - $2}'
}
sweep hundred "  sleeves.equity.exit.hard_stop_atr_mult: {range: [2.0, 4.25], step: 0.25}
  sleeves.equity.risk.risk_per_trade: {range: [0.003, 0.012], step: 0.001}"
risks=$([ -n "${PLATEAU_BENCH_QUICK:-}" ] && echo "[0.0050, 0.0059]" || echo "[0.0010, 0.0199]")
sweep speedup "  sleeves.equity.exit.hard_stop_atr_mult: {range: [2.0, 4.0], step: 0.1}
  sleeves.equity.exit.exit_ma: [20, 50]
  sleeves.equity.entry.fast_clearance: [0.000, 0.005, 0.010, 0.015]
  sleeves.equity.risk.risk_per_trade: {range: $risks, step: 0.0001}
  portfolio.volatility_scaling.mode: [continuous, regime, \"off\"]"

"$bin/plateau" run "$work/hundred.yaml" --dir "$work/warm" --workers 2 --quiet >/dev/null # builds the image
printf 'run.hundred_points_s\t%s\ts\n' "$(seconds "$bin/plateau" run "$work/hundred.yaml" --dir "$work/hundred" --workers 2 --quiet)"
one=$(seconds "$bin/plateau" run "$work/speedup.yaml" --dir "$work/one" --workers 1 --quiet)
two=$(seconds "$bin/plateau" run "$work/speedup.yaml" --dir "$work/two" --workers 2 --quiet)
printf 'run.one_worker_s\t%s\ts\n' "$one"
printf 'run.two_workers_speedup\t%s\tx\n' "$(echo "$one $two" | awk '{printf "%.3f", $1 / $2}')"
