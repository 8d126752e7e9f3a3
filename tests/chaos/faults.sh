#!/bin/bash
# Faults of every kind at once, in real processes: workers and coordinator killed (-9) or stopped (SIGSTOP) past a lease's
# patience, the coordinator started again on the same address, a namesake of a worker, a stranger that sends rubbish, a disk that
# is full for a while. However it went, the metric datasets of results.h5 equal the calm run's byte for byte.
#
#   tests/chaos/faults.sh [ROUNDS [SEED]]     PLATEAU_BIN: folder of the programs
. "$(dirname "$0")/../lib/script.sh"
rounds=${1:-2}
seed=${2:-$RANDOM}
RANDOM=$seed
context="seed $seed, calm"
disk=$work/disk # a small file system for the run, where one can be mounted
started=()      # workers and strangers, by id: their end is no news
at_end() {
    for pid in "${started[@]}"; do kill -9 "$pid" 2>/dev/null; done
    mountpoint -q "$disk" && umount -l "$disk"
}
sweep=$work/sweep.yaml
small faults 40 >"$sweep"
nap() { sleep "$(awk -v n="$RANDOM" -v least="$1" -v most="$2" 'BEGIN {printf "%.2f", least + n / 32767 * (most - least)}')"; }

"$plateau" run "$sweep" --dir "$work/calm" --workers 2 --no-ledger --quiet >"$work/out" 2>"$work/calm.err" || fail "the calm run"
calm=$(echo "$work"/calm/faults-*)
datasets "$calm/results.h5" >"$work/calm.datasets"
[ "$(wc -l <"$work/calm.datasets")" -gt 40 ] || fail "too few datasets to tell anything"
calm_kib=$(du -sk "$calm" | cut -f1)

mkdir "$disk"
can_fill=
mount -t tmpfs -o "size=$((calm_kib * 6))k" none "$disk" 2>/dev/null && can_fill=1
[ -n "$can_fill" ] || echo "chaos: no tmpfs can be mounted here: WITHOUT the full disk"

start_command() { # VERB..: the coordinator, with two local workers, on the round's address
    "$plateau" "$@" --dir "$runs" --workers 2 --listen "tcp://127.0.0.1:$port" --no-ledger --quiet >"$work/out" \
        2>"$work/command.err" &
    command=$!
}
start_worker() { # NAME: in worker
    "$bin/plateau-worker" --connect "tcp://127.0.0.1:$port" --cache "$PLATEAU_CACHE" --name "$1" --on-coordinator-lost wait=2m \
        2>"$work/$1.log" &
    worker=$!
    disown $worker # its end is no news
    started+=($worker)
}
declare -A count=([command]=0 [worker]=0 [stop]=0 [full]=0)
fault() { # one, by chance
    local victims=($(pgrep -P "$command" || true) "${remote[@]}") victim
    victim=${victims[RANDOM % ${#victims[@]}]}
    case $((RANDOM % 6)) in
    0) # the coordinator, less and less, so that each round ends
        if [ $((RANDOM % (2 + attempt))) -eq 0 ]; then
            kill -9 "$command" 2>/dev/null && count[command]=$((count[command] + 1)) && killed=1
        fi
        ;;
    1 | 2) # a worker; a tile that kills twice is split, a cell that kills twice is given up: no more than three a round
        if [ "$worker_kills" -lt 3 ] && kill -9 "$victim" 2>/dev/null; then
            worker_kills=$((worker_kills + 1)) count[worker]=$((count[worker] + 1))
        fi
        ;;
    3) # past three heartbeats: its leases go to others, and what it hands in late is compared
        kill -STOP "$victim" 2>/dev/null && count[stop]=$((count[stop] + 1)) && sleep 3.5
        kill -CONT "$victim" 2>/dev/null || true
        ;;
    4) # the coordinator is deaf for a while: nobody is to blame
        kill -STOP "$command" 2>/dev/null && count[stop]=$((count[stop] + 1)) && sleep 3.2
        kill -CONT "$command" 2>/dev/null || true
        ;;
    5)
        if [ -n "$can_fill" ] && [ "$runs" = "$disk/runs" ] && [ -z "$full" ]; then
            full=1 count[full]=$((count[full] + 1))
            dd if=/dev/zero of="$disk/ballast" bs=1k 2>/dev/null || true
        fi
        ;;
    esac
}

for round in $(seq "$rounds"); do
    context="seed $seed, round $round"
    runs=$work/runs
    [ -z "$can_fill" ] || [ $((round % 2)) -eq 0 ] || runs=$disk/runs
    rm -rf "$work/runs" "$disk/runs" "$disk/ballast"
    port=$(free_ports 2) # for tiles and for images
    worker_kills=0 remote=() enemy= full=
    for name in far near near; do # a namesake, as a copied configuration makes one
        start_worker "$name"
        remote+=($worker)
    done
    if [ $((round % 3)) -eq 1 ]; then
        nice -n 19 "$bin/hostile" "$port" 600 >"$work/hostile.log" 2>&1 &
        enemy=$!
        disown $enemy
        started+=($enemy)
    fi
    verb=(run "$sweep")
    for attempt in $(seq 40); do
        killed=
        start_command "${verb[@]}"
        for _ in 1 2 3; do
            nap 0 0.6
            [ $attempt -gt 30 ] || ! kill -0 "$command" 2>/dev/null || fault
            [ -z "$killed" ] || break
        done
        code=0
        wait "$command" 2>/dev/null || code=$?
        rm -f "$disk/ballast"
        ls -d "$runs"/faults-* >/dev/null 2>&1 && verb=(resume last)
        [ $code -eq 0 ] && break
        [ $code -eq 137 ] && [ -n "$killed" ] && continue
        [ $code -eq 3 ] && [ -n "$full" ] && full= && continue
        fail "exit code $code"
    done
    [ $code -eq 0 ] || fail "not done after $attempt attempts"
    datasets "$(echo "$runs"/faults-*/results.h5)" >"$work/datasets"
    cmp -s "$work/calm.datasets" "$work/datasets" || fail "results.h5 differs: $(diff "$work/calm.datasets" "$work/datasets")"
    for pid in "${remote[@]}" $enemy; do kill -9 "$pid" 2>/dev/null || true; done
done
echo "chaos: $rounds rounds passed: ${count[command]} coordinators and ${count[worker]} workers killed, ${count[stop]} stopped," \
    "${count[full]} full disks, seed $seed"
[ $((count[command] + count[worker] + count[stop] + count[full])) -ge "$rounds" ] || fail "hardly anything went wrong"
