#!/usr/bin/python3
"""docs/tutorial.md is true: every `$ plateau` command of its console blocks runs on the shipped data with the exit code it says
(`# exit N`, else 0), and every line of output it quotes is printed by that command, in that order."""
import os, re, subprocess, sys, tempfile

PLATEAU = os.environ["PLATEAU_BIN"] + "/plateau"
ROOT = os.getcwd()
MADE = ("sharpe.png", "report.html", "point-324/trades.csv", "point-324/equity.csv", "cells.csv", "mine.html", "slice.png", "curve.png",
        "monthly.png", "scenarios.png")
PICTURES = r"!\[[^]]+\]\(([^)]+)\)"


def steps(page):
    """(command, exit code, quoted lines) of every command."""
    found = []
    for block in re.findall(r"^```console\n(.*?)^```", page, re.S | re.M):
        for line in block.splitlines():
            if line.startswith("$ "):
                command, _, code = line[2:].partition("# exit ")
                found.append((command.strip(), int(code or 0), []))
            elif line != "...":
                found[-1][2].append(line.rstrip())
    return found


def quoted(wanted, printed):
    """The first quoted line that is not printed after those before it; how wide columns are does not matter."""
    lines = iter([line.split() for line in printed.splitlines()])
    return next((line for line in wanted if line.split() not in lines), None)


with open("docs/tutorial.md") as f:
    page = f.read()
failures = [f"there is no picture {p}" for p in re.findall(PICTURES, page) if not os.path.exists("docs/" + p)]
commands = steps(page)
assert len(commands) >= 20 and all(c.startswith("plateau ") for c, _, _ in commands)
with tempfile.TemporaryDirectory() as work:
    os.environ.update(PLATEAU_CACHE=work + "/cache", PLATEAU_LEDGER=work + "/ledger.db")
    for folder in ("configs", "data"):
        os.symlink(f"{ROOT}/{folder}", f"{work}/{folder}")
    for command, code, wanted in commands:
        done = subprocess.run([PLATEAU, *command.split()[1:]], cwd=work, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != code:
            failures.append(f"{command}: exit {done.returncode}, expected {code}: {done.stderr.strip()[-300:]}")
        missing = quoted(wanted, done.stdout)
        if missing is not None:
            failures.append(f"{command}: does not print '{missing}'")
    failures += [f"nothing wrote {name}" for name in MADE if not os.path.exists(f"{work}/{name}")]
for failure in failures:
    print("FAILED:", failure)
if not failures:
    print(f"tutorial: {len(commands)} commands, {sum(len(w) for _, _, w in commands)} quoted lines")
sys.exit(bool(failures))
