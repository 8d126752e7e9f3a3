"""Every verb with every kind of bad input, piped and on a terminal: one line that says what is wrong and one that says what
to do, an exit code, nothing on standard output; and what verbs print as JSON is JSON."""
import json
import os
import pty
import re
import subprocess
import sys
import tempfile

PLATEAU = os.path.join(os.environ["PLATEAU_BIN"], "plateau")
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
failures = []


def fail(what, *lines):
    failures.append(what)
    print("FAILED:", what, *("\n  " + line for line in lines), sep="")


class Done:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err


def piped(*args):
    done = subprocess.run([PLATEAU, *args], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, cwd=ROOT)
    return Done(done.returncode, done.stdout, done.stderr)


def on_terminal(*args, **more):
    """Both streams on one terminal: err has them."""
    read, write = pty.openpty()
    child = subprocess.Popen([PLATEAU, *args], stdin=subprocess.DEVNULL, stdout=write, stderr=write, cwd=ROOT,
                             env={**os.environ, "TERM": "xterm-256color", **more})
    os.close(write)
    text = b""
    while True:
        try:
            part = os.read(read, 65536)
        except OSError:
            break
        if not part:
            break
        text += part
    os.close(read)
    return Done(child.wait(60), "", text.decode().replace("\r\n", "\n"))


def check_refusal(what, done, words=""):
    lines = done.err.splitlines()
    head = [line for line in lines if line.startswith(("plateau: ", "plateau-worker: "))]
    if done.code not in (2, 3):
        fail(f"{what}: exit {done.code}", *lines[-3:])
    if done.out:
        fail(f"{what}: standard output holds {done.out[:80]!r}")
    if len(lines) != 2 or len(head) != 1 or not lines[-1].startswith("  next: "):
        fail(f"{what}: not one line and a next step", *lines)
    if "\x1b" in done.err:
        fail(f"{what}: escapes in a message")
    if words not in done.err:
        fail(f"{what}: no word of {words!r}", *lines)


def refused(words, *args):
    what = "plateau " + " ".join(args)
    check_refusal(what, piped(*args), words)
    check_refusal(what + " (terminal)", on_terminal(*args), words)


def words_of(verb):
    return [line for line in piped(verb, "--help=words").out.splitlines() if line.startswith("--") and line != "--help"]


def misspelt(name):
    return name[:1] + name[2:] if len(name) > 3 else name + "x"


def bad_options(verb):
    refused("unknown option --nonsense", verb, "--nonsense")
    refused("unknown option -Z", verb, "-Z")
    for word in words_of(verb):
        name, equals, choices = word[2:].partition("=")
        if name == "":
            continue
        if len(name) > 4:
            refused(f"(did you mean --{name}?)" if len(name) > 5 else "unknown option", verb, "--" + misspelt(name))
        if not equals:
            refused("takes no value", verb, f"--{name}=yes")
        else:
            refused("needs a value", verb, "--" + name)
        if choices.split():
            refused("expected one of", verb, f"--{name}", "nonsense")
    for line in piped(verb, "--help").out.splitlines():
        found = re.match(r"^ +(?:-\w, )?--([a-z0-9-]+) (N|MB|X|D|SIZE|SHARE|FRACTION|P)( |$)", line)
        if found and not (verb, found[1]) in LATE:
            refused("found", verb, f"--{found[1]}", "many")


# Texts that the option's own verb reads, once it has what it needs.
LATE = {("run", "workers"), ("resume", "workers"), ("retry", "workers"), ("coordinator", "workers"), ("launch", "workers")}
SPEC = ["plan", "run", "submit", "prereg"]
RUN = ["resume", "status", "wait", "pause", "cancel", "report", "curve", "monthly", "cells", "review", "periods", "stress", "check",
       "holdout", "export", "verify", "fsck", "doctor", "watch", "retry", "serve"]
METRIC = ["heatmap", "slice", "scenarios"]
CELL = ["show", "explain", "replay"]
NEEDS = {"cancel": ["--reason", "x"], "holdout": ["--point", "0"], "retry": ["--failed"], "report": ["-o", os.devnull],
         "replay": []}


