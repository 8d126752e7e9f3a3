#!/bin/bash
# Kills workers and commands at random moments, ROUNDS times over, on a release build: tests/chaos/kill.sh.
#
#   scripts/chaos.sh [ROUNDS [SEED]]
set -eu
cd "$(dirname "$0")/.."
scripts/proof_build.sh chaos plateau plateau-worker run_sweep
PLATEAU_BIN=build/proof/bin exec bash tests/chaos/kill.sh "${1:-50}" ${2:+"$2"}
