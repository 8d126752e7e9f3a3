/* trials - how many independent trials a grid of correlated backtests amounts to, and the deflated
 * Sharpe ratio of one of them. statistics.md section 2, "Effective number of trials".
 *
 * Series are rows: series[k * n_days + t]. A series without variance (never traded) or with a
 * non-finite value is no trial. */
#ifndef REVIEW_STATISTICS_TRIALS_H
#define REVIEW_STATISTICS_TRIALS_H
#include "proto/err.h"
#include <stddef.h>

struct trials_effective {
    size_t n_used;
    double avg_corr; /* mean pairwise correlation; NaN for fewer than 2 */
    double
        by_avg_corr; /* rho + (1 - rho) M, within [1, M]; NaN without a trial, like the next two */
    double by_entropy; /* exp of the entropy of the correlation spectrum (Roy and Vetterli 2007):
                          the default */
    double by_participation; /* (sum lambda)^2 / sum lambda^2 */
};
/* Works on the smaller of the n x n and the n_days x n_days Gram matrix: min^2 doubles of memory.
 * ERR_NOMEM. */
enum err trials_effective(struct trials_effective *out, const double *series, size_t n,
                          size_t n_days);

struct trials_deflated {
    struct trials_effective effective;
    double sr, skew, kurt; /* of the pick, per period */
    double trial_variance; /* sample variance of the trials' Sharpe ratios; NaN for fewer than 2 */
    double luck_entropy, dsr_entropy, luck_avg_corr, dsr_avg_corr, luck_raw, dsr_raw;
    double psr0, min_trl; /* against 0; observations at 95 % */
};
enum err trials_deflated(struct trials_deflated *out, const double *series, size_t n, size_t n_days,
                         size_t pick);
#endif
