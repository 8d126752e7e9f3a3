/* reality_check - is the best of many configurations better than its benchmark by more than luck:
 * White's Reality Check (2000) and Hansen's test for superior predictive ability (2005).
 * statistics.md section 4.
 *
 * excess[k * n_days + t] = return of configuration k on day t minus the benchmark's; positive is
 * better. */
#ifndef REVIEW_STATISTICS_REALITY_CHECK_H
#define REVIEW_STATISTICS_REALITY_CHECK_H
#include "proto/err.h"
#include <stddef.h>
#include <stdint.h>

#define REALITY_CHECK_DAYS_MIN 20 /* fewer: everything NaN */

struct reality_check_input {
    const double *excess;
    size_t n, n_days;
    double q;              /* 1 / mean block length; 0.1 by default */
    uint32_t n_iterations; /* B */
    uint64_t seed;
    unsigned n_threads; /* 0: one per core; the answer is the same */
};
struct reality_check {
    size_t n_used;                    /* configurations with variance */
    double rc_stat, spa_stat;         /* max sqrt(T) mean; max(0, max sqrt(T) mean / omega) */
    double p_rc;                      /* (1 + #{resamples at least as large}) / (B + 1) */
    double p_spa_l, p_spa_c, p_spa_u; /* lower, consistent (the one to report), upper */
};
/* Memory: B n_days words. ERR_NOMEM, ERR_RANGE (B = 0 or q outside (0, 1]). */
enum err reality_check_run(struct reality_check *out, const struct reality_check_input *in);
#endif
