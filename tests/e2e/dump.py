"""dump.py RESULTS.h5 [METRIC..]: numbers of a results file (of every metric) as JSON, read by h5py: what a page is compared with."""
import json
import sys

import h5py
import numpy

SCALES = {"scenario", "period", "block"}


def plain(array):
    flat = numpy.asarray(array, dtype=float).ravel()
    return [None if numpy.isnan(v) else float(v) if numpy.isfinite(v) else ("inf" if v > 0 else "-inf") for v in flat]


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


with h5py.File(sys.argv[1]) as f:
    status = f["status"]
    axes = [d for d in status.shape[1:]]
    out = {"shape": axes, "scenarios": [text(s) for s in f["scenario"][()]], "periods": [text(p) for p in f["period"][()]],
           "status": [int(v) for v in status[()].ravel()], "metrics": {}}
    wanted = (len(out["scenarios"]), len(out["periods"]), *axes)
    for name, item in f.items():
        if isinstance(item, h5py.Dataset) and item.shape == wanted and item.dtype.kind == "f" and name in (sys.argv[2:] or [name]):
            out["metrics"][name] = plain(item[()])
    json.dump(out, sys.stdout)
