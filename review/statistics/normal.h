/* normal - the standard normal distribution, to double precision in both tails. */
#ifndef REVIEW_STATISTICS_NORMAL_H
#define REVIEW_STATISTICS_NORMAL_H

double normal_cdf(double x);
/* Inverse of normal_cdf; 0 gives -inf, 1 gives +inf, anything outside [0, 1] NaN. */
double normal_quantile(double p);
#endif
