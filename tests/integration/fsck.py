"""fsck and verify: a sound run passes, every planted fault is found and named, --repair loses nothing.
usage: fsck.py (PLATEAU_BIN in the environment)"""
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy
except ImportError as error:
    print(f"SKIPPED: {error}")
    sys.exit(77)

plateau = os.path.join(os.environ["PLATEAU_BIN"], "plateau")
checks = 0


def check(ok, what):
    global checks
    checks += 1
    if not ok:
        print(f"FAILED: {what}")
        sys.exit(1)


def call(code, *arguments):
    done = subprocess.run([plateau, *arguments], capture_output=True, text=True)
    check(done.returncode == code, f"{arguments}: exit {done.returncode}, expected {code}\n{done.stdout}{done.stderr}")
    return done


def fsck(code, run, *options):
    """Findings as (check, state, text)."""
    done = call(code, "fsck", run, "--format", "json", *options)
    check(code == 0 or "next:" in done.stderr, "what to do next")
    return [(row["check"], row["state"], row["found"]) for row in json.loads(done.stdout)]


def found(rows, name, state, word):
    check(any(c == name and s == state and word in text for c, s, text in rows), f"no {name} {state} {word}: {rows}")


def checksum(tile, data):
    return hashlib.blake2b(tile.to_bytes(8, "little") + data, digest_size=16).digest()


def journal(run):
    return sqlite3.connect(f"{run}/journal.db", isolation_level=None)


def flip(run, tile, at, sound):
    """One bit of a row; sound: with a checksum that fits, as a worker with bad memory leaves it."""
    db = journal(run)
    data = bytearray(db.execute("SELECT bytes FROM tile WHERE tile = ?", (tile,)).fetchone()[0])
    data[at] ^= 1
    total = checksum(tile, bytes(data)) if sound else db.execute("SELECT sum FROM tile WHERE tile = ?", (tile,)).fetchone()[0]
    db.execute("UPDATE tile SET bytes = ?, sum = ? WHERE tile = ?", (bytes(data), total, tile))
    db.close()


def metrics(run):
    with h5py.File(f"{run}/results.h5") as file:
        return {name: file[name][()].tobytes() for name in file if isinstance(file[name], h5py.Dataset)
                and file[name].dtype.kind in "fu"}


