/* fold_review - what choosing by walk-forward and by CPCV would have earned on this grid: the
 * windows with their picks, the stitched out-of-sample series, the paths. statistics.md section 7.
 */
#ifndef REVIEW_FOLD_REVIEW_H
#define REVIEW_FOLD_REVIEW_H
#include "review/statistics/cpcv.h"
#include "review/statistics/fold_choice.h"
#include "review/statistics/walk_forward.h"

struct fold_review {
    struct folds folds;
    uint64_t n_configs; /* configurations chosen among */
    struct walk_forward walk;
    struct walk_forward_window *windows; /* [walk.n_windows]; pick is a sweep point */
    double *stitched; /* [walk.n_windows * test]: NULL until fold_review_stitch() */
    struct cpcv_summary cpcv;
    uint64_t *split_pick;  /* [cpcv.n_splits] */
    double *path_sharpe;   /* [cpcv.n_paths] */
    uint32_t *path_splits; /* [cpcv.n_paths][groups] */
};
/* grid NULL: a list of points, parameter drift is undefined. Nothing offered: all counts are 0 and
 * all numbers NaN. The caller ends it with fold_review_free(). ERR_NOMEM. */
enum err fold_review_make(struct fold_review *out, const struct fold_choice *choice,
                          double periods_per_year, const struct surface *grid);
/* Points whose daily series the stitched one needs, ascending, each once:
 * points[walk.n_windows]. Returns how many. */
size_t fold_review_picks(const struct fold_review *folds, uint64_t *points);
/* series[k * n_days + t] of points[n], n_days those of the folds: fills stitched and its drawdown.
 * ERR_RANGE: other days, or a pick without a series. */
enum err fold_review_stitch(struct fold_review *folds, const uint64_t *points, size_t n,
                            const double *series, size_t n_days);
void fold_review_none(struct fold_review *folds); /* no folds: counts 0, numbers NaN */
void fold_review_free(struct fold_review *folds);
#endif
