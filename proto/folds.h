/* folds - walk-forward windows and CPCV groups as row ranges of the selection series, and the
 * segments between their bounds: statistics.md section 7.
 *
 *   days      0 ........ cut ... cut .. cut ............ n_days
 *   segment       0          1       2        3
 *
 * Every in-sample and out-of-sample range, test group, purge and embargo begins and ends at a cut,
 * so the sums (S, Q) of the segments are all a worker has to keep of a daily series to compute any
 * fold. Rows are recorded dates: n_days is known when the market data are, and frozen with the job.
 */
#ifndef PROTO_FOLDS_H
#define PROTO_FOLDS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FOLDS_SEGMENTS_MAX 512u /* 8 KiB of sums a point */
#define FOLDS_DAYS_MAX 1000000u /* of any length */
#define FOLDS_GROUPS_MAX 20u    /* as review/statistics/cpcv.h */
#define FOLDS_SPLITS_MAX 1000u  /* each costs a look at every point */

struct folds_walk {       /* train 0: no walk-forward */
    uint32_t train, test; /* days in and out of sample */
    uint32_t step;        /* from one window to the next; >= 1 */
    uint32_t gap;         /* days between in and out of sample */
    bool anchored;        /* in-sample always starts at day 0 */
};
struct folds_cpcv { /* groups 0: no CPCV */
    uint32_t groups, test;
    uint32_t purge, embargo; /* training days left out before and after a test group */
};
struct folds {
    struct folds_walk walk;
    struct folds_cpcv cpcv;
    uint32_t n_days; /* of the selection series; 0: not known yet, or no folds */
};

/* Limits hold and both parts are whole: what a decoder asks. NULL, or what is wrong. */
const char *folds_fault(const struct folds *folds);
uint32_t folds_n_windows(const struct folds *folds); /* complete ones within n_days */
uint32_t folds_n_splits(const struct folds *folds);  /* C(groups, test); 0 without CPCV */
uint32_t folds_group_begin(const struct folds *folds, uint32_t group); /* group: 0 .. groups */
/* Ascending, the first 0 and the last n_days; cuts[FOLDS_SEGMENTS_MAX + 1] may be NULL. Returns the
 * number of segments: 0 without folds or days, FOLDS_SEGMENTS_MAX + 1 if there are too many. */
uint32_t folds_cuts(const struct folds *folds, uint32_t *cuts);
static inline bool folds_any(const struct folds *folds)
{
    return folds->walk.train > 0 || folds->cpcv.groups > 0;
}
#endif
