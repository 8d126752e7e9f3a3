#!/bin/sh
# Formats all C sources; with --check only tells which differ (exit 1), without changing them.
set -eu
cd "$(dirname "$0")/.."
tool=clang-format-14
command -v $tool >/dev/null || {
    echo "SKIPPED: $tool is not installed (scripts/setup.sh --tests)"
    exit 77
}
mode=-i
case "${1-}" in
"") ;;
--check) mode="--dry-run --Werror" ;;
*)
    echo "usage: scripts/format.sh [--check]" >&2
    exit 2
    ;;
esac
# shellcheck disable=SC2086
find proto engine market spec worker coordinator review cli tests -name '*.[ch]' -print0 |
    sort -z | xargs -0 -n 16 -P "$(nproc)" $tool $mode
