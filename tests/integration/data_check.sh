#!/bin/bash
# `plateau data check` as a user calls it: reports in three forms, refusals in one line with exit code 2.
. "$(dirname "$0")/../lib/script.sh"

# Runs `data check`, leaves out, err and the exit code.
check() {
    code=0
    "$plateau" data check "$@" >"$work/out" 2>"$work/err" || code=$?
}
wrong() { # TEXT ARGUMENTS: refused in one line, which has the text, and with a next step
    local text=$1
    shift
    refused 2 "$text" "$plateau" data check "$@"
    [ "$(grep -c '^plateau: ' "$work/err")" = 1 ] || fail "not one line: $(cat "$work/err")"
    grep -q '^  next: ' "$work/err" || fail "no next step: $(cat "$work/err")"
}

# ---- reports ----
check --prices data/crypto --benchmark data/crypto/BTC.csv --asset-class crypto --format csv
[ $code = 0 ] || fail "crypto: exit $code: $(cat "$work/err")"
[ "$(wc -l <"$work/out")" = 11 ] || fail "crypto: expected a header and ten rows"
[ "$(grep ',ADA,' "$work/out")" = "crypto,ADA,730,729,0,0,0,0,0,1,1,0,2024-01-07,2026-01-05" ] ||
    fail "crypto: $(grep ADA "$work/out")"
grep -q 'crypto: 9 symbols, 6481 rows, 6480 accepted, 1 missing sessions, 1 rejected: 1 daily_move' "$work/err" ||
    fail "crypto summary: $(cat "$work/err")"
check --prices data/equity_2024_2026 --benchmark data/equity_2024_2026/SPY.csv --format json -o "$work/report.json"
[ $code = 0 ] && [ ! -s "$work/out" ] || fail "json to a file: exit $code"
rejected=$(/usr/bin/python3 -c 'import json,sys
print(sum(r["off_calendar"] for r in json.load(open(sys.argv[1]))))' "$work/report.json")
[ "$rejected" = 20 ] || fail "json: $rejected rows off the calendar, expected 20"
check --prices data/sp500/sp500_2013_2018.csv.zst --benchmark data/benchmarks/SPY.csv
[ $code = 0 ] || fail "sp500: exit $code"
grep -qE '^equity +\(total\) +619040 +619011 +0 +11 +0 +12 +0 +6 +80 ' "$work/out" ||
    fail "sp500 total: $(tail -1 "$work/out")"
[ "$(awk 'NR > 1 && $3 == $4 && $11 == 0 && $14 == "2018-02-07"' "$work/out" | wc -l)" = 0 ] ||
    fail "sp500: a symbol without exception is shown"
shown=$(wc -l <"$work/out")
left_out=$(sed -n 's/^not shown: \([0-9]*\) symbols without .*--all.*/\1/p' "$work/err")
[ "${left_out:-0}" -gt 400 ] || fail "sp500: $(cat "$work/err")"
check --prices data/sp500/sp500_2013_2018.csv.zst --benchmark data/benchmarks/SPY.csv --all
[ "$(wc -l <"$work/out")" = $((shown + left_out)) ] || fail "--all has not every symbol"
grep -q "not shown" "$work/err" && fail "--all leaves symbols out"

# ---- refusals ----
mkdir "$work/p"
cp data/benchmarks/SPY.csv "$work/p/BENCH.csv"
head -50 "$work/p/BENCH.csv" >"$work/p/AAA.csv"
set -- --prices "$work/p" --benchmark "$work/p/BENCH.csv"
check "$@"
[ $code = 0 ] || fail "own folder: exit $code: $(cat "$work/err")"
wrong "No such file or directory" --prices "$work/none" --benchmark "$work/p/BENCH.csv"
wrong "No such file or directory" --prices "$work/p" --benchmark "$work/none.csv"
wrong "49 accepted bars of 49 rows, a benchmark needs at least 250" --prices "$work/p" --benchmark "$work/p/AAA.csv"
: >"$work/p/AAA.csv"
wrong "AAA.csv: the file is empty" "$@"
echo "date,open,high,low,clsoe,volume" >"$work/p/AAA.csv"
wrong "AAA.csv:1: column 'close' is missing" "$@"
printf 'date,open,high,low,close,volume\n2020-01-02,1,1,1,1,1\n2020-1-3,1,1,1,1,1\n' >"$work/p/AAA.csv"
wrong "AAA.csv:3: date '2020-1-3', expected a day as YYYY-MM-DD" "$@"
printf 'date,open,high,low,close,volume\n2020-01-02,1,1,1,1,1\n2020-01-02,1,1,1,1,1\n' >"$work/p/AAA.csv"
wrong "AAA.csv:3: duplicate bar of AAA on 2020-01-02, the first is on line 2" "$@"
head -c 100000 data/sp500/sp500_2013_2018.csv.zst >"$work/cut.csv.zst"
wrong "cut.csv.zst: truncated zstd archive" --prices "$work/cut.csv.zst" --benchmark "$work/p/BENCH.csv"
wrong "expected one of equity, crypto" "$@" --asset-class bonds
wrong "give a sweep file, or --prices and --benchmark"
wrong "none.yaml" "$work/none.yaml"

echo "data_check: passed"
