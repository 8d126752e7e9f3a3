/* gc_runs - the runs of a folder, and which of them should go. Never one that is held; an
 * unfinished one only if that is said; the trial ledger lies elsewhere and is not touched, so that
 * what was tried stays counted. */
#ifndef CLI_GC_RUNS_H
#define CLI_GC_RUNS_H
#include "coordinator/run.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gc_run {
    char id[128];
    uint64_t bytes;
    int64_t used_s; /* UTC seconds of its last change */
    bool held, finished;
    bool go;         /* set by gc_runs_plan() */
    const char *why; /* it goes or stays */
};
/* Newest first. Folders that are no runs are not listed. The caller frees *out. ERR_IO, ERR_NOMEM.
 */
enum err gc_runs_list(const char *dir, struct gc_run **out, size_t *n, struct err_note *note);

struct gc_policy { /* without a limit of any kind nothing goes */
    int64_t now_s;
    int64_t older_than_s; /* negative: no limit */
    uint64_t keep;        /* so many of the newest stay in any case; UINT64_MAX: not given */
    uint64_t max_bytes;   /* UINT64_MAX: no limit */
    bool unfinished;      /* those too */
};
void gc_runs_plan(struct gc_run *runs, size_t n, const struct gc_policy *policy);
/* Out of sight in one step, then removed. ERR_BUSY: somebody holds it by now; ERR_IO. */
enum err gc_run_remove(const char *dir, const struct gc_run *run, struct err_note *note);
/* Ends removals that a kill cut short. */
enum err gc_runs_finish(const char *dir, struct err_note *note);
#endif
