/* agreement - does validation agree with training over the points of a grid? statistics.md section
 * 6, number 5. */
#ifndef REVIEW_STATISTICS_AGREEMENT_H
#define REVIEW_STATISTICS_AGREEMENT_H
#include "proto/err.h"
#include <stddef.h>

#define AGREEMENT_PICK_BEST SIZE_MAX /* the best point in training, lowest index on ties */
struct agreement {
    size_t n;            /* points valid in both; below 3 everything else is NaN */
    double spearman;     /* rank correlation; NaN when either is constant */
    double top_overlap;  /* common share of the two best tenths (ties: lowest index) */
    double pick_val_pct; /* the pick's mid-percentile in validation, itself included */
    double shrink;       /* validation over training of the pick */
};
/* train[n_points], validation[n_points]; NaN is missing. A pick that is not valid in both: its two
 * figures are NaN. ERR_NOMEM. */
enum err agreement_measure(struct agreement *out, const double *train, const double *validation,
                           size_t n_points, size_t pick);
#endif
