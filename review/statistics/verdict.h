/* verdict - robust, fragile, overfit or insufficient, with every reason in words: statistics.md
 * section 6. Never a blended score. */
#ifndef REVIEW_STATISTICS_VERDICT_H
#define REVIEW_STATISTICS_VERDICT_H
#include "proto/err.h"
#include <stdbool.h>
#include <stdint.h>

/* Inputs and their meaning are section 6's; NaN: not known, which can block "robust" but never
 * means "overfit". */
struct verdict_evidence {
    double n_trades, coverage, pbo, prob_loss, val_frac_pos, dsr, val_perf, spearman;
    double plateau_ratio, worst_ratio, basin_frac, stress_retention, top5_gross_share;
    bool on_edge;
};

/* name, default, what it bounds; [D] of the page: all configurable */
// clang-format off
#define VERDICT_LIMIT_TABLE(X)                                                                     \
    X(n_trades_min,      30.0,  "trades of the chosen point in train, at least")                   \
    X(coverage_min,      0.5,   "valid share of the neighbours, at least")                         \
    X(pbo_overfit,       0.5,   "probability of overfitting that means overfit, from")             \
    X(prob_loss_overfit, 0.25,  "together with a probability of loss from")                        \
    X(dsr_overfit,       0.5,   "deflated Sharpe ratio that means overfit, below")                 \
    X(pbo_robust,        0.2,   "probability of overfitting, at most")                             \
    X(dsr_robust,        0.95,  "deflated Sharpe ratio, at least")                                 \
    X(plateau_ratio_min, 0.8,   "median neighbour over the point, at least")                       \
    X(worst_ratio_min,   0.5,   "worst neighbour over the point, at least")                        \
    X(basin_frac_min,    0.02,  "share of the grid in the point's basin, at least")                \
    X(spearman_min,      0.3,   "rank correlation of train and validation, at least")              \
    X(stress_min,        0.5,   "share of performance left under stress, at least")                \
    X(top5_share_max,    0.5,   "share of gross profit of the five largest trades, at most")       \
    X(flat_loss_max,     0.05,  "flat-good: probability of loss, at most")                         \
    X(flat_positive_min, 0.9,   "flat-good: share of points positive in validation, at least")    \
    X(loss_below,        0.0,   "annualised Sharpe ratio out of sample that counts as a loss, below")
// clang-format on
struct verdict_limits {
#define X(name, value, text) double name;
    VERDICT_LIMIT_TABLE(X)
#undef X
};
extern const struct verdict_limits VERDICT_DEFAULT;
/* ERR_NOT_FOUND names the nearest. */
enum err verdict_limit_set(struct verdict_limits *limits, const char *name, double value,
                           struct err_note *note);

enum verdict_class { VERDICT_ROBUST, VERDICT_FRAGILE, VERDICT_OVERFIT, VERDICT_INSUFFICIENT };
extern const char *const VERDICT_NAME[4];

/* id, short name (JSON), words for a reviewer */
// clang-format off
#define VERDICT_REASON_TABLE(X)                                                                    \
    X(TOO_FEW_TRADES, "too_few_trades", "too few trades to judge")                                 \
    X(LOW_COVERAGE,   "low_coverage",   "too many neighbours are missing")                         \
    X(PBO,            "pbo",            "the best point in one half of the data is not better in the other") \
    X(DSR,            "dsr",            "the Sharpe ratio does not clear what luck reaches among so many trials") \
    X(VALIDATION,     "validation",     "validation did not earn anything")                        \
    X(PLATEAU,        "plateau",        "the typical neighbour is much worse")                     \
    X(WORST,          "worst",          "the worst neighbour loses too much")                      \
    X(BASIN,          "basin",          "few points are connected to it at a comparable level")    \
    X(EDGE,           "edge",           "it lies on the edge of the grid: extend the range")       \
    X(SPEARMAN,       "spearman",       "train and validation rank the grid differently")          \
    X(STRESS,         "stress",         "too little is left under stress")                         \
    X(CONCENTRATION,  "concentration",  "profit hangs on a few trades")
// clang-format on
enum verdict_reason {
#define X(id, name, text) VERDICT_##id,
    VERDICT_REASON_TABLE(X)
#undef X
        VERDICT_N_REASONS
};
extern const char *const VERDICT_REASON_NAME[VERDICT_N_REASONS];
extern const char *const VERDICT_REASON_TEXT[VERDICT_N_REASONS];

struct verdict {
    enum verdict_class class;
    bool flat_good;
    uint32_t n_reasons;
    enum verdict_reason reason[VERDICT_N_REASONS]; /* in the order of the rules */
};
void verdict_judge(struct verdict *out, const struct verdict_evidence *e,
                   const struct verdict_limits *limits);
#endif
