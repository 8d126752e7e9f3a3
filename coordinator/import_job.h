/* import_job - the job of an imported run: axes, scenarios and periods as a sweep, and which grid
 * point is which combination of the points file. */
#ifndef COORDINATOR_IMPORT_JOB_H
#define COORDINATOR_IMPORT_JOB_H
#include "coordinator/import.h"
#include "coordinator/import_points.h"
#include "coordinator/import_returns.h"

struct import_job {
    struct job job;
    uint32_t *combination_of;       /* [points]: number + 1, 0: not in the file */
    uint64_t n_missing;             /* points of the grid that are not in the file */
    int period_of[JOB_PERIODS_MAX]; /* of the points file, by period of the job; -1: none */
};
/* points may lose its default period's name to the first of options->periods. returns may be NULL.
 * Its hashes are still zero. The caller ends it with import_job_free(). */
enum err import_job_make(struct import_job *out, struct import_points *points,
                         const struct import_returns *returns, const struct import_options *options,
                         struct err_note *note);
void import_job_free(struct import_job *job);
#endif
