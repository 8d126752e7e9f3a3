#!/bin/sh
# Installs the Debian 12 packages Plateau needs. Safe to run again; installs only what is missing.
#
#   scripts/setup.sh           what building and running need
#   scripts/setup.sh --tests   and what the tests, the linters, the fuzzers and the arm64 build need
#
# Node.js and npm build the page of `plateau report`; whatever provides the two commands will do.
set -eu

build="build-essential cmake ninja-build pkg-config
    libzmq3-dev libyaml-dev libhdf5-dev libsqlite3-dev libcairo2-dev libjansson-dev libzstd-dev libsodium-dev libdeflate-dev libmicrohttpd-dev
    fontconfig fonts-dejavu-core"
tests="libcmocka-dev python3 python3-h5py python3-xarray python3-h5netcdf python3-netcdf4 python3-silx python3-matplotlib python3-jsonschema
    python3-yaml python3-prometheus-client netcdf-bin hdf5-tools clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev valgrind git file
    procps spin slurm-wlm munge openssh-server openssh-client docker-compose python3-kubernetes iproute2 nftables groff-base zsh fish gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static"

usage() {
    sed -n '2,7s/^# \{0,1\}//p' "$0"
    exit "$1"
}
command -v node >/dev/null || build="$build nodejs"
command -v npm >/dev/null || build="$build npm"
command -v chromium >/dev/null || tests="$tests chromium"
wanted=$build
case "${1-}" in
"") ;;
--tests) wanted="$build $tests" ;;
-h | --help) usage 0 ;;
*)
    echo "setup: unknown option $1" >&2
    usage 2 >&2
    ;;
esac

if ! command -v apt-get >/dev/null; then
    echo "setup: no apt-get here: install these packages (Debian names) by hand:" >&2
    echo "$wanted" >&2
    exit 3
fi
missing=
for package in $wanted; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
if [ -z "$missing" ]; then
    echo "setup: everything is installed already"
    exit 0
fi
as_root=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || {
        echo "setup: run as root, or install sudo; missing:$missing" >&2
        exit 3
    }
    as_root=sudo
fi
echo "setup: installing$missing"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
quietly() {
    "$@" >"$log" 2>&1 || {
        cat "$log" >&2
        echo "setup: failed: $*" >&2
        exit 3
    }
}
quietly $as_root apt-get -q -o DPkg::Lock::Timeout=500 update
# shellcheck disable=SC2086 # a list of words
quietly $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
    -o DPkg::Lock::Timeout=500 -o Dpkg::Use-Pty=0 install $missing
echo "setup: done"
