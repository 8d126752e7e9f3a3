#!/bin/bash
# Anybody's results as a run: the shipped examples through the verbs that need no engine; every wrong file is one clear line,
# exit code 2 and no run; diff tells what moved.
. "$(dirname "$0")/../lib/script.sh"
runs=$work/runs
examples=examples/import
import() { # ARGS...: prints the run's folder
    "$plateau" import "$@" --dir "$runs" 2>"$work/err" || fail "import $*: $(cat "$work/err")"
}
wrong() { # TEXT ARGS...: refused with the text, nothing is left
    local text=$1
    shift
    refused 2 "$text" "$plateau" import "$@" --dir "$work/none"
    [ ! -e "$work/none" ] || fail "import $*: something was left behind"
}

# Metrics alone, then the same points from their daily returns: the same Sharpe ratios to 1e-9.
plain=$(import $examples/points.csv --name plain)
grep -q "no block sums" "$work/err" || fail "what is missing is not said: $(cat "$work/err")"
full=$(import $examples/points.csv --returns $examples/returns.csv --name full)
grep -q "12 points: a grid of fast (4 log), slow (3 linear)" "$work/err" || fail "axes: $(cat "$work/err")"
"$plateau" diff "$plain" "$full" --tolerance 1e-9 --exit-code >"$work/out" 2>"$work/err" || fail "returns give other metrics: $(cat "$work/out")"
refused 5 "" "$plateau" diff "$plain" "$full" --exit-code --format json -o "$work/diff.json"
/usr/bin/python3 - "$work/diff.json" <<'P' || fail "diff's JSON"
import json, sys
d = json.load(open(sys.argv[1]))
s = d["surfaces"][0]
assert d["differ"] is True and s["both"] == 12 and s["bit_equal"] == 0 and s["spearman"] == 1, d
assert any(w["what"] == "imported files" for w in d["why"]), d
P
"$plateau" diff "$full" "$full" --exit-code >"$work/out" 2>"$work/err" || fail "a run differs from itself"
[ "$(import $examples/points.csv --returns $examples/returns.csv --name full)" = "$full" ] || fail "the same files are another run"

# The verbs that need no engine.
for run in "$plain" "$full" "$(import $examples/samples.csv)"; do
    [ -s "$run/results.h5" ] || fail "no results.h5 in $run"
    for verb in cells status export "show best" "explain 0" "heatmap sharpe" review stress; do
        # shellcheck disable=SC2086
        if [ "$verb" = export ]; then set -- export --format csv; else set -- $verb; fi
        name=$1
        shift
        "$plateau" "$name" "$@" "$run" >"$work/out" 2>"$work/err" || fail "$name $run: $(cat "$work/err")"
        [ -s "$work/out" ] || fail "$name $run: nothing printed"
    done
    for verb in resume "replay 0"; do
        # shellcheck disable=SC2086
        refused 2 "was imported: ${verb% *} needs the engine" "$plateau" $verb "$run"
    done
done

# A value that is known: of point 1 in the file, by the program's own listing.
"$plateau" cells "$full" --where "fast == 20 and slow == 50" --columns sharpe,n_trades --format csv >"$work/out"
grep -q "^6,baseline,ok,20,50,2.40981770215804" "$work/out" || fail "point (20, 50): $(cat "$work/out")"

# The days are kept: what is known of them agrees with the file, and what is not is said.
"$plateau" review "$full" --no-ledger --format json >"$work/out" 2>"$work/err" || fail "review of $full: $(cat "$work/err")"
/usr/bin/python3 - "$work/out" $examples/returns.csv <<'P' || fail "the review of imported returns"
import csv, json, math, sys
review = json.load(open(sys.argv[1]))
rows = list(csv.reader(open(sys.argv[2])))[1:]
series = [[float(row[k]) for row in rows] for k in range(1, len(rows[0]))]
# Effective trials by entropy (statistics.md, section 2): the eigenvalues of the small Gram matrix are those of the large one.
z = []
for r in series:
    mean = sum(r) / len(r)
    norm = math.sqrt(sum((x - mean) ** 2 for x in r))
    z.append([(x - mean) / norm for x in r])
n = len(z)
gram = [[sum(a * b for a, b in zip(z[i], z[j])) for j in range(n)] for i in range(n)]
for _ in range(60):  # Jacobi's rotations
    for p in range(n):
        for q in range(p + 1, n):
            if abs(gram[p][q]) < 1e-15:
                continue
            t = 0.5 * math.atan2(2 * gram[p][q], gram[q][q] - gram[p][p])
            c, s = math.cos(t), math.sin(t)
            for k in range(n):
                a, b = gram[k][p], gram[k][q]
                gram[k][p], gram[k][q] = c * a - s * b, s * a + c * b
            for k in range(n):
                a, b = gram[p][k], gram[q][k]
                gram[p][k], gram[q][k] = c * a - s * b, s * a + c * b
share = [gram[k][k] / n for k in range(n) if gram[k][k] > 1e-14]
want = math.exp(-sum(p * math.log(p) for p in share))
def find(node, name):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == name:
                yield value
            yield from find(value, name)
    elif isinstance(node, list):
        for value in node:
            yield from find(value, name)
trials = [v["value"] if isinstance(v, dict) else v for v in find(review, "n_eff_entropy")]
assert any(abs(v - want) < 1e-9 * want for v in trials), (trials, want)
assert any("no single trades" in note for note in review["notes"]), review["notes"]
P

