#!/usr/bin/python3
"""Opens results.h5 with every reader we promise and compares each value with its formula (tests/lib/fake_cells.h).

results.py FAKE_RESULTS DIR"""
import csv, hashlib, itertools, json, math, os, subprocess, sys, time, warnings
try:
    import numpy as np
    import h5py
    import xarray as xr
except ImportError as missing:
    print("SKIPPED:", missing, "(Debian: python3-h5py python3-xarray python3-h5netcdf python3-netcdf4)")
    sys.exit(77)

PROGRAM, DIR = sys.argv[1:3]
SCENARIOS, PERIODS = ["baseline", "flash_crash"], ["train", "validation"]
AXES = [("stop", [2.0, 2.5, 3.0, 3.5, 4.0]), ("mode", ["continuous", "regime", "off"]), ("risk", [0.001, 0.01, 0.1]),
        ("za", [1.0, 2.0, 3.0, 4.0]), ("fast", [10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0])]
SHAPE = tuple(len(v) for _, v in AXES)
BITS = 0x7FF8000000000000


def make(case, *more):
    subprocess.run([PROGRAM, DIR, case, *map(str, more)], check=True)
    assert not os.path.exists(f"{DIR}/{case}.h5.tmp")
    return f"{DIR}/{case}.h5"


def metric_names(case):
    """In the order of METRIC_TABLE, which is the order of the CSV's columns."""
    with open(f"{DIR}/{case}.csv") as f:
        names = f.readline().strip().split(",")
    return names[names.index("total_return"):-1]


def value(name, m, point, s, p):
    if name == "n":
        return 100 + 10 * p
    if (point + m) % 11 == 10:
        return math.nan
    return (m + 1) * 0.5 + s * 0.25 + p * 0.125 + point


def tile_of(levels):
    """Tile order: the entry-side axis (fast) outermost."""
    stop, mode, risk, za, fast = levels
    return ((((fast * 5 + stop) * 3 + mode) * 3 + risk) * 4 + za) // 16


def expected_status(point, levels, s, partial):
    if not (AXES[4][1][levels[4]] < 300 or AXES[0][1][levels[0]] < 3):
        return 4
    if partial and tile_of(levels) % 3 == 1:
        return 5
    return 1 if point % 13 == 5 and s == 1 else 0


def same(a, b):
    return a == b or (math.isnan(a) and math.isnan(b))


def check_dense(case, partial):
    path = make(case)
    with h5py.File(path) as f:
        metrics = metric_names(case)
        assert {k for k in f if isinstance(f[k], h5py.Dataset) and f[k].shape == (2, 2) + SHAPE} == {*metrics, "flags"}
        data = {k: f[k][()] for k in metrics}
        status, flags, block = f["status"][()], f["flags"][()], f["block_sum"][()]
        sumsq = f["block_sumsq"][()]
        fold, foldsq = f["fold_sum"][()], f["fold_sumsq"][()]
        assert f["fold_begin"].attrs["n_days"] == 210 and f["fold_begin"][0] == 0
        for point, levels in enumerate(itertools.product(*map(range, SHAPE))):
            for s in range(2):
                want = expected_status(point, levels, s, partial)
                assert status[(s,) + levels] == want, (levels, s, status[(s,) + levels], want)
                for p in range(2):
                    for m, name in enumerate(metrics):
                        v = value(name, m, point, s, p) if want == 0 else math.nan
                        assert same(data[name][(s, p) + levels], v), (name, levels, s, p)
                    assert flags[(s, p) + levels] == ((point + s + p) % 64 if want == 0 else 0)
            for b in range(4):
                v = point + b / 8 if expected_status(point, levels, 0, partial) == 0 else math.nan
                assert same(block[levels + (b,)], v) and same(sumsq[levels + (b,)], 2 * v)
        for name in metrics:
            raw = data[name].view(np.uint64)
            assert set(raw[np.isnan(data[name])]) <= {BITS}, name
            assert f[name].dtype == np.float64 and math.isnan(f[name].attrs["_FillValue"][0])
            assert f[name].attrs["long_name"] and f[name].attrs["units"]
        assert "secret" not in list(f["period"].asstr()[()])
        assert list(f["status"].attrs["flag_values"]) == list(range(7))
        assert f["status"].attrs["flag_meanings"].split() == "ok failed crashed timeout excluded missing disputed".split()
        assert list(f["flags"].attrs["flag_masks"]) == [1, 2, 4, 8, 16, 32]
        assert list(f["stop"].attrs["text"]) == ["2.00", "2.50", "3.00", "3.50", "4.00"]
        assert f["stop"].attrs["long_name"] == "sleeves.s.stop" and f["risk"].attrs["spacing"] == "log"
        assert f["mode"].attrs["spacing"] == "categorical" and f["risk_log10"][0] == -3
        assert list(f["zb"][()]) == [10, 20, 30, 40] and f["sharpe"].attrs["coordinates"] == "zb"
        assert list(f["block_count"][()]) == [52, 53, 52, 53], f["block_count"][()]
        assert f.attrs["default"] == "entry" and f.attrs["run_id"] == "fake-00000000" and f.attrs["periods_per_year"] == 252
        assert f["entry"].attrs["default"] == "sharpe"
        assert list(f["entry/sharpe"].attrs["axes"]) == [".", ".", "stop", ".", "risk_log10", "za", "fast"]
        assert f["entry/sharpe/sharpe"] == f["sharpe"] and f["entry/sharpe/risk_log10"] == f["risk_log10"]
        assert "fake" in f["meta/spec"].asstr()[()]
        check_failures(f, partial)
        check_heatmaps(f, data["sharpe"][0, 0])
    check_xarray(path, data)
    check_tools(path)
    check_text(case, data, status, flags)


