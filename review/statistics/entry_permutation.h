/* entry_permutation - did the entries pick better days than chance: the same trades (length, side,
 * size) placed at random in the same market. statistics.md section 5. Tests timing only. */
#ifndef REVIEW_STATISTICS_ENTRY_PERMUTATION_H
#define REVIEW_STATISTICS_ENTRY_PERMUTATION_H
#include "proto/err.h"
#include <stddef.h>
#include <stdint.h>

struct entry_trade {
    int32_t entry, exit; /* day indices, half-open: earns market[entry] .. market[exit - 1] */
    double weight;       /* signed: short is negative */
};
enum entry_mode {
    ENTRY_NONE,       /* no trade */
    ENTRY_GAPS,       /* trades do not overlap: every way to spread the free days between them */
    ENTRY_INDEPENDENT /* they overlap: every start by itself */
};
extern const char *const ENTRY_MODE_NAME[3];

struct entry_permutation {
    enum entry_mode mode;
    double stat, null_mean; /* sum of weight * market return held; mean of it over the placements */
    double p;               /* (1 + #{placements at least as good}) / (B + 1) */
};
/* market[n_days]; every trade within 0 <= entry <= exit <= n_days. ERR_RANGE, ERR_NOMEM. */
enum err entry_permutation_run(struct entry_permutation *out, const double *market, size_t n_days,
                               const struct entry_trade *trades, size_t n, uint32_t n_iterations,
                               uint64_t seed, uint64_t unit);
#endif
