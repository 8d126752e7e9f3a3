/* cscv - the probability of backtest overfitting by combinatorially symmetric cross-validation:
 * statistics.md section 3, after Bailey, Borwein, Lopez de Prado, Zhu, "The probability of backtest
 * overfitting".
 *
 * Works on block sums alone: S = sum r and Q = sum r^2 of each configuration in each of S blocks.
 * For a set of blocks the order of all Sharpe ratios is the order of key = S |S| / Q, so that
 * selection and ranks need neither a square root nor a variance. Two passes over the
 * configurations: the best key of every set; then, on the complement of every set, how many
 * configurations lie below its best one. Every sum has a fixed order and every count is an integer:
 * the same bits for any number of threads. */
#ifndef REVIEW_STATISTICS_CSCV_H
#define REVIEW_STATISTICS_CSCV_H
#include "proto/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CSCV_BLOCKS_MAX 20u /* C(20, 10) = 184,756 splits */

/* Key of sums: rank order of the Sharpe ratio. 0 when nothing moved. */
double cscv_key(double sum, double sumsq);
/* The Sharpe ratio per period itself, variance floored at 1e-13 Q / (n - 1); 0 when nothing moved.
 */
double cscv_sharpe(double n_periods, double sum, double sumsq);

struct cscv_input {
    size_t n_configs;
    uint32_t n_blocks;         /* even, 2 .. CSCV_BLOCKS_MAX */
    const double *n_periods;   /* [n_blocks]: days of each block */
    const double *sum, *sumsq; /* [n_configs][n_blocks], finite: leave failed configurations out */
    double periods_per_year;
    double
        loss_threshold; /* annualised out-of-sample Sharpe ratio below which a split is a loss: 0 */
    size_t f_all_max; /* more configurations than this: the ecdf of all uses every ceil(n / max)-th;
                         0: all */
    unsigned n_threads; /* 0: one per core */
};

struct cscv_split { /* one choice of in-sample blocks, in lexicographic order of the sets */
    uint32_t star;  /* best configuration in sample, lowest index on ties */
    uint32_t less,
        equal; /* configurations below and level with it out of sample; equal counts itself */
    double r_is, r_oos;  /* its annualised Sharpe ratio in and out of sample */
    double omega, logit; /* relative mid-rank out of sample in (0, 1); ln(omega / (1 - omega)) */
};

struct cscv_result {
    uint32_t n_splits;
    size_t n_all; /* configurations behind the ecdf of all: fewer than n_configs means sampled */
    double pbo;   /* share of splits whose pick is at or below the median out of sample */
    double logit_mean, logit_median;
    double degr_slope, degr_intercept, degr_r2; /* r_oos regressed on r_is; NaN when undefined */
    double mean_is, mean_oos, prob_loss;
    bool fsd, ssd; /* does the picks' distribution dominate that of all, first and second order */
    double ssd_min, sd1_max_gap;
};

uint32_t cscv_n_splits(uint32_t n_blocks);
/* splits[cscv_n_splits(n_blocks)] or NULL. Memory beside the input: O(splits) and under 1 MiB a
 * thread. ERR_RANGE: blocks odd or out of range, no configuration, more than 2^32 - 1; ERR_NOMEM.
 */
enum err cscv_run(const struct cscv_input *in, struct cscv_result *out, struct cscv_split *splits);
#endif
