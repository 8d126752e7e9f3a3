#!/bin/bash
# Hosts in network namespaces: a coordinator and workers, each with its own network stack behind a bridge. A link that is cut
# and heals, 20 % of packets lost, a peer behind a slow link, and who has the wrong key, a revoked key or none: every run ends
# with the bytes of the calm one. Needs root (CAP_NET_ADMIN), ip and nft; nothing on the machine's own stack is touched.
#
#   tests/netns/network.sh [CUTS]     PLATEAU_BIN: folder of the programs; CUTS (2): times a link is cut and healed
. "$(dirname "$0")/../lib/script.sh"
need ip nft tc
cuts=${1:-2}
net=plt$$
hosts="c w1 w2 w3"
at_end() {
    for h in br $hosts; do
        # Every process in a namespace of ours was started here.
        ip netns pids "$net-$h" 2>/dev/null | xargs -r kill -9 2>/dev/null
        ip netns del "$net-$h" 2>/dev/null
    done
}
ip netns add "$net-br" 2>"$work/err" || skip "no network namespaces here: $(cat "$work/err")"
ip -n "$net-br" link add br0 type bridge
ip -n "$net-br" link set br0 up
n=1
for h in $hosts; do
    ip netns add "$net-$h"
    ip -n "$net-br" link add "v-$h" type veth peer name eth0 netns "$net-$h"
    ip -n "$net-br" link set "v-$h" master br0 up
    ip -n "$net-$h" addr add "10.77.0.$n/24" dev eth0
    ip -n "$net-$h" link set eth0 up
    ip -n "$net-$h" link set lo up
    n=$((n + 1))
done

keys=$XDG_CONFIG_HOME/plateau/keys
on() { # HOST COMMAND...
    local host=$1
    shift
    ip netns exec "$net-$host" "$@"
}
now_ms() { date +%s%3N; }
prepare() { # SEEDS: the sweep of the runs to come, and the bytes they end with
    sweep=$work/sweep.yaml
    small netns "$1" >"$sweep"
    calm "$sweep" "calm$1"
    calm=$work/calm$1.digest
}
coordinator() { # NAME
    run=$1
    log=$work/$run.log
    on c "$plateau" run "$sweep" --dir "$work/$run" --no-ledger --quiet --workers none --listen tcp://10.77.0.1:5555 --log "$log" \
        >"$work/$run.out" 2>"$work/$run.err" &
    run_pid=$!
    await '"event":"run_started"' "$log"
}
worker() { # HOST ACCESS: its pid in $worker_pid, what it says in HOST.err
    on "$1" "$plateau" worker --access "$2" >"$work/$1.out" 2>"$work/$1.err" &
    worker_pid=$!
}
tiles() { # done, of the run
    "$plateau" status --dir "$work/$run" --format json 2>/dev/null | sed -n 's/.*"tiles_done": *\([0-9]*\).*/\1/p' | head -1
}
more_tiles() { # THAN
    local done_now
    done_now=$(tiles)
    [ "${done_now:-0}" -gt "$1" ]
}
await_tiles() { # MORE THAN
    eventually "more than $1 tiles" more_tiles "$1"
}
finish() { # the run ends by itself, with the calm run's bytes
    wait $run_pid || fail "$run: exit code $?"
    same_bytes "$(echo "$work/$run"/netns-*)" "$calm"
    echo "netns.$run: same bytes"
    # A worker whose line was too bad for the farewell waits for the coordinator to come back: not for the next run's.
    for h in w1 w2 w3; do ip netns pids "$net-$h" | xargs -r kill -9; done
}

for name in site-a site-b site-c; do
    "$plateau" keygen worker $name --address tcp://10.77.0.1:5555 2>"$work/keygen.err"
done