def bad_names(work, runs, run):
    folder = ["--dir", runs]
    near = run[:-1] + ("0" if run[-1] != "0" else "1")
    for verb in SPEC:
        if verb == "submit":
            continue
        refused("none.yaml", verb, os.path.join(work, "none.yaml"))
        refused("", verb, work)
        refused("", verb, "data/benchmarks/SPY.csv")
        refused("missing", verb)
        refused("unexpected argument", verb, "configs/starter.yaml", "another", "third")
    for verb in RUN:
        more = NEEDS.get(verb, [])
        refused("no-such-run", verb, "no-such-run", *more, *folder)
        refused(run, verb, near, *more, *folder)
        if verb != "serve":  # which takes a folder of runs
            refused("", verb, work, *more, *folder)
        refused("", verb, "data/benchmarks/SPY.csv", *more, *folder)
    for verb in METRIC:
        refused("sharpe", verb, "sharp", run, *folder)
        refused(run, verb, "sharpe", near, *folder)
        refused("missing", verb, *folder)
    for verb in CELL:
        refused(run, verb, "0", near, *folder)
        refused("", verb, "999999999", run, *folder)
        refused("", verb, "first", run, *folder)
        refused("baseline", verb, "0:baselin", run, *folder)
        refused("missing", verb, *folder)
    refused(run, "diff", run, near, *folder)
    refused("missing", "diff", run, *folder)
    refused("none.csv", "import", os.path.join(work, "none.csv"), *folder)
    for word in ("cell", "hetmap", "covrage", "--nonsense", ""):
        check_refusal("plateau " + word, piped(word))


def late_options(work, run, runs):
    """What only the verb itself can judge is judged before a run is made or changed."""
    nowhere = os.path.join(work, "nowhere")
    for words, more in (("--workers", ["--workers", "many"]), ("--workers", ["--workers", "5000"]), ("nobody", ["--workers", "none"]),
                        ("--max-fails", ["--max-fails", "some"]), ("tcp://HOST:PORT", ["--listen", "here"]),
                        ("HOST:PORT", ["--http", "here"]), ("--cache-mb", ["--cache-mb", "0"]),
                        ("65535", ["--listen", "tcp://127.0.0.1:0", "--image-port", "70000"]),
                        ("about --listen", ["--image-port", "7000"]), ("about --listen", ["--keys", work])):
        refused(words, "run", "configs/crypto_sensitivity.yaml", "--dir", nowhere, *more)
        refused(words, "resume", run, "--dir", runs, *more)
        refused(words, "retry", run, "--failed", "--dir", runs, *more)
    if os.path.exists(nowhere):
        fail("a refused run left a folder")


def next_steps(runs, run):
    """What to do next is a command that can be pasted."""
    for args, line in (
        (["pause", run], f"plateau status {run} --dir {runs} shows how it stands; plateau ls --dir {runs} lists all runs"),
        (["cancel", run], f"plateau cancel {run} --dir {runs} --reason 'wrong prices'"),
        (["explain", "999999", run], f"plateau cells {run} --dir {runs} lists its cells"),
        (["show", "0", "nothing"], f"plateau ls --dir {runs} lists the runs that are there; plateau run SPEC starts one"),
        (["heatmap", "sharp", run], "plateau heatmap --help shows an example"),
        (["submit", "configs/starter.yaml"], f"plateau coordinator --dir {runs} starts a service"),
    ):
        done = piped(*args, "--dir", runs)
        if line not in done.err:
            fail(f"plateau {' '.join(args)}: next step", done.err)


