/* fsck - is a run on disk what it says it is? The job against run.json, every row of the journal
 * (checksum, tile, cells, counts, what the sweep excludes), holes, disputes, and results.h5 against
 * the journal byte by byte.
 *
 * Only what loses nothing is mended, and only when asked: rows that are of no use go, so that
 * `resume` computes their tiles again, and results.h5 is written anew from the journal. */
#ifndef COORDINATOR_FSCK_H
#define COORDINATOR_FSCK_H
#include "coordinator/run.h"
#include "proto/err.h"
#include <stdbool.h>

// clang-format off
#define FSCK_STATES(X) \
    X(OK, "ok") X(NOTE, "note") X(MENDED, "mended") X(DIFFERENT, "different") X(DAMAGED, "damaged")
// clang-format on
enum fsck_state { /* the later, the worse */
#define X(NAME, name) FSCK_##NAME,
                  FSCK_STATES(X)
#undef X
                      N_FSCK_STATES
};
extern const char *const FSCK_STATE_NAME[N_FSCK_STATES];

struct fsck_options {
    bool repair;
    /* One finding; text is one line. */
    void (*tell)(void *ctx, enum fsck_state state, const char *check, const char *text);
    void *ctx;
};
/* *worst of all findings. An error: the check itself could not be made; ERR_BUSY: repair of a run
 * that another process holds. */
enum err fsck_run(const struct run_dir *run, const struct fsck_options *options,
                  enum fsck_state *worst, struct err_note *note);
#endif
