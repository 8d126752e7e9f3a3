/* trade_bootstrap - how uncertain are the figures of a trade list: R-multiples drawn with
 * replacement, compounded at a fixed risk fraction. statistics.md section 5. Measures the sampling
 * error of the list, not its serial dependence. */
#ifndef REVIEW_STATISTICS_TRADE_BOOTSTRAP_H
#define REVIEW_STATISTICS_TRADE_BOOTSTRAP_H
#include "proto/err.h"
#include <stddef.h>
#include <stdint.h>

struct bootstrap_interval {
    double point;            /* of the list itself */
    uint32_t undefined;      /* resamples without a value, left out of the quantiles */
    double lo, p05, med, hi; /* 2.5 %, 5 %, 50 %, 97.5 % */
};
struct trade_bootstrap {
    size_t n; /* finite R-multiples */
    struct bootstrap_interval sharpe, cagr, mdd,
        calmar;      /* annualised; fraction a year; fraction; ratio */
    double p_nonpos; /* share of resamples whose R-multiples sum to 0 or less */
};
/* r_multiple[n_trades], years > 0, risk_fraction e.g. 0.01, n_iterations >= 1. Fewer than 2 finite
 * R: every value NaN. ERR_NOMEM, ERR_RANGE. */
enum err trade_bootstrap_run(struct trade_bootstrap *out, const double *r_multiple, size_t n_trades,
                             double years, double risk_fraction, uint32_t n_iterations,
                             uint64_t seed, uint64_t unit);
#endif
