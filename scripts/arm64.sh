#!/bin/bash
# Cross-builds the engine and plateau-golden for arm64, runs the golden cases under qemu-user and compares the hash of all
# metric rows with this machine's. Target libraries come from Debian's arm64 packages, unpacked in the build folder: the
# system's own package list stays as it is.
#
#   scripts/arm64.sh [BUILD]   default: build/arm64; needs gcc-aarch64-linux-gnu, libc6-dev-arm64-cross and qemu-user-static
#                              (scripts/setup.sh --tests); exit code 77 where they are missing
set -eu
cd "$(dirname "$0")/.."
build=${1:-build/arm64}
case $build in /*) ;; *) build=$PWD/$build ;; esac
packages="libzstd-dev libsodium-dev libjansson-dev"

for tool in aarch64-linux-gnu-gcc qemu-aarch64-static apt-get dpkg-deb cmake ninja; do
    command -v $tool >/dev/null || {
        echo "SKIPPED: $tool is missing; scripts/setup.sh --tests installs it"
        exit 77
    }
done

# A package list of its own, for arm64 only.
sysroot=$build/sysroot
if [ ! -e "$sysroot/complete" ]; then
    rm -rf "$build/apt" "$build/deb" "$sysroot"
    mkdir -p "$build/apt/state/lists/partial" "$build/apt/cache/archives/partial" "$build/deb" "$sysroot"
    : >"$build/apt/status"
    apt="apt-get -q -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User=root
        -o Dir::State=$build/apt/state -o Dir::State::status=$build/apt/status -o Dir::Cache=$build/apt/cache"
    echo "arm64: fetching $packages"
    # shellcheck disable=SC2086 # lists of words
    if ! { $apt update && cd "$build/deb" && $apt download $packages; } >"$build/apt/log" 2>&1; then
        cat "$build/apt/log" >&2
        echo "arm64: cannot fetch the arm64 packages of $packages" >&2
        exit 3
    fi
    cd - >/dev/null
    for deb in "$build"/deb/*.deb; do
        dpkg-deb -x "$deb" "$sysroot"
    done
    find "$sysroot" -name '*.so*' -delete # static archives only
    rm -rf "$build/apt"
    touch "$sysroot/complete"
fi

build_for() { # FOLDER CMAKE-ARGUMENTS
    folder=$1
    shift
    if ! { cmake -S . -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=Release -DPLATEAU_ENGINE_ONLY=ON "$@" &&
        cmake --build "$folder" --target plateau-golden metric_hash; } >"$build/log" 2>&1; then
        tail -40 "$build/log" >&2
        echo "arm64: $folder does not build" >&2
        exit 1
    fi
}
echo "arm64: cross build"
build_for "$build/arm64" -DCMAKE_TOOLCHAIN_FILE="$PWD/cmake/aarch64.cmake" -DPLATEAU_ARM64_SYSROOT="$sysroot"
echo "arm64: native build"
build_for "$build/native"

# Each golden case must end the same way on both machines. (A case that fails here as well is for the tests to tell.)
golden() { # KIND ARGUMENTS
    echo "arm64: golden cases, $1, under qemu"
    "$build/native/bin/plateau-golden" "$@" >"$build/here" 2>&1 || true
    qemu-aarch64-static "$build/arm64/bin/plateau-golden" "$@" >"$build/there" 2>&1 || true
    tail -1 "$build/there"
    diff "$build/here" "$build/there" || failed=1
    grep -q ' passed, ' "$build/there" || failed=1
}
failed=0
golden statistics tests/golden/statistics
golden engine tests/golden/engine --data data

configs=3 # of each market, four points each: a minute of emulation
here=$("$build/native/bin/metric_hash" data $configs 2>/dev/null)
there=$(qemu-aarch64-static "$build/arm64/bin/metric_hash" data $configs 2>/dev/null)
echo "metric rows $(uname -m): $here"
echo "metric rows aarch64: $there"
if [ -z "$here" ] || [ "$here" != "$there" ]; then
    echo "arm64: the hashes differ: some arithmetic depends on the architecture"
    failed=1
fi
if [ $failed != 0 ]; then
    echo "arm64: FAILED"
    exit 1
fi
echo "arm64: passed, the same bits on both"
