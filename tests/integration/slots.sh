#!/bin/bash
# A worker of several processes: its slots fetch once and share the image, crashed ones are started again, signals and limits end it
# the way they should, and the results keep their bytes through all of it.
. "$(dirname "$0")/../lib/script.sh"
{
    wide
    cat <<YAML
  sleeves.equity.exit.hard_stop_atr_mult: {range: [2.0, 4.0], step: 0.25}
  sleeves.equity.exit.exit_ma: [20, 30, 50, 100]
  sleeves.equity.entry.fast_clearance: {range: [0.000, 0.011], step: 0.001}
  sleeves.equity.risk.risk_per_trade: {range: [0.0010, 0.0017], step: 0.0001}
YAML
} >"$work/wide.yaml"
worker() { # NAME OPTIONS...: in the background; its pid in $worker_pid
    local name=$1
    shift
    "$bin/plateau-worker" --connect "$address" --name "$name" --cache "$work/far" "$@" >"$work/$name.log" 2>&1 &
    worker_pid=$!
}
children() { cat "/proc/$1/task/$1/children" 2>/dev/null || true; }
n_children() { children "$1" | wc -w; }
runs_slots() { # PID N
    [ "$(n_children "$1")" = "$2" ]
}

calm "$work/wide.yaml" calm

# ---- a run by one worker of two slots, through crashes, recycling, a drain ----
coordinator slots "$work/wide.yaml"
worker pair --slots 2 --recycle-after 5
pair=$worker_pid
await "fetched the market image" "$work/pair.log"
shares() { grep -q "\.img$" "/proc/$1/maps" 2>/dev/null && grep -q "\.planes$" "/proc/$1/maps" 2>/dev/null; }
both_share() { # they come and go
    read -r one two <<<"$(children $pair)"
    [ -n "${two:-}" ] && shares "$one" && shares "$two"
}
eventually "two slots that map the image and the planes" both_share
crash_one() { # unless it goes by itself at that moment
    read -r one two <<<"$(children $pair)"
    kill -9 "$one" 2>/dev/null && sleep 0.5
    has "was ended by signal 9" "$work/pair.log"
}
eventually "a crashed slot" crash_one
await "starts afresh" "$work/pair.log"
# Leave in the middle, and let another finish.
kill -TERM $pair
ended $pair 0 "a drained worker"
[ "$(n_children $pair)" = 0 ] || fail "slots outlived their worker"
[ "$(grep -c 'fetched the market image' "$work/pair.log")" = 1 ] || fail "fetched more than once: $(cat "$work/pair.log")"
kill -0 $run_pid 2>/dev/null || fail "the run was over before the drain: nothing was tried"
[ "$(ls "$work"/far/*.planes | wc -l)" = 1 ] || fail "planes are not one file: $(ls "$work/far")"
# A worker whose memory is never small enough: every tile by a fresh process, and still the work gets done.
worker fat --slots 1 --max-rss 1M
await "over 1.0 MiB, starts afresh" "$work/fat.log" 2
kill -TERM $worker_pid
ended $worker_pid 0 "a drained worker"
# Slots die with a worker that is killed.
worker killed --slots 2
eventually "two slots" runs_slots $worker_pid 2
orphans=$(children $worker_pid)
kill -9 $worker_pid
all_gone() {
    local pid
    for pid in $orphans; do
        ! kill -0 "$pid" 2>/dev/null || [ "$(awk '/^State/ {print $2}' "/proc/$pid/status" 2>/dev/null)" = Z ] || return 1
    done
}
eventually "the end of the slots of a worker that was killed" all_gone
# The last one goes on to the end.
worker last --slots 2
ended $run_pid 0 "the run"
ended $worker_pid 0 "a dismissed worker"
same_bytes "$(echo "$work"/slots/wide-*)" "$work/calm.digest"

# ---- nothing to do, and nobody there ----
address=tcp://127.0.0.1:9
worker idle --idle-timeout 300ms
ended $worker_pid 0 "a worker that was idle"
grep -q -- "--idle-timeout" "$work/idle.log" || fail "no word about idleness"
worker late --time-limit 300ms
ended $worker_pid 0 "a worker at its time limit"
worker two --slots 2
eventually "two slots" runs_slots $worker_pid 2
kill -TERM $worker_pid
ended $worker_pid 0 "SIGTERM with nothing in hand"
for wrong in "--slots 2000" "--time-limit 90" "--max-rss 5" "--recycle-after 0"; do
    # shellcheck disable=SC2086
    refused 2 expected "$bin/plateau-worker" --connect $address --cache "$work/far" $wrong
    head -1 "$work/err" | grep -q -- "${wrong% *}: .*expected" || fail "$wrong: $(head -1 "$work/err")"
done
echo "slots: ok ($(grep -c 'starts afresh' "$work/pair.log") recycled, $(grep -c 'starts afresh' "$work/fat.log") over their memory)"
