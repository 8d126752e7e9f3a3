#!/bin/bash
# Cells that kill their worker, never end, or come out with wrong bits, in real processes: each ends with the status that says
# so and nothing else differs from the calm run; `plateau retry` makes all equal.
#
#   tests/chaos/poison.sh     PLATEAU_BIN: folder of the programs
. "$(dirname "$0")/../lib/script.sh"
export PLATEAU_POISON_DIR=$work/lies
# A plateau whose worker beside it does harm.
mkdir -p "$work/bin"
cp "$plateau" "$work/bin/plateau"
cp "$bin/poison_worker" "$work/bin/plateau-worker"
sweep=$work/sweep.yaml
tiles_of_8 poison >"$sweep"
harmful() { # CODE ARGS..: with the harmful worker, exit code CODE
    local want=$1 code=0
    shift
    "$work/bin/plateau" "$@" --no-ledger >"$work/out" 2>"$work/err" || code=$?
    [ $code -eq "$want" ] || fail "plateau $*: exit code $code, expected $want"
}
cells() { # RUNS
    "$plateau" cells last --dir "$1" --format csv >"$work/cells" 2>"$work/err" || fail "cells"
}
differing() { # RUNS: lines that are not the calm run's
    cells "$1"
    diff "$work/calm.cells" "$work/cells" | grep -c '^>' || true
}
same() { # RUNS
    [ "$(differing "$1")" -eq 0 ] || fail "not the calm run's cells: $(diff "$work/calm.cells" "$work/cells" | head -4)"
}
said() { # WORDS
    grep -q "$1" "$work/err" || fail "nothing is said of: $1"
}
status_is() { # RUNS STATUS N: so many cells, and no others differ
    [ "$(differing "$1")" -eq "$3" ] || fail "$(differing "$1") cells differ from the calm run's, expected $3"
    [ "$(grep -c ",$2" "$work/cells")" -eq "$3" ] || fail "$(grep -c ",$2" "$work/cells") cells are $2, expected $3"
}

context=calm
export PLATEAU_POISON=
harmful 0 run "$sweep" --dir "$work/calm" --workers 2
cells "$work/calm"
cp "$work/cells" "$work/calm.cells"
[ "$(wc -l <"$work/calm.cells")" -gt 190 ] || fail "too few cells to tell anything"
calm=$(echo "$work"/calm/poison-*)
[ -s "$calm/canary" ] || fail "no known cells were kept"
tile_points=$(sed -n 's/.*"tile_points": \([0-9]*\).*/\1/p' "$calm/run.json")
ordinal=$(od -An -tu8 -j8 -N8 "$calm/canary" | tr -d ' ')
canary_tile=$((ordinal / tile_points)) canary_cell=$((ordinal % tile_points * 4))
a=$(((canary_tile + 3) % 20)) b=$(((canary_tile + 7) % 20))

context=kill
PLATEAU_POISON="kill:$a:4" harmful 1 run "$sweep" --dir "$work/kill" --workers 2
status_is "$work/kill" crashed 1
point=$(diff "$work/calm.cells" "$work/cells" | sed -n 's/^> \([0-9]*\),.*/\1/p')
"$plateau" cells last --dir "$work/kill" --where "status = 'crashed'" --format json >"$work/out" 2>"$work/err" || fail "cells"
[ -n "$point" ] || fail "no point"
h5=$(echo "$work"/kill/poison-*/results.h5)
strings -n 8 "$(dirname "$h5")/log.jsonl" | grep -q 'its worker died 2 times: signal 11' || fail "the log has no signal"
harmful 0 retry last --crashed --dir "$work/kill" --workers 2
same "$work/kill"

context=timeout
PLATEAU_POISON="hang:$b:8" harmful 1 run "$sweep" --dir "$work/hang" --workers 2 --cell-timeout 3s
status_is "$work/hang" timeout 1
grep -q 'took longer than 3 s' "$work"/hang/poison-*/log.jsonl || fail "the log has no limit"
harmful 0 retry last --timeout --dir "$work/hang" --workers 2
same "$work/hang"

context=canary
mkdir "$work/lies"
PLATEAU_POISON="lie:$canary_tile:$canary_cell:1" harmful 0 run "$sweep" --dir "$work/canary" --workers 2
said 'got no more work: other bits than known'
same "$work/canary"

# Only a tile that two workers compute can differ: the tail's duplicates of a slow one, while another is slower. Which worker
# holds which is chance: another pair of tiles is tried where one worker held both.
differ() { # NAME LIARS
    local shift
    for shift in 3 6 9 12 15; do
        a=$(((canary_tile + shift) % 20)) b=$(((canary_tile + shift + 2) % 20))
        rm -rf "$work/lies" "$work/$1" && mkdir "$work/lies"
        local code=0
        PLATEAU_POISON="lie:$a:0:$2 slow:$a:0:1000 slow:$b:0:5000" "$work/bin/plateau" run "$sweep" --dir "$work/$1" --workers 4 \
            --no-ledger >"$work/out" 2>"$work/err" || code=$?
        [ $code -eq 5 ] && return
        [ $code -eq 0 ] || fail "exit code $code"
    done
    fail "no pair of workers computed one tile"
}

context="two differ"
differ two 1
said 'different bits'
[ "$(grep -c 'got no more work: tile' "$work/err")" -eq 2 ] || fail "not two workers are named"
same "$work/two"
PLATEAU_POISON= harmful 5 resume last --dir "$work/two"
harmful 0 retry last --disputed --dir "$work/two" --workers 2
same "$work/two"

context="three differ"
differ three 3
status_is "$work/three" disputed 1
harmful 0 retry last --disputed --dir "$work/three" --workers 2
same "$work/three"

# One worker: the second bad cell is not under way when the first is found.
context="too many fail"
PLATEAU_POISON="kill:$a:4 kill:$b:8" harmful 1 run "$sweep" --dir "$work/many" --workers 1 --max-fails 0
said 'stopped early'
harmful 0 retry last --crashed --dir "$work/many" --workers 2
same "$work/many"

# In a service the same limits end that run alone.
context="too many fail in a service"
runs=$work/service
PLATEAU_POISON="kill:$a:4 kill:$b:8" "$work/bin/plateau" coordinator --dir "$runs" --workers 1 --no-ledger 2>"$work/service.err" &
service=$!
await ready "$work/service.err"
code=0
"$plateau" submit "$sweep" --dir "$runs" --max-fails 0 --wait >"$work/out" 2>&1 || code=$?
[ $code -eq 1 ] || fail "submit --max-fails 0 --wait: exit code $code: $(cat "$work/out")"
"$plateau" ls --dir "$runs" --format csv >"$work/out"
grep -q ",failed,.*stopped early" "$work/out" || fail "ls: $(cat "$work/out")"
kill -0 $service || fail "the service ended with it"
kill -TERM $service
wait $service || true
harmful 0 retry last --crashed --dir "$runs" --workers 2
same "$runs"
echo "poison: kill, hang, lie by one, two and three, and too many: each as it should be"
