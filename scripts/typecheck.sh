#!/bin/sh
# Checks the types and the form of frontend/, and the form of tests/e2e/, with the TypeScript and Prettier of its lock file, installed in FOLDER (default build/frontend-types).
#
#   scripts/typecheck.sh [FOLDER]
set -eu
cd "$(dirname "$0")/.."
folder=${1:-build/frontend-types}
command -v npm >/dev/null || {
    echo "SKIPPED: no npm (scripts/setup.sh)"
    exit 77
}
mkdir -p "$folder"
cp frontend/package.json frontend/package-lock.json frontend/.npmrc frontend/tsconfig.json "$folder"
if ! cmp -s "$folder/package-lock.json" "$folder/installed.json"; then
    (cd "$folder" && npm ci --prefer-offline >npm.log 2>&1) || {
        tail -3 "$folder/npm.log"
        echo "SKIPPED: npm ci failed: no network?"
        exit 77
    }
    cp "$folder/package-lock.json" "$folder/installed.json"
fi
rm -rf "$folder/src"
cp -r frontend/src "$folder/src"
(cd "$folder" && node_modules/.bin/tsc --noEmit)
"$folder/node_modules/.bin/prettier" --log-level warn --check frontend/src frontend/build.mjs tests/e2e/*.mjs
echo "typecheck: frontend is clean"
