"""`plateau report` as a reader without a browser meets it: every array decodes as docs/report.md says and holds the bits of
results.h5, the review inside is the verb's, the holdout appears once it is opened, and a bad request writes nothing."""
import base64
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import zlib

try:
    import h5py
    import numpy
except ImportError:
    print("SKIPPED: python3-h5py is not installed (scripts/setup.sh --tests)")
    sys.exit(77)

KINDS = {"f64": "<f8", "f32": "<f4", "u16": "<u2", "u8": "u1", "i32": "<i4"}
work = tempfile.mkdtemp()
os.environ["PLATEAU_CACHE"] = work + "/cache"
os.environ["PLATEAU_LEDGER"] = work + "/ledger.db"
plateau = os.environ["PLATEAU_BIN"] + "/plateau"


def run(*args, code=0):
    done = subprocess.run([plateau, *args], capture_output=True, text=True, check=False)
    assert done.returncode == code, (args, done.returncode, done.stderr)
    return done


class Page:
    def __init__(self, path):
        self.text = open(path, encoding="utf-8").read()
        found = re.search(r'id="model">(.*?)</script>', self.text, re.S)
        self.model = json.loads(found[1]) if found else None
        self.packed = dict(re.findall(r'id="s(\d+)">([^<]*)</script>', self.text))

    def array(self, name):
        s = self.model["sections"][name]
        kind = numpy.dtype(KINDS[s["type"]])
        raw = zlib.decompress(base64.b64decode(self.packed[str(s["id"])]))
        out = numpy.frombuffer(raw, "u1").reshape(kind.itemsize, -1).T.copy().view(kind).ravel()
        assert out.size == s["n"], name
        return out


def same_bits(a, b, what):
    a, b = numpy.ascontiguousarray(a), numpy.ascontiguousarray(b)
    both_nan = numpy.isnan(a) & numpy.isnan(b)
    assert ((a == b) | both_nan).all(), what


def common(text):
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1]
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy, policy
    assert not re.search(r'(?:src|href)="(?!data:|#)[^"]+"', text.split("<script")[0]), "the page refers to something outside"
    assert text.rstrip().endswith("</html>")


def static_page(text):
    assert text.count('src="data:image/png;base64,') >= 4
    assert "What is missing" in text and "Verdict:" in text and "Every number" in text


def whole(page, results, review):
    model, shape = page.model, results["status"].shape[1:]
    assert [d["n"] for d in model["dimensions"]] == list(shape) and model["plan"]["whole"]
    assert model["n_points"] == numpy.prod(shape)
    for s in range(len(model["scenarios"])):
        assert (page.array(f"status/{s}") == results["status"][s].ravel()).all(), f"status of scenario {s}"
    for m, metric in enumerate(model["metrics"]):
        stored = results[metric["name"]][()]
        for s in range(stored.shape[0]):
            for p in range(stored.shape[1]):
                same_bits(page.array(f"cube/{m}/{s}/{p}"), stored[s, p].ravel(), (metric["name"], s, p))
    flags = results["flags"][()]
    ok = results["status"][0].ravel() == 0
    assert (page.array("flags/0/0")[ok] == flags[0, 0].ravel()[ok]).all()
    inside = dict(model["review"])
    assert inside == review, "the review inside is not the verb's"
    same_bits(page.array("map/basin_frac"), results["review/basin_frac"][()].ravel(), "basin_frac")
    for i, cell in enumerate(model["cells"]["list"]):
        assert cell["equal_bits"], f"cell {i} was not computed again to the bit"
        rows = page.array(f"cell/{i}/metrics").reshape(len(model["scenarios"]), -1, len(model["metrics"]))
        for m, metric in enumerate(model["metrics"]):
            same_bits(rows[:, :, m], results[metric["name"]][()].reshape(*rows.shape[:2], -1)[:, :, cell["point"]], (i, metric["name"]))
        for p, period in enumerate(cell["periods"]):
            assert page.array(f"cell/{i}/{p}/equity").size == period["days"]
            assert page.array(f"cell/{i}/{p}/r").size == period["trades"] + period["open"]
    assert model["run"]["spec"] == open("tests/integration/small.yaml", encoding="utf-8").read()
    assert [s["name"] for s in model["run"]["strategies"]] == ["1-crypto_momentum.yaml"]
    assert model["holdout"] == {"times_opened": 0, "openings": []}
    assert page.array("splits/logit").sum() == review["figures"]["overfitting"]["n_splits"]


runs = work + "/runs"
run("run", "tests/integration/small.yaml", "--dir", runs, "--quiet")
run("report", "last", "--dir", runs, "--no-ledger", "-o", work + "/a.html")
run("review", "last", "--dir", runs, "--no-ledger", "--format", "json", "-o", work + "/review.json")
page = Page(work + "/a.html")
common(page.text)
review = json.load(open(work + "/review.json", encoding="utf-8"))
built = page.model is not None
if built:
    with h5py.File(glob.glob(runs + "/small-*/results.h5")[0]) as results:
        whole(page, results, review)
else:
    static_page(page.text)

# A pipe is a place too; a second report of the same run differs in the time it was made only.
piped = run("report", "last", "--dir", runs, "--no-ledger").stdout
made = re.compile(r'"made":"[^"]*"')
assert made.sub("", piped) == made.sub("", page.text)

# The holdout is shown once it is opened, for the point it was opened for.
chosen = review["picks"]["chosen"]["point"]
run("holdout", "last", "--dir", runs, "--point", str(chosen))
run("report", "last", "--dir", runs, "--no-ledger", "-o", work + "/b.html")
if built:
    opened = Page(work + "/b.html").model["holdout"]
    assert opened["times_opened"] == 1 and opened["openings"][0]["point"] == chosen
    assert len(opened["openings"][0]["cells"][0]["metrics"]) == len(page.model["metrics"])

# Another point, another objective; and requests that cannot be met leave no file.
run("report", "last", "--dir", runs, "--no-ledger", "--at", "0", "--objective", "calmar", "-o", work + "/c.html")
if built:
    other = Page(work + "/c.html").model
    assert other["chosen"] == 0 and other["metrics"][other["objective"]]["name"] == "calmar"
for args, words in (
    (("report", "nothing-here", "--dir", runs, "-o", work + "/no.html"), "nothing-here"),
    (("report", "last", "--dir", runs, "--objective", "mdd", "-o", work + "/no.html"), "no objective"),
    (("report", "last", "--dir", runs, "--at", "999999", "-o", work + "/no.html"), "does not exist"),
    (("report", "last", "--dir", runs, "-o", work + "/none/no.html"), "cannot write"),
):
    done = subprocess.run([plateau, *args], capture_output=True, text=True, check=False)
    assert done.returncode in (2, 3) and words in done.stderr, (args, done.returncode, done.stderr)
    assert done.stderr.count("plateau:") == 1, done.stderr
assert not glob.glob(work + "/no.html*")
print("report:", "whole pages" if built else "static pages", "agree with results.h5 and the review")
