#!/bin/bash
# Workers whose cache lacks the run's image: fetched over the wire, with keys and without, by one process of a host, gone on with
# after a kill, and the bytes of the results are those of a local run.
. "$(dirname "$0")/../lib/script.sh"
worker() { # NAME CACHE OPTIONS...: in the background; its pid in $worker_pid
    local name=$1 cache=$2
    shift 2
    "$bin/plateau-worker" --connect "$address" --name "$name" --cache "$cache" "$@" >"$work/$name.out" 2>&1 &
    worker_pid=$!
}

small far 20 >"$work/far.yaml" # enough for the second worker to come in time
calm "$work/far.yaml" calm

# ---- with keys: two workers of one host fetch once ----
"$plateau" keygen coordinator 2>"$work/out"
"$plateau" keygen worker site-a --address tcp://127.0.0.1:5555
access=$XDG_CONFIG_HOME/plateau/keys/site-a.access
coordinator curve "$work/far.yaml"
worker one "$work/far" --access "$access"
first=$worker_pid
worker two "$work/far" --access "$access"
wait $run_pid || fail "the run failed: $(cat "$work/curve.err" "$work"/one.out "$work"/two.out)"
wait $first && wait $worker_pid || fail "a worker failed: $(cat "$work"/one.out "$work"/two.out)"
[ "$(cat "$work/one.out" "$work/two.out" | grep -c 'fetched the market image')" = 1 ] ||
    fail "not fetched once: $(cat "$work"/one.out "$work"/two.out)"
cmp "$work"/cache/*.img "$work"/far/*.img || fail "another image arrived"
[ -z "$(ls "$work/far" | grep -v '\.img$')" ] || fail "left behind: $(ls "$work/far")"
same_bytes "$(echo "$work"/curve/far-*)" "$work/calm.digest"

# ---- without keys: a worker killed on the way, and the next one goes on with what it left ----
wide >"$work/wide.yaml"
echo "  sleeves.equity.exit.exit_ma: [20, 30, 50, 100]" >>"$work/wide.yaml"
calm "$work/wide.yaml" wide
export XDG_CONFIG_HOME=$work/none
coordinator plain "$work/wide.yaml" --image-rate 10M
worker killed "$work/cut"
fetched() { # the first megabytes of the image
    local kib
    kib=$(du -k "$work"/cut/*.part 2>/dev/null | cut -f1)
    [ "${kib:-0}" -ge 2000 ]
}
eventually "a part of the image" fetched
kill -9 $worker_pid
[ -z "$(ls "$work"/cut/*.img 2>/dev/null)" ] || fail "the image was there before the kill: make --image-rate lower"
worker next "$work/cut"
wait $run_pid || fail "plain: $(cat "$work/plain.err" "$work/next.out")"
grep -q 'fetched the market image' "$work/next.out" || fail "not fetched: $(cat "$work/next.out")"
grep -q ' 0 bytes were here' "$work/next.out" && fail "what the killed one had fetched was fetched again: $(cat "$work/next.out")"
same_bytes "$(echo "$work"/plain/wide-*)" "$work/wide.digest"

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
await held "$work/port"
port=$(cut -d' ' -f1 "$work/port")
listen=tcp://127.0.0.1:$port coordinator taken "$work/far.yaml"
grep -q "warning: port $((port + 1)), .* is taken: market images are served on port" "$work/taken.err" ||
    fail "no warning of the port: $(cat "$work/taken.err")"
grep -q '"event":"image_port_taken"' "$work"/taken/*/log.jsonl || fail "the port is not in the log"
worker third "$work/third"
wait $run_pid || fail "taken: $(cat "$work/taken.err" "$work/third.out")"
grep -q 'fetched the market image' "$work/third.out" || fail "not fetched: $(cat "$work/third.out")"
same_bytes "$(echo "$work"/taken/far-*)" "$work/calm.digest"
refused 3 "cannot serve market images on" "$plateau" run "$work/far.yaml" --dir "$work/y" --no-ledger --listen "tcp://127.0.0.1:$port" --image-port $((port + 1))
grep -q -- "--image-port N chooses" "$work/err" || fail "no way out is said: $(cat "$work/err")"
kill "$holder"

# ---- a cap that cannot be ----
refused 2 "expected a size such as" "$plateau" run tests/integration/small.yaml --dir "$work/x" --listen tcp://127.0.0.1:0 --image-rate 5
echo "remote image: ok ($(sed -n 's/.*fetched the market image: //p' "$work/next.out"))"
