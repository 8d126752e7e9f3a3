#!/bin/bash
# `plateau review` as a user meets it: text and JSON agree with the schema and with results.h5, the ledger and --trials
# move the trial count, bad requests are one clear line, a sample is never robust.
. "$(dirname "$0")/../lib/script.sh"
set -o pipefail
/usr/bin/python3 -c 'import jsonschema, h5py' 2>/dev/null ||
    skip "python3-jsonschema or python3-h5py is not installed (scripts/setup.sh --tests)"

"$plateau" run tests/integration/small.yaml --dir "$work/runs" -j 2 --quiet >"$work/run.txt" 2>&1
"$plateau" review --dir "$work/runs" --no-ledger --format json -o "$work/a.json"
"$plateau" review --dir "$work/runs" --no-ledger >"$work/a.txt"
"$plateau" review --dir "$work/runs" --no-ledger --format json >"$work/b.json"
cmp "$work/a.json" "$work/b.json"
grep -q "^verdict    " "$work/a.txt"
grep -q "^holdout    locked, not opened for this point" "$work/a.txt"
grep -q "^ledger: not asked" "$work/a.txt"
# Whoever writes results.h5 anew keeps the review, with the limits it was asked with; slices go through the robust pick.
"$plateau" review --dir "$work/runs" --no-ledger --limit n_trades_min=100000 --limit loss_below=99 --format json -o "$work/strict.json"
"$plateau" export --dir "$work/runs"
run=$(ls -d "$work"/runs/small-*)
cp "$run/results.h5" "$work/exported.h5"
"$plateau" run tests/integration/small.yaml --dir "$work/runs" -j 2 --quiet >"$work/again.txt" 2>&1
/usr/bin/python3 - "$work" "$run" <<'P'
import json, sys
import h5py
work, run = sys.argv[1:]
strict = json.load(open(f"{work}/strict.json"))
assert strict["verdict"]["class"] == "insufficient" and strict["verdict"]["limits"]["n_trades_min"] == 100000
for path in (f"{work}/exported.h5", f"{run}/results.h5"):
    with h5py.File(path) as f:
        assert f["review"].attrs["verdict"] == "insufficient", path
        assert f["review/limits/n_trades_min"][()] == 100000 and f["review/limits/loss_below"][()] == 99
        assert f["review/overfitting/prob_loss"][()] == strict["figures"]["overfitting"]["prob_loss"] == 1
        picture = next(iter(f["heatmaps/sharpe"].values()))
        assert picture.attrs["slice_point"] == strict["picks"]["robust"]["point"] == f["review"].attrs["robust_point"]
        assert "robust pick" in picture["slice"].attrs["long_name"]
P
rm "$run/review.json"
"$plateau" export --dir "$work/runs"
/usr/bin/python3 -c 'import h5py, sys; sys.exit("review" in h5py.File(sys.argv[1]))' "$run/results.h5"

# The holdout stands beside the verdict, and changes nothing in it.
point=$(/usr/bin/python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["picks"]["chosen"]["point"])' "$work/a.json")
"$plateau" holdout --dir "$work/runs" --no-ledger --point "$point" --format csv >"$work/holdout.csv"
"$plateau" review --dir "$work/runs" --no-ledger --format json -o "$work/held.json"
"$plateau" review --dir "$work/runs" --no-ledger >"$work/held.txt"
grep -qE "^holdout    sharpe .*, opened 20.*; no part of the verdict" "$work/held.txt"
/usr/bin/python3 - "$work" "$run" <<'P'
import csv, json, sys
import h5py
work, run = sys.argv[1:]
a, held = (json.load(open(f"{work}/{name}.json")) for name in ("a", "held"))
row, = (r for r in csv.DictReader(open(f"{work}/holdout.csv")) if r["scenario"] == "baseline" and r["period"] == "holdout")
assert a["figures"]["holdout"] == {"opened": False, "value": None} and a["ledger"]["holdout_opened"] is None
assert held["figures"]["holdout"] == {"opened": True, "value": float(row["sharpe"])} and held["ledger"]["holdout_opened"]
assert held["verdict"] == a["verdict"]
with h5py.File(f"{run}/results.h5") as f:
    assert f["review/holdout/value"][()] == float(row["sharpe"])
    assert f["review"].attrs["flat_good"] == a["verdict"]["flat_good"] and f["review"].attrs["ledger_used"] == 0
