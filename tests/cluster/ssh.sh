#!/bin/bash
# Workers started by `plateau launch ssh` through a real sshd on loopback; a host that is not there is said; the access file
# arrives private.
. "$(dirname "$0")/../lib/script.sh"
need ssh ssh-keygen sshd
at_end() {
    pkill -9 -f "plateau-worker --cache $work" 2>/dev/null
}
port=$(free_ports 1)

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
ssh="ssh -p $port -i $work/user_key -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
reachable() { $ssh 127.0.0.1 true 2>/dev/null; }
eventually "an sshd" reachable

"$plateau" keygen coordinator 2>/dev/null
coordinator runs tests/integration/small.yaml
"$plateau" keygen worker farm --address "$address" 2>/dev/null
access=$XDG_CONFIG_HOME/plateau/keys/farm.access
secret=$(sed -n 's/^secret *//p' "$access")

"$plateau" launch ssh --access "$access" --host 127.0.0.1 --ssh "$ssh" --slots 1 --dry-run >"$work/dry"
grep -qF -- "$secret" "$work/dry" && fail "the secret key is on a command line"
refused 3 "" "$plateau" launch ssh --access "$access" --host 127.0.0.1 --host -oProxyCommand=false --ssh "$ssh" --slots 1
grep -q "127.0.0.1 *started" "$work/out" || fail "not started: $(cat "$work/out" "$work/err")"
ended "$run_pid" 0 "the run"
[ "$(stat -c %a "$work/there/plateau/farm.access")" = 600 ] || fail "the access file is not private there"
echo "ssh: passed"
