#!/usr/bin/python3
"""Every block of docs/python.md and every cell of the example notebook runs on a real run's results.h5, and an NXdata viewer
draws the file without a click."""
import contextlib, io, json, os, re, shutil, subprocess, sys, tempfile
try:
    import h5py, matplotlib, xarray  # noqa: F401
    import silx.io.nxdata as nxdata
except ImportError as missing:
    print("SKIPPED:", missing, "(scripts/setup.sh --tests)")
    sys.exit(77)

PLATEAU = os.environ["PLATEAU_BIN"] + "/plateau"
ROOT = os.getcwd()


def run(*args):
    subprocess.run([PLATEAU, *args], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)


def execute(blocks, where):
    """In one namespace, as a reader would type them; what they print, last."""
    names, said = {}, io.StringIO()
    for i, block in enumerate(blocks):
        with contextlib.redirect_stdout(said):
            exec(compile(block, f"{where}, block {i + 1}", "exec"), names)
    return names, said.getvalue()


def check_page():
    with open(f"{ROOT}/docs/python.md") as f:
        blocks = re.findall(r"```python\n(.*?)```", f.read(), re.S)
    assert len(blocks) >= 7
    assert len(blocks[0].strip().splitlines()) <= 5, "five lines are five lines"
    names, said = execute(blocks, "docs/python.md")
    assert names["best"].item() == float(names["train"].max())
    assert os.path.getsize("surface.png") > 5000
    with h5py.File("results.h5") as f:
        assert f["review"].attrs["verdict"] in said
    cells = int(names["results"].status.size)
    assert sum(names["counts"]) == cells and "excluded" in said


def check_notebook():
    with open(f"{ROOT}/examples/python/surface.ipynb") as f:
        notebook = json.load(f)
    assert notebook["nbformat"] == 4
    execute(["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"], "surface.ipynb")


def check_viewer():
    with h5py.File("results.h5") as f:
        default = nxdata.get_default(f)
        assert default is not None and default.is_valid, "nothing to draw without a click"
        assert default.signal.shape == f["sharpe"].shape and default.signal_name == "annualised Sharpe ratio", default.signal_name
        n = 0
        for pair in f["heatmaps/sharpe"].values():
            drawn = nxdata.NXdata(pair)
            assert drawn.is_valid and len(drawn.signal.shape) == 2
            n += 1
        assert n > 0


with tempfile.TemporaryDirectory() as work:
    os.environ["PLATEAU_CACHE"] = work + "/cache"
    run("run", "tests/integration/small.yaml", "--dir", work + "/runs", "--no-ledger", "--quiet", "--set",
        "scenarios=[baseline, slippage_2x, bear_months]")
    run("review", "--dir", work + "/runs", "--no-ledger")
    folder, = (entry.path for entry in os.scandir(work + "/runs") if os.path.exists(entry.path + "/results.h5"))
    shutil.copy(folder + "/results.h5", work)
    os.chdir(work)
    check_page()
    check_notebook()
    check_viewer()
