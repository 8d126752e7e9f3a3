#!/bin/bash
# A run whose workers are Slurm jobs: a real Slurm on this machine, `plateau launch slurm`, one slurmd and its worker killed
# with -9 on the way, a requeue; the run ends with the bytes of a calm local one.
#
#   tests/cluster/slurm.sh [NODES [CPUS]]   default: 3 machines of 2 CPUs
set -eu
cd "$(dirname "$0")/../.."
nodes=${1:-3} cpus=${2:-2}
for tool in sbatch slurmctld slurmd munged; do
    PATH=$PATH:/usr/sbin command -v $tool >/dev/null || {
        echo "SKIPPED: $tool is missing (scripts/setup.sh --tests)"
        exit 77
    }
done
[ "$(id -u)" = 0 ] || {
    echo "SKIPPED: a Slurm of one's own needs root"
    exit 77
}
bin=$(cd "${PLATEAU_BIN:?the folder of the programs}" && pwd)
work=$(mktemp -d)
chmod 755 "$work"
run_pid=
cleanup() {
    [ -z "$run_pid" ] || kill -9 "$run_pid" 2>/dev/null || true
    bash tests/cluster/slurm_down.sh "$work/slurm"
    rm -rf "$work"
}
trap cleanup EXIT
fail() {
    echo "FAILED: $*" >&2
    tail -n 20 "$work"/run.err "$work"/*.log >&2 2>/dev/null || true
    exit 1
}
await() { # SECONDS COMMAND
    local n=$(($1 * 10))
    shift
    for _ in $(seq "$n"); do
        "$@" && return 0
        sleep 0.1
    done
    fail "never: $*"
}
plateau=$bin/plateau
export PLATEAU_CACHE=$work/cache XDG_CONFIG_HOME=$work/config PLATEAU_LEDGER=$work/ledger.db
# Long enough to be killed in: the seed as an axis makes work of any size.
sed 's/run.seed: .*/run.seed: {range: [1, 150], step: 1}/' tests/integration/small.yaml >"$work/long.yaml"
sed -i "s#data/crypto#$PWD/data/crypto#; s#configs/strategies#$PWD/configs/strategies#" "$work/long.yaml"

bash tests/cluster/slurm_up.sh "$work/slurm" "$nodes" "$cpus"
export SLURM_CONF=$work/slurm/slurm.conf

"$plateau" run "$work/long.yaml" --dir "$work/calm" --no-ledger --quiet >/dev/null || fail "the calm run"

"$plateau" keygen coordinator 2>/dev/null
"$plateau" run "$work/long.yaml" --dir "$work/runs" --no-ledger --workers none --listen tcp://127.0.0.1:0 \
    >"$work/run.out" 2>"$work/run.err" &
run_pid=$!
await 60 grep -sq "listening on tcp" "$work/run.err"
address=$(sed -n 's/.*listening on \(tcp:[^ ]*\).*/\1/p' "$work/run.err")
"$plateau" keygen worker slurm --address "$address" 2>/dev/null
access=$XDG_CONFIG_HOME/plateau/keys/slurm.access

# What is shown is what Slurm takes, and no secret is in it.
"$plateau" launch slurm --access "$access" --workers "$nodes" --slots "$cpus" --program "$plateau" --log-dir "$work" --dry-run >"$work/script"
bash -n "$work/script" || fail "the script is no shell script"
grep -q "array=1-$nodes" "$work/script" || fail "no array: $(cat "$work/script")"
grep -q requeue "$work/script" || fail "not requeued"
secret=$(sed -n 's/^secret *//p' "$access")
grep -qF -- "$secret" "$work/script" && fail "the secret key is in the script"

# No folder for temporary files is needed: /tmp cannot be written, as on a login node that is full.
job=$(unshare -m sh -c 'mount --bind /tmp /tmp && mount -o remount,bind,ro /tmp && ! touch /tmp/x 2>/dev/null && exec "$@"' - \
    "$plateau" launch slurm --access "$access" --workers "$nodes" --slots "$cpus" --program "$plateau" --log-dir "$work" 2>"$work/launch.err") ||
    fail "launch: $(cat "$work/launch.err")"
[ -n "$job" ] || fail "no job id"
running() { [ "$(squeue -h -j "$job" -t RUNNING -o %T | wc -l)" -ge "$1" ]; }
await 60 running "$nodes"
any_done() { "$plateau" status --dir "$work/runs" --format json 2>/dev/null | grep -qE '"tiles_done": *[1-9]'; }
await 60 any_done
echo "slurm: job $job runs on $nodes machines; killing one slurmd and its worker"
victim=$(squeue -h -j "$job" -t RUNNING -o "%N %i" | head -1)
node=${victim% *}
kill -9 "$(cat "$work/slurm/run/slurmd-$node.pid")"
worker=$(pgrep -f "plateau-worker.*slurm.access" | head -1)
[ -z "$worker" ] || kill -9 "$worker"
another=$(squeue -h -j "$job" -t RUNNING -o "%N %i" | tail -1)
scontrol requeue "${another#* }" 2>/dev/null || true
code=0
wait "$run_pid" || code=$?
run_pid=
[ $code = 0 ] || fail "the run ended with $code: $(tail -5 "$work/run.err")"
"$plateau" diff "$(echo "$work"/calm/*-*/)" "$(echo "$work"/runs/*-*/)" --exit-code >/dev/null || fail "other bytes than the calm run"
by=$("$plateau" export "$(echo "$work"/runs/*-*/)" --format csv 2>/dev/null | head -1)
[ -n "$by" ] || fail "nothing to export"
scancel "$job" 2>/dev/null || true
echo "slurm: passed: $nodes machines, one killed, one requeued, the bytes of the calm run"
