/* life - the coordinator in the simulator: the real pool, dispatch, serve and journal, from one
 * start to its end, as often as it takes; after every turn and every end the promises are checked.
 */
#ifndef TESTS_SIM_LIFE_H
#define TESTS_SIM_LIFE_H
#include "coordinator/dispatch.h"
#include "tests/sim/world.h"

struct life_run {
    struct journal *journal; /* NULL, as is the dispatch: removed, or done */
    struct dispatch *dispatch;
    struct dispatch_canary canary;
    uint64_t tiles_seen;         /* at the turn before */
    uint64_t deaths;             /* that dispatches before this one counted */
    bool done;                   /* all of it durable, and checked */
    struct dispatch_stats stats; /* when it was done */
};
struct life { /* one coordinator process */
    struct world *w;
    struct life_run runs[WORLD_RUNS_MAX];
    struct pool *pool;
    struct serve *serve;
};
/* Opens the journals and resumes. An error may be the disk's doing. */
enum err life_start(struct life *life, struct world *w, struct err_note *note);
void life_end(struct life *life);
/* One turn of the real loop, what its operator ordered, and the checks after it. true: every run is
 * done. */
bool life_turn(struct life *life, enum err *err, struct err_note *note);

/* Until every cell of every run has its status, or w->failure says what is wrong. */
void life_until_done(struct world *w);
#endif