P
"$plateau" review --dir "$work/runs" --trials 7 --at best >"$work/given.txt"
grep -q "^trials: 7, as --trials says" "$work/given.txt"
grep -q "^ledger: [0-9]* distinct points" "$work/given.txt"

"$plateau" review --dir "$work/runs" --trials 7 --at best --format json -o "$work/best.json"

wrong() { # TEXT ARGS...: refused with the text, nothing is printed
    local text=$1
    shift
    refused 2 "$text" "$plateau" review --dir "$work/runs" "$@"
    [ ! -s "$work/out" ] || fail "review $* printed something"
}
wrong "no objective" --objective mdd
wrong "unknown" --objective sharp
wrong "does not exist" --at 900
wrong "expected POINT" --at here
excluded=$("$plateau" cells --dir "$work/runs" --where "status == 'excluded'" --top 1 --format json |
    /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["point"])')
wrong "no value" --at "$excluded"
wrong "did you mean dsr_robust" --limit dsr_robst=0.9
wrong "NAME=VALUE" --limit dsr_robust=high
"$plateau" review --help >"$work/help.txt"
grep -q -- "--no-ledger" "$work/help.txt"

# The same axes, drawn at random: no neighbourhoods.
"$plateau" run tests/integration/small.yaml --set run.name=sampled --set 'sample={method: random, n: 40}' \
    --dir "$work/runs" -j 2 --quiet >"$work/sample.txt" 2>&1
"$plateau" review --dir "$work/runs" --no-ledger --format json -o "$work/sample.json"
/usr/bin/python3 - "$work" <<'P'
import glob, json, math, sys
import h5py, jsonschema
work = sys.argv[1]
schema = json.load(open("docs/review.schema.json"))
validator = jsonschema.Draft202012Validator(schema) if hasattr(jsonschema, "Draft202012Validator") else jsonschema.Draft7Validator(schema)
a, best, sample = (json.load(open(f"{work}/{name}.json")) for name in ("a", "best", "sample"))
held = json.load(open(f"{work}/held.json"))
for report in (a, best, sample, held):
    validator.validate(report)
try:
    validator.validate(dict(a, surprise=1))
    sys.exit("the schema takes anything")
except jsonschema.ValidationError:
    pass
assert a["picks"]["chosen"] == dict(a["picks"]["robust"], pick="chosen")
assert best["picks"]["chosen"]["point"] == best["picks"]["peak"]["point"]
luck = best["figures"]["luck"]
assert luck["trials"] == luck["trials_raw"] == luck["trials_given"] == 7
assert a["figures"]["luck"]["trials"] == a["figures"]["luck"]["n_eff_entropy"] > 1
assert sample["verdict"]["class"] != "robust" and sample["figures"]["plateau"]["plateau_ratio"] is None
assert any("not a grid" in note for note in sample["notes"])
# results.h5 holds the numbers of the review that was made last: `best`.
run = glob.glob(f"{work}/runs/small-*")[0]
with h5py.File(run + "/results.h5") as f:
    g = f["review"]
    assert g.attrs["verdict"] == best["verdict"]["class"] and g.attrs["chosen_point"] == best["picks"]["chosen"]["point"]
    for group, figures in best["figures"].items():
        for name, value in figures.items():
            stored = float(g[group][name][()])
            assert math.isnan(stored) if value is None else stored == float(value), (group, name, stored, value)
            assert g[group][name].attrs["long_name"] == schema["properties"]["figures"]["properties"][group]["properties"][name]["description"]
    point = best["picks"]["chosen"]["point"]
    for name in ("plateau_ratio", "worst_ratio", "basin_frac"):
        stored, value = float(g[name][()].flat[point]), best["figures"]["plateau"][name]
        assert math.isnan(stored) if value is None else stored == value, name
    assert g["worst_of_scenarios"].shape == f["sharpe"].shape[2:]
    assert abs(sum(g["overfitting/rank_share"][()]) - 1) < 1e-12
print("review: text, JSON, schema and results.h5 agree")
P
