#!/bin/bash
# The pictures of docs/img, made anew by the program from the shipped sweep: those of its verbs, and two screens of its report at
# 1280x800.
#
#   scripts/pictures.sh [FOLDER]    where they go (default docs/img)
#
# PLATEAU_BIN: folder of the programs (default build/dev/bin). scripts/e2e.sh has installed the browser's driver before.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-docs/img}
bin=$(realpath "${PLATEAU_BIN:-build/dev/bin}")
tools=$(dirname "$bin")/e2e
[ -d "$tools/node_modules" ] || {
    echo "pictures: no browser driver in $tools: run scripts/e2e.sh first" >&2
    exit 2
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PLATEAU_CACHE=$work/cache PLATEAU_LEDGER=$work/ledger.db
"$bin/plateau" run configs/sp500_sensitivity.yaml --dir "$work/runs" --quiet >/dev/null
"$bin/plateau" heatmap sharpe --dir "$work/runs" --format png -o "$folder/heatmap.png"
for picture in "slice sharpe" curve monthly "scenarios sharpe"; do
    # shellcheck disable=SC2086
    "$bin/plateau" $picture --dir "$work/runs" -o "$folder/${picture% *}.png"
done
"$bin/plateau" report --dir "$work/runs" -o "$work/report.html"
cp tests/e2e/*.mjs "$tools"
node "$tools/shots.mjs" "$work/report.html" "$folder"
