#!/usr/bin/python3
"""Every verb that judges, on runs where there is little or nothing to judge: a truthful answer or one clear line, never a
crash, a NaN in JSON, a verdict of robust, or a number made up."""
import csv, json, os, shutil, subprocess, sys, tempfile

try:
    import h5py, numpy as np
except ImportError:
    print("SKIPPED: python3-h5py or python3-numpy is not installed (scripts/setup.sh --tests)")
    sys.exit(77)

PLATEAU = os.environ["PLATEAU_BIN"] + "/plateau"
BASE = """
run: {{name: {name}, seed: 1}}
data: {{prices: data/crypto, benchmark: data/crypto/BTC.csv, universe: {universe}}}
portfolio: {{starting_equity: 100000, periods_per_year: 365}}
sleeves: {{c: {{strategy: configs/strategies/crypto_momentum.yaml}}}}
periods: {periods}
axes: {axes}
{more}
"""
TWO = ("{train: {start: 2024-01-07, end: 2025-03-31}, validation: {start: 2025-04-01, end: 2025-09-30}, "
       "holdout: {start: 2025-10-01, end: 2026-01-05, locked: true}}")
STOP, MA = "sleeves.c.exit.hard_stop_atr_mult", "sleeves.c.exit.exit_ma"
FOLDS = "walk_forward: {train: 60, test: 20}\ncpcv: {groups: 4, test: 2, purge: 5, embargo: 2}"
SCENARIOS = "scenarios: [baseline, slippage_3x, bear_months, flash_crash]\n"
MODE = "portfolio.volatility_scaling.mode"
RUNS = {  # name: axes, periods, more, universe
    "one_point": (f"{{{STOP}: [3.0]}}", TWO, SCENARIOS + FOLDS, "[BTC, ETH, SOL]"),
    "no_axes": ("{}", TWO, SCENARIOS + FOLDS, "[BTC, ETH, SOL]"),
    "two_points": (f"{{{STOP}: [2.0, 3.0]}}", TWO, SCENARIOS + FOLDS, "[BTC, ETH, SOL]"),
    "one_level_axes": (f"{{{STOP}: [2.0, 3.0, 4.0], {MA}: [50], {MODE}: [continuous]}}", TWO, SCENARIOS + FOLDS, "[BTC, ETH, SOL]"),
    "categories": (f"{{{MODE}: [continuous, regime, off]}}", TWO, SCENARIOS + FOLDS, "[BTC, ETH, SOL]"),
    "no_trades": (f"{{{STOP}: [2.0, 3.0, 4.0]}}", "{train: {start: 2024-01-07, end: 2024-01-20}, validation: {start: 2024-01-21, end: 2024-02-03}}",
                  SCENARIOS + "cpcv: {groups: 4, test: 2}\n", "[BTC]"),
    "few_trades": (f"{{{STOP}: [2.0, 3.0, 4.0]}}", "{train: {start: 2024-01-07, end: 2024-10-30}, validation: {start: 2024-11-01, end: 2025-01-30}}",
                   SCENARIOS + FOLDS, "[BTC]"),
    "one_period": (f"{{{STOP}: [2.0, 3.0, 4.0]}}", "{train: {start: 2024-01-07, end: 2025-03-31}}", FOLDS, "[BTC, ETH, SOL]"),
    "sampled": (f"{{{STOP}: {{range: [2.0, 4.0], step: 0.25}}, {MA}: [20, 50, 100]}}", TWO,
                SCENARIOS + FOLDS + "\nsample: {method: lhs, n: 12}\n", "[BTC, ETH, SOL]"),
    "two_by_two": (f"{{{STOP}: [2.0, 3.0], {MA}: {{logspace: [20, 80], n: 2}}}}", TWO, SCENARIOS + FOLDS, "[BTC, ETH, SOL]"),
    "all_excluded_but_one": (f"{{{STOP}: [2.0, 3.0, 4.0], {MA}: [20, 50]}}", TWO,
                             SCENARIOS + FOLDS + f"\nwhere: ['{STOP} < 3', '{MA} < 50']", "[BTC, ETH, SOL]"),
    "one_trade": (f"{{{STOP}: [2.0, 3.0, 4.0]}}", "{train: {start: 2024-01-07, end: 2024-10-30}, validation: {start: 2024-11-01, end: 2025-01-30}}",
                  SCENARIOS + FOLDS, "[SOL]"),
    "part_done": (f"{{{STOP}: [2.0, 3.0, 4.0], {MA}: [20, 50, 100]}}", TWO, SCENARIOS + FOLDS, "[BTC, ETH, SOL]"),
    "two_days": (f"{{{STOP}: [2.0, 3.0]}}", "{train: {start: 2024-03-01, end: 2024-03-02}, validation: {start: 2024-03-03, end: 2024-03-03}}",
                 SCENARIOS, "[BTC]"),
}
TRIO = (f"{{{STOP}: [2.0, 3.0, 4.0]}}", TWO, "scenarios: [baseline, slippage_3x]\n" + FOLDS, "[BTC, ETH, SOL]")
CRASHED = {  # name: (point, scenario) whose cells kill their worker, of TRIO
    "all_crashed": [(p, s) for p in range(3) for s in range(2)],
    "one_left": [(p, s) for p in (1, 2) for s in range(2)],
    "stress_lost": [(1, 1), (2, 1)],
    "baseline_lost": [(1, 0), (2, 0)],
}
IMPORTED = {
    "holes": "stop,ma,sharpe,total_return,n_trades\n1,20,0.5,0.1,40\n2,20,,,\n1,50,nan,,3\n2,50,0.7,0.2,1\n",
    "one_row": "stop,sharpe\n1,0.5\n",
    "nothing_known": "stop,sharpe\n1,\n2,\n",
}


