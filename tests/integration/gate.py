#!/usr/bin/python3
"""stress and check on a real run: their numbers are the stored ones, their files read, their exit codes as promised."""
import csv, io, json, math, os, pathlib, subprocess, tempfile
import xml.etree.ElementTree as ET

PLATEAU = os.environ["PLATEAU_BIN"] + "/plateau"
SWEEP = "tests/integration/small.yaml"
FOLDER = tempfile.TemporaryDirectory()
os.environ["PLATEAU_LEDGER"] = FOLDER.name + "/ledger.db"
RUNS = FOLDER.name + "/runs"


def run(*args, code=0):
    done = subprocess.run([PLATEAU, *map(str, args)], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == code, (args, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout if code in (0, 4) else done.stderr


def cells(scenario):
    rows = json.loads(run("cells", "last", "--dir", RUNS, "--scenario", scenario, "--columns", "sharpe,total_return,exposure",
                          "--format", "json"))
    return {row["point"]: row for row in rows}


def check_stress():
    text = run("stress", "last", "--dir", RUNS, "--format", "csv")
    assert text == run("stress", "last", "--dir", RUNS, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    report = json.loads(run("stress", "last", "--dir", RUNS, "--format", "json"))
    scenarios = report["scenarios"]
    assert scenarios[0] == "baseline" and len(scenarios) > 1, scenarios
    stored = {s: cells(s) for s in scenarios}
    n_checked = 0
    for row in rows:
        p = int(row["point"])
        if p not in stored["baseline"]:  # excluded
            assert not any(row[name] for name in row if name != "point"), row
            continue
        values = []
        for s in scenarios:
            cell = stored[s][p]
            want = cell["sharpe"] if cell["sharpe"] is not None else 0.0 if cell["exposure"] == 0 else math.nan
            got = float(row[s]) if row[s] else math.nan
            assert got == want or (got != got and want != want), (p, s, got, want)
            values.append(got)
        if not any(v != v for v in values):
            assert float(row["worst"]) == min(values)
            n_checked += 1
        if row["non_monotone"] == "0":
            for s, k in (("baseline", 1), ("slippage_2x", 2), ("slippage_3x", 3)):
                if s in scenarios:  # the ladder knows what the cells know
                    profit = stored[s][p]["total_return"] > 0
                    even = math.inf if row["beyond_ladder"] == "1" else float(row["break_even_slippage"])
                    assert profit == (even > k), (p, s, even)
    assert n_checked > 0
    assert report["chosen"]["point"] in stored["baseline"] and report["missing"] == ""
    for name in ("deep", "normal"):
        value = report["correlation"][name]
        assert value is None or -1 <= value <= 1
    assert "break-even" in run("stress", "last", "--dir", RUNS)
    assert "did you mean" in run("stress", "last", "--dir", RUNS, "--objective", "sharp", code=2)
    return report["chosen"]["point"]


def gate(text):
    path = pathlib.Path(FOLDER.name, "gate.yaml")
    path.write_text(text)
    return path


def check_gate(point):
    shown = json.loads(run("show", point, "last", "--dir", RUNS, "--format", "json"))
    path = gate("criteria: {easy: {on: train, require: [n >= 1, sharpe > -99, mdd@slippage_5x < 100%]}}\n")
    found = json.loads(run("check", "last", "--dir", RUNS, "--criteria", path, "--format", "json"))
    assert found["outcome"] == "pass" and found["point"] == point, found
    lines = found["groups"][0]["lines"]
    assert lines[0]["value"] == shown["train.n"] and lines[1]["value"] == shown["train.sharpe"], (lines, shown["train.sharpe"])
    junit = FOLDER.name + "/gate.xml"
    path = gate("criteria:\n  hard:\n    on: selection\n    reject:\n      - n > 1\n      - sharpe > 99\n")
    run("check", "last", "--dir", RUNS, "--criteria", path, "--junit", junit, code=4)
    root = ET.parse(junit).getroot()
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("2", "1", "0")
    assert [c.get("line") for c in root.iter("testcase")] == ["5", "6"] and len(list(root.iter("failure"))) == 1
    path = gate("criteria: {first: {on: holdout, require: [n >= 1]}}\n")
    open_ = json.loads(run("check", "last", "--dir", RUNS, "--criteria", path, "--format", "json"))
    assert open_["outcome"] == "not evaluated", open_
    run("check", "last", "--dir", RUNS, "--criteria", path, "--require-holdout", code=4)
    assert "did you mean train?" in run("check", "last", "--dir", RUNS, "--criteria",
                                        gate("criteria: {a: {on: trian, require: [n > 1]}}\n"), code=2)
    assert "gate.yaml:1: " in run("check", "last", "--dir", RUNS, "--criteria",
                                  gate("criteria: {a: {on: train, require: [sharp > 1]}}\n"), code=2)
    assert "no scenario 'slipage_2x'" in run("check", "last", "--dir", RUNS, "--criteria",
                                             gate("criteria: {a: {on: train, require: [mdd@slipage_2x < 1]}}\n"), code=2)
    assert "entry_permutation_p" in run("check", "--measures")


run("run", SWEEP, "--dir", RUNS, "--workers", 2, "--quiet")
check_gate(check_stress())
print("stress and check: passed")
