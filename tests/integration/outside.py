"""A run seen from outside: its log against the schema, its metrics through an independent parser while it goes, health,
readiness, the token, and summary.json. usage: outside.py (PLATEAU_BIN in the environment)"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

try:
    import jsonschema
    from prometheus_client.openmetrics.parser import text_string_to_metric_families
except ImportError as error:
    print(f"SKIPPED: {error}")
    sys.exit(77)

plateau = os.path.join(os.environ["PLATEAU_BIN"], "plateau")
source = os.getcwd()
checks = 0


def check(ok, what):
    global checks
    checks += 1
    if not ok:
        print(f"FAILED: {what}")
        sys.exit(1)


def ask(url, token=None):
    request = urllib.request.Request(url)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def families(text):
    """Name of a sample and its labels to its value; the parser refuses what is no OpenMetrics."""
    out = {}
    for family in text_string_to_metric_families(text):
        check(family.documentation, f"{family.name} has no help")
        for sample in family.samples:
            key = (sample.name, tuple(sorted((k, v) for k, v in sample.labels.items() if k != "run")))
            check(key not in out, f"{key} twice")
            out[key] = sample.value
    return out


def start(spec, work, *options):
    """The process, and the URL it told on stderr."""
    process = subprocess.Popen([plateau, "run", spec, "--dir", f"{work}/runs", "--http", "127.0.0.1:0", *options],
                               stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    for line in process.stderr:
        found = re.search(r"metrics: (http://127\.0\.0\.1:\d+)/metrics", line)
        if found:
            return process, found.group(1)
    check(False, "no URL on stderr")


def log_lines(path):
    schema = json.load(open(f"{source}/docs/log.schema.json"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    lines = [json.loads(line) for line in open(path)]
    for line in lines:
        validator.validate(line)
    return lines


def wait_for(what, condition):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    check(False, f"{what} did not come")


with tempfile.TemporaryDirectory() as work:
    os.environ["PLATEAU_CACHE"] = f"{work}/cache"
    os.environ["PLATEAU_LEDGER"] = f"{work}/ledger.db"
    spec = f"{work}/sweep.yaml"
    text = open("tests/integration/small.yaml").read()
    # A run that is in no hurry: many more points than can be done before it is looked at.
    text = re.sub(r"stop_atr_mult: \{range: \[2.0, 4.0\], step: 0.5, as: stop\}",
                  "stop_atr_mult: {range: [1.0, 5.0], step: 0.001, as: stop}", text)
    check("0.001" in text, "small.yaml has no such axis any more")
    open(spec, "w").write(text)

    token = "a-token-of-24-characters"
    with open(f"{work}/token", "w") as file:
        os.chmod(file.name, 0o600)
        file.write(token + "\n")
    process, url = start(spec, work, "--workers", "1", "--http-token", f"{work}/token", "--log-level", "debug")
    check(ask(f"{url}/metrics")[0] == 401, "metrics without the token")
    check(ask(f"{url}/metrics", token="x" * 24)[0] == 401, "metrics with another token")
    check(ask(f"{url}/healthz")[0] == 200, "healthz")
    wait_for("readiness", lambda: ask(f"{url}/readyz")[0] == 200)

    def sample():
        status, headers, body = ask(f"{url}/metrics", token)
        check(status == 200, "metrics with the token")
        check(headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0"), "content type")
        return families(body)

    first = wait_for("a cell", lambda: (lambda m: m if m.get(("plateau_cells_total", (("status", "ok"),)), 0) > 0 else None)(sample()))
    ok = ("plateau_cells_total", (("status", "ok"),))
    later = wait_for("progress", lambda: (lambda m: m if m[ok] > first[ok] else None)(sample()))
    for name, labels in first:
        if name.endswith(("_total", "_bucket", "_count")):
            check(later[name, labels] >= first[name, labels], f"{name} went back")
    check(later["plateau_workers", ()] == 1, "one worker")
    check(later["plateau_leases_out", ()] >= 1, "a lease is out")
    check(later["plateau_cells_per_second", ()] > 0, "a rate")
    check(later["plateau_events_total", (("event", "worker_joined"),)] == 1, "one worker joined")
    check(later["plateau_net_bytes_total", (("way", "in"),)] > 1000, "bytes came in")
    check(later["process_resident_memory_bytes", ()] > 1e6, "memory")
    check(later["plateau_journal_commit_seconds_count", ()] == later["plateau_journal_commit_seconds_bucket", (("le", "+Inf"),)],
          "a histogram ends with all")

    process.send_signal(signal.SIGINT)
    process.communicate(timeout=120)
    check(process.returncode == 130, f"interrupted: {process.returncode}")
    run = f"{work}/runs/{os.listdir(f'{work}/runs')[0]}"
    lines = log_lines(f"{run}/log.jsonl")
    events = [line["event"] for line in lines]
    for event in ("http_listening", "run_started", "worker_joined", "http_refused", "run_ended"):
        check(event in events, f"no {event} in the log")
    check(lines[-1]["event"] == "run_ended" and lines[-1]["state"] == "stopped", "the last line is the end")
    check(token not in open(f"{run}/log.jsonl").read(), "the token is in the log")

    def summary(run):
        text = json.load(open(f"{run}/summary.json"))
        schema = json.load(open(f"{source}/docs/summary.schema.json"))
        jsonschema.Draft202012Validator(schema).validate(text)
        cells = text["cells"]
        check(sum(cells[k] for k in cells if k not in ("wanted", "done")) == cells["wanted"], f"every cell has a status: {cells}")
        check(cells["done"] == cells["wanted"] - cells["missing"], "done or missing")
        return text

    stopped = summary(run)
    check(stopped["state"] == "stopped" and stopped["exit_code"] == 130, "a stopped run is summed up")
    check(stopped["cells"]["done"] == lines[-1]["cells_done"] > 0 and stopped["cells"]["missing"] > 0, "as the log says")
    check(sum(w["cells"] for w in stopped["workers"]) == stopped["cells"]["done"], "cells of the workers")
    check(stopped["workers"][0]["facts"]["floats"] == "IEEE" and stopped["differences"] == {}, "facts of a worker")

    # A second start goes on in the same log; -: the log goes to standard error, and only there.
    size = os.path.getsize(f"{run}/log.jsonl")
    done = subprocess.Popen([plateau, "resume", "last", "--dir", f"{work}/runs", "--log", "-", "-q"], stderr=subprocess.PIPE,
                            stdout=subprocess.DEVNULL, text=True)
    line = json.loads(done.stderr.readline())
    check(line["event"] == "run_started" and line["cells_done"] > 0, "the log on standard error")
    done.send_signal(signal.SIGINT)
    done.communicate(timeout=120)
    check(os.path.getsize(f"{run}/log.jsonl") == size, "nothing in the file then")

    # A run that ends, and ends with failures.
    spec = f"{work}/whole.yaml"
    text = open("tests/integration/small.yaml").read()
    open(spec, "w").write(text)
    subprocess.run([plateau, "run", spec, "--dir", f"{work}/whole", "--workers", "2", "-q"], check=True, stdout=subprocess.DEVNULL)
    whole = summary(f"{work}/whole/{os.listdir(f'{work}/whole')[0]}")
    check(whole["state"] == "finished" and whole["exit_code"] == 0 and whole["cells"]["missing"] == 0, "a finished run")

    for options, word in ((["--http", "0.0.0.0:0"], "--http-token"), (["--http", "nowhere"], "HOST:PORT"),
                          (["--log", f"{work}/no/such/log"], "cannot be written"), (["--log-level", "loud"], "debug")):
        bad = subprocess.run([plateau, "resume", "last", "--dir", f"{work}/runs", *options], capture_output=True, text=True)
        check(bad.returncode in (2, 3) and word in bad.stderr and "next:" in bad.stderr, f"{options}: {bad.stderr}")

print(f"{checks} checks passed")
