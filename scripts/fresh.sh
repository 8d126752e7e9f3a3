#!/bin/bash
# The README's two commands as a new user runs them: a fresh clone in a Debian 12 minbase chroot. Needs root and
# debootstrap. Prints the last lines of both.
#
#   scripts/fresh.sh [FOLDER]   default: a new folder under /var/tmp, removed at the end
set -eu
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || {
    echo "fresh: run as root (chroot, mount)" >&2
    exit 3
}
command -v debootstrap >/dev/null || {
    echo "SKIPPED: debootstrap is not installed"
    exit 77
}
keep=1
[ $# -gt 0 ] || keep=
root=${1:-$(mktemp -d /var/tmp/plateau-fresh.XXXXXX)}
root=$(realpath -m "$root")
# The mirror this machine's apt uses; without one, debootstrap's own choice.
# shellcheck disable=SC2016 # apt's own format
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | grep -m1 '/debian/\?$' || true)

finish() {
    ! mountpoint -q "$root" || umount -R "$root"
    [ -n "$keep" ] || rm -rf --one-file-system "$root"
}
trap finish EXIT

if [ ! -x "$root/usr/bin/apt-get" ]; then
    echo "fresh: debootstrap bookworm into $root"
    debootstrap --variant=minbase bookworm "$root" ${mirror:+"$mirror"} >"$root.log" 2>&1 || {
        tail -20 "$root.log" >&2
        exit 3
    }
    rm -f "$root.log"
fi
# Package sources and proxy settings of this machine: the chroot sees what a neighbour machine would.
rm -f "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d/*
cp -a /etc/apt/sources.list.d/*.sources /etc/apt/sources.list "$root/etc/apt/sources.list.d/" 2>/dev/null || true
[ ! -f "$root/etc/apt/sources.list.d/sources.list" ] || mv "$root/etc/apt/sources.list.d/sources.list" "$root/etc/apt/"
cp /etc/resolv.conf /etc/hosts "$root/etc/"
[ ! -f /etc/npmrc ] || cp /etc/npmrc "$root/etc/"
[ ! -f "$HOME/.npmrc" ] || cp "$HOME/.npmrc" "$root/root/"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
mountpoint -q "$root" || mount --bind --make-private "$root" "$root" # network namespaces want a root that is a mount
mount --make-rslave --rbind /sys "$root/sys" # with its control groups, for Slurm
mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
mkdir -p "$root/dev/pts"
mountpoint -q "$root/dev/pts" || mount --bind /dev/pts "$root/dev/pts"

rm -rf "$root/root/plateau"
git clone -q --no-hardlinks . "$root/root/plateau"
commands() { sed -n '/^```sh$/,/^```$/p' README.md | grep -v '^```'; }
first=$(commands | sed -n 1p)
second=$(commands | sed -n 2p)
run() {
    printf '\nfresh: %s\n' "$1"
    local start status=0
    start=$(date +%s)
    chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 CI="${CI-}" \
        sh -c "cd /root/plateau && $1" >"$root/root/log" 2>&1 || status=$?
    tail -"$2" "$root/root/log"
    printf 'fresh: exit %s after %s s\n' "$status" "$(($(date +%s) - start))"
    return $status
}
run "$first" 45
run "$second" 8
