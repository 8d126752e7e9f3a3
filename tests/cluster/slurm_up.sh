#!/bin/bash
# A whole Slurm on this machine, as root, on loopback, with all its state in one folder: slurm_up.sh FOLDER NODES CPUS
# PORT, the first of NODES + 1.# slurm_down.sh FOLDER ends it. The daemons' pids are in FOLDER/pids; slurmd of node K is FOLDER/run/slurmd-nK.pid.
set -eu
folder=$(realpath -m "$1") nodes=$2 cpus=$3 port=$4
host=$(hostname -s)
mkdir -p "$folder"/{state,log,run}
chmod 755 "$folder" "$folder/run"
: >"$folder/pids"
dd if=/dev/urandom of="$folder/munge.key" bs=1 count=1024 status=none
chmod 600 "$folder/munge.key"
cat >"$folder/slurm.conf" <<CONF
ClusterName=plateau
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/run/munge.sock
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool-%n
SlurmctldPidFile=$folder/run/slurmctld.pid
SlurmdPidFile=$folder/run/slurmd-%n.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$folder/log/jobcomp.log
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,sched_min_interval=0,bf_interval=2
SlurmdParameters=config_overrides
ReturnToService=2
SlurmdTimeout=10
InactiveLimit=0
KillWait=5
NodeName=n[1-$nodes] NodeHostname=$host NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + nodes))] CPUs=$cpus RealMemory=1000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$folder/slurm.conf
start() { # NAME PROGRAM ARGUMENTS
    local name=$1
    shift
    "$@" >"$folder/log/$name.out" 2>&1 &
    echo $! >>"$folder/pids"
}
await() { # SECONDS COMMAND
    local n=$(($1 * 10))
    shift
    for _ in $(seq "$n"); do
        "$@" && return 0
        sleep 0.1
    done
    return 1
}
start munged /usr/sbin/munged --foreground --force --key-file="$folder/munge.key" --socket="$folder/run/munge.sock" \
    --pid-file="$folder/run/munged.pid" --log-file="$folder/log/munged.log" --seed-file="$folder/run/munge.seed"
await 10 test -S "$folder/run/munge.sock"
start slurmctld /usr/sbin/slurmctld -D -i
for k in $(seq "$nodes"); do
    mkdir -p "$folder/spool-n$k"
    start "slurmd-n$k" /usr/sbin/slurmd -D -N "n$k"
done
all_idle() { [ "$(sinfo -h -N -o %T 2>/dev/null | grep -c '^idle$')" = "$nodes" ]; }
await 30 all_idle || {
    echo "slurm did not come up:" >&2
    tail -n 5 "$folder"/log/* >&2
    exit 1
}
