/* observer - what one run shows outside while it goes: a line of the log for what happens, its
 * numbers for the metrics. The loop that runs it calls observer_turn() after every turn; nothing
 * here decides anything. */
#ifndef COORDINATOR_OBSERVER_H
#define COORDINATOR_OBSERVER_H
#include "coordinator/crew.h"
#include "coordinator/dispatch.h"
#include "coordinator/journal.h"
#include "coordinator/outside.h"
#include "coordinator/run.h"
#include "proto/err.h"

#define OBSERVER_EVERY_MS 250 /* the metrics are that old at most */

struct observer {                  /* laid out by its run with the first two set */
    const struct outside *outside; /* borrowed; NULL: shows nothing */
    const struct run_dir *dir;     /* borrowed */
    uint64_t slow_commits;         /* told so far */
    uint64_t events[N_EVENTS];
    uint64_t cells_at_start;
    int64_t start_ms, shown_ms;
    struct crew crew;
};
void observer_started(struct observer *o, int64_t now_ms, const struct dispatch *dispatch);
void observer_turn(struct observer *o, int64_t now_ms, struct dispatch *dispatch,
                   const struct journal *journal);
/* A local worker's process has ended. */
void observer_process_ended(struct observer *o, uint64_t pid, const char *how);
/* Its last line, and summary.json. dispatch and journal may be NULL, where the run got no further.
 */
void observer_ended(struct observer *o, int64_t now_ms, struct dispatch *dispatch,
                    struct journal *journal, enum err err, const struct err_note *note);
#endif