# ---- a cut link: both ends notice, and go on where they were ----
prepare $((20 * (cuts + 1))) # work for after the last cut as well
coordinator cut
worker w1 "$keys/site-a.access"
for cut in $(seq "$cuts"); do
    await_tiles "$(tiles)"
    died=$(grep -c '"event":"worker_died"' "$log" || true)
    start=$(now_ms)
    ip -n "$net-br" link set v-w1 down
    there='' here=''
    for _ in $(seq 1000); do
        [ -n "$there" ] || [ "$(grep -c '"event":"worker_died"' "$log")" -le "$died" ] || there=$(($(now_ms) - start))
        [ -n "$here" ] || [ "$(grep -c 'lost the connection' "$work/w1.err")" -lt "$cut" ] || here=$(($(now_ms) - start))
        [ -z "$there" ] || [ -z "$here" ] || break
        sleep 0.02
    done
    [ -n "$there" ] && [ -n "$here" ] || fail "a cut link went unnoticed: ${there:-never} and ${here:-never} ms"
    still=$(tiles)
    sleep 1
    [ "$(tiles)" = "$still" ] || fail "tiles came through a cut link"
    start=$(now_ms)
    ip -n "$net-br" link set v-w1 up
    await_tiles "$still"
    healed=$(($(now_ms) - start))
    printf 'netns.cut.noticed_by_coordinator_ms\t%d\tms\nnetns.cut.noticed_by_worker_ms\t%d\tms\n' "$there" "$here"
    printf 'netns.cut.first_tile_after_healing_ms\t%d\tms\n' "$healed"
    # A heartbeat is 1 s at both ends and three are allowed; the rest is for a machine that does other things as well.
    [ $there -lt 9000 ] && [ $here -lt 9000 ] || fail "a cut link was noticed after $there and $here ms"
    [ $healed -lt 20000 ] || fail "$healed ms from healing to the first tile"
done
worker w2 "$keys/site-b.access"
finish

prepare 20
# ---- 20 % of packets lost, each way ----
coordinator loss
cat >"$work/loss.nft" <<'NFT'
table ip loss {
    chain in {
        type filter hook input priority 0; policy accept;
        numgen random mod 100 < 20 counter drop
    }
    chain out {
        type filter hook output priority 0; policy accept;
        numgen random mod 100 < 20 counter drop
    }
}
NFT
on w1 nft -f "$work/loss.nft"
on w2 nft -f "$work/loss.nft"
worker w1 "$keys/site-a.access"
worker w2 "$keys/site-b.access"
finish
lost=$(on w1 nft list ruleset | sed -n 's/.*counter packets \([0-9]*\).*/\1/p' | awk '{n += $1} END {print n}')
[ "$lost" -gt 0 ] || fail "no packet was lost"
printf 'netns.loss.packets_lost\t%d\tpackets\n' "$lost"
on w1 nft delete table ip loss
on w2 nft delete table ip loss

# ---- a slow peer does not hold up the others ----
coordinator slow
on w3 tc qdisc add dev eth0 root tbf rate 128kbit burst 4kb latency 400ms
worker w3 "$keys/site-c.access"
worker w1 "$keys/site-a.access"
finish
on w3 tc qdisc del dev eth0 root

# ---- namesakes, as containers of one site are: the same key, name and process id ----
coordinator twins
for h in w1 w2; do
    on $h unshare --pid --fork "$plateau" worker --access "$keys/site-a.access" --name twin 2>"$work/$h.err" &
done
finish
[ "$(grep -c '"event":"worker_joined"' "$log")" = 2 ] || fail "two namesakes joined $(grep -c worker_joined "$log") times"

# ---- who may not come in ----
"$plateau" keygen worker stranger --keys "$work/other" --address tcp://10.77.0.1:5555 2>"$work/keygen.err"
"$plateau" keygen worker gone --address tcp://10.77.0.1:5555 2>"$work/keygen.err"
cp -p "$keys/gone.access" "$work/gone.access"
"$plateau" keygen revoke gone 2>"$work/keygen.err"
coordinator keys
worker w1 "$work/other/stranger.access" # another coordinator's key
await "its key is another" "$work/w1.err"
await '"event":"handshake_failed"' "$log"
worker w2 "$work/gone.access"
await "not on its allow-list, or was revoked" "$work/w2.err"
await '"event":"connection_refused","worker":"gone"' "$log"
on w3 "$bin/plateau-worker" --connect tcp://10.77.0.1:5555 --cache "$PLATEAU_CACHE" 2>"$work/w3.err" &
sleep 1
[ "$(grep -c '"event":"worker_joined"' "$log")" = 0 ] || fail "a worker without a good key came in"
"$plateau" keygen worker site-d --address tcp://10.77.0.1:5555 2>"$work/keygen.err"
on c "$plateau" worker --access "$keys/site-d.access" 2>"$work/local.err" &
finish
[ "$(grep -c '"event":"worker_joined"' "$log")" = 1 ] || fail "more than the one worker with a good key came in"
echo "netns: ok"
