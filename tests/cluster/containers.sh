#!/bin/bash
# The images, built and run for real: both stages of the Dockerfile on a base made by debootstrap, a coordinator and two workers
# in containers that share nothing but the network and two volumes; the run ends with the bytes of a local one.
#
#   tests/cluster/containers.sh [FOLDER]   FOLDER keeps the base image between calls; default: a new one, removed at the end
. "$(dirname "$0")/../lib/script.sh"
need podman buildah runc debootstrap
need_root "building and running images here"
keep=${1:-$work/keep}
mkdir -p "$keep" "$work/data" "$work/access"
# A storage of our own: nothing of the machine's images is seen or changed.
storage="--root $keep/storage --runroot $keep/run --storage-driver vfs"
podman="podman $storage --runtime runc --cgroup-manager cgroupfs"
names="plateau-test-coordinator-$$ plateau-test-worker1-$$ plateau-test-worker2-$$"
at_end() {
    # shellcheck disable=SC2086 # lists of words
    $podman rm -f $names >/dev/null 2>&1
}
logs() {
    for name in $names; do $podman logs "$name" >"$work/$name.log" 2>&1; done
}

# ---- base and images
if ! $podman image exists plateau-base; then
    echo "containers: making the base"
    debootstrap --variant=minbase bookworm "$work/rootfs" >"$work/debootstrap.log" 2>&1 || fail "$(tail -3 "$work/debootstrap.log")"
    cp /etc/apt/sources.list "$work/rootfs/etc/apt/" 2>/dev/null || true
    cp -r /etc/apt/sources.list.d /etc/apt/apt.conf.d "$work/rootfs/etc/apt/" 2>/dev/null || true
    tar -C "$work/rootfs" -c . | $podman import - plateau-base >/dev/null
    rm -rf "$work/rootfs"
fi
git ls-files -z | tar --null -T - -c | { mkdir "$work/source" && tar -C "$work/source" -x; }
for target in coordinator worker; do
    echo "containers: building $target"
    # shellcheck disable=SC2086
    buildah $storage bud --pull-never --isolation chroot --network host --build-arg BASE=localhost/plateau-base --layers \
        --target $target -t plateau-test-$target "$work/source" >"$work/$target.log" 2>&1 || fail "$(tail -20 "$work/$target.log")"
done
size() { $podman image inspect --format '{{.Size}}' "plateau-test-$1"; }
base=$($podman image inspect --format '{{.Size}}' plateau-base)
echo "containers: over the base of $((base >> 20)) MB: worker $((($(size worker) - base) >> 20)) MB, coordinator $((($(size coordinator) - base) >> 20)) MB"
[ "$(size worker)" -lt "$(size coordinator)" ] || fail "the worker's image is not the smaller one"

# ---- a run
port=$(free_ports 2)
chown 10001:10001 "$work/data" "$work/access"
chmod 755 "$work"
# Limits of this machine's containers: a sandbox may not raise them.
run="$podman run --network host --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --cgroups=enabled"
$run --rm -v "$work/data:/data" plateau-test-coordinator keygen worker box --address tcp://127.0.0.1:$port 2>"$work/err" || fail "keygen: $(cat "$work/err")"
cp "$work/data/config/plateau/keys/box.access" "$work/access/access"
chown 10001:10001 "$work/access/access"
chmod 600 "$work/access/access"
sweep="-w /usr/share/plateau plateau-test-coordinator run configs/sp500_sensitivity.yaml --dir /data/runs --no-ledger --workers none --listen tcp://127.0.0.1:$port"
# shellcheck disable=SC2086
$run -d --name plateau-test-coordinator-$$ -v "$work/data:/data" $sweep >/dev/null 2>"$work/err" || fail "$(cat "$work/err")"
for k in 1 2; do
    $run -d --name plateau-test-worker$k-$$ -v "$work/access:/run/plateau:ro" plateau-test-worker --access /run/plateau/access \
        >/dev/null 2>"$work/err" || fail "worker $k: $(cat "$work/err")"
done
code=$(timeout 300 $podman wait plateau-test-coordinator-$$) || { logs && fail "the run did not end"; }
[ "$code" = 0 ] || { logs && fail "the run ended with $code"; }
"$plateau" run configs/sp500_sensitivity.yaml --dir "$work/calm" --no-ledger --quiet >/dev/null
"$plateau" diff "$(echo "$work"/calm/*-*/)" "$(echo "$work"/data/runs/*-*/)" --exit-code >/dev/null || fail "other bytes than a local run"
echo "containers: passed: a coordinator and two workers in containers, the bytes of a local run"
