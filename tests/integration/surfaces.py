#!/usr/bin/python3
"""What every scenario does to every point, as /review/scenarios of results.h5 has it, a second time from the metric
datasets: in a grid, in one with a dimension only of points, and when results.h5 is written anew."""
import csv, glob, io, os, subprocess, sys, tempfile

try:
    import h5py, numpy as np
except ImportError:
    print("SKIPPED: python3-h5py or python3-numpy is not installed (scripts/setup.sh --tests)")
    sys.exit(77)

PLATEAU = os.environ["PLATEAU_BIN"] + "/plateau"
FOLDER = tempfile.TemporaryDirectory()
os.environ["PLATEAU_LEDGER"] = FOLDER.name + "/ledger.db"
LADDER = [0, 1, 2, 3, 4, 6, 8, 12]
REGIMES = ("bear_months", "range_months")
AXES = ("axes={sleeves.crypto.exit.hard_stop_atr_mult: {range: [2.0, 4.0], step: 0.5, as: stop}, "
        "sleeves.crypto.exit.tightened_stop_atr_mult: {range: [1.0, 3.0], step: 0.5, as: tight}, sleeves.crypto.exit.exit_ma: [20, 50]}")
SCENARIOS = "scenarios=[" + ", ".join(["baseline", "bear_months", "flash_crash", "range_months"]
                      + [f"{{name: x{k}, slippage: {k}}}" for k in LADDER if k != 1]) + "]"


def run(*args, codes=(0,)):
    done = subprocess.run([PLATEAU, *map(str, args)], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode in codes, (args, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout


def same(stored, wanted, what):
    assert stored.shape == wanted.shape, (what, stored.shape, wanted.shape)
    assert np.array_equal(stored, wanted, equal_nan=True), (what, stored, wanted)


def objective(f, metric):
    """[scenario, points..] in train: 0 where a cell was never invested, NaN where it is not ok."""
    value, exposure, ok = f[metric][:, 0], f["exposure"][:, 0], f["status"][()] == 0
    value = np.where(np.isfinite(value), value, np.where(exposure == 0, 0.0, np.nan))
    return np.where(ok, value, np.nan)


def break_even(profit):
    """profit[ladder]: multiple, and whether it rises on the way."""
    if np.all(profit == 0) or np.isnan(profit).any():
        return np.nan, 255
    bumpy = int(np.any(np.diff(profit) > 0))
    down = np.flatnonzero(profit <= 0)
    if len(down) == 0:
        return np.inf, bumpy
    k = down[0]
    if k == 0:
        return 0.0, bumpy
    return float(np.interp(0.0, [profit[k], profit[k - 1]], [LADDER[k], LADDER[k - 1]])), bumpy


def check(path, metric):
    with h5py.File(path) as f:
        g, names = f["review/scenarios"], [s.decode() for s in f["scenario"][()]]
        value = objective(f, metric)
        same(g["delta"][()], value - value[0], "delta")
        whole = ~np.isnan(value).any(axis=0)
        same(g["worst"][()], np.where(whole, value.min(axis=0), np.nan), "worst")
        best = np.array([np.max(v[whole]) for v in value])
        regret = (best.reshape((-1,) + (1,) * (value.ndim - 1)) - value).max(axis=0)
        same(g["regret"][()], np.where(whole, regret, np.nan), "regret")
        kept = [i for i, name in enumerate(names) if i and name not in REGIMES]
        with np.errstate(divide="ignore", invalid="ignore"):
            left = (value[kept] / value[0]).min(axis=0)
        same(g["retention"][()], np.where(whole & (value[0] > 0), left, np.nan), "retention")
        assert (f["review/worst_of_scenarios"][()][whole] == value[[0] + kept].min(axis=0)[whole]).all()
        profit = np.stack([f["total_return"][names.index("baseline" if k == 1 else f"x{k}"), 0] for k in LADDER])
        n_known = 0
        for at in np.ndindex(g["worst"].shape):
            if not whole[at]:
                continue
            even, bumpy = break_even(profit[(slice(None),) + at])
            stored = g["break_even_slippage"][at]
            assert stored == even or abs(stored - even) <= 1e-12 * abs(even) or (np.isnan(stored) and np.isnan(even)), (at, stored, even)
            assert g["non_monotone"][at] == bumpy, (at, g["non_monotone"][at], bumpy)
            n_known += not np.isnan(even)
        assert n_known > 0 and list(g.attrs["break_even_steps"]) == LADDER and g.attrs["break_even_sampled"] == 0
        for name in ("delta", "worst", "regret", "retention", "break_even_slippage", "non_monotone"):
            assert g[name].compression == "gzip" and g[name].shuffle and g[name].chunks, name
            assert [d.keys() for d in g[name].dims] == [d.keys() for d in f["status" if name == "delta" else metric].dims][-g[name].ndim:], name
        return {name: g[name][()].tobytes() for name in g}


def printed(path, runs):
    """`plateau stress` prints what the file holds."""
    rows = list(csv.DictReader(io.StringIO(run("stress", "--dir", runs, "--format", "csv"))))
    with h5py.File(path) as f:
        g = f["review/scenarios"]
        columns = {"worst": "worst", "regret": "regret", "retention": "retention", "break_even_slippage": "break_even_slippage"}
        for column, name in columns.items():
            flat = g[name][()].ravel()
            for row in rows:
                stored = flat[int(row["point"])]
                shown = float(row[column]) if row[column] else np.inf if row.get("beyond_ladder") == "1" and "even" in column else np.nan
                assert stored == shown or (np.isnan(stored) and np.isnan(shown)), (column, row, stored)
        for i, name in enumerate(x.decode() for x in f["scenario"][()]):
            flat = g["delta"][i].ravel()
            for row in rows if i else ():
                shown = float(row["delta_" + name]) if row["delta_" + name] else np.nan
                assert flat[int(row["point"])] == shown or np.isnan(shown), (name, row)


def main():
    runs = FOLDER.name + "/grid"
    run("run", "tests/integration/small.yaml", "--set", AXES, "--set", SCENARIOS, "--dir", runs, "-j", 2, "--quiet")
    file, = glob.glob(runs + "/*/results.h5")
    run("review", "--dir", runs, "--no-ledger")
    stored = check(file, "sharpe")
    printed(file, runs)
    os.remove(file)
    run("export", "--dir", runs)
    assert check(file, "sharpe") == stored
    run("review", "--dir", runs, "--no-ledger", "--objective", "sqn")
    check(file, "sqn")
    runs = FOLDER.name + "/sample"
    run("run", "tests/integration/small.yaml", "--set", AXES, "--set", SCENARIOS, "--set", "sample={method: random, n: 12}", "--dir", runs,
        "-j", 2, "--quiet")
    file, = glob.glob(runs + "/*/results.h5")
    run("review", "--dir", runs, "--no-ledger")
    check(file, "sharpe")
    print("/review/scenarios: as numpy has it")


main()
