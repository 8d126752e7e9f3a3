#!/bin/sh
# Builds the .deb with cpack from the release build, shows its control data, unpacks it and runs what it holds.
set -eu
cd "$(dirname "$0")/.."
cmake --preset release >/dev/null
cmake --build --preset release >/dev/null
cd build/release
rm -f ./*.deb
cpack -G DEB >cpack.log 2>&1 || {
    tail -20 cpack.log >&2
    exit 3
}
deb=$(ls ./*.deb)
dpkg-deb --info "$deb"
rm -rf deb-root
dpkg-deb --extract "$deb" deb-root
deb-root/usr/bin/plateau --version
ls -l "$deb"
