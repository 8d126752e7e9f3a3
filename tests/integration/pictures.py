#!/usr/bin/python3
"""slice, scenarios, curve and monthly draw what results.h5 and replay hold, in every form they offer."""
import csv, io, itertools, math, os, subprocess, sys, tempfile
try:
    import numpy as np
    import xarray as xr
except ImportError as missing:
    print("SKIPPED:", missing, "(Debian: python3-h5py python3-xarray python3-h5netcdf python3-netcdf4)")
    sys.exit(77)

PLATEAU = os.environ["PLATEAU_BIN"] + "/plateau"
SWEEP = "tests/integration/small.yaml"
MAGIC = {"png": b"\x89PNG\r\n\x1a\n", "svg": b"<?xml", "pdf": b"%PDF-"}


def run(*args, code=0, text=True):
    done = subprocess.run([PLATEAU, *map(str, args)], capture_output=True, text=text, stdin=subprocess.DEVNULL)
    assert done.returncode == code, (args, done.returncode, done.stdout[-500:], done.stderr[-2000:])
    return done.stderr if code else done.stdout


def rows(*args):
    return list(csv.DictReader(io.StringIO(run(*args, "--format", "csv"))))


def number(text):
    return float(text) if text else math.nan


def same(a, b):
    return a == b or (a != a and b != b)


def check_slice(d, runs, point):
    axes = d["sharpe"].dims[2:]
    shape = [d.sizes[a] for a in axes]
    values = d["sharpe"].sel(scenario="slippage_3x", period="validation").values
    at = np.unravel_index(point, shape)
    got = rows("slice", "sharpe", "--dir", runs, "--at", point, "--scenario", "slippage_3x", "--period", "validation")
    assert len(got) == 3 * sum(shape)
    assert [r["plot"] for r in got if r["series"] == "low"] == [a for a, n in zip(axes, shape) for _ in range(n)]
    for k, axis in enumerate(axes):
        mine = {s: [number(r["value"]) for r in got if r["plot"] == axis and r["series"] == s] for s in ("through the point", "low", "high")}
        for level in range(shape[k]):
            here = list(at)
            here[k] = level
            assert same(mine["through the point"][level], float(values[tuple(here)]))
            box = values[tuple(slice(max(i - 1, 0), i + 2) for i in here)]
            if np.isfinite(box).any():
                assert mine["low"][level] == np.nanmin(box) and mine["high"][level] == np.nanmax(box), (axis, level)


def check_scenarios(d, runs, point):
    got = rows("scenarios", "mdd", "--dir", runs, "--at", point, "--period", "validation")
    part = d["mdd"].sel(period="validation")
    for name in d["scenario"].values:
        of = {r["series"]: number(r["value"]) for r in got if r["x"] == name}
        flat = part.sel(scenario=name).values.ravel()
        assert any(same(v, float(flat[point])) for s, v in of.items() if s.startswith(f"point {point} "))
        assert of["median of the grid"] == np.median(flat[np.isfinite(flat)])


def check_days(runs, work, point):
    run("replay", point, "--dir", runs, "-o", work)
    with open(work + "/equity.csv") as f:
        days = list(csv.DictReader(f))
    got = rows("curve", "--dir", runs, "--at", point)
    of = {s: [r for r in got if r["series"] == s] for s in ("strategy", "benchmark", "drawdown")}
    assert [r["x"] for r in of["strategy"]] == [r["date"] for r in days]
    growth, peak, months, years = 1.0, 1.0, {}, {}
    for i, day in enumerate(days):
        r = number(day["return"])
        growth *= 1 + r
        peak = max(peak, growth)
        assert math.isclose(float(of["strategy"][i]["value"]), growth, rel_tol=1e-12)
        assert math.isclose(float(of["drawdown"][i]["value"]), 100 * (growth / peak - 1), abs_tol=1e-9)
        month = day["date"][:7]
        months[month] = months.get(month, 1) * (1 + r)
        years[month[:4]] = years.get(month[:4], 1) * (1 + r)
    assert growth != 1, "a point that never traded shows nothing"
    table = rows("monthly", "--dir", runs, "--at", point)
    names = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    for r in table:
        year, total = r["year"].split("  ")
        value, want = number(r["value"]), months.get(f"{year}-{names.index(r['month']) + 1:02d}")
        assert (want is None) == (value != value) and (want is None or math.isclose(value, 100 * (want - 1), abs_tol=1e-9)), r
        assert total == f"{100 * (years[year] - 1):+.1f} %"
    assert len(table) == 12 * len(years)


def check_forms(runs, work):
    for verb, form in itertools.product((["slice", "sharpe"], ["scenarios", "sharpe"], ["curve"], ["monthly"], ["heatmap", "sharpe"]), MAGIC):
        path = f"{work}/{verb[0]}.{form}"
        run(*verb, "--dir", runs, "-o", path)
        with open(path, "rb") as f:
            drawn = f.read()
        assert drawn.startswith(MAGIC[form]), path
        assert drawn == run(*verb, "--dir", runs, "--format", form, text=False), f"{path}: a picture is a function of the run"
    for verb in (["slice", "sharpe"], ["scenarios", "sharpe"], ["curve"], ["monthly"]):
        assert run(*verb, "--dir", runs).isascii(), verb
    for says, *args in (("did you mean 'sharpe'", "slice", "sharp"), ("did you mean", "curve", "--scenario", "baselin"),
                        ("locked", "scenarios", "sharpe", "--period", "holdout"), ("0 .. 899", "monthly", "--at", "900")):
        assert says in run(*args, "--dir", runs, code=2), args


def main():
    with tempfile.TemporaryDirectory() as work:
        os.environ["PLATEAU_CACHE"] = work + "/cache"
        runs = work + "/runs"
        run("run", SWEEP, "--dir", runs, "--quiet")
        run("export", "--dir", runs, "-o", work + "/results.h5")
        with xr.open_dataset(work + "/results.h5") as d:
            flat = d["sharpe"].sel(scenario="baseline", period="train").values.ravel()
            point = int(np.nanargmax(flat))
            check_slice(d, runs, point)
            check_scenarios(d, runs, point)
        check_days(runs, work, point)
        check_forms(runs, work)


main()
