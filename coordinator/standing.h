/* standing - what an operator decided about a run, beside its results: RUN/standing.json. It
 * outlives any process: a service that comes back goes on with what it finds.
 *
 *    (no file) --submit--> queued <--> paused        of these a service takes care
 *                             '--> finished | failed | cancelled     and the reason why
 *
 * Written beside, fsynced and renamed. */
#ifndef COORDINATOR_STANDING_H
#define COORDINATOR_STANDING_H
#include "coordinator/run_limits.h"
#include "proto/err.h"
#include <stdint.h>

// clang-format off
#define STANDING_TABLE(X) X(NONE, "") X(QUEUED, "queued") X(PAUSED, "paused") X(CANCELLED, "cancelled") \
    X(FAILED, "failed") X(FINISHED, "finished")
// clang-format on
enum standing_state {
#define X(NAME, name) STANDING_##NAME,
    STANDING_TABLE(X)
#undef X
        N_STANDINGS
};
extern const char *const STANDING_NAME[N_STANDINGS];
#define STANDING_FILE "standing.json"
#define STANDING_REASON_MAX 300
#define STANDING_EXIT_CANCELLED 130 /* as one that was interrupted */

struct standing {
    enum standing_state state;
    uint32_t priority;
    int64_t submitted_ms;     /* UTC: the order in which they came */
    int exit_code;            /* of a run that ended: what `plateau wait` returns */
    struct run_limits limits; /* as submitted */
    bool no_ledger;           /* as submitted: its points are not counted as trials */
    char reason[STANDING_REASON_MAX + 1];
};
/* No file: STANDING_NONE. ERR_CORRUPT. */
enum err standing_read(struct standing *out, const char *run_path, struct err_note *note);
/* STANDING_NONE: the file is removed. */
enum err standing_write(const struct standing *standing, const char *run_path,
                        struct err_note *note);
#endif
