# shellcheck shell=bash
# Sourced by the scripts of tests/. From then on the folder is the source's, $bin that of the programs, and $work one of the
# script's own, which goes at the end with every process the script left in the background; a function at_end, where there is
# one, runs before. Cache, keys, ledger and sockets are in $work: nothing of the user's is found or touched.
#
# What is awaited is awaited for $patience_s, which ends a test that hangs and says nothing about speed.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
bin=$(realpath "${PLATEAU_BIN:?the folder of the programs}")
plateau=$bin/plateau
work=$(mktemp -d)
patience_s=120
context= # what goes on, for the message of a failure
export PLATEAU_CACHE=$work/cache PLATEAU_LEDGER=$work/ledger.db TMPDIR=$work XDG_CONFIG_HOME=$work/config XDG_DATA_HOME=$work/share
unset XDG_RUNTIME_DIR

script_end() {
    set +e
    if declare -F at_end >/dev/null; then at_end; fi
    # shellcheck disable=SC2046 # ids
    kill -9 $(jobs -p) 2>/dev/null
    chmod -R u+w "$work"
    rm -rf "$work"
}
trap script_end EXIT

skip() { # WHY
    echo "SKIPPED: $*"
    exit 77
}
need() { # TOOL...
    local tool
    for tool; do
        PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null || skip "$tool is missing (scripts/setup.sh --tests)"
    done
}
need_root() { # WHAT needs it
    [ "$(id -u)" = 0 ] || skip "$* needs root"
}
fail() { # WORDS: the end, with the last lines of every log
    echo "FAILED${context:+ ($context)}: $*" >&2
    tail -n 8 "$work"/*.err "$work"/*.log >&2 2>/dev/null || true
    exit 1
}

# ---- what will be
eventually() { # WHAT COMMAND...: until it succeeds
    local what=$1 limit=$((SECONDS + patience_s))
    shift
    until "$@"; do
        [ $SECONDS -lt $limit ] || fail "$what: not within $patience_s s"
        sleep 0.02
    done
}
has() { # TEXT FILE [TIMES]
    local lines
    lines=$(grep -cF -- "$1" "$2" 2>/dev/null) || true
    [ "${lines:-0}" -ge "${3:-1}" ] # none: there is no such file yet
}
await() { # TEXT FILE [TIMES]: until so many lines of it have the text
    eventually "\"$1\" in $(basename "$2")" has "$@"
}
is_listening() { # PORT: somebody listens on it, who is not disturbed by the question
    grep -q "$(printf ':%04X 00000000:0000 0A' "$1")" /proc/net/tcp
}
ended() { # PID CODE WHAT: a process of this script ends by itself, with that code
    local code=0
    wait "$1" || code=$?
    [ $code = "$2" ] || fail "$3: exit code $code, expected $2"
}
refused() { # CODE TEXT COMMAND...: it ends with the code and says the text, if one is given, on standard error
    local want=$1 text=$2 code=0
    shift 2
    "$@" >"$work/out" 2>"$work/err" || code=$?
    [ $code = "$want" ] || fail "exit code $code, expected $want: $*: $(cat "$work/err")"
    [ -z "$text" ] || has "$text" "$work/err" || fail "\"$text\" is not said: $*: $(cat "$work/err")"
}

# ---- runs
small() { # NAME LAST [FIRST]: the small sweep of shipped prices under another name, with so many seeds: work of any size
    sed -e "s/name: small/name: $1/" -e "s/run.seed: .*/run.seed: {range: [${3:-1}, $2], step: 1}/" tests/integration/small.yaml
}
wide() { # the head of a sweep of five years of many shares, whose image has some twenty pieces; the axes are to follow
    cat <<YAML
run: {name: wide, seed: 42}
data: {prices: $PWD/data/sp500/sp500_2013_2018.csv.zst, benchmark: $PWD/data/benchmarks/SPY.csv}
portfolio: {starting_equity: 100000, periods_per_year: 252}
sleeves:
  equity: {strategy: $PWD/configs/strategies/equity_momentum.yaml}
periods:
  train: {start: 2013-02-08, end: 2018-02-07}
axes:
YAML
}
# Quiet, for a verdict at the end takes a debug build long. $listen: where, if it matters; $loud: it says what it does.
coordinator() { # NAME SWEEP OPTIONS...: a run in the background under $work/NAME; its id in $run_pid, where it listens in $address
    local name=$1 sweep=$2
    shift 2
    [ -n "${loud:-}" ] || set -- --quiet "$@"
    address=${listen:-tcp://127.0.0.1:$(free_ports 2)} # for tiles and for images
    "$plateau" run "$sweep" --dir "$work/$name" --no-ledger --workers none --listen "$address" "$@" >"$work/$name.out" \
        2>"$work/$name.err" &
    run_pid=$!
    eventually "a coordinator at $address" is_listening "${address##*:}"
}
tiles_of_8() { # NAME: a sweep of 192 points in 24 tiles of 8: so small a run is cut the same every time
    sed -e 's/run.seed: .*/run.seed: [1, 2, 3, 4]/' -e "s/name: small/name: $1/" -e '/^where/d' -e '/breakout_fast:/d' \
        -e 's/range: \[1.0, 3.0\], step: 0.5/range: [1.0, 2.5], step: 0.5/' -e 's/range: \[2.0, 4.0\], step: 0.5/range: [2.0, 3.5], step: 0.5/' \
        tests/integration/small.yaml
}
calm() { # SWEEP NAME: runs it in peace; what its journal holds in $work/NAME.digest
    "$bin/run_sweep" --digest "$("$bin/run_sweep" "$1" "$work/$2" 2 2>"$work/$2.err")" >"$work/$2.digest" || fail "the calm run"
}
same_bytes() { # RUN DIGEST
    "$bin/run_sweep" --digest "$1" >"$work/digest" || fail "$1: its journal cannot be read"
    cmp -s "$2" "$work/digest" || fail "$1: other bytes than the calm run's"
}
# N ports of loopback in a row that stay free over restarts: none that an outgoing connection is given.
free_ports() { # N: the first of them
    /usr/bin/python3 - "$1" <<'PY'
import random, socket, sys
while True:
    port, sockets = random.randrange(12000, 30000), [socket.socket() for _ in range(int(sys.argv[1]))]
    try:
        for k, s in enumerate(sockets):
            s.bind(("127.0.0.1", port + k))
    except OSError:
        continue
    print(port)
    break
PY
}
# The metric datasets, statuses, flags and block sums as they stand in the file: names, shapes and bytes.
datasets() { # RESULTS.h5
    /usr/bin/python3 - "$1" <<'PY'
import h5py, hashlib, sys
with h5py.File(sys.argv[1]) as f:
    for name in sorted(f):
        d = f[name]
        if isinstance(d, h5py.Dataset) and d.dtype.kind in "fiu":
            print(name, d.shape, d.dtype, hashlib.sha256(d[()].tobytes()).hexdigest())
PY
}
