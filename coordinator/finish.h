/* finish - what follows the last cell of a run: results.h5 and the trial ledger, in a thread of its
 * own, so that the loop goes on for other runs meanwhile. One at a time: HDF5 is not for several
 * threads. */
#ifndef COORDINATOR_FINISH_H
#define COORDINATOR_FINISH_H
#include "coordinator/run.h"
#include "proto/err.h"
#include <stdbool.h>

struct finish;
struct finish_options {
    const struct run_dir *run; /* borrowed until finish_poll() says it is done */
    /* Writes results.h5 at path with whatever belongs into it; NULL: there is none to write. Called
     * in the other thread. */
    enum err (*export)(const struct run_dir *run, const char *path, bool partial,
                       struct err_note *note);
    bool partial;       /* tiles may be missing: a sample */
    const char *ledger; /* NULL: the user's */
    bool no_ledger;
};
/* Starts. The caller owns *out. */
enum err finish_start(struct finish **out, const struct finish_options *options);
/* False while it is under way. True: it is over and *self is NULL; *err and note tell of
 * results.h5, ledger of the trials, each empty if all is well. */
bool finish_poll(struct finish **self, enum err *err, struct err_note *note,
                 struct err_note *ledger);
/* Waits for it. */
void finish_free(struct finish **self);
#endif