def check_failures(f, partial):
    want = {point * 2 + 1 for point, levels in enumerate(itertools.product(*map(range, SHAPE)))
            if expected_status(point, levels, 1, partial) == 1}
    got = f["meta/failures"]
    assert {int(r["cell"]) for r in got} == want and got.attrs["all"] == len(want)
    for r in got[:3]:
        assert r["status"] == b"failed" and r["attempts"] == 3
        assert r["reason"].decode() == f"no price at point {int(r['cell']) // 2}", r


def check_heatmaps(f, sharpe):
    names = list(f["heatmaps/sharpe"])
    assert len(names) == 10 and "stop__mode" in names, names
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peak = np.unravel_index(np.nanargmax(sharpe), SHAPE)
        for (i, (y, _)), (j, (x, _)) in itertools.combinations(enumerate(AXES), 2):
            g = f[f"heatmaps/sharpe/{y}__{x}"]
            others = tuple(k for k in range(5) if k not in (i, j))
            np.testing.assert_allclose(g["median"][()], np.nanmedian(sharpe, axis=others), rtol=1e-15)
            assert np.array_equal(g["min"][()], np.nanmin(sharpe, axis=others), equal_nan=True)
            assert np.array_equal(g["max"][()], np.nanmax(sharpe, axis=others), equal_nan=True)
            at = tuple(slice(None) if k in (i, j) else peak[k] for k in range(5))
            assert np.array_equal(g["slice"][()], sharpe[at], equal_nan=True), (y, x)
            assert g.attrs["signal"] == "median" and g.attrs["NX_class"] == "NXdata"
            for k, a in enumerate(g.attrs["axes"]):
                assert a == "." or g[a].shape == (g["median"].shape[k],)


def check_xarray(path, data):
    for engine in ("h5netcdf", "netcdf4"):
        with xr.open_dataset(path, engine=engine) as d:
            assert dict(d.sizes) == {"scenario": 2, "period": 2, "block": 4, "fold_begin": 18, **{n: len(v) for n, v in AXES}}, d.sizes
            for n, v in AXES:
                assert list(d[n].values) == v, (engine, n)
            assert all(d[name].dtype == np.float64 for name in data)  # "days" would become durations
            assert np.array_equal(d["sharpe"].values, data["sharpe"], equal_nan=True)
            assert np.array_equal(d["net_without_top10"].values, data["net_without_top10"], equal_nan=True)
            one = d["cagr"].sel(scenario="flash_crash", period="validation", stop=2.5, mode="off", risk=0.01, za=3, fast=40)
            assert same(float(one), data["cagr"][1, 1, 1, 2, 1, 2, 2])
            assert "zb" in d["sharpe"].coords and list(d["zb"].values) == [10, 20, 30, 40]


