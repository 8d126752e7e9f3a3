#!/bin/bash
# The coordinator is killed (-9) under real workers: what each does is what --on-coordinator-lost says (docs/worker.md). One
# coordinator comes back after a while, another never does.
#
#   tests/chaos/lost.sh     PLATEAU_BIN: folder of the programs
. "$(dirname "$0")/../lib/script.sh"
mkdir "$work/bin"
cp "$plateau" "$work/bin/plateau"
cp "$bin/poison_worker" "$work/bin/plateau-worker"
sweep=$work/sweep.yaml
tiles_of_8 lost >"$sweep"
back_ms=20000  # what a tile takes where the coordinator comes back: longer than "stop" waits for it
gone_ms=5000   # and where it does not
silent_ms=10000 wait_ms=15000 offer_ms=60000 # the worker's: SESSION_SILENT_MS, wait=15s, SESSION_FINISH_MS
early_ms=1500  # a worker may have heard its last a heartbeat before the kill
now_ms() { date +%s%3N; }
serve() { # NAME PORT VERB..: a coordinator in the background; its id in $run_pid
    local name=$1 port=$2
    shift 2
    : >"$work/$name.err"
    "$plateau" "$@" --dir "$work/$name" --no-ledger --workers none --listen "tcp://127.0.0.1:$port" >"$work/$name.out" \
        2>"$work/$name.err" &
    run_pid=$!
    await "listening on" "$work/$name.err"
}
slow_tiles() { # NAME MS: all but the one with the known cells, which every worker computes first
    local run canary
    run=$(echo "$work/$1"/lost-*)
    canary=$(($(od -An -tu8 -j8 -N8 "$run/canary") / $(sed -n 's/.*"tile_points": \([0-9]*\).*/\1/p' "$run/run.json")))
    seq 0 23 | grep -vx "$canary" | sed "s/.*/slow:&:0:$2/" | tr '\n' ' '
}
worker() { # NAME PORT LOST SLOW: in the background; its pid in $worker_pid
    PLATEAU_POISON=$4 PLATEAU_POISON_DIR=$work "$work/bin/plateau-worker" --connect "tcp://127.0.0.1:$2" --cache "$PLATEAU_CACHE" --name "$1" \
        --credit 1 --on-coordinator-lost "$3" 2>"$work/$1.err" &
    worker_pid=$!
}
workers_of() { # NAME: who handed in what its journal has
    /usr/bin/python3 - "$work/$1"/lost-*/journal.db <<'PY'
import sqlite3, sys
rows = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True).execute("SELECT DISTINCT worker FROM tile ORDER BY worker")
print(*(worker for (worker,) in rows))
PY
}
have_handed_in() { # NAME WORKER..
    local have worker
    have=$(workers_of "$1")
    for worker in "${@:2}"; do [[ " $have " = *" $worker "* ]] || return 1; done
}
left() { # NAME PID UNACKED: it ended by itself, as lost, with so many results or more (the kill may come before the ack of the
    # known cells' tile); when in $left_ms
    local unacked
    ended "$2" 3 "$1"
    left_ms=$(($(now_ms) - killed_ms))
    unacked=$(sed -n 's/.*nothing heard of the coordinator for .*; \([0-9]*\) results\{0,1\} could not be handed in.*/\1/p' "$work/$1.err")
    [ "${unacked:--1}" -ge "$3" ] || fail "$1 says nothing of it, or of fewer than $3 results"
}

calm "$sweep" calm
back=$(free_ports 4)
gone=$((back + 2))
serve back "$back" run "$sweep"
back_pid=$run_pid
serve gone "$gone" run "$sweep"
gone_pid=$run_pid
slow=$(slow_tiles back $back_ms)
worker stop "$back" stop "$slow" && stop_pid=$worker_pid
worker finish "$back" finish "$slow" && finish_pid=$worker_pid
worker wait "$back" wait=2m "$slow" && wait_pid=$worker_pid
for pid in $stop_pid $finish_pid $wait_pid; do eventually "a worker has a tile in hand" [ -e "$work/begun.$pid" ]; done
begun_ms=$(now_ms)
slow=$(slow_tiles gone $gone_ms)
alone_ms=$(now_ms)
worker finish-alone "$gone" finish "$slow" && finish_alone_pid=$worker_pid
worker wait-alone "$gone" wait=15s "$slow" && wait_alone_pid=$worker_pid
for pid in $finish_alone_pid $wait_alone_pid; do eventually "a worker has a tile in hand" [ -e "$work/begun.$pid" ]; done
disown $back_pid $gone_pid # their end is no news
kill -9 $back_pid $gone_pid
killed_ms=$(now_ms)
before=$(workers_of back)

left stop $stop_pid 0
[ $left_ms -ge $((silent_ms - early_ms)) ] || fail "stop left after $left_ms ms: a slow disk is no loss"
[ $(($(now_ms) - begun_ms)) -lt $back_ms ] || fail "stop waited for the tile in its hand"
stop_ms=$left_ms
left wait-alone $wait_alone_pid 1
[ $left_ms -ge $((wait_ms - early_ms)) ] || fail "wait=15s left after $left_ms ms"
wait_alone_ms=$left_ms
for pid in $finish_pid $wait_pid $finish_alone_pid; do kill -0 $pid || fail "a worker left that was to stay"; done

# What was computed while nobody listened counts, and nobody computes it again: it is there long before a tile could be done.
while [ $(($(now_ms) - begun_ms)) -lt $((back_ms + 2000)) ]; do sleep 0.1; done
[ "$(workers_of back)" = "$before" ] || fail "a dead coordinator journals"
resumed_ms=$(now_ms)
serve back "$back" resume last
run_pid_again=$run_pid
eventually "finish and wait hand in" have_handed_in back finish wait
took_ms=$(($(now_ms) - resumed_ms))
[ $took_ms -lt $((back_ms / 2)) ] || fail "it took $took_ms ms to hand in: their tiles were computed again"
for name in quick-1 quick-2; do worker $name "$back" stop ""; done
ended $run_pid_again 0 "the resumed run"
same_bytes "$(echo "$work"/back/lost-*)" "$work/calm.digest"

left finish-alone $finish_alone_pid 1
[ $(($(now_ms) - alone_ms)) -ge $((gone_ms + offer_ms)) ] || fail "finish left $left_ms ms after the kill: its result was not offered for long enough"
echo "lost: stop left after $stop_ms ms, wait=15s after $wait_alone_ms ms, finish after $left_ms ms; after the coordinator was" \
    "back, finish and wait=2m had handed in within $took_ms ms"
