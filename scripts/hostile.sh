#!/bin/bash
# One hostile process against a run, on a release build: tests/chaos/hostile.sh.
#
#   scripts/hostile.sh [SECONDS]   of a calm run, about (default 20)
set -eu
cd "$(dirname "$0")/.."
scripts/proof_build.sh hostile plateau plateau-worker run_sweep hostile
PLATEAU_BIN=build/proof/bin exec bash tests/chaos/hostile.sh "${1:-20}"
