/* indicator - functions of a symbol's own accepted bars, engine.md section 2: one file each in
 * engine/indicators/.
 *
 * A function fills out[i] for every bar i of one series; NaN where the window is not full, or was
 * asked for over undefined values. A window never reaches past bar i. Sums are fresh, oldest first.
 */
#ifndef ENGINE_INDICATOR_H
#define ENGINE_INDICATOR_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bars { /* one series of accepted bars, oldest first */
    uint32_t n;
    const double *open, *high, *low, *close, *volume; /* [n] */
};

// clang-format off
/* KIND, function: (bars, n, lag, out); lag is 0 except for the slope */
#define INDICATOR_TABLE(X)                                                                         \
    X(MA, indicator_ma)       /* mean close of n bars */                                           \
    X(ATR, indicator_atr)     /* Wilder's average true range */                                    \
    X(ROC, indicator_roc)     /* close over the close n bars ago, less 1 */                        \
    X(HC, indicator_hc)       /* highest close of the n bars before this one */                    \
    X(ADV, indicator_adv)     /* mean traded value (close * volume) of n bars */                   \
    X(SLOPE, indicator_slope) /* MA(n) over MA(n) lag bars ago, less 1 */                          \
    X(VOL_MULT, indicator_vol_mult) /* clip(ATR(n) / its 60-bar mean, 0.5, 3), section 7 */
// clang-format on

enum indicator_kind {
#define X(kind, function) INDICATOR_##kind,
    INDICATOR_TABLE(X)
#undef X
        N_INDICATOR_KINDS
};

struct indicator_need {
    enum indicator_kind kind;
    uint32_t n, lag;   /* bars, n >= 1 */
    bool of_benchmark; /* of the sleeve's benchmark instead of each symbol */
};

#define X(kind, function)                                                                          \
    void function(const struct bars *bars, uint32_t n, uint32_t lag, double *out);
INDICATOR_TABLE(X)
#undef X

enum { INDICATOR_VOL_MULT_BARS = 60 };
/* VOL_MULT of a range and the mean of the last INDICATOR_VOL_MULT_BARS; 1 where the mean is
 * undefined or 0. */
static inline double indicator_vol_mult_of(double atr, double mean)
{
    double ratio = mean == mean && mean != 0 ? atr / mean : 1;
    return ratio < 0.5 ? 0.5 : ratio > 3 ? 3 : ratio;
}

/* By kind: what a table of needs is computed with. */
void indicator_compute(const struct indicator_need *need, const struct bars *bars, double *out);
#endif
