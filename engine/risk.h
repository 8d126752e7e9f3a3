/* risk - the volatility scaling of new risk, engine.md section 6, over the portfolio's own returns.
 */
#ifndef ENGINE_RISK_H
#define ENGINE_RISK_H
#include "engine/parameters.h"
#include <stdint.h>

#define RISK_VOL_RETURNS 20       /* of one volatility */
#define RISK_BASELINE_RETURNS 252 /* that the baseline looks back on */
#define RISK_BASELINE_VOLS (RISK_BASELINE_RETURNS - RISK_VOL_RETURNS + 1)

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
