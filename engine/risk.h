/* risk - the volatility scaling of new risk, engine.md section 6, over the portfolio's own returns.
 */
#ifndef ENGINE_RISK_H
#define ENGINE_RISK_H
#include "engine/parameters.h"
#include <stdint.h>

#define RISK_VOL_RETURNS 20       /* of one volatility */
#define RISK_BASELINE_RETURNS 252 /* that the baseline looks back on */
#define RISK_BASELINE_VOLS (RISK_BASELINE_RETURNS - RISK_VOL_RETURNS + 1)

#define RISK_LEAST 0.33 /* the smallest multiplier */
#define RISK_REGIME_RATIO                                                                          \
    1.5 /* of volatility to baseline, above which `regime` takes the smallest */

/* The multiplier for a ratio of volatility to baseline; not of mode off. */
static inline double risk_of_ratio(double ratio, enum volatility_mode mode)
{
    if (mode == VOLATILITY_REGIME)
        return ratio > RISK_REGIME_RATIO ? RISK_LEAST : 1;
    double multiplier = 1 / (ratio > 1 ? ratio : 1);
    return multiplier > RISK_LEAST ? multiplier : RISK_LEAST;
}

/* The volatilities inside the baseline's returns: as a ring by age and sorted for the median. */
struct risk {
    uint32_t n_returns, n_vols;
    double ring[RISK_BASELINE_VOLS], sorted[RISK_BASELINE_VOLS];
    double vol; /* of the last RISK_VOL_RETURNS returns */
};

void risk_start(struct risk *risk);
/* Take the return of one more date: returns[n - 1]; all of returns[0 .. n-1] were taken before it.
 */
void risk_append(struct risk *risk, const double *returns, uint32_t n);
/* The multiplier on risk_per_trade after the returns taken so far, in [0.33, 1]. */
double risk_multiplier(const struct risk *risk, enum volatility_mode mode);
#endif
