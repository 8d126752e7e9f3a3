#!/usr/bin/python3
"""cells, show, explain, heatmap and export of a real run agree with each other and with results.h5."""
import csv, io, json, math, os, subprocess, sys, tempfile
try:
    import numpy as np
    import xarray as xr
except ImportError as missing:
    print("SKIPPED:", missing, "(Debian: python3-h5py python3-xarray python3-h5netcdf python3-netcdf4)")
    sys.exit(77)

PLATEAU = os.environ["PLATEAU_BIN"] + "/plateau"
SWEEP = "tests/integration/small.yaml"


def run(*args, code=0, text=True):
    done = subprocess.run([PLATEAU, *map(str, args)], capture_output=True, text=text, stdin=subprocess.DEVNULL)
    assert done.returncode == code, (args, done.returncode, done.stdout[-500:], done.stderr[-2000:])
    return done.stderr if code else done.stdout


def same(a, b):
    return (a is None or a != a) and (b is None or b != b) or a == b


def check_cells(d, runs):
    listed = json.loads(run("cells", "--dir", runs, "--scenario", "all", "--where", "sharpe > 0.5 and stop < 3.75", "--sort",
                            "sharpe", "--columns", "sharpe,mdd", "--format", "json"))
    want = d["sharpe"].sel(period="train").where(d["stop"] < 3.75)
    assert len(listed) == int((want > 0.5).sum()) > 0
    values = [row["sharpe"] for row in listed]
    assert values == sorted(values, reverse=True)
    for row in listed[:200]:
        at = dict(scenario=row["scenario"], period="train", stop=float(row["stop"]), tight=float(row["tight"]))
        at |= {name: float(row[name]) for name in d["sharpe"].dims[4:]}
        assert float(d["sharpe"].sel(at)) == row["sharpe"] and float(d["mdd"].sel(at)) == row["mdd"]
    excluded = list(csv.DictReader(io.StringIO(run("cells", "--dir", runs, "--where", "status == 'excluded'", "--format", "csv"))))
    assert len(excluded) == int((d["status"].sel(scenario="baseline") == 4).sum()) == 108
    assert all(float(r["tight"]) > float(r["stop"]) and r["sharpe"] == "" for r in excluded)
    return listed[0], excluded[0]


def check_one(d, runs, best, excluded):
    cell = f"{best['point']}:{best['scenario']}"
    shown = json.loads(run("show", cell, "--dir", runs, "--format", "json"))
    assert shown["train.sharpe"] == best["sharpe"] and shown["status"] == "ok"
    flat = d.stack(point=d["sharpe"].dims[2:]).sel(scenario=best["scenario"])
    for name in ("cagr", "net_without_top10", "profit_factor"):
        for period in ("train", "validation"):
            value = float(flat[name].sel(period=period)[best["point"]])
            assert same(shown[f"{period}.{name}"], value) or math.isinf(value), (name, period)
    assert not any(key.startswith("holdout") for key in shown)
    text = run("explain", excluded["point"], "--dir", runs)
    assert "excluded" in text and "tight" in text and "<=" in text, text
    text = run("explain", "best", "--dir", runs, "--format", "csv")
    assert "portfolio.volatility_scaling.mode" in text and "attempts" in text


def check_heatmap(d, runs, work):
    rows = list(csv.DictReader(io.StringIO(run("heatmap", "mdd", "--dir", runs, "-x", "stop", "-y", "tight", "--fix", "exit_ma=50",
                                               "--agg", "max", "--facet", "scenario", "--period", "validation", "--format", "csv"))))
    part = d["mdd"].sel(period="validation").sel({d["mdd"].dims[4]: 50})
    want = part.max(dim=[n for n in part.dims if n not in ("scenario", "stop", "tight")])
    assert len(rows) == want.size
    names = list(rows[0])
    for r in rows:
        value = float(want.sel(scenario=r["panel"], tight=float(r[names[1]]), stop=float(r[names[2]])))
        assert same(float(r["value"]) if r["value"] else None, value), (r, value)
    for form, magic in (("png", b"\x89PNG\r\n\x1a\n"), ("svg", b"<?xml")):
        path = f"{work}/picture.{form}"
        run("heatmap", "sharpe", "--dir", runs, "--format", form, "-o", path)
        with open(path, "rb") as f:
            assert f.read().startswith(magic)
        again = run("heatmap", "sharpe", "--dir", runs, "--format", form, text=False)
        with open(path, "rb") as f:
            assert f.read() == again
    assert "best cell" in run("heatmap", "sharpe", "--dir", runs)


def check_refusals(runs, work):
    for says, *args in (
            ("did you mean 'sharpe'", "heatmap", "sharp"), ("same axis", "heatmap", "sharpe", "-x", "stop", "-y", "stop"),
            ("one of 2.0", "heatmap", "sharpe", "--fix", "stop=9"), ("locked", "heatmap", "sharpe", "--period", "holdout"),
            ("drop one", "heatmap", "sharpe", "-x", "stop", "--fix", "stop=2.0"), ("AXIS=LEVEL", "heatmap", "sharpe", "--fix", "stop"),
            ("did you mean 'sharpe'", "cells", "--where", "sharpp > 1"), ("character 9", "cells", "--where", "sharpe >"),
            ("0 .. 899", "show", "900"), ("expected POINT", "explain", "first"), ("flash_crash", "show", "1:flash_crush")):
        message = run(*args, "--dir", runs, code=2)
        assert says in message, (args, message)
    assert "No such file" in run("export", "--dir", runs, "--format", "csv", "-o", f"{work}/none/x.csv", code=3)
    assert not os.path.exists(f"{work}/none")


def main():
    with tempfile.TemporaryDirectory() as work:
        os.environ["PLATEAU_CACHE"] = work + "/cache"
        runs = work + "/runs"
        run("run", SWEEP, "--dir", runs, "-j", 1, "--quiet")
        run("export", "--dir", runs, "-o", work + "/a.h5")
        with xr.open_dataset(work + "/a.h5") as d:
            best, excluded = check_cells(d, runs)
            check_one(d, runs, best, excluded)
            check_heatmap(d, runs, work)
            lines = run("export", "--dir", runs, "--format", "jsonl").splitlines()
            assert len(lines) == 900 * 4 * 2
            total = sum(x["sharpe"] for x in map(json.loads, lines) if x["sharpe"] is not None)
            assert math.isclose(total, float(d["sharpe"].sum()), rel_tol=1e-9)
            check_refusals(runs, work)
            other = work + "/other"
            run("run", SWEEP, "--dir", other, "-j", 2, "--quiet")
            run("export", "--dir", other, "-o", work + "/b.h5")
            with xr.open_dataset(work + "/b.h5") as e:
                for name in d.data_vars:
                    assert d[name].values.tobytes() == e[name].values.tobytes(), name
    print("review.py: all verbs agree with results.h5")


sys.exit(main())
