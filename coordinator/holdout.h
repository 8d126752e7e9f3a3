/* holdout - the locked periods, computed for one chosen point at a time and kept in the run, so
 * that a second look is a look at the record and not a new opening.
 *
 *   RUN/holdout.json: every opening with all its numbers, in order of time; written beside and
 *   renamed. /holdout of results.h5 is made of it (coordinator/export_holdout.h). */
#ifndef COORDINATOR_HOLDOUT_H
#define COORDINATOR_HOLDOUT_H
#include "coordinator/run.h"
#include "engine/metrics.h"
#include "proto/result.h"
#include "review/ledger.h"

#define HOLDOUT_FILE "holdout.json"
#define HOLDOUT_OPENINGS_MAX 1000 /* of one run: whoever opens more is not holding anything out */

struct holdout_cell { /* a scenario and a locked period */
    enum status status;
    uint16_t flags;
    double metrics[N_METRICS];          /* NaN unless ok */
    char reason[RESULT_REASON_MAX + 1]; /* "" if ok */
};
struct holdout_opening {
    uint64_t point;
    char opened[32];            /* UTC ISO time */
    struct holdout_cell *cells; /* [n_scenarios][n_periods] */
};
struct holdout {
    uint32_t n, n_scenarios, n_periods; /* n_periods: locked ones */
    struct holdout_opening *openings;   /* [n], oldest first */
};
/* Locked periods of a job, in order; the i-th one's index into job->periods. */
uint32_t holdout_n_periods(const struct job *job);
uint32_t holdout_period(const struct job *job, uint32_t i);

/* The locked period that judges, by its place among the locked ones: the one called holdout, or the
 * first. HOLDOUT_NONE: nothing is locked. */
#define HOLDOUT_NONE UINT32_MAX
uint32_t holdout_judge(const struct job *job);

/* What is on record; n = 0 if nothing was opened. ERR_CORRUPT. The caller ends it with
 * holdout_free(). */
enum err holdout_read(struct holdout *out, const struct run_dir *run, struct err_note *note);
void holdout_free(struct holdout *holdout);
/* The opening of a point, or NULL. */
const struct holdout_opening *holdout_find(const struct holdout *holdout, uint64_t point);
const struct holdout_cell *holdout_cell(const struct holdout *holdout,
                                        const struct holdout_opening *opening, uint32_t scenario,
                                        uint32_t period);

/* Computes the point in every scenario and locked period and adds it to the record, under the
 * run's lock. The point must have been computed in the open periods: ERR_EMPTY. ERR_EXISTS: it is
 * on record. ERR_VERSION: another engine. ERR_NOT_FOUND: the run has no locked period. */
enum err holdout_open(const struct run_dir *run, const struct market_image *image, uint64_t point,
                      struct err_note *note);

/* The ledger's opening of a point, one for each locked period; again is harmless. */
enum err holdout_record(const struct run_dir *run, struct ledger *ledger, uint64_t point,
                        struct err_note *note);
/* How often the run's locked dates were opened: the most over the locked periods of what the
 * ledger knows (NULL: nothing) and of what the run has on record. 0 without a locked period. */
enum err holdout_times_opened(const struct run_dir *run, struct ledger *ledger, uint64_t *n,
                              struct err_note *note);
#endif
