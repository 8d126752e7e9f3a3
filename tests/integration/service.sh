#!/bin/bash
# A service of several runs: two are submitted with priorities, a worker joins late and is drained, one run is paused, one is
# cancelled for a reason, the service is killed and comes back; every run that ends has the bytes of a plain run.
. "$(dirname "$0")/../lib/script.sh"
runs=$work/runs
plateau() { # VERB [ARGS]: in the folder of runs
    "$bin/plateau" "$@" --dir "$runs" 2>"$work/err"
}
expect() { # CODE VERB [ARGS]
    local want=$1 code=0
    shift
    plateau "$@" >"$work/out" || code=$?
    [ $code -eq "$want" ] || fail "plateau $*: exit code $code, $want is expected: $(cat "$work/err")"
}
answers() { plateau watch --once >"$work/out"; }
start_service() { # [OPTIONS]
    "$bin/plateau" coordinator --dir "$runs" "$@" 2>>"$work/service.err" &
    service=$!
    eventually "an answer of the service" answers
}
status() { # PYTHON EXPRESSION over s, the reply
    plateau watch --once --format json >"$work/status.json" || fail "no status: $(cat "$work/err")"
    /usr/bin/python3 -c "import json, sys; s = json.load(open(sys.argv[1])); r = {x['run']: x for x in s['runs']}
print($1)" "$work/status.json" 2>"$work/python.err" || fail "$1: $(tail -1 "$work/python.err")"
}
is_true() { [ "$(status "$1")" = True ]; } # PYTHON EXPRESSION
until_true() { # WHAT PYTHON EXPRESSION
    eventually "$1" is_true "$2"
}
small high 25 >"$work/high.yaml"
small low 25 >"$work/low.yaml"
small long 4000 >"$work/long.yaml"      # never done here
small part 5025 5001 >"$work/part.yaml" # points that no other run tries
for name in high low part; do
    options=(--quiet)
    [ $name = part ] && options+=(--no-ledger)
    "$bin/plateau" run "$work/$name.yaml" --dir "$work/calm" --workers 2 "${options[@]}" >/dev/null 2>"$work/err" || fail "$(cat "$work/err")"
    "$bin/run_sweep" --digest "$(echo "$work/calm/$name"-*)" >"$work/$name.digest"
done

# Nobody is there.
expect 2 submit "$work/high.yaml"
grep -q "no service is at work" "$work/err" || fail "submit: $(cat "$work/err")"
[ ! -e "$runs/high-"* ] || fail "submit without a service made a run"

start_service --workers 1
refused 3 "another service is at work there" "$bin/plateau" coordinator --dir "$runs"
expect 2 submit "$work/high.yaml" --priority 0
expect 0 submit "$work/long.yaml" --priority 1
long=$(cat "$work/out")
expect 0 submit "$work/low.yaml" --priority 10
low=$(cat "$work/out")
expect 0 submit "$work/high.yaml" --priority 30
high=$(cat "$work/out")
until_true "three runs under way" "len(r) == 3"

# A pause: no worker, no progress, while others go on.
expect 0 pause "$low"
expect 0 pause "$high"
until_true "paused" "r['$low']['state'] == r['$high']['state'] == 'paused'"
before=$(status "r['$low']['cells_done']")
done_of_long=$(status "r['$long']['cells_done']")
until_true "another goes on" "r['$long']['cells_done'] > $done_of_long + 2000"
[ "$(status "r['$low']['cells_done']")" = "$before" ] || fail "a paused run makes progress"
expect 124 wait "$low" --timeout 300ms

# On a terminal it is drawn over itself, with the heatmap of what is there; Ctrl-C ends the watching alone.
mkfifo "$work/keyboard"
TERM=xterm script -qfec "stty rows 50 cols 100; exec $plateau watch $long --dir $runs" "$work/typescript" <"$work/keyboard" >/dev/null &
watch=$!
exec 8>"$work/keyboard"
redrawn() { grep -q $'\033\[[0-9]*A' "$work/typescript"; }
eventually "a watch drawn over itself" redrawn
await Sharpe "$work/typescript"
await local-1 "$work/typescript"
printf '\003' >&8
wait $watch || true
exec 8>&-
until_true "it still goes on" "r['$long']['state'] == 'running'"

# A worker joins late, and leaves when it is told to.
"$bin/plateau-worker" --connect "ipc://$(cat "$runs/.service/socket")/s" --cache "$PLATEAU_CACHE" --name late 2>"$work/worker.err" &
late=$!
until_true "the late worker has handed in tiles" "any(w['name'] == 'late' and w['tiles'] > 0 for w in s['workers'])"
expect 2 worker drain nobody
expect 0 worker drain late
wait $late || fail "the drained worker: $(cat "$work/worker.err")"
until_true "only the local worker is left" "[w['name'].split('-')[0] for w in s['workers']] == ['local']"