def run(*args, codes=(0,), one_line=True, program=PLATEAU, **more):
    done = subprocess.run([program, *map(str, args)], capture_output=True, text=True, stdin=subprocess.DEVNULL, env=os.environ | more)
    assert done.returncode in codes, (args, done.returncode, done.stdout[-800:], done.stderr[-2000:])
    if done.returncode in (2, 3) and one_line:
        lines = [line for line in done.stderr.splitlines() if line.startswith("plateau: ")]
        assert len(lines) == 1 and len(lines[0]) > 20 and done.stdout == "", (args, done.stdout, done.stderr)
    assert "unknown option" not in done.stderr and "--format: found" not in done.stderr, done.stderr
    assert "nan" not in done.stdout.split() and "-nan" not in done.stdout, (args, done.stdout)
    return done


def parsed(text, args):
    def refuse(name):
        raise AssertionError((args, name, "is not JSON"))
    return json.loads(text, parse_constant=refuse)


def nothing_where_nothing_is(name, path, reviewed):
    """A cell that is not ok has no number anywhere, and no point a map's value that rests on it alone."""
    with h5py.File(path) as f:
        ok = f["status"][()] == 0
        for metric in ("sharpe", "total_return", "exposure"):
            value = f[metric][()]
            assert all(np.isnan(value[:, p][~ok]).all() for p in range(value.shape[1])), (name, metric)
        assert ("review" in f) == reviewed, name
        if not reviewed:
            return
        maps = f["review"]
        assert np.isnan(maps["scenarios/delta"][()][~ok]).all(), name
        for surface in ("worst", "regret", "retention"):
            assert np.isnan(maps["scenarios"][surface][()][~ok.all(axis=0)]).all(), (name, surface)
        if "break_even_slippage" in maps["scenarios"]:
            even, bumpy = (maps["scenarios"][x][()] for x in ("break_even_slippage", "non_monotone"))
            assert ((bumpy == 255) == np.isnan(even)).all(), name
            assert np.isnan(even[~ok[0]]).all(), (name, even)
        else:
            assert len(maps["scenarios"].attrs["no_break_even"]) > 20, name
        for surface in ("plateau_ratio", "worst_ratio", "basin_frac"):
            if surface in maps:
                assert np.isnan(maps[surface][()][~ok[0]]).all(), (name, surface)


