/* level_means - a measure averaged over each level of one dimension of a sweep, in train and in
 * validation over the same points: does what an axis promises in train hold later? */
#ifndef REVIEW_LEVEL_MEANS_H
#define REVIEW_LEVEL_MEANS_H
#include "proto/err.h"
#include "proto/sweep.h"

struct level_mean {
    uint64_t n;               /* points with a value in both */
    double train, validation; /* NaN for n = 0 */
};
/* train[n_points], validation[n_points]: NaN is missing. out[sweep_dimension_size(dimension)]. */
void level_means(struct level_mean *out, const struct sweep *sweep, uint32_t dimension,
                 const double *train, const double *validation);
#endif
