/* order - the two ends of a sample in sorted order, without sorting the middle.
 *
 * Quantiles of daily returns look at the lowest and highest few per cent only. Everything here is
 * exact: the values found do not depend on how they were found. No NaN among the values. */
#ifndef ENGINE_ORDER_H
#define ENGINE_ORDER_H
#include <stddef.h>

/* Sorts ascending. */
void order_sort(double *v, size_t n);
/* Moves the k smallest of v[n] to the front, sorted ascending; the rest stays behind them in any
 * order. k <= n. */
void order_smallest(double *v, size_t n, size_t k);

/* How many of the lowest (highest) values the type 7 quantile p looks at. n >= 1, 0 <= p <= 1. */
size_t order_reach_low(size_t n, double p);
size_t order_reach_high(size_t n, double p);

struct order_ends {
    size_t n;
    const double *low;          /* ascending */
    const double *negated_high; /* ascending: -highest first */
};
/* The n_low lowest and n_high highest of v[n] (each 1 .. n), kept in scratch[n]. mean and deviation
 * of v only guide the search: any value gives the same answer. */
void order_ends(struct order_ends *out, const double *v, size_t n, size_t n_low, size_t n_high,
                double mean, double deviation, double *scratch);
/* The type 7 quantile p, read at the low or the high end; order_ends must have been asked for its
 * reach. */
double order_quantile_low(const struct order_ends *ends, double p);
double order_quantile_high(const struct order_ends *ends, double p);
#endif
