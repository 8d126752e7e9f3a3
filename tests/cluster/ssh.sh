#!/bin/bash
# Workers started by `plateau launch ssh` through a real sshd on loopback; a host that is not there is said; the access file
# arrives private.
set -eu
cd "$(dirname "$0")/../.."
for tool in ssh ssh-keygen sshd; do
    PATH=$PATH:/usr/sbin command -v $tool >/dev/null || {
        echo "SKIPPED: $tool is missing (scripts/setup.sh --tests)"
        exit 77
    }
done
bin=$(cd "${PLATEAU_BIN:?the folder of the programs}" && pwd)
work=$(mktemp -d)
pids=()
cleanup() {
    [ -z "${run_pid:-}" ] || kill -9 "$run_pid" 2>/dev/null || true
    pkill -9 -f "plateau-worker --cache $work" 2>/dev/null || true
    [ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
fail() {
    echo "FAILED: $*" >&2
    exit 1
}
await() { # COMMAND
    for _ in $(seq 600); do
        "$@" && return 0
        sleep 0.05
    done
    fail "never: $*"
}
plateau=$bin/plateau port=$((20000 + RANDOM % 10000))
export PLATEAU_CACHE=$work/cache XDG_CONFIG_HOME=$work/config PLATEAU_LEDGER=$work/ledger.db

# A host of our own: its own keys, its own environment.
ssh-keygen -q -t ed25519 -N "" -f "$work/host_key"
ssh-keygen -q -t ed25519 -N "" -f "$work/user_key"
cat >"$work/sshd_config" <<CONF
Port $port
ListenAddress 127.0.0.1
HostKey $work/host_key
AuthorizedKeysFile $work/user_key.pub
PidFile $work/sshd.pid
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
SetEnv XDG_CONFIG_HOME=$work/there PLATEAU_CACHE=$work/cache-there PATH=$bin:/usr/bin:/bin
CONF
mkdir -p /run/sshd "$work/there"
/usr/sbin/sshd -D -e -f "$work/sshd_config" 2>"$work/sshd.log" &
pids+=($!)
ssh="ssh -p $port -i $work/user_key -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
reachable() { $ssh 127.0.0.1 true 2>/dev/null; }
await reachable

"$plateau" keygen coordinator 2>/dev/null
"$plateau" run tests/integration/small.yaml --dir "$work/runs" --no-ledger --workers none --listen tcp://127.0.0.1:0 \
    >"$work/run.out" 2>"$work/run.err" &
run_pid=$!
await grep -sq "listening on tcp" "$work/run.err"
address=$(sed -n 's/.*listening on \(tcp:[^ ]*\).*/\1/p' "$work/run.err")
"$plateau" keygen worker farm --address "$address" 2>/dev/null
access=$XDG_CONFIG_HOME/plateau/keys/farm.access
secret=$(sed -n 's/^secret *//p' "$access")

"$plateau" launch ssh --access "$access" --host 127.0.0.1 --ssh "$ssh" --slots 1 --dry-run >"$work/dry"
grep -qF -- "$secret" "$work/dry" && fail "the secret key is on a command line"
code=0
"$plateau" launch ssh --access "$access" --host 127.0.0.1 --host -oProxyCommand=false --ssh "$ssh" --slots 1 \
    >"$work/out" 2>"$work/err" || code=$?
[ $code = 3 ] || fail "exit $code although one host is none: $(cat "$work/out" "$work/err")"
grep -q "127.0.0.1 *started" "$work/out" || fail "not started: $(cat "$work/out" "$work/err")"
code=0
wait "$run_pid" || code=$?
run_pid=
[ $code = 0 ] || fail "the run ended with $code: $(tail -5 "$work/run.err" "$work"/there/plateau/*.log)"
[ "$(stat -c %a "$work/there/plateau/farm.access")" = 600 ] || fail "the access file is not private there"
echo "ssh: passed"
