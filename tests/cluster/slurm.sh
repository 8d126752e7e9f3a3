#!/bin/bash
# A run whose workers are Slurm jobs: a real Slurm on this machine, `plateau launch slurm`, one slurmd and its worker killed
# with -9 on the way, a requeue; the run ends with the bytes of a calm local one.
#
#   tests/cluster/slurm.sh [NODES [CPUS]]   default: 3 machines of 2 CPUs
. "$(dirname "$0")/../lib/script.sh"
need sbatch slurmctld slurmd munged
need_root "a Slurm of one's own"
nodes=${1:-3} cpus=${2:-2}
chmod 755 "$work"
at_end() {
    bash tests/cluster/slurm_down.sh "$work/slurm"
}
# Long enough to be killed in: the seed as an axis makes work of any size.
small long 150 | sed "s#data/crypto#$PWD/data/crypto#; s#configs/strategies#$PWD/configs/strategies#" >"$work/long.yaml"

bash tests/cluster/slurm_up.sh "$work/slurm" "$nodes" "$cpus" "$(free_ports $((nodes + 1)))"
export SLURM_CONF=$work/slurm/slurm.conf

"$plateau" run "$work/long.yaml" --dir "$work/calm" --no-ledger --quiet >/dev/null || fail "the calm run"

"$plateau" keygen coordinator 2>/dev/null
coordinator runs "$work/long.yaml"
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
eventually "$nodes running jobs" running "$nodes"
any_done() { "$plateau" status --dir "$work/runs" --format json 2>/dev/null | grep -qE '"tiles_done": *[1-9]'; }
eventually "a tile" any_done
echo "slurm: job $job runs on $nodes machines; killing one slurmd and its worker"
victim=$(squeue -h -j "$job" -t RUNNING -o "%N %i" | head -1)
node=${victim% *}
kill -9 "$(cat "$work/slurm/run/slurmd-$node.pid")"
worker=$(pgrep -f "plateau-worker.*slurm.access" | head -1)
[ -z "$worker" ] || kill -9 "$worker"
another=$(squeue -h -j "$job" -t RUNNING -o "%N %i" | tail -1)
scontrol requeue "${another#* }" 2>/dev/null || true
ended "$run_pid" 0 "the run"
"$plateau" diff "$(echo "$work"/calm/*-*/)" "$(echo "$work"/runs/*-*/)" --exit-code >/dev/null || fail "other bytes than the calm run"
by=$("$plateau" export "$(echo "$work"/runs/*-*/)" --format csv 2>/dev/null | head -1)
[ -n "$by" ] || fail "nothing to export"
scancel "$job" 2>/dev/null || true
echo "slurm: passed: $nodes machines, one killed, one requeued, the bytes of the calm run"
