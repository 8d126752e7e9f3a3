#!/bin/bash
# kill -9 of workers and of the whole command at random moments, then `plateau resume` until it is done: the journal and the
# metric datasets of results.h5 must equal the calm run's byte for byte, with 1, 2 and 5 workers.
#
#   tests/chaos/kill.sh [ROUNDS [SEED]]     PLATEAU_BIN: folder of the programs
. "$(dirname "$0")/../lib/script.sh"
rounds=${1:-3}
seed=${2:-$RANDOM}
RANDOM=$seed
context="seed $seed, calm"
sweep=$work/sweep.yaml
small chaos 60 >"$sweep"
judge() { # RUN
    same_bytes "$1" "$work/calm.digest"
    datasets "$1/results.h5" >"$work/datasets"
    cmp -s "$work/calm.datasets" "$work/datasets" || fail "results.h5 differs: $(diff "$work/calm.datasets" "$work/datasets")"
}
pause() { # up to $1 hundredths of a second
    sleep "$(awk -v n="$RANDOM" -v most="$1" 'BEGIN {printf "%.3f", n / 32767 * most / 100}')"
}

"$plateau" run "$sweep" --dir "$work/calm" --workers 2 --quiet >"$work/out" 2>"$work/calm.err" || fail "the calm run"
calm=$(echo "$work"/calm/chaos-*)
"$bin/run_sweep" --digest "$calm" >"$work/calm.digest"
datasets "$calm/results.h5" >"$work/calm.datasets"
[ "$(wc -l <"$work/calm.datasets")" -gt 40 ] || fail "too few datasets to tell anything"

kills_of_workers=0 kills_of_commands=0
for round in $(seq "$rounds"); do
    context="seed $seed, round $round"
    runs=$work/runs
    rm -rf "$runs"
    worker_kills=0
    verb=(run "$sweep")
    for attempt in $(seq 30); do
        counts=(1 2 5)
        workers=${counts[RANDOM % 3]}
        "$plateau" "${verb[@]}" --dir "$runs" --workers "$workers" --quiet >"$work/out" 2>"$work/err" &
        command=$!
        killed=
        for _ in 1 2 3; do
            pause 60
            victims=($(pgrep -P "$command" || true))
            # A command is killed in four attempts of five at first, then less and less, so that each round ends; workers no
            # more than four times a round: a tile that kills twice is split, a cell that kills twice is given up.
            if [ $((RANDOM % (attempt + 4))) -lt 3 ]; then
                kill -9 "$command" 2>/dev/null && killed=1 && kills_of_commands=$((kills_of_commands + 1))
                break
            elif [ ${#victims[@]} -gt 0 ] && [ $worker_kills -lt 4 ]; then
                kill -9 "${victims[RANDOM % ${#victims[@]}]}" 2>/dev/null || continue
                worker_kills=$((worker_kills + 1)) kills_of_workers=$((kills_of_workers + 1))
            fi
        done
        code=0
        wait "$command" 2>/dev/null || code=$?
        ls -d "$runs"/chaos-* >/dev/null 2>&1 && verb=(resume last)
        [ $code -eq 0 ] && break
        [ -n "$killed" ] && [ $code -eq 137 ] || fail "exit code $code: $(cat "$work/err")"
    done
    [ $code -eq 0 ] || fail "not done after $attempt attempts"
    judge "$(echo "$runs"/chaos-*)"
    ls -d "$work"/plateau-* >/dev/null 2>&1 && fail "a socket is left behind: $(ls -d "$work"/plateau-*)"
done
echo "chaos: $rounds rounds passed, $kills_of_commands commands and $kills_of_workers workers killed, seed $seed"
[ $((kills_of_commands + kills_of_workers)) -ge "$rounds" ] || fail "hardly anything was killed"
