/* stationary - the stationary bootstrap of Politis and Romano 1994: runs of days of geometric
 * length, mean 1/q. statistics.md sections 4 and 5. */
#ifndef REVIEW_STATISTICS_STATIONARY_H
#define REVIEW_STATISTICS_STATIONARY_H
#include <stddef.h>
#include <stdint.h>

/* Day indices of one resample: index[n_days]. The same for every configuration. 0 < q <= 1, n_days
 * < 2^31. */
void stationary_indices(uint32_t *index, size_t n_days, double q, uint64_t seed, uint64_t unit,
                        uint32_t iteration);
/* n_days times the variance of the mean of a resample of d, exactly (no simulation): omega^2 of
 * section 4. NaN for n_days = 0. */
double stationary_variance(const double *d, size_t n_days, double q);
#endif
