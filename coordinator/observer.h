/* observer - what one run shows outside while it goes: a line of the log for what happens. The loop
 * that runs it calls observer_turn() after every turn; nothing here decides anything. */
#ifndef COORDINATOR_OBSERVER_H
#define COORDINATOR_OBSERVER_H
#include "coordinator/dispatch.h"
#include "coordinator/journal.h"
#include "coordinator/log.h"
#include "coordinator/run.h"
#include "proto/err.h"

struct observer {    /* laid out by its run; all borrowed */
    struct log *log; /* may be NULL */
    const struct run_dir *dir;
    uint64_t slow_commits; /* told so far */
};
void observer_started(struct observer *o, const struct dispatch *dispatch);
void observer_turn(struct observer *o, struct dispatch *dispatch, const struct journal *journal);
/* A local worker's process has ended. */
void observer_process_ended(struct observer *o, uint64_t pid, const char *how);
/* dispatch and journal may be NULL, where the run got no further. */
void observer_ended(struct observer *o, struct dispatch *dispatch, const struct journal *journal,
                    enum err err, const struct err_note *note);
#endif