# Wrong files.
csv() { printf '%b' "$1" >"$work/p.csv"; }
returns() { printf '%b' "$1" >"$work/r.csv"; }
p=$work/p.csv r=$work/r.csv
wrong "no/such.csv" no/such.csv
csv '' && wrong "p.csv: empty" "$p"
csv 'a,sharpe\n' && wrong "p.csv: no rows" "$p"
csv 'a,sharpe\n1,2\n1,3\n' && wrong "p.csv:3: the same point as line 2" "$p"
csv 'a,sharpe\n1,2\n2,good\n' && wrong "p.csv:3: sharpe: 'good' is no number" "$p"
csv 'a,sharpe\n1,2\n2\n' && wrong "p.csv:3: 1 fields, expected 2" "$p"
csv 'a,sharpe\n1,2\n,3\n' && wrong "p.csv:3: parameter 'a' is empty" "$p"
csv 'a;sharpe\n1;2\n' && wrong "p.csv:1: no comma in the header" "$p"
csv 'a,"sharpe\n1,2\n' && wrong "p.csv:1: a quote is not closed" "$p"
csv 'a,b\n1,2\n' && wrong "p.csv:1: no metric column" "$p"
csv 'mdd,sharpe\n1,2\n' && wrong "p.csv:1: no parameter column" "$p"
csv 'a,sharpe,Sharpe Ratio\n1,2,3\n' && wrong "are both sharpe" "$p"
csv 'a,scenario,sharpe\n1,stress,2\n' && wrong "no row of scenario 'baseline'" "$p"
csv 'a,x\n1,2\n2,3\n' && wrong "'sharp' is no metric (did you mean sharpe?)" "$p" --map x=sharp
wrong "has no column 'y'" "$p" --map y=sharpe
csv 'a,scenario,sharpe\n1,baseline,2\n1,crash,1\n2,baseline,2\n2,crash,1\n'
returns 'date,5\n2020-01-02,0.1\n' && wrong "r.csv:1: point '5' is not in" "$p" --returns "$r"
returns 'date,a,return\n2020-01-02,3,0.1\n' && wrong "r.csv:2: no point of $p has a = 3" "$p" --returns "$r"
returns 'date,a,scenario,return\n2020-01-02,1,crahs,0.1\n' && wrong "r.csv:2: scenario 'crahs' is not in $p (did you mean 'crash'?)" "$p" --returns "$r"
returns 'date,0\n2020-13-02,0.1\n' && wrong "r.csv:2: date '2020-13-02'" "$p" --returns "$r"
returns 'date,0\n2020-01-02,oops\n' && wrong "r.csv:2: return 'oops'" "$p" --returns "$r"
returns 'date,0\n2020-01-02,0.1\n2020-01-02,0.1\n' && wrong "r.csv:3: a second return" "$p" --returns "$r"
returns 'date,a,return\n2020-01-02,1,0.1\n2020-01-03,1,0.1\n2020-01-02,2,0.1\n' && wrong "has no return on 2020-01-03" "$p" --returns "$r"
wrong "expected more than 0" "$p" --periods-per-year 0
wrong "expected NAME=YYYY-MM-DD..YYYY-MM-DD" "$p" --period train=2020
wrong "'test' is unknown" "$p" --period train=2020-01-01..2020-12-31 --period test=2021-01-01..2021-12-31

# What is odd but right: a hole in a grid, an empty row, per cent, names, one level, two points; a holdout stays locked.
csv 'fast,kind,Max Drawdown,sharpe_ratio\n1,x,-20%,1\n1,y,-10%,\n2,x,,\n3,x,-30%,2\n'
run=$(import "$p" --name odd)
"$plateau" cells "$run" --columns mdd,sharpe --where 'point >= 0' --format csv >"$work/out"
printf 'point,scenario,status,fast,kind,mdd,sharpe\n0,baseline,ok,1,x,0.20000000000000001,1\n1,baseline,ok,1,y,0.10000000000000001,\n2,baseline,failed,2,x,,\n3,baseline,missing,2,y,,\n4,baseline,ok,3,x,0.29999999999999999,2\n5,baseline,missing,3,y,,\n' >"$work/expected"
diff "$work/expected" "$work/out" || fail "an odd file"
csv 'a,period,sharpe\n1,holdout,9\n1,train,1\n2,holdout,9\n2,train,2\n'
run=$(import "$p" --name locked)
grep -q "holdout is locked" "$work/err" || fail "the holdout is not spoken of"
"$plateau" export "$run" --format csv >"$work/out"
grep -q ",9," "$work/out" && fail "a holdout was imported: $(cat "$work/out")"

# The two periods of one series of returns.
csv 'a\n1\n2\n'
returns 'date,0,1\n2020-01-02,0.1,0\n2020-01-03,0.2,0\n2021-01-04,0.1,0.1\n2021-01-05,-0.1,0.1\n'
run=$(import "$p" --returns "$r" --name cut --period train=2020-01-01..2020-12-31 --period validation=2021-01-01..2021-12-31)
"$plateau" cells "$run" --columns total_return,n --period validation --format csv >"$work/out"
grep -q '^0,baseline,ok,1,-0.00999.*,2$' "$work/out" && grep -q '^1,baseline,ok,2,0.21.*,2$' "$work/out" || fail "periods: $(cat "$work/out")"
echo "import: passed"
