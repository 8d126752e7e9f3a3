/* checks - the promises, as what must be true of a journal and of a dispatch. */
#ifndef TESTS_SIM_CHECKS_H
#define TESTS_SIM_CHECKS_H
#include "coordinator/journal.h"
#include "tests/sim/life.h"

/* Every row is what a calm run would have there, and what was acked is there. stats: at the end,
 * when every tile is there, and the dispatch's sums are its own; else NULL. deaths: how many the
 * coordinators counted, as a harmless cell may only be given up after some. */
void check_journal(struct world *w, struct world_run *run, struct journal *journal,
                   const struct dispatch_stats *stats, uint64_t deaths);
/* What would be left if the power failed now. */
void check_crash_now(struct world *w);
/* A turn is over. */
void check_turn(struct life *life);
#endif
