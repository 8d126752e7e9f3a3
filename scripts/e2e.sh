#!/bin/bash
# End-to-end tests in headless Chromium. live: the pages of `plateau serve` beside a run that is killed and goes on. report:
# the HTML report of the shipped run against its results.h5, hostile names, cells without numbers, a sample, a large grid.
#
#   scripts/e2e.sh [live|report] [CELLS]    cells of the large grid, a power of ten (default 100000, the least that a page cannot carry whole; 1000000 takes minutes)
#
# PLATEAU_BIN: folder of the programs (default build/dev/bin). Exit 77: a tool is missing, said in a line SKIPPED.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${PLATEAU_BIN:-build/dev/bin}
plateau=$(realpath "$bin")/plateau
wanted=all
case ${1:-} in live | report)
    wanted=$1
    shift
    ;;
esac
cells=${1:-100000}
skip() {
    echo "SKIPPED: $1"
    exit 77
}
chromium=$(command -v chromium || command -v chromium-browser) || skip "no chromium (scripts/setup.sh --tests)"
for tool in node npm; do
    command -v $tool >/dev/null || skip "no $tool (scripts/setup.sh)"
done
/usr/bin/python3 -c 'import h5py' 2>/dev/null || skip "no python3-h5py (scripts/setup.sh --tests)"
export CHROMIUM=$chromium

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PLATEAU_CACHE=$work/cache PLATEAU_LEDGER=$work/ledger.db
tools=$(dirname "$(dirname "$plateau")")/e2e
mkdir -p "$tools"
cp tests/e2e/*.mjs tests/e2e/*.py tests/e2e/*.json tests/e2e/.npmrc "$tools"
if ! cmp -s "$tools/package-lock.json" "$tools/installed.json"; then
    (cd "$tools" && npm ci --prefer-offline >npm.log 2>&1) || {
        tail -3 "$tools/npm.log"
        skip "npm ci failed: no network?"
    }
    cp "$tools/package-lock.json" "$tools/installed.json"
fi
bad=0
part() {
    printf '\n== %s\n' "$1"
    shift
    "$@" || bad=1
}

NO_FRONTEND="the program was built without its front-end (network and Node.js, then configure and build)"
hostile_run() { # RUNS: imports it; run: its folder
    /usr/bin/python3 "$tools/grids.py" hostile >"$work/hostile.csv"
    "$plateau" import "$work/hostile.csv" --name '</title><script>window.hacked=4</script>' --dir "$1" >/dev/null 2>&1
    run=$(echo "$1"/*hacked*)
    /usr/bin/python3 "$tools/grids.py" comment >>"$run/spec.yaml"
}
live() {
    sed 's/step: 0.25, as/step: 0.02, as/; s/name: sp500-momentum/name: slow/' configs/sp500_sensitivity.yaml >"$work/slow.yaml"
    sed '/^axes:/,/^scenarios:/d; s/name: sp500-momentum/name: zipped/' configs/sp500_sensitivity.yaml >"$work/zipped.yaml"
    cat >>"$work/zipped.yaml" <<'EOF'
axes:
  sleeves.equity.exit.hard_stop_atr_mult: {range: [2.0, 3.0], step: 0.25, as: stop}
  sleeves.equity.exit.exit_ma: {range: [20, 100], step: 20, as: exit}
  sleeves.equity.entry.fast_clearance: [0.000, 0.010]
zip: [[stop, exit]]
EOF
    hostile_run "$work/live"
    timeout 2 "$plateau" serve "$work/live" --http 127.0.0.1:0 2>"$work/log" || true
    ! grep -q "without Node.js" "$work/log" || skip "$NO_FRONTEND"
    part "live" node "$tools/live.mjs" "$plateau" "$work/slow.yaml" "$work/live" "$(basename "$run")" "$work/zipped.yaml"
}
[ "$wanted" = report ] || live
[ "$wanted" != live ] || exit $bad

runs=$work/runs
"$plateau" run configs/sp500_sensitivity.yaml --dir "$runs" --quiet >"$work/log" 2>&1 || {
    cat "$work/log"
    exit 1
}
"$plateau" report last --dir "$runs" --no-ledger -o "$work/report.html" 2>"$work/log"
! grep -q "without Node.js" "$work/log" || skip "$NO_FRONTEND"
"$plateau" review last --dir "$runs" --no-ledger --format json -o "$work/review.json" 2>/dev/null
/usr/bin/python3 "$tools/dump.py" "$runs"/sp500-*/results.h5 >"$work/numbers.json"
part "the shipped run" node "$tools/report.mjs" "$work/report.html" "$work/numbers.json" "$work/review.json"

hostile_run "$runs"
"$plateau" report "$run" --no-ledger -o "$work/hostile.html" 2>/dev/null
part "hostile names" node "$tools/hostile.mjs" "$work/hostile.html"

/usr/bin/python3 "$tools/grids.py" holes >"$work/holes.csv"
for layout in grid samples; do
    "$plateau" import "$work/holes.csv" --name $layout --layout $layout --dir "$runs" >/dev/null 2>&1
    "$plateau" report "$(echo "$runs"/$layout-*)" --no-ledger -o "$work/$layout.html" 2>/dev/null
done
/usr/bin/python3 "$tools/grids.py" single >"$work/single.csv"
"$plateau" import "$work/single.csv" --name single --dir "$runs" >/dev/null 2>&1
"$plateau" report "$(echo "$runs"/single-*)" --no-ledger -o "$work/single.html" 2>/dev/null
part "holes, a sample, one cell" node "$tools/holes.mjs" "$work/grid.html" "$work/samples.html" "$work/single.html"

/usr/bin/python3 "$tools/grids.py" "$cells" >"$work/large.csv"
"$plateau" import "$work/large.csv" --name large --dir "$runs" >/dev/null 2>&1
"$plateau" report "$(echo "$runs"/large-*)" --no-ledger -o "$work/large.html" 2>/dev/null
part "$cells cells" node "$tools/large.mjs" "$work/large.html"
[ -z "${PLATEAU_E2E_KEEP:-}" ] || cp "$work"/*.html "$PLATEAU_E2E_KEEP"
exit $bad