def run_tool(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, (command, done.returncode, done.stderr[-2000:])
    return done.stdout


def check_tools(path):
    text = run_tool("ncdump", "-h", path)
    assert "double sharpe(scenario, period, stop, mode, risk, za, fast)" in text, text
    assert "ubyte status(scenario, stop, mode, risk, za, fast)" in text
    assert "secret" not in text
    assert "/sharpe" in run_tool("h5dump", "-H", path) or "sharpe" in run_tool("h5dump", "-H", path)
    run_tool("h5dump", "-d", "/meta/failures", path) if "failures" in text else None
    try:
        import silx.io.nxdata as nxdata
    except ImportError:
        print("silx is not installed: NXdata checked by its rules only")
        return
    with h5py.File(path) as f:
        assert nxdata.get_default(f).is_valid


def check_text(case, data, status, flags):
    names = "ok failed crashed timeout excluded missing disputed".split()
    with open(f"{DIR}/{case}.csv", newline="") as c, open(f"{DIR}/{case}.jsonl") as j:
        rows, lines = list(csv.DictReader(c)), [json.loads(line) for line in j]
    assert len(rows) == len(lines) == 4 * math.prod(SHAPE)
    for row, line in zip(rows, lines):
        levels = np.unravel_index(int(row["point"]), SHAPE)
        s, p = SCENARIOS.index(row["scenario"]), PERIODS.index(row["period"])
        at = (s, p) + tuple(levels)
        assert row["status"] == names[status[(s,) + tuple(levels)]] == line["status"]
        assert row["stop"] == f"{AXES[0][1][levels[0]]:.2f}" and line["stop"] == AXES[0][1][levels[0]]
        assert row["mode"] == AXES[1][1][levels[1]] == line["mode"] and float(row["zb"]) == 10 * float(row["za"])
        assert int(row["flags"]) == flags[at] == line["flags"]
        for name in data:
            want = data[name][at]
            assert (row[name] == "" and line[name] is None) if math.isnan(want) else float(row[name]) == want == line[name]


def check_points(case, n):
    path = make(case)
    with h5py.File(path) as f:
        point = f["point"][()].astype(int)
        assert len(point) == n and f["sharpe"].shape == (2, 2, n), f["sharpe"].shape
        for name in ("sharpe", "net_without_top10"):
            index = metric_names(case).index(name)
            for i, q in enumerate(point):
                for s in range(2):
                    want = value(name, index, int(q), s, 1) if not (q % 13 == 5 and s == 1) else math.nan
                    assert same(f[name][s, 1, i], want), (name, q, s)
        assert f["heatmaps/sharpe/stop__mode/median"].shape == (5, 3)
    for engine in ("h5netcdf", "netcdf4"):
        with xr.open_dataset(path, engine=engine) as d:
            assert set(d["sharpe"].coords) >= {"stop", "mode", "risk", "point"}, (engine, d["sharpe"].coords)
    run_tool("ncdump", "-h", path)
    run_tool("h5dump", "-H", path)


def check_large():
    """Every value of a file of many chunks, in one pass and in several."""
    for pass_bytes in (0, 10_000_000):
        with h5py.File(make("large", pass_bytes)) as f:
            point = np.arange(4 * 180 * 170).reshape(4, 180, 170)
            assert f["sharpe"].id.get_num_chunks() > 1 and f["block_sum"].id.get_num_chunks() > 4
            for m, name in enumerate(metric_names("large")):
                want = np.where((point + m) % 11 == 10, math.nan, (m + 1) * 0.5 + point) if name != "n" else np.full(point.shape, 100.0)
                assert np.array_equal(f[name][0, 0], want, equal_nan=True), (pass_bytes, name)
            assert np.array_equal(f["block_sum"][()], point[..., None] + np.arange(4) / 8)
            assert np.array_equal(f["fold_sum"][()], point[..., None] - np.arange(f["fold_sum"].shape[-1]) / 4)
            assert np.array_equal(f["fold_sumsq"][()], 3 * f["fold_sum"][()])
            assert np.array_equal(f["flags"][0, 0], point % 64) and not f["status"][()].any()


def digest(path):
    with h5py.File(path) as f:
        h = hashlib.sha256()
        for k in f:
            if isinstance(f[k], h5py.Dataset) and f[k].dtype.kind in "fiu":
                h.update(k.encode() + f[k][()].tobytes())
        return h.hexdigest()


def check_bytes():
    """Passes and threads change nothing; the same call twice gives the same file."""
    whole = digest(make("dense"))
    with open(f"{DIR}/dense.h5", "rb") as f:
        first = f.read()
    time.sleep(1.1)  # object times would show
    for pass_bytes, threads in ((1, 1), (100000, 3), (0, 7)):
        assert digest(make("dense", pass_bytes, threads)) == whole, (pass_bytes, threads)
    with open(f"{DIR}/dense.h5", "rb") as f:
        assert f.read() == first


os.makedirs(DIR, exist_ok=True)
check_dense("dense", False)
check_dense("partial", True)
check_points("sparse", 3)
check_points("sampled", 30)
check_bytes()
check_large()
one = make("point")
with xr.open_dataset(one) as d:
    assert d["sharpe"].shape == (2, 2, 1)
run_tool("ncdump", "-h", one)
print("results.py: all readers agree")
