#!/bin/bash
# A worker of several processes: its slots fetch once and share the image, crashed ones are started again, signals and limits end it
# the way they should, and the results keep their bytes through all of it.
set -eu
cd "$(dirname "$0")/../.."
bin=${PLATEAU_BIN:?the folder of the programs}
work=$(mktemp -d)
pids=()
cleanup() {
    [ ${#pids[@]} = 0 ] || kill -9 "${pids[@]}" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
export PLATEAU_CACHE=$work/cache TMPDIR=$work XDG_CONFIG_HOME=$work/config PLATEAU_LEDGER=$work/ledger.db
unset XDG_RUNTIME_DIR
fail() {
    echo "FAILED: $*" >&2
    exit 1
}
await() { # TEXT FILE: until it is there
    for _ in $(seq 600); do
        grep -qF -- "$1" "$2" 2>/dev/null && return 0
        sleep 0.05
    done
    fail "\"$1\" never appeared in $2: $(cat "$2")"
}
cat >"$work/wide.yaml" <<END
run: {name: wide, seed: 42}
data: {prices: $PWD/data/sp500/sp500_2013_2018.csv.zst, benchmark: $PWD/data/benchmarks/SPY.csv}
portfolio: {starting_equity: 100000, periods_per_year: 252}
sleeves:
  equity: {strategy: $PWD/configs/strategies/equity_momentum.yaml}
periods:
  train: {start: 2013-02-08, end: 2018-02-07}
axes:
  sleeves.equity.exit.hard_stop_atr_mult: {range: [2.0, 4.0], step: 0.25}
  sleeves.equity.exit.exit_ma: [20, 30, 50, 100]
  sleeves.equity.entry.fast_clearance: {range: [0.000, 0.011], step: 0.001}
  sleeves.equity.risk.risk_per_trade: {range: [0.0010, 0.0017], step: 0.0001}
END
coordinator() { # NAME OPTIONS...: a run in the background; its address in $address, its pid in $run_pid
    local name=$1
    shift
    timeout 300 "$bin/plateau" run "$work/wide.yaml" --dir "$work/$name" --no-ledger --workers none \
        --listen tcp://127.0.0.1:0 "$@" >"$work/$name.out" 2>"$work/$name.err" &
    run_pid=$!
    pids+=("$run_pid")
    await "listening on tcp" "$work/$name.err"
    address=$(sed -n 's/.*listening on \(tcp:[^ ]*\).*/\1/p' "$work/$name.err")
}
worker() { # NAME OPTIONS...: in the background; its pid in $worker_pid
    local name=$1
    shift
    "$bin/plateau-worker" --connect "$address" --name "$name" --cache "$work/far" "$@" >"$work/$name.log" 2>&1 &
    worker_pid=$!
    pids+=("$worker_pid")
}
children() { cat "/proc/$1/task/$1/children" 2>/dev/null || true; }
n_children() { children "$1" | wc -w; }
ended() { # PID CODE WHAT: it ends by itself with that code
    local code=0
    wait "$1" || code=$?
    [ $code = "$2" ] || fail "$3: exit $code, not $2: $(cat "$work"/*.log)"
}

calm=$("$bin/run_sweep" "$work/wide.yaml" "$work/calm" 2 2>"$work/out")
"$bin/run_sweep" --digest "$calm" >"$work/calm.digest"

# ---- a run by one worker of two slots, through crashes, recycling, a drain ----
coordinator slots
worker pair --slots 2 --recycle-after 5
pair=$worker_pid
await "fetched the market image" "$work/pair.log"
shares() { grep -q "\.img$" "/proc/$1/maps" 2>/dev/null && grep -q "\.planes$" "/proc/$1/maps" 2>/dev/null; }
for _ in $(seq 600); do # they come and go
    read -r one two <<<"$(children $pair)" || true
    [ -n "${two:-}" ] && shares "$one" && shares "$two" && sharing=yes && break
    sleep 0.02
done
[ -n "${two:-}" ] || fail "two slots are not two processes: $(children $pair)"
[ "${sharing:-}" = yes ] || fail "a slot maps no image or no planes: $(cat "$work/pair.log")"
for _ in $(seq 100); do
    read -r one two <<<"$(children $pair)" || true
    kill -9 "$one" 2>/dev/null || true
    sleep 0.05
    grep -q "was ended by signal 9" "$work/pair.log" && break
done
await "was ended by signal 9" "$work/pair.log"
await "starts afresh" "$work/pair.log"
# Leave in the middle, and let another finish.
kill -TERM $pair
ended $pair 0 "a drained worker"
[ "$(n_children $pair)" = 0 ] || fail "slots outlived their worker"
[ "$(grep -c 'fetched the market image' "$work/pair.log")" = 1 ] || fail "fetched more than once: $(cat "$work/pair.log")"
kill -0 $run_pid 2>/dev/null || fail "the run was over before the drain: nothing was tried"
[ "$(ls "$work"/far/*.planes | wc -l)" = 1 ] || fail "planes are not one file: $(ls "$work/far")"
# A worker whose memory is never small enough: every tile by a fresh process, and still the work gets done.
worker fat --slots 1 --max-rss 1M --time-limit 3s
ended $worker_pid 0 "a worker at its time limit"
grep -q -- "--max-rss: .* over 1.0 MiB, starts afresh" "$work/fat.log" || fail "not recycled: $(cat "$work/fat.log")"
# Slots die with a worker that is killed.
worker killed --slots 2
for _ in $(seq 200); do
    [ "$(n_children $worker_pid)" = 2 ] && break
    sleep 0.02
done
orphans=$(children $worker_pid)
kill -9 $worker_pid
for _ in $(seq 100); do
    alive=0
    for pid in $orphans; do
        kill -0 "$pid" 2>/dev/null && [ "$(awk '/^State/ {print $2}' "/proc/$pid/status" 2>/dev/null)" != Z ] && alive=1
    done
    [ $alive = 0 ] && break
    sleep 0.02
done
[ $alive = 0 ] || fail "slots outlived a worker that was killed"
# The last one goes on to the end.
worker last --slots 2
ended $run_pid 0 "the run"
ended $worker_pid 0 "a dismissed worker"
"$bin/run_sweep" --digest "$(echo "$work"/slots/wide-*)" >"$work/digest"
cmp -s "$work/calm.digest" "$work/digest" || fail "other bytes than a calm run's"

# ---- nothing to do, and nobody there ----
"$bin/plateau-worker" --connect tcp://127.0.0.1:9 --cache "$work/far" --idle-timeout 300ms >"$work/idle.log" 2>&1 ||
    fail "idle: exit $?: $(cat "$work/idle.log")"
grep -q -- "--idle-timeout" "$work/idle.log" || fail "no word about idleness: $(cat "$work/idle.log")"
"$bin/plateau-worker" --connect tcp://127.0.0.1:9 --cache "$work/far" --slots 2 >"$work/two.log" 2>&1 &
worker_pid=$!
pids+=("$worker_pid")
sleep 0.3
kill -TERM $worker_pid
ended $worker_pid 0 "SIGTERM with nothing in hand"
for wrong in "--slots 2000" "--time-limit 90" "--max-rss 5" "--recycle-after 0"; do
    code=0
    # shellcheck disable=SC2086
    "$bin/plateau-worker" --connect tcp://127.0.0.1:9 --cache "$work/far" $wrong >"$work/out" 2>&1 || code=$?
    [ $code = 2 ] && head -1 "$work/out" | grep -q -- "${wrong% *}: .*expected" || fail "$wrong: $code $(head -1 "$work/out")"
done
echo "slots: ok ($(grep -c 'starts afresh' "$work/pair.log") recycled, $(grep -c 'starts afresh' "$work/fat.log") over their memory)"
