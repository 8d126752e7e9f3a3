#!/bin/bash
# The command line as a user meets it: verbs in order, exit codes, the split of stdout and stderr, refusals, interruption.
# Runs in the source folder (the shipped prices of ten shares) with a work folder of its own.
. "$(dirname "$0")/../lib/script.sh"
. tests/lib/checks.sh

# sweep FILE AXES [NAME]: ten shares, two open periods and a locked one
sweep() {
    cat >"$1" <<YAML
run: {name: ${3:-small}, seed: 7}
data: {prices: data/equity_2024_2026, benchmark: data/equity_2024_2026/SPY.csv}
portfolio: {starting_equity: 100000, periods_per_year: 252}
sleeves:
  equity: {strategy: configs/strategies/equity_momentum.yaml}
periods:
  train: {start: 2024-06-03, end: 2025-03-31}
  validation: {start: 2025-04-01, end: 2025-08-29}
  holdout: {start: 2025-09-02, end: 2025-12-30, locked: true}
axes:
$2
scenarios: [baseline, slippage_3x, flash_crash]
YAML
}

# ---- help and refusals
expect 2 "no verb" "$plateau"
expect 0 "help" "$plateau" --help
holds "help lists verbs" "$work/out" '^  heatmap '
holds "help groups verbs" "$work/out" '^Look at results:'
for verb in init plan run resume status cells show explain replay heatmap export data doctor version; do
    expect 0 "$verb --help" "$plateau" "$verb" --help
    holds "$verb has an example" "$work/out" "^  plateau $verb"
    empty "$verb --help says nothing on stderr" "$work/err"
done
expect 2 "misspelt verb" "$plateau" plann x
holds "nearest verb" "$work/err" 'did you mean plan\?'
expect 2 "misspelt option" "$plateau" run x --wokers 2
holds "nearest option" "$work/err" 'did you mean --workers\?'
holds "every error ends with a next step" "$work/err" '^  next: '
expect 0 "version" "$plateau" --version
holds "version" "$work/out" '^plateau [0-9]+\.[0-9]+\.[0-9]+$'
holds "engine id" "$work/out" '^engine id [0-9a-f]{64}$'
expect 0 "doctor" "$plateau" doctor --dir "$work/runs" --format json
json "doctor looks at the CPU" "any(row['check'] == 'cpu' for row in j)"

# ---- init
expect 0 "init" "$plateau" init "$work/starter.yaml"
holds "the starter is commented" "$work/starter.yaml" '^ *#'
expect 2 "init does not overwrite" "$plateau" init "$work/starter.yaml"
expect 0 "the starter is a sweep" "$plateau" plan "$work/starter.yaml" --dir "$work/runs"

# ---- plan
sweep "$work/small.yaml" "  sleeves.equity.exit.hard_stop_atr_mult: {range: [2.0, 3.0], step: 0.25}
  sleeves.equity.exit.exit_ma: [20, 50]
  sleeves.equity.entry.fast_clearance: [0.000, 0.010]"
expect 10 "plan has work" "$plateau" plan "$work/small.yaml" --dir "$work/runs" --exit-code
holds "cells" "$work/out" '^cells +60$'
holds "the locked period is named" "$work/out" '^period.holdout .*locked'
expect 0 "plan as JSON" "$plateau" plan "$work/small.yaml" --dir "$work/runs" --format json
json "what there is to do" "j['points'] == 20 and j['cells_left'] == 60 and j['estimate_s'] > 0"
[ ! -e "$work/runs" ] || bad "plan made a folder"
sweep "$work/wrong.yaml" "  sleeves.equity.exit.hard_stop_atr_mul: [2, 3]"
expect 2 "a misspelt axis" "$plateau" run "$work/wrong.yaml" --dir "$work/runs"
holds "file, line and nearest name" "$work/err" 'wrong.yaml:[0-9]+:.*hard_stop_atr_mult'
empty "nothing on stdout" "$work/out"
expect 2 "a missing sweep" "$plateau" run "$work/none.yaml" --dir "$work/runs"
expect 2 "an unknown scenario" "$plateau" run "$work/small.yaml" --only flash_crsh --dir "$work/runs"
holds "nearest scenario" "$work/err" 'flash_crash'
[ ! -e "$work/runs" ] || bad "a refused run left something"

