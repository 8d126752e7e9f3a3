#!/bin/bash
# The lease and commit protocol as a model (tests/model/lease.pml), searched whole by spin: exactly once, what was acked
# stays, it comes to an end. Then each known way to break it: spin must find every one.
#
#   scripts/model.sh [FAULTS]     losses, copies and deaths, together (default 2)
set -eu
cd "$(dirname "$0")/.."
faults=${1:-2}
command -v spin >/dev/null || { echo "SKIPPED: spin is not installed (scripts/setup.sh --tests)"; exit 77; }
model=$PWD/tests/model/lease.pml
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# search PROPERTY [-DBREAK]: prints what pan says; 0 if the property holds
search() {
    property=$1
    shift
    fair=-a
    [ "$property" != finished ] || fair="-a -f"
    spin -DFAULTS="$faults" "$@" -a "$model" >spin.log 2>&1 </dev/null || { cat spin.log >&2; exit 3; }
    gcc -O2 -w -DNFAIR=4 -o pan pan.c || exit 3
    # shellcheck disable=SC2086 # one or two options
    ./pan $fair -m1000000 -N "$property" >pan.log 2>&1
    grep -q 'errors: ' pan.log || { cat pan.log >&2; echo "model: the search did not end" >&2; exit 3; }
    ! grep -qE 'max search depth too small|out of memory' pan.log || { echo "model: the search is not whole" >&2; exit 3; }
    grep -q 'errors: 0' pan.log
}
states() { sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' pan.log | head -1; }

for property in once kept finished; do
    search "$property" || { cat pan.log; echo "model: '$property' does not hold" >&2; exit 1; }
    echo "$property holds: $(states) states searched, $faults faults"
done
broken() { # BREAK PROPERTY...: one of them must fail
    for property in "${@:2}"; do
        if ! search "$property" "-D$1"; then
            echo "$1: spin finds that '$property' does not hold"
            return
        fi
    done
    echo "model: $1 breaks the protocol and nothing fails" >&2
    exit 1
}
broken ACK_FIRST kept
broken COMMIT_TWICE once
broken FORGET once
broken NO_TIMEOUT finished