def json_forms(runs, run):
    folder = ["--dir", runs]
    for args in (["plan", "configs/crypto_sensitivity.yaml"], ["data", "check", "configs/crypto_sensitivity.yaml"], ["status", run],
                 ["ls"], ["cells", run, "--top", "2"], ["show", "0", run], ["explain", "0", run], ["review", run],
                 ["periods", run], ["stress", run], ["check", run], ["heatmap", "sharpe", run], ["slice", "sharpe", run],
                 ["curve", run, "--at", "0"], ["monthly", run, "--at", "0"], ["scenarios", "sharpe", run], ["diff", run, run],
                 ["verify", run, "--sample", "1%"], ["fsck", run], ["doctor"], ["gc", "--dry-run"], ["version"]):
        has_dir = any(word.startswith("--dir=") for word in words_of(args[0]))
        forms = [word for word in words_of(args[0]) if word.startswith("--format=")]
        if not forms or "json" not in forms[0]:
            continue
        done = piped(*args, "--format", "json", *(folder if has_dir else []))
        try:
            json.loads(done.out)
        except ValueError as error:
            fail(f"plateau {' '.join(args)} --format json: {error}", done.out[:200], done.err[:200])


def colours(runs, run):
    shown = on_terminal("heatmap", "sharpe", run, "--dir", runs, "--format", "tty")
    plain = on_terminal("heatmap", "sharpe", run, "--dir", runs, "--format", "tty", NO_COLOR="1")
    if "\x1b[" not in shown.err:
        fail("heatmap on a terminal has no colours")
    if "\x1b[" in plain.err or "sharpe" not in plain.err:
        fail("heatmap with NO_COLOR", plain.err[:200])


def counts(runs):
    """The first line and the last one of a run tell the same cells."""
    done = piped("run", "configs/crypto_sensitivity.yaml", "--dir", runs, "--no-ledger", "--only", "baseline")
    for text in (done.err, done.out):
        if not re.search(r"198 cells.*; 27 excluded by where, 225 in all", text):
            fail("run: 198 cells, 27 excluded, 225 in all", *[line for line in text.splitlines() if line.startswith("run ")])
    plan = json.loads(piped("plan", "configs/crypto_sensitivity.yaml", "--only", "baseline", "--format", "json").out)
    if (plan["cells"], plan["cells_excluded"]) != (198, 27):
        fail(f"plan: {plan['cells']} cells, {plan['cells_excluded']} excluded")
    return re.search(r"^run (\S+):", done.err, re.M)[1]


def differences(runs, one):
    other = piped("run", "configs/crypto_sensitivity.yaml", "--dir", runs, "--no-ledger", "--only", "baseline", "--only",
                  "slippage_2x", "--quiet")
    if other.code:
        fail("run", other.err)
    other = [name for name in os.listdir(runs) if name.startswith("crypto-") and name != one][0]
    done = piped("diff", one, other, "--exit-code", "--dir", runs)
    if done.code != 5 or "the runs differ: scenario slippage_2x is only in b" not in done.err:
        fail(f"diff of runs with other scenarios: exit {done.code}", done.err)
    found = json.loads(piped("diff", other, one, "--format", "json", "--dir", runs).out)
    if found["differences"] != ["scenario slippage_2x is only in a"] or not found["differ"]:
        fail(f"diff --format json: {found['differences']}")
    done = piped("diff", one, one, "--exit-code", "--dir", runs)
    if done.code or "the same" not in done.err:
        fail(f"diff of a run with itself: exit {done.code}", done.err)


def main():
    with tempfile.TemporaryDirectory() as work:
        os.environ.update(PLATEAU_CACHE=os.path.join(work, "cache"), PLATEAU_LEDGER=os.path.join(work, "ledger.db"), TMPDIR=work,
                          XDG_CONFIG_HOME=os.path.join(work, "config"))
        os.environ.pop("NO_COLOR", None)
        runs = os.path.join(work, "runs")
        run = counts(runs)
        differences(runs, run)
        verbs = piped("--help=words").out.split()
        if len(verbs) < 40:
            fail(f"{len(verbs)} verbs")
        for verb in verbs:
            bad_options(verb)
        bad_names(work, runs, run)
        late_options(work, run, runs)
        next_steps(runs, run)
        json_forms(runs, run)
        colours(runs, run)
    print(f"verbs: {len(failures)} failures")
    return len(failures) > 0


sys.exit(main())
