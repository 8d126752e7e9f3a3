#!/bin/bash
# A small sweep with 1, 2 and 5 workers: journals equal tile by tile; a run that was drained, stopped or sampled ends, after a
# resume, with the same; a second process is kept out; a worker that cannot start ends the run with a clear line.
. "$(dirname "$0")/../lib/script.sh"
sweep=tests/integration/small.yaml
runs_again() { # RUN: the same as the first
    same_bytes "$1" "$work/calm.digest"
}
has_socket() { # RUNS: a run there is under way
    [ -s "$(echo "$1"/small-*/socket)" ]
}
some_tiles() { # RUNS: the journal there has any
    [ "$(sqlite3 -readonly "$(echo "$1"/small-*/journal.db)" 'SELECT count(*) FROM tile' 2>/dev/null)" -gt 0 ]
}

calm=$("$bin/run_sweep" $sweep "$work/one" 1)
"$bin/run_sweep" --digest "$calm" >"$work/calm.digest"
[ "$(wc -l <"$work/calm.digest")" -eq 900 ] || fail "900 points are expected"
for workers in 2 5; do
    runs_again "$("$bin/run_sweep" $sweep "$work/with$workers" $workers)"
done

# The same spec on the same data is the same run: nothing is computed twice.
again=$("$bin/run_sweep" $sweep "$work/one" 1 2>"$work/err")
[ "$again" = "$calm" ] || fail "the same sweep is another run: $again"
grep -q "excluded, 0.[0-4]" "$work/err" || fail "a finished run was computed again: $(cat "$work/err")"

# Killed when all was computed: nothing is left to do, and what the kill left behind goes all the same.
mkdir "$work/plateau-00c0ffee0000"
touch "$work/plateau-00c0ffee0000/s"
echo "$work/plateau-00c0ffee0000" >"$calm/socket"
"$bin/run_sweep" $sweep "$work/one" 1 >/dev/null 2>&1
[ ! -e "$work/plateau-00c0ffee0000" ] && [ ! -e "$calm/socket" ] || fail "a socket of a killed process is left behind"

# A sample, then the rest.
sampled=$("$bin/run_sweep" $sweep "$work/sampled" 2 0.1)
"$bin/run_sweep" --digest "$sampled" >"$work/part"
n=$(wc -l <"$work/part")
[ "$n" -ge 30 ] && [ "$n" -le 180 ] || fail "a sample of 10 % of 900 points has $n"
[ "$(comm -12 <(sort "$work/part") <(sort "$work/calm.digest") | wc -l)" -eq "$n" ] || fail "a sample has other bytes"
runs_again "$("$bin/run_sweep" $sweep "$work/sampled" 2)"

# Ctrl-C once and twice: state saved, exit code 130, a resume ends the same. Workers and socket are gone.
small small 32 >"$work/larger.yaml"
calm "$work/larger.yaml" larger
for times in 1 2; do
    runs=$work/interrupted$times
    "$bin/run_sweep" "$work/larger.yaml" "$runs" 2 >"$work/out" 2>"$work/err" &
    pid=$!
    eventually "tiles of $runs" some_tiles "$runs"
    for _ in $(seq $times); do
        kill -INT $pid
        sleep 0.01
    done
    ended $pid 130 "Ctrl-C x $times"
    ls "$work"/plateau-* >/dev/null 2>&1 && fail "a socket is left behind"
    "$bin/run_sweep" --digest "$(cat "$work/out")" >"$work/part"
    [ "$(wc -l <"$work/part")" -lt "$(wc -l <"$work/larger.digest")" ] || fail "Ctrl-C x $times: it had ended before"
    same_bytes "$("$bin/run_sweep" "$work/larger.yaml" "$runs" 2)" "$work/larger.digest"
done

# Two processes at once: one is kept out, and is told by whom.
"$bin/run_sweep" "$work/larger.yaml" "$work/twice" 1 >"$work/out" 2>"$work/first.err" &
pid=$!
eventually "a run in $work/twice" has_socket "$work/twice"
kill -STOP $pid # lest it is done before
refused 3 "pid $pid" "$bin/run_sweep" "$work/larger.yaml" "$work/twice" 1
grep -q "held by host .* pid $pid" "$work/err" || fail "the second process: $(cat "$work/err")"
kill -CONT $pid
ended $pid 0 "the first process"

# No worker program beside this one; workers that find no image: a clear line. The command makes it again.
mkdir "$work/alone"
cp "$bin/run_sweep" "$work/alone/run_sweep"
refused 2 "plateau-worker is neither" env PATH=/usr/bin:/bin "$work/alone/run_sweep" $sweep "$work/noworker" 1
printf '#!/bin/sh\nexec %s/plateau-worker --cache %s "$@" --cache %s\n' "$bin" "$work/empty" "$work/empty" >"$work/alone/plateau-worker"
chmod +x "$work/alone/plateau-worker"
refused 3 "workers end without a result" "$work/alone/run_sweep" $sweep "$work/noimage" 1
rm -f "$PLATEAU_CACHE"/*.img
"$plateau" resume last --dir "$work/noimage" --quiet >"$work/out" 2>"$work/err" || fail "the image is not made again: $(cat "$work/err")"
runs_again "$(echo "$work"/noimage/small-*)"

# What a worker may not need: HDF5, YAML, SQLite.
if readelf -d "$bin/plateau-worker" | grep -iE 'NEEDED.*(hdf5|yaml|sqlite|jansson|cairo)'; then
    fail "plateau-worker is linked with more than it should"
fi
echo "run_small: passed"
