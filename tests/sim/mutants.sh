#!/bin/bash
# Proof that the simulator's checks can fail: each mutant is the program with one promise broken, and some seed, or the
# journal's disk test, must find it. A mutant that nothing finds fails this script, and so does one whose text is gone.
#
#   tests/sim/mutants.sh [SEEDS [WORDS]]      seeds a mutant may survive (default 2000); only those that are so described
set -eu
cd "$(dirname "$0")/../.."
seeds=${1:-2000}
only=${2:-}
PATIENCE_S=900
tried=0
work=$PWD/build/mutants
rm -rf "$work/source"
mkdir -p "$work/source"
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$work/source" 2>/dev/null || true
cd "$work/source"
survivors=0

configure() {
    cmake -S . -B ../build -G Ninja -DCMAKE_BUILD_TYPE=Debug -DPLATEAU_WERROR=OFF >../log 2>&1 || { tail ../log; exit 3; }
}
build() {
    cmake --build ../build -j "$(nproc)" --target sim_seeds sim_journal_disk >../log 2>&1 || { tail -20 ../log; exit 3; }
}
# mutant WHAT FILES SED: the first of the files that it changes
mutant() {
    [[ "$1" = *"$only"* ]] || return 0
    tried=$((tried + 1))
    changed=
    for file in $2; do
        cp "$file" ../original
        sed -i "$3" "$file"
        cmp -s "$file" ../original || { changed=$file; break; }
    done
    if [ -z "$changed" ]; then
        echo "mutants: '$1': its text is not in $2 any more" >&2
        exit 3
    fi
    build
    code=0
    timeout $PATIENCE_S ../build/bin/sim_seeds "$seeds" >../log 2>&1 || code=$?
    if [ $code -eq 124 ]; then # found by nobody: the machine may be slow
        echo "NOT JUDGED: $1: $seeds seeds take longer than $PATIENCE_S s"
        survivors=$((survivors + 1))
    elif [ $code -ne 0 ]; then
        echo "found: $1: $(grep -m1 -o 'seed [0-9]*: .*\|signal [0-9]* in seed [0-9]*' ../log || echo "exit code $code")"
    elif ! timeout 300 ../build/bin/sim_journal_disk >../log 2>&1; then
        echo "found: $1: $(grep -m1 -o '[a-z_]* *$' <(grep -m1 'FAILED  ] [a-z]' ../log) || echo 'by the disk test')"
    else
        echo "NOT FOUND: $1"
        survivors=$((survivors + 1))
    fi
    cp ../original "$changed"
}

configure
mutant "an ack goes out before its row is saved" coordinator/serve.c \
    's/^    batch->bytes += row->length;/&\n    dispatch_saved(batch->run.dispatch);/'
mutant "the journal is not synced" coordinator/journal.c 's/synchronous=FULL;"$/synchronous=OFF;"/'
mutant "a start does not make durable what it reads" coordinator/journal.c 's/^        err = make_durable(journal, note);/        err = OK;/'
mutant "the last row of a commit is left out" coordinator/journal.c 's/for (size_t i = 0; !err && i < n; i++)/for (size_t i = 0; !err \&\& i + 1 < n; i++)/'
mutant "a resume forgets what is done" coordinator/journal.c 's/^            done\[tile \/ 8\] |= .*/            ;/'
mutant "a dead worker keeps its leases" 'coordinator/lease*.c' '/^static enum err after_loss/,/^}/s/^        wait_in_line(table, i);/        ;/'
mutant "a lost lease is never taken back" 'coordinator/lease*.c' '/^uint32_t lease_take_back/,/^}/s/n_spans; i++/n_spans \&\& false; i++/'
mutant "a lost JOB is not sent again" 'coordinator/dispatch*.c' 's/in->now_ms - peer->job_ms >= JOB_AGAIN_MS/false/'
mutant "pieces of a split tile are joined as they come" coordinator/parts.c 's/for (; at > 0 && tile->pieces\[at - 1\].first_cell > first_cell; at--)/for (; false; at--)/'
mutant "a new worker is not asked for the known cells" 'coordinator/dispatch*.c' '/^bool dispatch_trusts/,/^}/s/if (!canary || .*/if (canary || !canary)/'
mutant "the known cells are not compared" 'coordinator/dispatch*.c' 's/if (asked && (m->cells.length/if (!asked \&\& (m->cells.length/'
mutant "a span over its limit is not cut in halves" 'coordinator/lease*.c' '/^enum err lease_holder_overran/,/^}/s/^        span->deaths = .*/        ;/'
mutant "a cell over its limit is said to have crashed" 'coordinator/dispatch*.c' '/^void dispatch_overran/,/^}/s/^    d->overran = true;/    d->overran = false;/'
mutant "a worker keeps to no time limit" worker/session.c 's/s->in_hand.limit_ms > 0/false/'
mutant "who is told to leave and connects anew is not told again" 'coordinator/pool*.c' 's/^    if (peer->draining) .* it may not have heard of it .*/    if (false)/'
mutant "who is told to leave gets leases" 'coordinator/dispatch*.c' '/^enum err on_ready/,/^}/s/if (peer->state != PEER_DRAINING)/if (true)/'
mutant "a held run keeps who connects anew" 'coordinator/pool*.c' 's/^    if (leaving) .*/    if (false)/'
mutant "what is withheld from a worker is granted" 'coordinator/dispatch*.c' 's/ && !peer->withheld &&/ \&\&/'
mutant "a result that is handed in again is progress" 'coordinator/dispatch*.c' 's/if (lease_is_held(d->leases, peer->key, &lease)) .*/if (lease.tile != UINT64_MAX)/'
mutant "the last results of a run that is removed are acked, not saved" coordinator/serve.c '/^enum err serve_flush/,/^}/s/err = save(serve->batches\[i\], note)/dispatch_saved(serve->batches[i]->run.dispatch)/'
echo "mutants: $tried tried, $survivors not found"
[ $tried -gt 0 ] && [ $survivors -eq 0 ]
