/* benchmark_curve - what the same money would have done without the strategy, per recorded date of
 * a period (baseline dates: the run calendar inside it). Both curves start at 1 at the first
 * recorded close and hold what they bought.
 *
 * buy_and_hold: the first sleeve's benchmark, at its last accepted close; NaN before its first.
 * equal_weight: equal money in every symbol of all sleeves that has an accepted bar on the first
 * recorded date, at their last accepted closes. NaN if there is none. */
#ifndef COORDINATOR_BENCHMARK_CURVE_H
#define COORDINATOR_BENCHMARK_CURVE_H
#include "market/market.h"
#include "proto/err.h"
#include <stdint.h>

struct benchmark_curve {
    uint32_t n;
    int32_t *day;                        /* [n] days since 1970-01-01 */
    double *buy_and_hold, *equal_weight; /* [n] */
    uint32_t n_symbols;                  /* in the equal-weight portfolio */
};
/* The caller ends it with benchmark_curve_free(). ERR_CORRUPT, ERR_NOMEM. */
enum err benchmark_curve_make(struct benchmark_curve *out, const struct market_image *image,
                              int32_t start_day, int32_t end_day, struct err_note *note);
void benchmark_curve_free(struct benchmark_curve *curve);
#endif
