#!/bin/bash
# Coordinator and workers as hosts in network namespaces, on a release build: tests/netns/network.sh. Needs root.
#
#   scripts/netns.sh [CUTS]   times the link is cut and healed (default 5)
set -eu
cd "$(dirname "$0")/.."
scripts/proof_build.sh netns plateau plateau-worker run_sweep
PLATEAU_BIN=build/proof/bin exec bash tests/netns/network.sh "${1:-5}"
