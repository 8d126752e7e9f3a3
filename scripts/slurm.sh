#!/bin/bash
# A run on a real Slurm of this machine, one machine of it killed, on a release build: tests/cluster/slurm.sh. Needs root.
#
#   scripts/slurm.sh [NODES [CPUS]]   machines of the cluster and CPUs of each (default 3, 2)
set -eu
cd "$(dirname "$0")/.."
scripts/proof_build.sh slurm plateau plateau-worker
PLATEAU_BIN=build/proof/bin exec bash tests/cluster/slurm.sh "${1:-3}" "${2:-2}"
