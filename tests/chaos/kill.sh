#!/bin/bash
# kill -9 of workers and of the whole command at random moments, then `plateau resume` until it is done: the journal and the
# metric datasets of results.h5 must equal the calm run's byte for byte, with 1, 2 and 5 workers.
#
#   tests/chaos/kill.sh [ROUNDS [SEED]]     PLATEAU_BIN: folder of the programs
set -eu
cd "$(dirname "$0")/../.."
bin=${PLATEAU_BIN:?the folder of the programs}
rounds=${1:-3}
seed=${2:-$RANDOM}
RANDOM=$seed
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PLATEAU_CACHE=$work/cache TMPDIR=$work
unset XDG_RUNTIME_DIR
null=$work/null
sweep=$work/sweep.yaml
sed -e 's/run.seed: .*/run.seed: {range: [1, 60], step: 1}/' -e 's/name: small/name: chaos/' tests/integration/small.yaml >"$sweep"
fail() {
    echo "FAILED (seed $seed, round ${round:-calm}): $*" >&2
    exit 1
}
plateau() {
    "$bin/plateau" "$@" >"$work/out" 2>"$work/err"
}
# The metric datasets, statuses, flags and block sums as they stand in the file: names, shapes and bytes.
datasets() { # RESULTS.h5
    /usr/bin/python3 - "$1" <<'PY'
import h5py, hashlib, sys
with h5py.File(sys.argv[1]) as f:
    for name in sorted(f):
        d = f[name]
        if isinstance(d, h5py.Dataset) and d.dtype.kind in "fiu":
            print(name, d.shape, d.dtype, hashlib.sha256(d[()].tobytes()).hexdigest())
PY
}
judge() { # RUN
    "$bin/run_sweep" --digest "$1" >"$work/digest" || fail "the journal cannot be read"
    cmp -s "$work/calm.digest" "$work/digest" || fail "the journal differs from the calm run's"
    datasets "$1/results.h5" >"$work/datasets"
    cmp -s "$work/calm.datasets" "$work/datasets" || fail "results.h5 differs: $(diff "$work/calm.datasets" "$work/datasets")"
}
pause() { # up to $1 hundredths of a second
    sleep "$(awk -v n="$RANDOM" -v most="$1" 'BEGIN {printf "%.3f", n / 32767 * most / 100}')"
}

plateau run "$sweep" --dir "$work/calm" --workers 2 || fail "the calm run: $(cat "$work/err")"
calm=$(echo "$work"/calm/chaos-*)
"$bin/run_sweep" --digest "$calm" >"$work/calm.digest"
datasets "$calm/results.h5" >"$work/calm.datasets"
[ "$(wc -l <"$work/calm.datasets")" -gt 40 ] || fail "too few datasets to tell anything"

kills_of_workers=0 kills_of_commands=0
for round in $(seq "$rounds"); do
    runs=$work/runs
    rm -rf "$runs"
    worker_kills=0
    verb=(run "$sweep")
    for attempt in $(seq 30); do
        counts=(1 2 5)
        workers=${counts[RANDOM % 3]}
        "$bin/plateau" "${verb[@]}" --dir "$runs" --workers "$workers" --quiet >"$work/out" 2>"$work/err" &
        command=$!
        killed=
        for _ in 1 2 3; do
            pause 60
            victims=($(pgrep -P "$command" || true))
            # A command is killed in four attempts of five at first, then less and less, so that each round ends; workers no
            # more than four times a round: a tile that kills twice is split, a cell that kills twice is given up.
            if [ $((RANDOM % (attempt + 4))) -lt 3 ]; then
                kill -9 "$command" 2>"$null" && killed=1 && kills_of_commands=$((kills_of_commands + 1))
                break
            elif [ ${#victims[@]} -gt 0 ] && [ $worker_kills -lt 4 ]; then
                kill -9 "${victims[RANDOM % ${#victims[@]}]}" 2>"$null" || continue
                worker_kills=$((worker_kills + 1)) kills_of_workers=$((kills_of_workers + 1))
            fi
        done
        code=0
        wait "$command" 2>"$null" || code=$?
        ls -d "$runs"/chaos-* >"$null" 2>&1 && verb=(resume last)
        [ $code -eq 0 ] && break
        [ -n "$killed" ] && [ $code -eq 137 ] || fail "exit code $code: $(cat "$work/err")"
    done
    [ $code -eq 0 ] || fail "not done after $attempt attempts"
    judge "$(echo "$runs"/chaos-*)"
    ls -d "$work"/plateau-* >"$null" 2>&1 && fail "a socket is left behind: $(ls -d "$work"/plateau-*)"
done
echo "chaos: $rounds rounds passed, $kills_of_commands commands and $kills_of_workers workers killed, seed $seed"
[ $((kills_of_commands + kills_of_workers)) -ge "$rounds" ] || fail "hardly anything was killed"
