#!/bin/bash
# Keys and the network: keygen's files and refusals, a run by remote workers with CURVE, who is kept out and how both ends say
# so, no secret where it does not belong.
set -eu
cd "$(dirname "$0")/../.."
bin=${PLATEAU_BIN:?the folder of the programs}
work=$(mktemp -d)
pids=()
cleanup() {
    [ ${#pids[@]} = 0 ] || kill -9 "${pids[@]}" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
export PLATEAU_CACHE=$work/cache TMPDIR=$work XDG_CONFIG_HOME=$work/config PLATEAU_LEDGER=$work/ledger.db
unset XDG_RUNTIME_DIR
plateau=$bin/plateau
sweep=tests/integration/small.yaml
keys=$work/config/plateau/keys
fail() {
    echo "FAILED: $*" >&2
    exit 1
}
refused() { # CODE TEXT COMMAND...: ends with CODE and says TEXT
    local code=0 want=$1 text=$2
    shift 2
    "$@" >"$work/out" 2>&1 || code=$?
    [ $code -eq "$want" ] || fail "exit $code, not $want: $* : $(cat "$work/out")"
    grep -qF -- "$text" "$work/out" || fail "\"$text\" is missing: $* : $(cat "$work/out")"
}
mode() { stat -c %a "$1"; }
await() { # TEXT FILE: until it is there
    for _ in $(seq 300); do
        grep -qF -- "$1" "$2" 2>/dev/null && return 0
        sleep 0.05
    done
    fail "\"$1\" never appeared in $2: $(cat "$2")"
}
coordinator() { # NAME OPTIONS...: a run in the background; its address in $address, its pid in $run_pid
    local name=$1
    shift
    "$plateau" run $sweep --dir "$work/$name" --no-ledger "$@" >"$work/$name.out" 2>"$work/$name.err" &
    run_pid=$!
    pids+=("$run_pid")
    await "listening on tcp" "$work/$name.err"
    address=$(sed -n 's/.*listening on \(tcp:[^ ]*\).*/\1/p' "$work/$name.err")
}
worker() { # ACCESS OPTIONS...: in the background; its pid in $worker_pid
    local access=$1
    shift
    "$plateau" worker --access "$access" "$@" >"$work/worker.out" 2>"$work/worker.err" &
    worker_pid=$!
    pids+=("$worker_pid")
}

# ---- keygen ----
refused 2 "plateau keygen coordinator" "$plateau" run $sweep --dir "$work/x" --listen tcp://0.0.0.0:0
refused 2 "nobody would compute" "$plateau" run $sweep --dir "$work/x" --workers none
refused 2 "tcp://HOST:PORT is expected" "$plateau" run $sweep --dir "$work/x" --listen 5555
"$plateau" keygen coordinator 2>"$work/out"
refused 2 "is not overwritten" "$plateau" keygen coordinator
refused 2 "--address is missing" "$plateau" keygen worker site-a
refused 2 "tcp://HOST:PORT is expected" "$plateau" keygen worker site-a --address 10.0.0.1:5555
refused 2 "letters, digits" "$plateau" keygen worker a/b --address tcp://127.0.0.1:5555
[ "$(mode "$keys")" = 700 ] && [ "$(mode "$keys/coordinator.key")" = 600 ] || fail "keys are not private"
"$plateau" keygen worker site-a --address tcp://127.0.0.1:5555
"$plateau" keygen worker site-b --address tcp://127.0.0.1:5555
[ "$(mode "$keys/site-a.access")" = 600 ] || fail "an access file is not private"
refused 2 "is not overwritten" "$plateau" keygen worker site-a --address tcp://127.0.0.1:5555
"$plateau" keygen list --format csv >"$work/list"
[ "$(grep -c allowed "$work/list")" = 2 ] || fail "list: $(cat "$work/list")"
refused 2 "did you mean site-a" "$plateau" keygen revoke site-1
refused 2 "did you mean revoke" "$plateau" keygen revok site-a

# Others must not be able to read a secret, or to change who may join.
chmod 640 "$keys/site-a.access"
refused 2 "chmod 600" "$plateau" worker --access "$keys/site-a.access"
chmod 600 "$keys/site-a.access"
chmod 644 "$keys/coordinator.key"
refused 2 "chmod 600" "$plateau" run $sweep --dir "$work/x" --listen tcp://127.0.0.1:0
chmod 600 "$keys/coordinator.key"
chmod 770 "$keys"
refused 2 "chmod 700" "$plateau" run $sweep --dir "$work/x" --listen tcp://127.0.0.1:0
chmod 700 "$keys"
refused 2 "x.access" "$plateau" worker --access "$work/x.access"

# ---- a run by remote workers alone: the calm run's bytes ----
calm=$("$bin/run_sweep" $sweep "$work/calm" 1 2>"$work/out")
"$bin/run_sweep" --digest "$calm" >"$work/calm.digest"
coordinator curve --workers none --listen tcp://127.0.0.1:0
grep -q "allow-list" "$work/curve.err" || fail "loopback with keys there is not secure: $(cat "$work/curve.err")"
worker "$keys/site-a.access" --connect "$address"
ps -o args= -p $worker_pid >"$work/ps"
wait $run_pid || fail "the run failed: $(cat "$work/curve.err" "$work/worker.err")"
wait $worker_pid || fail "the worker failed: $(cat "$work/worker.err")"
"$bin/run_sweep" --digest "$(echo "$work"/curve/small-*)" >"$work/digest"
cmp -s "$work/calm.digest" "$work/digest" || fail "other bytes by a remote worker"

# ---- who is kept out, and how both ends say so ----
sed 's/run.seed: .*/run.seed: {range: [1, 40], step: 1}/' $sweep >"$work/larger.yaml"
small=$sweep
sweep=$work/larger.yaml
log=$work/refusals/log.jsonl
mkdir "$work/refusals"
coordinator strict --workers none --listen tcp://127.0.0.1:0 --log "$log"
"$plateau" keygen worker stranger --keys "$work/other" --address "$address" 2>"$work/out"
with_key_of() { # ACCESS OTHER: the first, but with the other's key of the coordinator
    grep -v ^coordinator "$1"
    grep ^coordinator "$2"
}
with_key_of "$work/other/stranger.access" "$keys/site-a.access" >"$work/unknown.access"
with_key_of "$keys/site-a.access" "$work/other/stranger.access" >"$work/wrong_server.access"
chmod 600 "$work"/*.access
worker "$work/unknown.access" --connect "$address"
await "not on its allow-list" "$work/worker.err"
await "the key is not on the allow-list" "$log"
# Allowed while the run goes on: the same worker gets in without being started again.
key=$(sed -n 's/^public *//p' "$work/unknown.access")
printf 'allow late %s\n' "$key" >>"$keys/allow"
await '"event":"worker_joined","run":' "$log"
await '"worker":"late/' "$log"
# Revoked while it works: told why at both ends, and gone. It is held up meanwhile, lest it is done before.
kill -STOP $worker_pid
"$plateau" keygen revoke late 2>"$work/out"
sleep 0.5 # the list is looked at every quarter of a second
kill -CONT $worker_pid
code=0
wait $worker_pid || code=$?
[ $code = 3 ] || fail "a revoked worker ended with $code"
await "the key is revoked" "$work/worker.err"
await '"event":"peer_cut"' "$log"
worker "$work/unknown.access" --connect "$address"
await '"event":"connection_refused","worker":"late"' "$log"
kill -9 $worker_pid
worker "$work/wrong_server.access" --connect "$address"
await "its key is another" "$work/worker.err"
await '"event":"handshake_failed"' "$log"
kill -9 $worker_pid
# No key at all; then an allowed worker ends the run, whose cells are whole.
"$bin/plateau-worker" --connect "$address" --cache "$PLATEAU_CACHE" 2>"$work/nokey.err" &
nokey_pid=$!
pids+=($nokey_pid)
worker "$keys/site-a.access" --connect "$address"
wait $run_pid || fail "the run failed: $(cat "$work/strict.err" "$work/worker.err")"
wait $worker_pid || fail "the worker failed: $(cat "$work/worker.err")"
kill -0 $nokey_pid || fail "a worker without a key was talked to: $(cat "$work/nokey.err")"
kill -9 $nokey_pid
grep -q '"worker":"site-a/' "$log" || fail "the worker's name is not its key's"
"$bin/run_sweep" --digest "$("$bin/run_sweep" "$sweep" "$work/calm_larger" 2 2>"$work/out")" >"$work/calm_larger.digest"
"$bin/run_sweep" --digest "$(echo "$work"/strict/small-*)" >"$work/digest"
cmp -s "$work/calm_larger.digest" "$work/digest" || fail "other bytes after refusals and a revocation"
sweep=$small

# ---- no secret where it does not belong ----
for secret in $(sed -n 's/^secret *//p' "$keys"/*.access "$keys/coordinator.key" "$work/unknown.access"); do
    if grep -rlF --exclude-dir=keys --exclude='*.access' -e "$secret" "$work"; then
        fail "a secret key is in the files above"
    fi
done

# ---- without keys ----
XDG_CONFIG_HOME=$work/none coordinator plain --workers none --listen tcp://127.0.0.1:0
grep -q "any user of this machine" "$work/plain.err" || fail "no word about loopback: $(cat "$work/plain.err")"
# Another version, another engine: both ends say so, and neither goes on.
"$bin/refusals" "$address" >"$work/refusals.out" || fail "no refusal: $(cat "$work/refusals.out")"
grep -q "engine .* here, another-engine there: use the same plateau" "$work/refusals.out" || fail "engine: $(cat "$work/refusals.out")"
grep -q "protocol version [0-9]* here, 77 there: use the same plateau" "$work/refusals.out" || fail "version: $(cat "$work/refusals.out")"
for what in version engine; do
    "$bin/refusals" --serve "ipc://$work/old" $what &
    pids+=($!)
    code=0
    "$bin/plateau-worker" --connect "ipc://$work/old" --cache "$PLATEAU_CACHE" 2>"$work/old.err" || code=$?
    [ $code = 3 ] || fail "a worker refused for its $what ended with $code: $(cat "$work/old.err")"
    cat "$work/old.err" >>"$work/old.all"
done
grep -q "the coordinator speaks protocol version 77" "$work/old.all" || fail "version: $(cat "$work/old.all")"
grep -q "refused by the coordinator: engine other here" "$work/old.all" || fail "engine: $(cat "$work/old.all")"
"$bin/plateau-worker" --connect "$address" --cache "$PLATEAU_CACHE"
wait $run_pid || fail "plain loopback: $(cat "$work/plain.err")"
coordinator insecure --workers none --listen tcp://0.0.0.0:0 --insecure --quiet
grep -q "plateau: warning: listening" "$work/insecure.err" || fail "no warning: $(cat "$work/insecure.err")"
"$bin/plateau-worker" --connect "tcp://127.0.0.1:${address##*:}" --cache "$PLATEAU_CACHE"
wait $run_pid || fail "insecure: $(cat "$work/insecure.err")"
echo "security: ok"
