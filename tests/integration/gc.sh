#!/bin/bash
# Runs and the market cache by age, number and size: what goes, and what never does (held runs, unfinished ones, images in use).
. "$(dirname "$0")/../lib/script.sh"
runs=$work/runs
make_run() { # SEED: its folder in $made
    "$plateau" run tests/integration/small.yaml --set "run.seed=$1" --dir "$runs" --workers 2 --quiet >/dev/null 2>"$work/err" ||
        fail "run: $(cat "$work/err")"
    made=$(ls -td "$runs"/small-* | head -1)
}
gc() { "$plateau" gc --dir "$runs" --format csv "$@" 2>"$work/err" | sort >"$work/out"; }
fate() { awk -F, -v name="$1" '$2 == name {print $5}' "$work/out"; }
age() { find "$1" -type f -exec touch -d "$2" {} +; }

make_run 1 && one=$made
make_run 2 && two=$made
make_run 3 && three=$made
age "$one" "40 days ago"
age "$two" "20 days ago"
tried=$(sqlite3 "$PLATEAU_LEDGER" .dump | sha256sum)

# ---- no limit, nothing whole goes; --dry-run never removes ----
gc
[ -d "$one" ] && [ -d "$two" ] && [ -d "$three" ] || fail "without a limit something went: $(cat "$work/out")"
ls "$work"/cache/*.img >/dev/null || fail "an image went"
gc --older-than 30d --dry-run
[ "$(fate "$(basename "$one")")" = "would go" ] || fail "$(cat "$work/out")"
grep -q "nothing was removed" "$work/err" || fail "$(cat "$work/err")"
[ -d "$one" ] || fail "--dry-run removed a run"

# ---- the N newest stay; a held one stays; the ledger keeps what was tried ----
gc --runs --older-than 10d --keep 2
[ ! -d "$one" ] && [ -d "$two" ] && [ -d "$three" ] || fail "--keep 2: $(cat "$work/out")"
[ "$(fate "$(basename "$two")")" = stays ] || fail "$(cat "$work/out")"
/usr/bin/python3 -c '
import fcntl, struct, sys, time
f = open(sys.argv[1], "r+")
fcntl.fcntl(f, 37, struct.pack("hhqqi", fcntl.F_WRLCK, 0, 0, 0, 0))  # F_OFD_SETLK
print("held", flush=True)
time.sleep(600)' "$two/lock" >"$work/held" &
holder=$!
await held "$work/held"
gc --runs --older-than 10d
[ -d "$two" ] && grep -q "held by a process" "$work/out" || fail "a held run: $(cat "$work/out")"
kill $holder && wait $holder 2>/dev/null || true
gc --runs --older-than 10d
[ ! -d "$two" ] && [ -d "$three" ] || fail "after the holder left: $(cat "$work/out")"
[ "$(sqlite3 "$PLATEAU_LEDGER" .dump | sha256sum)" = "$tried" ] || fail "the trial ledger changed"

# ---- an unfinished run could be resumed: only when that is said ----
"$plateau" run tests/integration/small.yaml --set run.seed=4 --dir "$runs" --sample 20% --quiet >/dev/null 2>"$work/err" || true
four=$(ls -td "$runs"/small-* | head -1)
gc --runs --max-size 0B
[ -d "$four" ] && [ ! -d "$three" ] || fail "--max-size 0B: $(cat "$work/out")"
grep -q unfinished "$work/out" || fail "$(cat "$work/out")"
mkdir "$runs/.gone-left" && echo x >"$runs/.gone-left/x" # of a removal that was cut short
mkdir "$runs/not-a-run" && echo x >"$runs/not-a-run/x"
gc --runs --max-size 0B --unfinished
[ ! -d "$four" ] && [ ! -d "$runs/.gone-left" ] || fail "--unfinished: $(ls -A "$runs")"
[ -f "$runs/not-a-run/x" ] || fail "a folder that is no run went"

# ---- the cache: an image in use stays, its key with it ----
image=$(ls "$work"/cache/*.img)
echo half >"$work/cache/$(basename "$image" .img).img.part"
(exec 8<"$image" && flock -s 8 && touch "$work/locked" && exec sleep 600) &
holder=$!
eventually "a lock" test -e "$work/locked"
gc --cache --max-size 0B
[ -f "$image" ] && grep -q "in use" "$work/out" || fail "an image in use: $(cat "$work/out")"
[ -z "$(ls "$work"/cache/*.part 2>/dev/null)" ] || fail "what was left unfinished stayed"
ls "$work"/cache/*.key >/dev/null || fail "the key of an image that stays went"
kill $holder && wait $holder 2>/dev/null || true
gc --cache --max-size 0B
[ -z "$(ls "$work/cache")" ] || fail "left: $(ls "$work/cache")"
refused 2 "a time such as" "$plateau" gc --older-than 30
echo "gc: ok"
