/* Seeds of the simulator: every one a run under its own faults, with the promises checked after
 * every turn of the coordinator.
 *
 *   sim_seeds [COUNT [FIRST]] [--trace] */
#include "tests/sim/life.h"
#include "tests/sim/world.h"
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SEEDS = 300, FAILURES_MAX = 5 };

static uint64_t seed; /* the one that runs, for who finds an assertion broken */

static void say_seed(int number)
{
    char line[100];
    int n = snprintf(line, sizeof line,
                     "sim: signal %d in seed %" PRIu64 "; replay: scripts/sim.sh 1 %" PRIu64
                     " --trace\n",
                     number, seed, seed);
    if (write(STDERR_FILENO, line, (size_t)n) != n)
        _exit(3);
    signal(number, SIG_DFL);
    raise(number);
}

struct totals {
    uint64_t lives, acks, results, killed, runs, canaries, overruns, drained, held, removed;
    int64_t ms;
};

static bool run_seed(bool trace, struct totals *totals)
{
    struct world w;
    struct world_profile profile = world_draw(seed);
    world_init(&w, seed, &profile, trace);
    life_until_done(&w);
    bool good = !w.failure[0];
    if (!good)
        fprintf(stderr,
                "sim: seed %" PRIu64 ": %s\nsim: replay: scripts/sim.sh 1 %" PRIu64 " --trace\n",
                seed, w.failure, seed);
    totals->lives += w.coordinator_life;
    totals->acks += w.n_acks;
    totals->results += w.n_results;
    totals->runs += profile.n_runs;
    totals->canaries += w.n_canaries;
    totals->overruns += w.n_overruns;
    totals->drained += w.n_drained;
    totals->held += w.n_held;
    totals->removed += w.n_removed;
    totals->killed += w.n_killed;
    totals->ms += w.now_ms;
    world_end(&w);
    return good;
}

int main(int argc, char **argv)
{
    uint64_t numbers[2] = {SEEDS, 1};
    bool trace = false;
    unsigned n = 0, failures = 0;
    struct totals totals = {0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--trace") == 0)
            trace = true;
        else if (n < 2 && strtoull(argv[i], NULL, 10) > 0)
            numbers[n++] = strtoull(argv[i], NULL, 10);
        else {
            fprintf(stderr, "usage: sim_seeds [COUNT [FIRST]] [--trace]\n");
            return 2;
        }
    }
    signal(SIGABRT, say_seed);
    signal(SIGSEGV, say_seed);
    for (uint64_t k = 0; k < numbers[0] && failures < FAILURES_MAX; k++) {
        seed = numbers[1] + k;
        failures += !run_seed(trace, &totals);
    }
    printf("sim: %" PRIu64 " seeds from %" PRIu64 ": %u failed; %" PRIu64 " runs, %" PRIu64
           " coordinator lives, %" PRIu64 " worker deaths, %" PRIu64 " results, %" PRIu64
           " acks, %.1f hours simulated\n",
           numbers[0], numbers[1], failures, totals.runs, totals.lives, totals.killed,
           totals.results, totals.acks, (double)totals.ms / 3.6e6);
    printf("sim: known cells asked for %" PRIu64 " times; %" PRIu64
           " spans over their limit, %" PRIu64 " workers told to leave, %" PRIu64
           " runs held, %" PRIu64 " removed and taken up again\n",
           totals.canaries, totals.overruns, totals.drained, totals.held, totals.removed);
    return failures ? 1 : 0;
}
