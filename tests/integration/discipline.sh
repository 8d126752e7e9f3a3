#!/bin/bash
# The trial ledger, the holdout and pre-registrations as a user meets them: counts over runs that are deleted, a second
# opening, a ledger that cannot be written, a run that departs from what was registered.
. "$(dirname "$0")/../lib/script.sh"
. tests/lib/checks.sh
sweep=tests/integration/small.yaml
PLATEAU_LEDGER=$work/data/ledger.db # in a folder that is to be made

# ledger WHAT EXPECTED SQL [FILE]: what the ledger says
ledger() {
    local found
    checks=$((checks + 1))
    found=$(/usr/bin/python3 -c 'import sqlite3, sys
print(*(v for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]) for v in row))' "${4-$PLATEAU_LEDGER}" "$3")
    [ "$found" = "$2" ] || bad "$1: the ledger says $found, expected $2"
}
points='SELECT n_points FROM book'
openings='SELECT count(*) FROM opening'

# ---- points ----
# 5 x 5 x 3 x 3 x 4 = 900 points, of which `where` leaves out 108.
expect 0 "a run" "$plateau" run $sweep --dir "$work/runs" -q
ledger "excluded points are no trials" 792 "$points"
rm -rf "$work/runs"
expect 0 "the run again, its folder deleted" "$plateau" run $sweep --dir "$work/runs" -q
ledger "the same points are no new trials" 792 "$points"
expect 0 "another grid that shares points" "$plateau" run $sweep --dir "$work/other" -q --set axes.run.seed='[4, 5]' --only baseline
ledger "only what is new counts" $((792 + 198)) "$points"
rm -rf "$work/other"
ledger "a deleted run takes nothing away" $((792 + 198)) "$points"
expect 0 "--no-ledger" "$plateau" run $sweep --dir "$work/other" -q --set axes.run.seed='[6]' --only baseline --no-ledger
ledger "--no-ledger counts nothing" $((792 + 198)) "$points"
expect 0 "--ledger" "$plateau" resume --dir "$work/other" -q --ledger "$work/mine.db"
ledger "--ledger FILE counts there" 198 "$points" "$work/mine.db"
ledger "and not here" $((792 + 198)) "$points"
echo "not a database, but a text that is long enough to be looked at twice" >"$work/text"
expect 0 "a ledger that is none" "$plateau" run $sweep --dir "$work/other" -q --set axes.run.seed='[7]' --only baseline --ledger "$work/text"
holds "is a warning" "$work/err" "warning: .*$work/text"
expect 0 "a ledger that cannot be made" "$plateau" resume last --dir "$work/other" -q --ledger "$work/text/ledger.db"
holds "is a warning" "$work/err" "warning: .*$work/text/ledger.db"

# ---- holdout ----
expect 2 "holdout of nothing" "$plateau" holdout --dir "$work/runs"
holds "says what it wants" "$work/err" "--point"
expect 2 "holdout of an excluded point" "$plateau" holdout --point "$("$plateau" cells --dir "$work/runs" --where "status == 'excluded'" --top 1 --format csv | tail -1 | cut -d, -f1)" --dir "$work/runs"
holds "says why" "$work/err" "excluded"
ledger "a refusal opens nothing" 0 "$openings"
expect 0 "holdout" "$plateau" holdout --point 700 --dir "$work/runs" --format csv
cp "$work/out" "$work/first"
holds "locked rows stand beside open ones" "$work/out" "^700,baseline,holdout,yes,ok,"
holds "locked rows stand beside open ones" "$work/out" "^700,flash_crash,validation,no,ok,"
holds "tells that it opened" "$work/err" "opened the holdout"
ledger "one opening" 1 "$openings"
expect 0 "the same point again" "$plateau" holdout --point 700 --dir "$work/runs" --format csv
holds "is the record" "$work/err" "not a new opening"
ledger "still one opening" 1 "$openings"
same "the record differs from what was opened" "$work/out" "$work/first"
expect 0 "the sweep with its holdout open" "$plateau" run $sweep --dir "$work/open" -q --set periods.holdout.locked=false --no-ledger
expect 0 "the same cells there" "$plateau" cells --dir "$work/open" --period holdout --scenario all --columns sharpe,cagr,mdd,sqn --format csv
cp "$work/out" "$work/cells"
expect 0 "the holdout is what a run without the lock computes, to the bit" /usr/bin/python3 -c "
import csv
held = {r['scenario']: r for r in csv.DictReader(open('$work/first')) if r['period'] == 'holdout'}
open_ = {r['scenario']: r for r in csv.DictReader(open('$work/cells')) if r['point'] == '700'}
assert len(held) == len(open_) == 4, (len(held), len(open_))
for s in held:
    for m in ('sharpe', 'cagr', 'mdd', 'sqn'):
        a, b = (float(r[s][m] or 'nan') for r in (held, open_))
        assert a == b or a != a and b != b, (s, m, a, b)"
