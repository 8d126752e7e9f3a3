/* sample - moments, quantiles and ranks by the conventions of statistics.md section 0. */
#ifndef REVIEW_STATISTICS_SAMPLE_H
#define REVIEW_STATISTICS_SAMPLE_H
#include <stdbool.h>
#include <stddef.h>

/* M2 at or below this share of sum x^2 is rounding, not variance. */
#define SAMPLE_ZERO_VARIANCE 1e-13

struct sample_moments {
    size_t n;
    double mean, m2, m3,
        m4;    /* sums of powers about the mean; m2 = 0 under the zero-variance rule */
    bool flat; /* n < 2 or no variance */
};
/* stride: distance of neighbours in v. Two passes, in order. */
void sample_moments(struct sample_moments *out, const double *v, size_t n, size_t stride);
double sample_mean(const double *v, size_t n); /* n = 0: NaN */
double sample_sd(const double *v, size_t n);   /* divisor n - 1; n < 2: NaN; 0 without variance */
/* mean / sd per period, not annualised; NaN when flat. */
/* The same from the sums of n values and of their squares alone. */
double sample_sharpe_of_sums(double n, double sum, double sumsq);
double sample_sharpe(const struct sample_moments *m);
double sample_skew(const struct sample_moments *m); /* population; NaN when flat or n < 3 */
double
sample_kurt(const struct sample_moments *m); /* population, normal = 3; NaN when flat or n < 4 */

void sample_sort(double *v, size_t n); /* ascending; no NaN */
/* Type 7 of sorted values; equal neighbours give their value (also infinities). n = 0: NaN. */
double sample_quantile(const double *sorted, size_t n, double p);
/* Mid-ranks, 1 = smallest: ranks[n]. order[n] is scratch. No NaN. */
void sample_ranks(double *ranks, const double *v, size_t n, size_t *order);
/* Pearson's correlation; NaN for n < 2 or when either has no variance. */
double sample_correlation(const double *x, const double *y, size_t n);
#endif
