#!/bin/bash
# The programs of a proof, as released but with the tests' own beside them: build/proof/bin.
#
#   scripts/proof_build.sh NAME TARGET...   NAME: whose proof; the log is build/NAME.log
set -eu
cd "$(dirname "$0")/.."
name=$1
shift
mkdir -p build
if ! { cmake --preset proof && cmake --build build/proof -j "$(nproc)" --target "$@"; } >"build/$name.log" 2>&1; then
    tail -30 "build/$name.log" >&2
    echo "$name: the release does not build" >&2
    exit 3
fi
