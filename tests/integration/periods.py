#!/usr/bin/python3
"""Walk-forward and CPCV of a real run, computed a second time from the sums in results.h5 and from the days of the picks:
`review`, `periods` and /review must say the same."""
import csv, io, itertools, json, math, os, subprocess, sys, tempfile
try:
    import h5py
    import numpy as np
except ImportError as missing:
    print("SKIPPED:", missing, "(Debian: python3-h5py python3-numpy)")
    sys.exit(77)

PLATEAU = os.environ["PLATEAU_BIN"] + "/plateau"
SWEEP = "tests/integration/small.yaml"
TRAIN, TEST, STEP, GAP = 100, 30, 25, 3
GROUPS, TESTED, PURGE, EMBARGO = 5, 2, 7, 4
FOLDS = ["--set", f"walk_forward={{train: {TRAIN}, test: {TEST}, step: {STEP}, gap: {GAP}}}",
         "--set", f"cpcv={{groups: {GROUPS}, test: {TESTED}, purge: {PURGE}, embargo: {EMBARGO}}}"]
YEAR = 365


def run(*args, code=0):
    done = subprocess.run([PLATEAU, *map(str, args)], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == code, (args, done.returncode, done.stdout[-500:], done.stderr[-2000:])
    return done.stderr if code else done.stdout


def close(a, b, what):
    if a is None or b is None or math.isnan(b):
        assert (a is None or math.isnan(a)) and (b is None or math.isnan(b)), (what, a, b)
    else:
        assert math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12), (what, a, b)


def sharpe(n, s, q):
    m2 = q - s * s / n
    return s / n / math.sqrt(m2 / (n - 1)) * math.sqrt(YEAR) if m2 > 1e-13 * q else math.nan


class Sums:
    """Every configuration's sums between the cuts, and the best of them over any days."""

    def __init__(self, f):
        self.n_days = int(f["fold_begin"].attrs["n_days"])
        self.cuts = [*map(int, f["fold_begin"][()]), self.n_days]
        s, q = f["fold_sum"][()], f["fold_sumsq"][()]
        self.s, self.q = s.reshape(-1, s.shape[-1]), q.reshape(-1, q.shape[-1])
        self.point = np.flatnonzero(np.isfinite(self.s).all(1))
        total = f["block_sum"][()].reshape(-1, f["block_sum"].shape[-1]).sum(1)
        assert np.allclose(total[self.point], self.s[self.point].sum(1), rtol=1e-9, atol=1e-12)

    def pieces(self, ranges):
        return [k for k in range(len(self.cuts) - 1) if any(a <= self.cuts[k] < b for a, b in ranges)]

    def best(self, ranges):
        k = self.pieces(ranges)
        s, q = self.s[self.point][:, k].sum(1), self.q[self.point][:, k].sum(1)
        key = np.where(q > 0, s * abs(s) / np.where(q > 0, q, 1), 0)
        return int(self.point[np.argmax(key)])

    def of(self, point, ranges):
        k = self.pieces(ranges)
        return self.s[point, k].sum(), self.q[point, k].sum()


def windows(sums):
    found = []
    for begin in range(0, sums.n_days - TRAIN - GAP - TEST + 1, STEP):
        first = begin + TRAIN + GAP
        pick = sums.best([(begin, begin + TRAIN)])
        found.append((begin, first, pick, sums.of(pick, [(begin, begin + TRAIN)])[0] / TRAIN * YEAR,
                      *sums.of(pick, [(first, first + TEST)])))
    return found