expect 0 "another point" "$plateau" holdout --point 701 --dir "$work/runs"
holds "warns" "$work/err" "opened 2 times"
ledger "two openings" 2 "$openings"
rm -rf "$work/runs"
expect 0 "the run again, its folder deleted" "$plateau" run $sweep --dir "$work/runs" -q
expect 0 "a third point in the new folder" "$plateau" holdout --point 702 --dir "$work/runs"
holds "the ledger remembers" "$work/err" "opened 3 times"
expect 0 "without the ledger" "$plateau" holdout --point 703 --dir "$work/runs" --no-ledger
ledger "three openings" 3 "$openings"
expect 0 "export" "$plateau" export --dir "$work/runs" -o "$work/r.h5"
expect 0 "results.h5 has it" /usr/bin/python3 -c "
import csv, sys
try:
    import xarray
except ImportError as missing:
    sys.exit(0)
d = xarray.open_dataset('$work/r.h5', group='holdout')
assert list(d.point.values) == [702, 703] and list(d.period.values) == ['holdout'], d
assert d.sharpe.dims == ('point', 'scenario', 'period') and not d.sharpe.sel(scenario='baseline').isnull().any()
assert 'holdout' not in xarray.open_dataset('$work/r.h5').period.values"
echo '{"version": 1' >"$(echo "$work"/runs/small-*)/holdout.json"
expect 3 "a damaged record" "$plateau" holdout --point 702 --dir "$work/runs"
holds "is not taken for none" "$work/err" "damaged"
rm "$(echo "$work"/runs/small-*)/holdout.json"

# ---- pre-registration ----
expect 0 "prereg of a sweep" "$plateau" prereg $sweep --criteria configs/gate.yaml -o "$work/p.yaml"
expect 0 "prereg of its run, as JSON" "$plateau" prereg last --dir "$work/runs" --criteria configs/gate.yaml -o "$work/p.json"
expect 0 "JSON" /usr/bin/python3 -m json.tool "$work/p.json"
for form in yaml json; do
    "$plateau" check last --at 700 --dir "$work/runs" --prereg "$work/p.$form" >"$work/out" 2>"$work/err"
    checks=$((checks + 1))
    ! grep -q departs "$work/err" || bad "the run departs from its own registration ($form): $(grep departs "$work/err")"
done
sed 's/2025-09-30/2025-08-31/' "$work/p.yaml" >"$work/moved.yaml"
expect 4 "a run with a longer validation" "$plateau" check last --at 700 --dir "$work/runs" --prereg "$work/moved.yaml"
holds "is refused by name" "$work/err" "periods.validation: registered 2025-04-01 .. 2025-08-31, found 2025-04-01 .. 2025-09-30"
sed 's/> 1.0/> 0.5/' configs/gate.yaml >"$work/softer.yaml"
expect 4 "softer criteria" "$plateau" check last --at 700 --dir "$work/runs" --prereg "$work/p.yaml" --criteria "$work/softer.yaml"
holds "are refused by name" "$work/err" "criteria_sha256"
expect 2 "a registration that is none" "$plateau" check last --at 700 --dir "$work/runs" --prereg $sweep
expect 2 "--set of a run" "$plateau" prereg last --dir "$work/runs" --set run.seed=1

checked