with tempfile.TemporaryDirectory() as work:
    os.environ["PLATEAU_CACHE"] = f"{work}/cache"
    os.environ["PLATEAU_LEDGER"] = f"{work}/ledger.db"
    runs = f"{work}/runs"
    call(0, "run", "tests/integration/small.yaml", "--dir", runs, "--workers", "2", "-q")
    whole = f"{runs}/{os.listdir(runs)[0]}"
    calm = metrics(whole)

    def copy():
        shutil.rmtree(f"{work}/copy", ignore_errors=True)
        shutil.copytree(whole, f"{work}/copy")
        return f"{work}/copy"

    rows = fsck(0, whole)
    check(all(state == "ok" for _, state, _ in rows), f"all ok: {rows}")
    found(rows, "results.h5", "ok", "datasets")
    call(0, "verify", whole, "--sample", "30%")
    call(0, "verify", whole, "--sample", "5%", "--seed", "9", "--path", "traced")
    check("every bit" in call(0, "verify", whole, "--sample", "100%").stderr, "all cells")
    check(call(0, "verify", whole, "-q").stderr == "", "quiet")

    # A row that rotted: found, removed when asked, computed again; the better results.h5 is kept till then.
    run = copy()
    flip(run, 3, 40, sound=False)
    journal(run).execute("UPDATE tile SET n_failed = n_failed + 1 WHERE tile = 7")
    journal(run).execute("DELETE FROM tile WHERE tile = 9")
    rows = fsck(3, run)
    found(rows, "row", "damaged", "tile 3: bad checksum")
    found(rows, "row", "damaged", "tile 7: its counts")
    found(rows, "holes", "note", "1 of")
    rows = fsck(0, run, "--repair")
    found(rows, "rows", "mended", "2 of no use")
    found(rows, "holes", "note", "3 of")
    found(rows, "results.h5", "note", "that the journal lost")
    check(metrics(run) == calm, "results.h5 was kept")
    call(0, "resume", run, "-q")
    check(all(state == "ok" for _, state, _ in fsck(0, run)), "all ok again")
    check(metrics(run) == calm, "the same bytes")

    # A row for another tile, and one for none.
    run = copy()
    db = journal(run)
    db.execute("UPDATE tile SET tile = 1000000 WHERE tile = 4")
    data = db.execute("SELECT bytes FROM tile WHERE tile = 5").fetchone()[0]
    db.execute("UPDATE tile SET bytes = ?, sum = ? WHERE tile = 6", (data[:-1], checksum(6, data[:-1])))
    rows = fsck(3, run)
    found(rows, "row", "damaged", "tile 1000000: bad checksum")
    found(rows, "row", "damaged", "tile 6: its bytes are no cells")

    # Wrong bits with a checksum that fits: only computing again finds them, and says where.
    run = copy()
    data = journal(run).execute("SELECT bytes, worker FROM tile WHERE tile = 2").fetchone()
    position = next(i for i in range(len(data[0])) if i > 20 and data[0][i] not in (0, 255))
    flip(run, 2, position, sound=True)
    found(fsck(5, run), "results.h5", "different", "1 values differ")
    done = call(5, "verify", run, "--sample", "100%", "--format", "json")
    differing = json.loads(done.stdout)
    check(len(differing) == 1 and differing[0]["tile"] == 2 and differing[0]["worker"] == data[1], f"which cell: {differing}")
    check("computed again" in differing[0]["difference"], "what differs")
    call(5, "verify", run, "--sample", "100%", "--path", "traced")

    # results.h5: a bit, an older one, a cut one, none.
    run = copy()
    with h5py.File(f"{run}/results.h5", "a") as file:
        values = file["sharpe"][()]
        at = tuple(numpy.argwhere(numpy.isfinite(values))[0])
        values[at] = numpy.nextafter(values[at], 9.0)
        file["sharpe"][...] = values
    found(fsck(5, run), "results.h5", "different", "1 values differ from the journal, first in sharpe")
    found(fsck(0, run, "--repair"), "results.h5", "mended", "anew")
    check(metrics(run) == calm, "the journal's bytes")
    with open(f"{run}/results.h5", "r+b") as file:
        file.truncate(5000)
    found(fsck(3, run), "results.h5", "damaged", "HDF5")
    found(fsck(0, run, "--repair"), "results.h5", "mended", "anew")
    os.remove(f"{run}/results.h5")
    found(fsck(0, run), "results.h5", "note", "not written yet")
    call(0, "run", "tests/integration/small.yaml", "--dir", f"{work}/part", "--sample", "20%", "--workers", "1", "-q")
    part = f"{work}/part/{os.listdir(f'{work}/part')[0]}"
    shutil.copy(f"{part}/results.h5", f"{run}/results.h5")
    found(fsck(5, run), "results.h5", "different", "older than the journal")

    # The job and what is said of it.
    run = copy()
    text = json.load(open(f"{run}/run.json"))
    text["tile_points"] *= 2
    json.dump(text, open(f"{run}/run.json", "w"))
    found(fsck(3, run), "run.json", "damaged", "tile_points")

    # Pages of the journal.
    run = copy()
    journal(run).execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = os.path.getsize(f"{run}/journal.db")
    with open(f"{run}/journal.db", "r+b") as file:
        file.seek(16384 * 2)
        file.write(os.urandom(16384))
    check(size > 16384 * 3, "a page to spoil")
    rows = fsck(3, run)
    check(any(state == "damaged" and name in ("journal", "rows", "row") for name, state, _ in rows), f"a spoilt page: {rows}")

    # A dispute on record is a difference.
    run = copy()
    journal(run).execute("INSERT INTO dispute SELECT tile, epoch, worker, sum, bytes FROM tile WHERE tile = 1")
    found(fsck(5, run), "disputes", "different", "1 tile")

print(f"{checks} checks passed")
