#!/bin/bash
# One hostile process against a run with a remote worker: as a stranger on many raw connections, then as a member with a key.
# The run ends with the calm run's bytes, loses no worker and no lease, keeps its memory, and takes at most 2.2 times as long.
#
#   tests/chaos/hostile.sh [SECONDS]     PLATEAU_BIN: folder of the programs; SECONDS (4) of a calm run on a machine with
#   nothing else to do
. "$(dirname "$0")/../lib/script.sh"
seconds=${1:-4}
slower=2.2            # times
more_memory=67108864  # bytes
keys=$XDG_CONFIG_HOME/plateau/keys
sweep=$work/sweep.yaml
small hostile $((seconds * 8)) >"$sweep"
now_ms() { date +%s%3N; }
run() { # NAME [HOSTILE ARGUMENTS]: took_ms and peak_bytes of the coordinator
    local name=$1 start
    shift
    coordinator "$name" "$sweep" --log "$work/$name.log"
    local enemy=
    if [ $# -gt 0 ]; then
        # Its cores would be another machine's.
        nice -n 19 "$bin/hostile" "${address##*:}" 3600 "${@:2}" >"$work/$name.hostile" &
        enemy=$!
        sleep 0.5
    fi
    start=$(now_ms)
    "$plateau" worker --access "$keys/site-a.access" --connect "$address" 2>"$work/$name.worker.err" &
    peak_bytes=0
    while kill -0 $run_pid 2>/dev/null; do
        local kib
        kib=$(sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\).*/\1/p' /proc/$run_pid/status 2>/dev/null || true)
        [ -z "$kib" ] || peak_bytes=$((kib * 1024))
        sleep 0.05
    done
    wait $run_pid || fail "$name: exit code $?"
    took_ms=$(($(now_ms) - start))
    if [ -n "$enemy" ]; then
        kill -TERM $enemy
        wait $enemy || true
        sed "s/^hostile/hostile.$name/" "$work/$name.hostile"
    fi
}
judge() { # NAME
    same_bytes "$(echo "$work/$1"/hostile-*)" "$work/calm.digest"
    if grep -E '"event":"(worker_died|lease_overdue)"' "$work/$1.log"; then fail "$1: a worker or a lease was lost"; fi
    [ "$(grep -c '"event":"worker_joined"' "$work/$1.log")" -ge 1 ] || fail "$1: no worker"
    awk -v name="$1" -v took=$took_ms -v calm=$calm_ms -v peak=$peak_bytes -v before=$calm_bytes -v slower=$slower \
        'BEGIN {
            printf "hostile.%s.run_ms\t%d\tms\nhostile.%s.times_as_long\t%.2f\ttimes\nhostile.%s.more_memory_mb\t%.1f\tMB\n",
                name, took, name, took / calm, name, (peak - before) / 1e6
            exit took > slower * calm ? 1 : 0 }' || slow=yes
    [ $peak_bytes -le $((calm_bytes + more_memory)) ] || fail "$1: $((peak_bytes - calm_bytes)) bytes more than in calm"
}
# What else the machine does slows one run or the other: of three pairs, one has to be within the limit.
against() { # NAME HOSTILE ARGUMENTS
    for _ in 1 2 3; do
        slow=
        run "$@"
        judge "$1"
        [ -n "$slow" ] || return 0
        rm -rf "${work:?}/calm" "${work:?}/$1"
        run calm
        calm_ms=$took_ms
    done
    fail "$1: three times over $slower times as long"
}

for name in site-a enemy; do "$plateau" keygen worker $name --address tcp://127.0.0.1:5555 2>"$work/keygen.err"; done
run calm
calm_ms=$took_ms calm_bytes=$peak_bytes
"$bin/run_sweep" --digest "$(echo "$work"/calm/hostile-*)" >"$work/calm.digest"
printf 'hostile.calm.run_ms\t%d\tms\nhostile.calm.memory_mb\t%d\tMB\n' $calm_ms $((calm_bytes / 1000000))
[ "$calm_bytes" -gt 0 ] || fail "the coordinator's memory was not seen"
against stranger as
grep -q '"event":"handshake_failed"' "$work/stranger.log" || fail "the stranger's connections are not in the log"
against member as "$keys/enemy.access"
grep -qE '"event":"(worker_refused|peer_cut)"' "$work/member.log" || fail "the member was never refused"
echo "hostile: ok"
