#!/bin/bash
# Keys and the network: keygen's files and refusals, a run by remote workers with CURVE, who is kept out and how both ends say
# so, no secret where it does not belong.
. "$(dirname "$0")/../lib/script.sh"
sweep=tests/integration/small.yaml
keys=$XDG_CONFIG_HOME/plateau/keys
mode() { stat -c %a "$1"; }
worker() { # ACCESS OPTIONS...: in the background; its pid in $worker_pid
    local access=$1
    shift
    "$plateau" worker --access "$access" "$@" >"$work/worker.out" 2>"$work/worker.err" &
    worker_pid=$!
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
calm $sweep calm
loud=yes coordinator curve $sweep
grep -q "allow-list" "$work/curve.err" || fail "loopback with keys there is not secure: $(cat "$work/curve.err")"
worker "$keys/site-a.access" --connect "$address"
ps -o args= -p $worker_pid >"$work/ps"
wait $run_pid || fail "the run failed: $(cat "$work/curve.err" "$work/worker.err")"
wait $worker_pid || fail "the worker failed: $(cat "$work/worker.err")"
same_bytes "$(echo "$work"/curve/small-*)" "$work/calm.digest"

# ---- who is kept out, and how both ends say so ----
small larger 40 >"$work/larger.yaml"
calm "$work/larger.yaml" larger
log=$work/refusals/log.jsonl
mkdir "$work/refusals"
coordinator strict "$work/larger.yaml" --log "$log"
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
ended $worker_pid 3 "a revoked worker"
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
worker "$keys/site-a.access" --connect "$address"
wait $run_pid || fail "the run failed: $(cat "$work/strict.err" "$work/worker.err")"
wait $worker_pid || fail "the worker failed: $(cat "$work/worker.err")"
kill -0 $nokey_pid || fail "a worker without a key was talked to: $(cat "$work/nokey.err")"
kill -9 $nokey_pid
grep -q '"worker":"site-a/' "$log" || fail "the worker's name is not its key's"
same_bytes "$(echo "$work"/strict/larger-*)" "$work/larger.digest"

# ---- no secret where it does not belong ----
for secret in $(sed -n 's/^secret *//p' "$keys"/*.access "$keys/coordinator.key" "$work/unknown.access"); do
    if grep -rlF --exclude-dir=keys --exclude='*.access' -e "$secret" "$work"; then
        fail "a secret key is in the files above"
    fi
done

# ---- without keys ----
XDG_CONFIG_HOME=$work/none loud=yes coordinator plain $sweep
grep -q "any user of this machine" "$work/plain.err" || fail "no word about loopback: $(cat "$work/plain.err")"
# Another version, another engine: both ends say so, and neither goes on.
"$bin/refusals" "$address" >"$work/refusals.out" || fail "no refusal: $(cat "$work/refusals.out")"
grep -q "engine .* here, another-engine there: use the same plateau" "$work/refusals.out" || fail "engine: $(cat "$work/refusals.out")"
grep -q "protocol version [0-9]* here, 77 there: use the same plateau" "$work/refusals.out" || fail "version: $(cat "$work/refusals.out")"
for what in version engine; do
    "$bin/refusals" --serve "ipc://$work/old" $what &
    refused 3 "" "$bin/plateau-worker" --connect "ipc://$work/old" --cache "$PLATEAU_CACHE"
    cat "$work/err" >>"$work/old.all"
done
grep -q "the coordinator speaks protocol version 77" "$work/old.all" || fail "version: $(cat "$work/old.all")"
grep -q "refused by the coordinator: engine other here" "$work/old.all" || fail "engine: $(cat "$work/old.all")"
"$bin/plateau-worker" --connect "$address" --cache "$PLATEAU_CACHE"
wait $run_pid || fail "plain loopback: $(cat "$work/plain.err")"
listen=tcp://0.0.0.0:$(free_ports 2) coordinator insecure $sweep --insecure
grep -q "plateau: warning: listening" "$work/insecure.err" || fail "no warning: $(cat "$work/insecure.err")"
"$bin/plateau-worker" --connect "tcp://127.0.0.1:${address##*:}" --cache "$PLATEAU_CACHE"
wait $run_pid || fail "insecure: $(cat "$work/insecure.err")"
echo "security: ok"
