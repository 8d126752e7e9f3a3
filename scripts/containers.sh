#!/bin/bash
# The images built and run with podman: tests/cluster/containers.sh. Needs root, Debian's packages and some minutes.
#
#   scripts/containers.sh [FOLDER]   keeps the base image and layers there for the next call
set -eu
cd "$(dirname "$0")/.."
scripts/proof_build.sh containers plateau plateau-worker
PLATEAU_BIN=build/proof/bin exec bash tests/cluster/containers.sh "$@"