def paths(sums):
    bounds = [g * sums.n_days // GROUPS for g in range(GROUPS + 1)]
    splits = list(itertools.combinations(range(GROUPS), TESTED))
    picks = []
    for tested in splits:
        out = [(bounds[g] - PURGE, bounds[g + 1] + EMBARGO) for g in tested]
        train = [t for t in range(sums.n_days) if not any(a <= t < b for a, b in out)]
        picks.append(sums.best([(t, t + 1) for t in train]))
    of_group = [[i for i, s in enumerate(splits) if g in s] for g in range(GROUPS)]
    got = []
    for j in range(len(of_group[0])):
        parts = [sums.of(picks[of_group[g][j]], [(bounds[g], bounds[g + 1])]) for g in range(GROUPS)]
        got.append(sharpe(sums.n_days, sum(p[0] for p in parts), sum(p[1] for p in parts)))
    return picks, got


def check_walk(review, sums, group):
    want, said = windows(sums), review["folds"]["windows"]
    figures = review["figures"]["walk_forward"]
    assert len(want) == len(said) == figures["n_windows"] > 5 and figures["overlapping"] is True
    for (begin, first, pick, is_ann, s, q), w in zip(want, said):
        assert (w["is_begin"], w["oos_begin"], w["pick"]) == (begin, first, pick), (w, begin, first, pick)
        close(w["is_return"], is_ann, "is_return")
        close(w["oos_return"], s / TEST * YEAR, "oos_return")
    earned = [w[4] for w in want]
    close(figures["efficiency"], np.mean([s / TEST * YEAR for s in earned]) / np.mean([w[3] for w in want]), "efficiency")
    close(figures["consistency"], np.mean([s > 0 for s in earned]), "consistency")
    close(figures["max_share"], max(earned) / sum(earned) if sum(earned) > 0 else math.nan, "max_share")
    close(figures["sharpe"], sharpe(TEST * len(want), sum(earned), sum(w[5] for w in want)), "sharpe")
    assert list(group["pick"][()]) == [w[2] for w in want]
    return want


def check_curve(runs, want, figures):
    rows = list(csv.DictReader(io.StringIO(run("periods", "--dir", runs, "--part", "curve", "--format", "csv"))))
    assert len(rows) == TEST * len(want)
    equity = peak = 1.0
    drawdown = 0.0
    for row in rows:
        equity *= 1 + float(row["return"])
        close(float(row["equity"]), equity, "equity")
        peak = max(peak, equity)
        drawdown = max(drawdown, 1 - equity / peak)
    close(figures["mdd"], drawdown, "mdd")
    for i, w in enumerate(want):  # the engine's days again add up to the sums that were stored
        close(sum(float(r["return"]) for r in rows if int(r["window"]) == i), w[4], "window")
    first = [r["date"] for r in rows if r["window"] == "0"]
    assert first == sorted(first) and first[0] > "2013", first[:2]


def check_periods(runs, point, sums):
    said = json.loads(run("periods", "--dir", runs, "--format", "json"))
    shown = json.loads(run("show", point, "--dir", runs, "--format", "json"))
    assert [shown[f"fold_sum.{k}"] for k in range(len(sums.cuts) - 1)] == list(sums.s[point])
    assert f"fold_sumsq.{len(sums.cuts) - 1}" not in shown
    for row in said["metrics"]:
        for period in ("train", "validation"):
            value = shown[f"{period}.{row['metric']}"]
            close(row[period], math.nan if value is None or isinstance(value, str) else value, row["metric"])
        assert row["holdout"] is None
    text = run("periods", "--dir", runs)
    assert "holdout is locked" in text and "walk-forward:" in text and "cpcv:" in text
    run("holdout", "--dir", runs, "--point", point)
    opened = json.loads(run("periods", "--dir", runs, "--format", "json"))["metrics"]
    sharpes = next(r for r in opened if r["metric"] == "sharpe")
    close(sharpes["holdout_change"], sharpes["holdout"] - sharpes["train"], "change")
    return said


def check_axes(said, f):
    train, val = f["sharpe"][0, 0], f["sharpe"][0, 1]
    traded = f["exposure"][0, 0], f["exposure"][0, 1]
    train = np.where(np.isnan(train) & (traded[0] == 0), 0, train)
    val = np.where(np.isnan(val) & (traded[1] == 0), 0, val)
    both = np.isfinite(train) & np.isfinite(val)
    for row in (r for r in said["axes"] if r["axis"] == "stop"):
        at = list(f["stop"].attrs["text"]).index(row["level"])
        assert row["points"] == int(both[at].sum())
        close(row["train"], train[at][both[at]].mean(), "axis train")
        close(row["ratio"], row["validation"] / row["train"] if row["train"] > 0 else math.nan, "axis ratio")


def main():
    with tempfile.TemporaryDirectory() as work:
        os.environ["PLATEAU_CACHE"], os.environ["PLATEAU_LEDGER"] = work + "/cache", work + "/ledger.db"
        runs = work + "/runs"
        run("run", SWEEP, *FOLDS, "--dir", runs, "-j", 2, "--quiet")
        review = json.loads(run("review", "--dir", runs, "--no-ledger", "--format", "json"))
        path = f"{runs}/{review['run']}/results.h5"
        with h5py.File(path) as f:
            sums = Sums(f)
            said = check_periods(runs, review["picks"]["chosen"]["point"], sums)
            want = check_walk(review, sums, f["review/walk_forward"])
            picks, sharpes = paths(sums)
            assert review["folds"]["split_picks"] == picks and said["point"] == review["picks"]["chosen"]["point"]
            for a, b in zip(review["folds"]["path_sharpe"], sharpes, strict=True):
                close(a, b, "path")
            close(review["figures"]["cpcv"]["mean_sharpe"], np.mean(sharpes), "mean")
            close(f["review/cpcv/sd_sharpe"][()], np.std(sharpes, ddof=1), "sd")
            for name in ("efficiency", "consistency", "sharpe", "mdd"):
                close(said["walk_forward"][name], review["figures"]["walk_forward"][name], name)
            check_axes(said, f)
        check_curve(runs, want, review["figures"]["walk_forward"])
        other = work + "/other"  # without folds: said so, and nothing made up
        run("run", SWEEP, "--dir", other, "-j", 2, "--quiet")
        assert "no folds" in run("periods", "--dir", other)
        plain = json.loads(run("periods", "--dir", other, "--format", "json"))
        assert plain["windows"] == [] and plain["walk_forward"]["efficiency"] is None and plain["cpcv"]["n_paths"] == 0
        for words, *args in (("walk_forward.train", "--set", "walk_forward={train: 1, test: 5}"),
                             ("sessions of the open periods", "--set", "walk_forward={train: 5000, test: 5}")):
            message = run("run", SWEEP, *args, "--dir", other, code=2)
            assert words in message or "of the open periods" in message, message
    print("periods.py: folds twice, the same")


sys.exit(main())
