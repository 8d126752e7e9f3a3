#!/usr/bin/python3
"""docs/review-guide.md is true: the shipped run reviewed, every number the guide reads aloud compared; and every reason of the
verdict traced to a number and a limit in results.h5."""
import json, os, re, subprocess, sys, tempfile
try:
    import h5py
except ImportError as missing:
    print("SKIPPED:", missing, "(Debian: python3-h5py)")
    sys.exit(77)

PLATEAU = os.environ["PLATEAU_BIN"] + "/plateau"
# what the guide says, the figure, as it is written there
SAID = (("plateau ratio | 0.83", "plateau.plateau_ratio", ".2f"), ("worst ratio | 0.40", "plateau.worst_ratio", ".2f"),
        ("basin share | 0.067", "plateau.basin_frac", ".3f"), ("top concentration | 0.18", "plateau.top_concentration", ".2f"),
        ("rank correlation | 0.60", "validation.spearman", ".2f"), ("PBO | 0.07", "overfitting.pbo", ".2f"),
        ("deflated Sharpe (DSR) | 0.80", "luck.dsr", ".2f"), ("stress retention | -0.34", "stress.stress_retention", ".2f"),
        ("mean correlation of 0.77", "luck.mean_correlation", ".2f"), ("amount to 4.4.", "luck.n_eff_entropy", ".1f"),
        ("0.42 (by mean\n  correlation", "luck.dsr_avg_corr", ".2f"), ("0.30 (432)", "luck.dsr_raw", ".2f"),
        ("Sharpe ratio of 0.48", "luck.luck_sharpe", ".2f"), ("PSR 0.95", "luck.psr", ".2f"),
        ("MinTRL 2.95", "luck.min_trl_years", ".2f"), ("there are 2.90", "luck.years", ".2f"), ("MinBTL 1.34", "luck.min_btl_years", ".2f"),
        ("Reality Check p 0.015", "reality_check.p_rc", ".3f"), ("SPA p 0.017", "reality_check.p_spa", ".3f"),
        ("`logit_median` 1.5", "overfitting.logit_median", ".1f"), ("`degradation_slope` -0.97", "overfitting.degradation_slope", ".2f"),
        ("59 trades", "trades.n_trades", ".0f"), ("between -0.32", "trades.sharpe_low", ".2f"), ("and 1.71", "trades.sharpe_high", ".2f"),
        ("Entry p 0.90", "trades.entry_p", ".2f"), ("Median Sharpe ratio 0.31", "grid.median", ".2f"), ("mean (0.40)", "grid.mean", ".2f"),
        ("the peak 2.5 above", "grid.best_z", ".1f"), ("11 windows", "walk_forward.n_windows", ".0f"),
        ("efficiency 0.27", "walk_forward.efficiency", ".2f"), ("Consistency 0.64", "walk_forward.consistency", ".2f"),
        ("Largest share 0.63", "walk_forward.max_share", ".2f"), ("Stitched Sharpe ratio 0.53", "walk_forward.sharpe", ".2f"),
        ("drawdown 0.11", "walk_forward.mdd", ".2f"), ("Parameter drift 0.20", "walk_forward.param_drift", ".2f"),
        ("5 paths", "cpcv.n_paths", ".0f"), ("mean 0.99", "cpcv.mean_sharpe", ".2f"), ("least 0.79", "cpcv.min_sharpe", ".2f"),
        ("spread (0.12)", "cpcv.sd_sharpe", ".2f"))
# reason: figure, limit ("" where the words have no number)
TRACE = {"too_few_trades": ("trades/n_trades", "n_trades_min"), "low_coverage": ("plateau/coverage", "coverage_min"),
         "pbo": ("overfitting/pbo", "pbo_robust"), "dsr": ("luck/dsr", "dsr_robust"), "validation": ("validation/value", ""),
         "plateau": ("plateau/plateau_ratio", "plateau_ratio_min"), "worst": ("plateau/worst_ratio", "worst_ratio_min"),
         "basin": ("plateau/basin_frac", "basin_frac_min"), "edge": ("plateau/on_edge", ""),
         "spearman": ("validation/spearman", "spearman_min"), "stress": ("stress/stress_retention", "stress_min"),
         "concentration": ("trades/top5_gross_share", "top5_share_max")}


def run(*args):
    done = subprocess.run([PLATEAU, *args], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, (args, done.stderr[-2000:])
    return done.stdout


def words(text):
    return " ".join(text.split())


def check_numbers(guide, figures):
    for text, path, form in SAID:
        group, name = path.split(".")
        assert words(text) in words(guide.replace("**", "")), f"the guide does not say {text!r}"
        said = re.findall(r"-?\d+(?:\.\d+)?", text)
        number = format(figures[group][name], form)
        assert number in said, f"the guide says {text!r}, {path} is {number}"


def check_blocks(guide, report):
    """What the guide shows of the report is in it, line by line."""
    fenced = re.findall(r"^```(.*?)\n(.*?)^```$", guide, re.S | re.M)
    shown = [words(line) for language, block in fenced if not language for line in block.splitlines()]
    lines = [words(line) for line in report.splitlines()]
    assert len(shown) > 8
    for line in shown:
        assert any(found.startswith(line) for found in lines) or line.startswith("pick point train"), line


def check_trace(path, review, limit_of):
    with h5py.File(path) as f:
        group = f["review"]
        stored = list(group.attrs["reasons"])
        assert stored == [f"{r['name']}: {r['words']}" for r in review["verdict"]["reasons"]]
        for reason in review["verdict"]["reasons"]:
            figure, limit = limit_of[reason["name"]]
            value = float(group[figure][()])
            if reason["name"] == "edge":
                assert value == 1
                continue
            assert f"{value:.3g}" in reason["words"], (reason, value)
            if limit:
                assert f"{float(group['limits/' + limit][()]):.3g}" in reason["words"], (reason, limit)


def main():
    with open("docs/review-guide.md", encoding="utf-8") as f:
        guide = f.read()
    with tempfile.TemporaryDirectory() as work:
        os.environ["PLATEAU_CACHE"], os.environ["PLATEAU_LEDGER"] = work + "/cache", work + "/ledger.db"
        runs = work + "/runs"
        run("run", "configs/sp500_sensitivity.yaml", "--dir", runs, "-j", "2", "--quiet")
        review = json.loads(run("review", "--dir", runs, "--no-ledger", "--format", "json"))
        check_numbers(guide, review["figures"])
        check_blocks(guide, run("review", "--dir", runs, "--no-ledger"))
        assert len(review["verdict"]["reasons"]) >= 5
        check_trace(f"{runs}/{review['run']}/results.h5", review, TRACE)
    print(f"guide.py: {len(SAID)} numbers and {len(review['verdict']['reasons'])} reasons as written")


sys.exit(main())