# ---- run, then everything that reads it
expect 0 "run" "$plateau" run "$work/small.yaml" --dir "$work/runs" --workers 2
holds "best" "$work/out" '^train +best: point [0-9]+ '
holds "buy and hold" "$work/out" 'buy and hold the benchmark'
holds "equal weight" "$work/out" 'equal weight of 10 symbols'
holds "profitable share" "$work/out" '^profitable: [0-9.]+ % of 20 cells'
holds "path of results" "$work/out" '^results +.*results\.h5$'
holds "path of the picture" "$work/out" '^heatmap +.*\.png$'
holds "the verdict" "$work/out" '^verdict +(robust|fragile|overfit|insufficient)$'
holds "its point" "$work/out" '^point +[0-9]+, the robust pick$'
holds "what to do next" "$work/out" '^next +plateau review '
holds "locked periods are said" "$work/err" 'holdout .*locked'
run=$(basename "$work"/runs/small-*)
cp "$work/runs/$run/results.h5" "$work/first.h5"
expect 0 "run again reports" "$plateau" run "$work/small.yaml" --dir "$work/runs" --quiet
! grep -q "^verdict" "$work/out" || bad "--quiet gives a verdict"
expect 0 "a sample" "$plateau" run "$work/small.yaml" --dir "$work/sampled" --sample 20%
holds "a sample is not judged" "$work/out" '^verdict +none: a sample was computed'
expect 0 "plan has no work left" "$plateau" plan "$work/small.yaml" --dir "$work/runs" --exit-code
same "results.h5 of a finished run changed" "$work/first.h5" "$work/runs/$run/results.h5"
expect 0 "status" "$plateau" status --dir "$work/runs" --format json
json "finished" "j['state'] == 'finished' and j['cells_done'] == 60"
expect 0 "replay" "$plateau" replay 7:flash_crash "$run" --dir "$work/runs" -o "$work/replay" --format csv
holds "bits are equal" "$work/out" '^train,equal,'
holds "trades" "$work/replay/trades.csv" '^train,[A-Z]+,equity,(slow|fast),2024-'
holds "equity" "$work/replay/equity.csv" '^validation,2025-04-01,'
expect 2 "replay of no cell" "$plateau" replay 20 "$run" --dir "$work/runs"
expect 2 "no such run" "$plateau" status nothing --dir "$work/runs"
expect 0 "cells" "$plateau" cells "$run" --dir "$work/runs" --sort sharpe --top 3 --format csv
expect 0 "show" "$plateau" show 3 "$run" --dir "$work/runs"
expect 0 "explain" "$plateau" explain 3 "$run" --dir "$work/runs"
expect 0 "export" "$plateau" export "$run" --dir "$work/runs" --format csv -o "$work/cells.csv"
expect 0 "heatmap" "$plateau" heatmap sharpe "$run" --dir "$work/runs"

# ---- the cache is a cache
export PLATEAU_CACHE=$work/another
expect 0 "the image is built again from the run's sources" "$plateau" replay 7 "$run" --dir "$work/runs" -o "$work/replay"
cp -r "$work/runs/$run" "$work/moved"
sed -i 's|"prices": "[^"]*"|"prices": "data/nothing"|' "$work/moved/run.json"
rm -rf "$work/another"
expect 2 "data that is gone is told" "$plateau" replay 7 "$work/moved" -o "$work/replay"
holds "it is named" "$work/err" 'data/nothing'
export PLATEAU_CACHE=$work/cache

# ---- only, set, sample
expect 0 "only one scenario" "$plateau" run "$work/small.yaml" --only flash_crash --dir "$work/only" --quiet
holds "baseline is left out" "$work/out" 'train, flash_crash'
expect 0 "a field from the command line" "$plateau" run "$work/small.yaml" --set sleeves.equity.exit.tightened_stop_atr_mult=1.5 --dir "$work/set" --quiet
[ "$(basename "$work"/set/small-*)" != "$run" ] || bad "--set did not make another run"
expect 0 "a sample" "$plateau" run "$work/small.yaml" --sample 20% --dir "$work/sample" --quiet
expect 0 "status of a sample" "$plateau" status --dir "$work/sample" --format json
json "a part is done" "0 < j['cells_done'] < 60"
expect 0 "the rest of it" "$plateau" resume --dir "$work/sample" --quiet
h5dump -d /sharpe "$work/first.h5" >"$work/a"
h5dump -d /sharpe "$work"/sample/small-*/results.h5 >"$work/b"
sed -i 1d "$work/a" "$work/b"
same "sampled and resumed differs from calm" "$work/a" "$work/b"

# ---- Ctrl-C: drain, save, say how to go on
sweep "$work/long.yaml" "  sleeves.equity.exit.hard_stop_atr_mult: {range: [2.0, 4.0], step: 0.01}
  sleeves.equity.risk.risk_per_trade: {range: [0.0010, 0.0199], step: 0.0001}
  sleeves.equity.exit.exit_ma: [20, 30, 50, 100]" long
done_before=0
more_cells() { # than at the last look
    local n
    n=$("$plateau" status --dir "$work/long" --format json 2>/dev/null | sed -n 's/.*"cells_done": *\([0-9]*\).*/\1/p' | head -1)
    [ "${n:-0}" -gt $done_before ] && done_before=$n
}
for signal in INT:130 TERM:143; do
    "$plateau" run "$work/long.yaml" --dir "$work/long" --workers 2 >"$work/out" 2>"$work/err" </dev/null &
    pid=$!
    eventually "cells of the long run" more_cells
    kill -"${signal%:*}" $pid
    status=0
    wait $pid || status=$?
    checks=$((checks + 1))
    [ $status = "${signal#*:}" ] || bad "${signal%:*} ended with $status"
    more_cells # those that were drained
    holds "the resume line" "$work/err" '^  resume: plateau resume long-[0-9a-f]{8} --dir '
done
expect 0 "status of a stopped run" "$plateau" status --dir "$work/long" --format json
json "stopped on the way" "j['state'] == 'stopped' and j['cells_done'] > 0"

checked
