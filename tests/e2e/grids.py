"""grids.py hostile|holes|single|comment|CELLS: points files for `plateau import`: names that want to be more than text, a comment that
does, a grid with failed, missing and undefined cells on a logarithmic and a categorical axis, or a smooth surface of ten levels an axis."""
import csv
import itertools
import math
import sys

TAG = "<script>window.hacked=1</script>"
STRESS = "<svg onload=window.hacked=3>"


def hostile(out):
    levels = ["<i>one</i>", "two\"'", "\U0001F680\u202eevil", "&amp;", "\u0645\u0631\u062d\u0628\u0627"]
    out.writerow([TAG, 'x"><img src=x onerror="window.hacked=2">', "c", "scenario", "period", "sharpe", "total_return", "mdd", "n_trades"])
    for x, y, z in itertools.product(range(1, 6), (0.1, 0.2, 0.4), levels):
        for k, scenario in enumerate(("baseline", STRESS)):
            for p, period in enumerate(("train", "validation")):
                value = 1 + math.sin(x) * 0.3 + y + 0.1 * len(z) % 0.3 - 0.2 * k - 0.1 * p
                out.writerow([x, y, z, scenario, period, f"{value:.4f}", "0.1", "0.2", "50"])


def holes(out):
    out.writerow(["ratio", "length", "kind", "period", "sharpe", "total_return", "mdd", "n_trades"])
    for a, b, c in itertools.product((1, 10, 100, 1000), range(1, 6), "xyz"):
        if (a, b) == (100, 3):
            continue  # missing
        for period in ("train", "validation"):
            if (a, b) == (10, 2):
                out.writerow([a, b, c, period, "", "", "", ""])  # failed
            else:
                sharpe = "" if (a, b) == (1, 4) else f"{math.sin(a) + 0.3 * b:.4f}"  # undefined
                out.writerow([a, b, c, period, sharpe, "0.1", "0.2", 40 + b])


def single(out):
    out.writerow(["length", "kind", "period", "sharpe", "total_return", "mdd", "n_trades"])
    for period in ("train", "validation"):
        out.writerow([7, "x", period, "-2e18", "3e17", "0.2", 40])


def large(out, cells):
    n = round(math.log10(cells))
    out.writerow([f"p{i}" for i in range(n)] + ["period", "sharpe", "total_return", "mdd", "n_trades"])
    for point in itertools.product(range(10), repeat=n):
        hill = math.exp(-sum((v - 4 - i % 3) ** 2 for i, v in enumerate(point)) / (6.0 * n))
        noise = math.sin(12.9898 * sum(v * 7 ** i for i, v in enumerate(point))) * 0.15
        for p, period in enumerate(("train", "validation")):
            out.writerow([*point, period, f"{2 * hill + noise * (1 - 2 * p):.6f}", f"{hill:.5f}", f"{0.3 - 0.2 * hill:.5f}", 40 + point[0]])


if sys.argv[1] == "comment":
    print("# </script><script>window.hacked=9</script> \u202eevil \U0001F680 " + "x" * 10000)
elif sys.argv[1] == "hostile":
    hostile(csv.writer(sys.stdout))
elif sys.argv[1] in ("holes", "single"):
    globals()[sys.argv[1]](csv.writer(sys.stdout))
else:
    large(csv.writer(sys.stdout), int(sys.argv[1]))
