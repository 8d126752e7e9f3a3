"""grids.py hostile|comment|CELLS: points files for `plateau import`: names that want to be more than text, a comment that
does, or a smooth surface of ten levels an axis."""
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
else:
    large(csv.writer(sys.stdout), int(sys.argv[1]))