def judge(name, runs, work):
    """What every verb says; returns the review, or None where there is nothing to review."""
    review = run("review", "--dir", runs, "--no-ledger", "--format", "json", codes=(0, 2))
    text = run("review", "--dir", runs, "--no-ledger", codes=(0, 2))
    assert text.returncode == review.returncode
    if review.returncode == 0:
        untried = parsed(review.stdout, name)["figures"]["luck"]["n_raw"] == 0
        assert ("trials: none, as no point has a Sharpe ratio" in text.stdout) == untried, text.stdout
    for verb in (["stress"], ["periods"], ["periods", "--part", "windows"]):
        for form in ("table", "json", "csv"):
            done = run(*verb, "--dir", runs, "--format", form, codes=(0, 2))
            if form == "json" and done.returncode == 0:
                parsed(done.stdout, (name, verb))
    run("check", "--dir", runs, "--junit", f"{work}/junit.xml", codes=(0, 2, 4))
    for form in ("tty", "csv", "json"):
        run("heatmap", "sharpe", "--dir", runs, "--format", form, codes=(0, 2))
    run("holdout", "--dir", runs, "--point", 0, "--no-ledger", codes=(0, 2))
    run("prereg", "last", "--dir", runs, "-o", f"{work}/prereg-{name}.yaml", codes=(0, 2))
    same = run("diff", "last", "last", "--dir", runs, "--exit-code")
    assert "differ" not in same.stdout or "0" in same.stdout, same.stdout
    run("export", "--dir", runs, "-o", f"{work}/{name}.h5", *(["--partial"] if name in ("part_done", "all_crashed") else []))
    run("report", "last", "--dir", runs, "--no-ledger", "-o", f"{work}/{name}.html", codes=(0, 2))
    for verb in (["show", 0], ["explain", 0], ["cells"], ["status"]):
        run(*verb, "last", "--dir", runs, codes=(0, 1, 2))
    nothing_where_nothing_is(name, f"{work}/{name}.h5", review.returncode == 0)
    return parsed(review.stdout, name) if review.returncode == 0 else None


NOTHING = ("nothing_known", "all_crashed")


def known(review, group, name):
    return review["figures"][group][name] is not None


def check(name, review):
    if review is None:
        assert name in NOTHING, name
        return
    verdict = review["verdict"]
    assert name not in NOTHING and verdict["class"] != "robust", (name, verdict)
    if verdict["class"] == "fragile":
        assert verdict["reasons"], (name, verdict)
    n = review["figures"]["grid"]["n_points"]
    if n < 10:
        assert not known(review, "overfitting", "pbo"), name
    if n < 3:
        assert not known(review, "validation", "spearman"), name
    if name in ("one_point", "no_axes", "one_row"):
        assert not known(review, "plateau", "plateau_ratio") and not known(review, "grid", "best_z"), name
    if name == "categories":  # each category is a surface of its own: no neighbours
        assert not known(review, "plateau", "plateau_ratio") and known(review, "luck", "dsr")
    if name == "no_trades":
        f = review["figures"]
        assert verdict["class"] == "insufficient" and f["trades"]["n_trades"] == 0 and f["plateau"]["value"] == 0
        assert not any(known(review, *at) for at in (("luck", "dsr"), ("luck", "sharpe"), ("trades", "entry_p"), ("cpcv", "mean_sharpe"),
                                                                 ("cpcv", "prob_loss")))
    if name in ("few_trades", "one_trade", "two_days"):
        assert verdict["class"] == "insufficient", verdict
    if name == "one_trade":  # no spread of one trade, and none of redraws of it
        f = review["figures"]["trades"]
        assert f["n_trades"] == 1 and f["top5_gross_share"] in (None, 1), f
        assert not any(known(review, "trades", x) for x in ("sharpe", "sharpe_low", "cagr", "mdd", "calmar", "p_nonpositive")), f
    if name in ("all_excluded_but_one", "one_left", "baseline_lost"):
        assert review["figures"]["grid"]["n_valid"] == 1 and not known(review, "grid", "sd") and not known(review, "plateau", "plateau_ratio")
        assert not known(review, "luck", "trial_sd") and not known(review, "validation", "spearman"), review["figures"]["luck"]
    if name == "stress_lost":  # the others are best in train, but not known under stress
        assert review["picks"]["robust"]["point"] == 0 and known(review, "stress", "stress_retention"), review["picks"]
    if name in CRASHED:
        lost = [x for x in review["notes"] if "failed and are left out" in x]
        assert bool(lost) == (name != "stress_lost"), review["notes"]
    if name == "part_done":
        assert 0 < review["figures"]["grid"]["n_valid"] < 9 and any("not computed yet" in x for x in review["notes"]), review["notes"]
    if name == "one_period":
        assert not known(review, "validation", "value") and any("one open period" in x for x in review["notes"]), review["notes"]
    if name == "sampled":
        assert not known(review, "plateau", "plateau_ratio") and review["picks"]["robust"] is None
        assert verdict["class"] != "fragile" or "not_a_grid" in [r["name"] for r in verdict["reasons"]], verdict
    if name in IMPORTED:
        assert not known(review, "luck", "n_eff_entropy") and review["notes"], name


