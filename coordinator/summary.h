/* summary - RUN/summary.json: what a run came to, written each time a process stops working on it,
 * finished or not. docs/summary.schema.json is its form. Counts are of the journal, so of the whole
 * run; times and rates of this process. */
#ifndef COORDINATOR_SUMMARY_H
#define COORDINATOR_SUMMARY_H
#include "coordinator/crew.h"
#include "coordinator/dispatch.h"
#include "coordinator/journal.h"
#include "coordinator/run.h"
#include "proto/err.h"

#define SUMMARY_FILE "summary.json"

struct summary {
    const struct run_dir *run;
    struct journal *journal;
    const struct crew *crew;
    struct dispatch_stats dispatch;
    uint64_t cells_at_start;
    double elapsed_s;
    enum err err; /* how it ended */
    const char *reason;
};
/* Written beside and renamed. */
enum err summary_write(const struct summary *summary, struct err_note *note);
#endif
