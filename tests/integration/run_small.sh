#!/bin/bash
# A small sweep with 1, 2 and 5 workers: journals equal tile by tile; a run that was drained, stopped or sampled ends, after a
# resume, with the same; a second process is kept out; a worker that cannot start ends the run with a clear line.
set -eu
cd "$(dirname "$0")/../.."
bin=${PLATEAU_BIN:?the folder of the programs}
sweep=tests/integration/small.yaml
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PLATEAU_CACHE=$work/cache TMPDIR=$work
unset XDG_RUNTIME_DIR
fail() {
    echo "FAILED: $*" >&2
    exit 1
}
digest_equals() { # RUN
    "$bin/run_sweep" --digest "$1" >"$work/digest" || fail "no digest of $1"
    cmp -s "$work/calm" "$work/digest" || fail "$1: other bytes than the calm run with one worker"
}

calm=$("$bin/run_sweep" $sweep "$work/one" 1)
"$bin/run_sweep" --digest "$calm" >"$work/calm"
[ "$(wc -l <"$work/calm")" -eq 900 ] || fail "900 points are expected"
for workers in 2 5; do
    digest_equals "$("$bin/run_sweep" $sweep "$work/with$workers" $workers)"
done

# The same spec on the same data is the same run: nothing is computed twice.
again=$("$bin/run_sweep" $sweep "$work/one" 1 2>"$work/err")
[ "$again" = "$calm" ] || fail "the same sweep is another run: $again"
grep -q "excluded, 0.[0-4]" "$work/err" || fail "a finished run was computed again: $(cat "$work/err")"

# Killed when all was computed: nothing is left to do, and what the kill left behind goes all the same.
mkdir "$work/plateau-00c0ffee0000"
touch "$work/plateau-00c0ffee0000/s"
echo "$work/plateau-00c0ffee0000" >"$calm/socket"
"$bin/run_sweep" $sweep "$work/one" 1 >"$work/null" 2>&1
[ ! -e "$work/plateau-00c0ffee0000" ] && [ ! -e "$calm/socket" ] || fail "a socket of a killed process is left behind"

# A sample, then the rest.
sampled=$("$bin/run_sweep" $sweep "$work/sampled" 2 0.1)
"$bin/run_sweep" --digest "$sampled" >"$work/part"
n=$(wc -l <"$work/part")
[ "$n" -ge 30 ] && [ "$n" -le 180 ] || fail "a sample of 10 % of 900 points has $n"
[ "$(comm -12 <(sort "$work/part") <(sort "$work/calm") | wc -l)" -eq "$n" ] || fail "a sample has other bytes"
digest_equals "$("$bin/run_sweep" $sweep "$work/sampled" 2)"

# Ctrl-C once and twice: state saved, exit code 130, a resume ends the same. Workers and socket are gone.
sed 's/run.seed: .*/run.seed: {range: [1, 16], step: 1}/' $sweep >"$work/larger.yaml"
"$bin/run_sweep" --digest "$("$bin/run_sweep" "$work/larger.yaml" "$work/larger" 2)" >"$work/calm_larger"
for times in 1 2; do
    runs=$work/interrupted$times
    "$bin/run_sweep" "$work/larger.yaml" "$runs" 2 >"$work/out" 2>"$work/err" &
    pid=$!
    for _ in $(seq 500); do
        [ -s "$(echo "$runs"/small-*/socket)" ] && break
        sleep 0.02
    done
    sleep 0.2
    for _ in $(seq $times); do
        kill -INT $pid
        sleep 0.01
    done
    code=0
    wait $pid || code=$?
    [ $code -eq 130 ] || fail "Ctrl-C x $times: exit code $code: $(cat "$work/err")"
    ls "$work"/plateau-* >"$work/null" 2>&1 && fail "a socket is left behind"
    "$bin/run_sweep" --digest "$(cat "$work/out")" >"$work/part"
    [ "$(wc -l <"$work/part")" -lt "$(wc -l <"$work/calm_larger")" ] || fail "Ctrl-C x $times: it had ended before"
    "$bin/run_sweep" --digest "$("$bin/run_sweep" "$work/larger.yaml" "$runs" 2)" >"$work/digest"
    cmp -s "$work/calm_larger" "$work/digest" || fail "Ctrl-C x $times: other bytes after the resume"
done

# Two processes at once: one is kept out, and is told by whom.
rm -rf "$work/twice"
"$bin/run_sweep" "$work/larger.yaml" "$work/twice" 1 >"$work/out" 2>"$work/err1" &
pid=$!
for _ in $(seq 200); do
    [ -s "$(echo "$work"/twice/small-*/socket)" ] && break
    sleep 0.01
done
code=0
"$bin/run_sweep" "$work/larger.yaml" "$work/twice" 1 >"$work/out2" 2>"$work/err2" || code=$?
wait $pid || fail "the first process: $(cat "$work/err1")"
[ $code -eq 3 ] || fail "the second process: exit code $code: $(cat "$work/err2")"
grep -q "held by host .* pid $pid" "$work/err2" || fail "the second process: $(cat "$work/err2")"

# No worker program beside this one; workers that find no image: a clear line. The command makes it again.
mkdir "$work/alone"
cp "$bin/run_sweep" "$work/alone/run_sweep"
code=0
PATH=/usr/bin:/bin "$work/alone/run_sweep" $sweep "$work/noworker" 1 >"$work/out" 2>"$work/err" || code=$?
[ $code -eq 2 ] && grep -q "plateau-worker is neither" "$work/err" || fail "no worker program: exit code $code: $(cat "$work/err")"
printf '#!/bin/sh\nexec %s/plateau-worker --cache %s "$@" --cache %s\n' "$bin" "$work/empty" "$work/empty" >"$work/alone/plateau-worker"
chmod +x "$work/alone/plateau-worker"
code=0
"$work/alone/run_sweep" $sweep "$work/noimage" 1 >"$work/out" 2>"$work/err" || code=$?
[ $code -eq 3 ] && grep -q "workers end without a result" "$work/err" || fail "no image: exit code $code: $(cat "$work/err")"

rm -f "$PLATEAU_CACHE"/*.img
"$bin/plateau" resume last --dir "$work/noimage" >"$work/out" 2>"$work/err" || fail "the image is not made again: $(cat "$work/err")"
digest_equals "$(echo "$work"/noimage/small-*)"

# What a worker may not need: HDF5, YAML, SQLite.
if readelf -d "$bin/plateau-worker" | grep -iE 'NEEDED.*(hdf5|yaml|sqlite|jansson|cairo)'; then
    fail "plateau-worker is linked with more than it should"
fi
echo "run_small: passed"