def crash(name, cells, work):
    """A run of TRIO whose worker dies of some cells."""
    axes, periods, more, universe = TRIO
    spec, runs, programs = f"{work}/{name}.yaml", f"{work}/{name}", f"{work}/programs"
    if not os.path.exists(programs):
        os.mkdir(programs)
        shutil.copy(PLATEAU, programs + "/plateau")
        shutil.copy(os.environ["PLATEAU_BIN"] + "/poison_worker", programs + "/plateau-worker")
    with open(spec, "w", encoding="utf-8") as f:
        f.write(BASE.format(name=name, axes=axes, periods=periods, more=more, universe=universe))
    poison = {"program": programs + "/plateau", "PLATEAU_POISON": " ".join(f"kill:{p}:{s}" for p, s in cells)}
    done = run("run", spec, "--dir", runs, "-j", 2, "--quiet", codes=(1, 3), one_line=False, **poison)
    crashed = list(csv.DictReader(run("cells", "last", "--dir", runs, "--scenario", "all", "--format", "csv").stdout.splitlines()))
    if done.returncode == 1:
        assert sum(row["status"] == "crashed" for row in crashed) == len(cells), crashed
    else:  # not one result: the workers are blamed, not the cells
        assert name == "all_crashed" and all(row["status"] == "missing" for row in crashed), (done.stderr, crashed)
    return runs


def main():
    with tempfile.TemporaryDirectory() as work:
        os.environ["PLATEAU_CACHE"], os.environ["PLATEAU_LEDGER"] = work + "/cache", work + "/ledger.db"
        for name, (axes, periods, more, universe) in RUNS.items():
            spec, runs = f"{work}/{name}.yaml", f"{work}/{name}"
            with open(spec, "w", encoding="utf-8") as f:
                f.write(BASE.format(name=name, axes=axes, periods=periods, more=more, universe=universe))
            part = ["--sample", "34%"] if name == "part_done" else []
            run("run", spec, "--dir", runs, "-j", 1, "--quiet", *part, codes=(0, 1), one_line=False)
            check(name, judge(name, runs, work))
        for name, cells in CRASHED.items():
            runs = crash(name, cells, work)
            check(name, judge(name, runs, work))
        for name, text in IMPORTED.items():
            points, runs = f"{work}/{name}.csv", f"{work}/{name}"
            with open(points, "w", encoding="utf-8") as f:
                f.write(text)
            run("import", points, "--name", name, "--dir", runs)
            check(name, judge(name, runs, work))
    print(f"edges.py: {len(RUNS) + len(CRASHED) + len(IMPORTED)} runs, nothing made up")


sys.exit(main())
