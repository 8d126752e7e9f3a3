#!/bin/bash
# Workers whose cache lacks the run's image: fetched over the wire, with keys and without, by one process of a host, gone on with
# after a kill, and the bytes of the results are those of a local run.
set -eu
cd "$(dirname "$0")/../.."
bin=${PLATEAU_BIN:?the folder of the programs}
work=$(mktemp -d)
pids=()
cleanup() {
    [ ${#pids[@]} = 0 ] || kill -9 "${pids[@]}" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
export PLATEAU_CACHE=$work/cache TMPDIR=$work XDG_CONFIG_HOME=$work/config PLATEAU_LEDGER=$work/ledger.db
unset XDG_RUNTIME_DIR
plateau=$bin/plateau
sweep=tests/integration/small.yaml
fail() {
    echo "FAILED: $*" >&2
    exit 1
}
await() { # TEXT FILE: until it is there
    for _ in $(seq 300); do
        grep -qF -- "$1" "$2" 2>/dev/null && return 0
        sleep 0.05
    done
    fail "\"$1\" never appeared in $2: $(cat "$2")"
}
coordinator() { # NAME SWEEP OPTIONS...: a run in the background; its address in $address, its pid in $run_pid
    local name=$1 spec=$2
    shift 2
    timeout 120 "$plateau" run "$spec" --dir "$work/$name" --no-ledger --workers none --listen tcp://127.0.0.1:0 "$@" \
        >"$work/$name.out" 2>"$work/$name.err" &
    run_pid=$!
    pids+=("$run_pid")
    await "listening on tcp" "$work/$name.err"
    address=$(sed -n 's/.*listening on \(tcp:[^ ]*\).*/\1/p' "$work/$name.err")
}
worker() { # NAME CACHE OPTIONS...: in the background; its pid in $worker_pid
    local name=$1 cache=$2
    shift 2
    "$bin/plateau-worker" --connect "$address" --name "$name" --cache "$cache" "$@" >"$work/$name.out" 2>&1 &
    worker_pid=$!
    pids+=("$worker_pid")
}
same_bytes() { # NAME DIGEST
    "$bin/run_sweep" --digest "$(echo "$work/$1"/*-*)" >"$work/digest"
    cmp -s "$2" "$work/digest" || fail "$1: other bytes than the local run's"
}

calm=$("$bin/run_sweep" $sweep "$work/calm" 1 2>"$work/out")
"$bin/run_sweep" --digest "$calm" >"$work/calm.digest"

# ---- with keys: two workers of one host fetch once ----
"$plateau" keygen coordinator 2>"$work/out"
"$plateau" keygen worker site-a --address tcp://127.0.0.1:5555
access=$work/config/plateau/keys/site-a.access
coordinator curve $sweep
worker one "$work/far" --access "$access"
first=$worker_pid
worker two "$work/far" --access "$access"
wait $run_pid || fail "the run failed: $(cat "$work/curve.err" "$work"/one.out "$work"/two.out)"
wait $first && wait $worker_pid || fail "a worker failed: $(cat "$work"/one.out "$work"/two.out)"
[ "$(cat "$work/one.out" "$work/two.out" | grep -c 'fetched the market image')" = 1 ] ||
    fail "not fetched once: $(cat "$work"/one.out "$work"/two.out)"
cmp "$work"/cache/*.img "$work"/far/*.img || fail "another image arrived"
[ -z "$(ls "$work/far" | grep -v '\.img$')" ] || fail "left behind: $(ls "$work/far")"
same_bytes curve "$work/calm.digest"

# ---- without keys: a worker killed on the way, and the next one goes on with what it left ----
# An image of some twenty pieces.
cat >"$work/wide.yaml" <<END
run: {name: wide, seed: 42}
data: {prices: $PWD/data/sp500/sp500_2013_2018.csv.zst, benchmark: $PWD/data/benchmarks/SPY.csv}
portfolio: {starting_equity: 100000, periods_per_year: 252}
sleeves:
  equity: {strategy: $PWD/configs/strategies/equity_momentum.yaml}
periods:
  train: {start: 2013-02-08, end: 2018-02-07}
axes:
  sleeves.equity.exit.exit_ma: [20, 30, 50, 100]
END
wide=$("$bin/run_sweep" "$work/wide.yaml" "$work/wide" 1 2>"$work/out")
"$bin/run_sweep" --digest "$wide" >"$work/wide.digest"
export XDG_CONFIG_HOME=$work/none
coordinator plain "$work/wide.yaml" --image-rate 10M
worker killed "$work/cut"
for _ in $(seq 300); do
    here=$(du -k "$work"/cut/*.part 2>/dev/null | cut -f1)
    [ "${here:-0}" -lt 2000 ] || break
    sleep 0.02
done
kill -9 $worker_pid
[ -z "$(ls "$work"/cut/*.img 2>/dev/null)" ] || fail "the image was there before the kill: make --image-rate lower"
worker next "$work/cut"
wait $run_pid || fail "plain: $(cat "$work/plain.err" "$work/next.out")"
grep -q 'fetched the market image' "$work/next.out" || fail "not fetched: $(cat "$work/next.out")"
grep -q ' 0 bytes were here' "$work/next.out" && fail "what the killed one had fetched was fetched again: $(cat "$work/next.out")"
same_bytes plain "$work/wide.digest"

# ---- a port that is taken: another one, which workers are told; by name it is that port or nothing ----
/usr/bin/python3 - >"$work/port" <<'END' &
import random, socket, sys, time
while True:
    port = random.randrange(20000, 30000)
    try:
        with socket.create_server(("127.0.0.1", port)), socket.create_server(("127.0.0.1", port + 1)) as held:
            pass
        held = socket.create_server(("127.0.0.1", port + 1))
        break
    except OSError:
        pass
print(port, "held", flush=True)
time.sleep(120)
END
holder=$!
pids+=("$holder")
await held "$work/port"
port=$(cut -d' ' -f1 "$work/port")
coordinator taken $sweep --listen "tcp://127.0.0.1:$port"
grep -q "warning: port $((port + 1)), .* is taken: market images are served on port" "$work/taken.err" ||
    fail "no warning of the port: $(cat "$work/taken.err")"
grep -q '"event":"image_port_taken"' "$work"/taken/*/log.jsonl || fail "the port is not in the log"
worker third "$work/third"
wait $run_pid || fail "taken: $(cat "$work/taken.err" "$work/third.out")"
grep -q 'fetched the market image' "$work/third.out" || fail "not fetched: $(cat "$work/third.out")"
same_bytes taken "$work/calm.digest"
code=0
"$plateau" run $sweep --dir "$work/y" --no-ledger --listen "tcp://127.0.0.1:$port" --image-port $((port + 1)) 2>"$work/out" || code=$?
[ $code = 3 ] && grep -q "cannot serve market images on .*--image-port N chooses" "$work/out" ||
    fail "--image-port of a taken port: $code $(cat "$work/out")"
kill "$holder"

# ---- a cap that cannot be ----
code=0
"$plateau" run $sweep --dir "$work/x" --listen tcp://127.0.0.1:0 --image-rate 5 2>"$work/out" || code=$?
[ $code = 2 ] && grep -q "expected a size such as" "$work/out" || fail "--image-rate 5: $(cat "$work/out")"
echo "remote image: ok ($(sed -n 's/.*fetched the market image: //p' "$work/next.out"))"