# Cancelled for a reason, which stays with it.
expect 2 cancel "$long"
grep -q "reason" "$work/err" || fail "cancel without a reason: $(cat "$work/err")"
expect 0 cancel "$long" --reason "wrong prices"
expect 130 wait "$long" --timeout 60s
expect 0 status "$long" --format json
grep -q '"state": *"cancelled"' "$work/out" && grep -q "wrong prices" "$work/out" || fail "status: $(cat "$work/out")"
expect 0 ls --format csv
grep -q "$long,cancelled,.*wrong prices" "$work/out" || fail "ls: $(cat "$work/out")"

# Killed on the way: nothing is lost, the pause is not forgotten, the cancelled run stays so.
before=$(status "r['$high']['cells_done']")
expect 0 resume "$high"
until_true "it goes on" "r['$high']['cells_done'] > $before"
kill -9 $service
wait $service 2>/dev/null || true
expect 2 pause "$low"
start_service --workers 2
until_true "paused as before" "r['$low']['state'] == 'paused'"
[ "$(status "'$long' in r")" = False ] || fail "a cancelled run came back"
expect 0 resume "$low"
expect 0 wait "$high" --timeout 120s
expect 0 wait "$low" --timeout 120s
for name in high low; do
    run=$(echo "$runs/$name"-*)
    same_bytes "$run" "$work/$name.digest"
    [ -s "$run/results.h5" ] || fail "$name: no results.h5"
done

expect 0 watch "$high" --once
grep -q "$high is at an end" "$work/err" || fail "watch of a run that ended: $(cat "$work/err")"

# A run that is there, again; its own exit code is that of submit --wait. Its review stays beside the results.
small tiny 1 >"$work/tiny.yaml"
expect 0 submit "$work/tiny.yaml" --wait
tiny=$(cat "$work/out")
expect 0 review "$tiny"
rm "$runs/$tiny/results.h5"
expect 0 submit "$tiny" --wait
/usr/bin/python3 -c 'import h5py, sys; h5py.File(sys.argv[1])["review"].attrs["verdict"]' "$runs/$tiny/results.h5" ||
    fail "the service's results.h5 is without the review"
expect 0 cells "$high" --top 1

# A sample: cells of the plain run, and by far not all (the size of a tile is measured, so how many differs); not counted as
# trials. Then the rest.
trials() {
    /usr/bin/python3 -c 'import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("SELECT sum(n_points) FROM book").fetchone()[0])' \
        "$PLATEAU_LEDGER"
}
before=$(trials)
expect 0 submit "$work/part.yaml" --sample 20% --no-ledger --wait
part=$(cat "$work/out")
"$bin/plateau" cells "$(echo "$work/calm/part"-*)" --where "status != 'missing'" --format csv >"$work/all.csv"
expect 0 cells "$part" --where "status != 'missing'" --format csv
sampled=$(wc -l <"$work/out")
[ "$sampled" -gt 1 ] && [ $((2 * sampled)) -lt "$(wc -l <"$work/all.csv")" ] || fail "a sample of $sampled cells"
grep -vxFf "$work/all.csv" "$work/out" >"$work/strange" &&
    fail "$(wc -l <"$work/strange") cells that the plain run has not: $(head -3 "$work/strange")"
[ "$(trials)" = "$before" ] || fail "points of --no-ledger are in the ledger"
expect 0 submit "$part" --wait
[ "$(trials)" -gt "$before" ] || fail "points are not in the ledger"
"$bin/run_sweep" --digest "$runs/$part" >"$work/digest"
cmp -s "$work/part.digest" "$work/digest" || fail "the rest of a sample: other bytes than the plain run"

# Local workers that were drained are not started again; a stopped service leaves nothing behind.
expect 0 worker drain all
until_true "nobody is left" "s['n_workers'] == 0"
sleep 0.6
[ "$(status "s['n_workers']")" = 0 ] || fail "a drained worker was started again"
kill -TERM $service
ended $service 143 "a stopped service"

# Workers that cannot work end the runs they were to work for, with the reason, not the service.
mkdir "$work/alone"
cp "$bin/plateau" "$work/alone/plateau"
printf '#!/bin/sh\nwhile [ ! -e %s ]; do sleep 0.05; done\nexec %s/plateau-worker "$@" --cache %s\n' \
    "$work/both" "$bin" "$work/empty" >"$work/alone/plateau-worker"
chmod +x "$work/alone/plateau-worker"
runs=$work/hopeless
"$work/alone/plateau" coordinator --dir "$runs" --workers 2 2>"$work/service.err" &
service=$!
eventually "an answer of the service" answers
for name in high low; do
    expect 0 submit "$work/$name.yaml"
    cat "$work/out" >>"$work/ids"
done
touch "$work/both"
for run in $(cat "$work/ids"); do
    expect 3 wait "$run" --timeout 60s
    grep -q "workers end without a result" "$work/err" || fail "hopeless: $(cat "$work/err")"
done
kill -TERM $service
wait $service || true
ls "$work"/plateau-* >/dev/null 2>&1 && fail "a socket is left behind"
echo "service: passed"
