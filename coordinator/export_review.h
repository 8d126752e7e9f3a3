/* export_review - the group /review of results.h5: maps of the plateau measures over the axes, and
 * every figure of a review as a number with its name, unit and meaning (docs/results.md). */
#ifndef COORDINATOR_EXPORT_REVIEW_H
#define COORDINATOR_EXPORT_REVIEW_H
#include "coordinator/export_stress.h"
#include "coordinator/run.h"
#include "review/review.h"
#include "review/stability_map.h"

struct export_review {
    const struct review *review;
    const char *objective, *unit;    /* name and unit of the metric */
    const struct stability_map *map; /* by sweep point; NULL: not a grid */
    const double *worst;             /* by sweep point: the worst of baseline, cost and shock */
    const struct export_stress *stress;
    bool ledger_used; /* else ledger_points is not known, and 0 */
    uint64_t ledger_points, holdout_openings;
};
/* dim[plan->n_dims]: the scales of the points; scenario: the file's. What fails is remembered by
 * h5. */
void export_review_write(struct h5 *h5, const struct export_plan *plan, const struct h5_scale *dim,
                         const struct h5_scale *scenario, const struct job *job,
                         const struct export_review *review);
/* results.h5 of a run with its review: a new whole file, renamed. */
enum err export_h5_review(const struct run_dir *run, const char *path,
                          const struct export_review *review, struct err_note *note);
#endif
