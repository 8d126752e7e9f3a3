/* Momentum's rules as the fast path reads them. */
#include "engine/strategies/momentum.h"
#include "engine/fast/fast.h"

static void rules(const double *params, struct fast_rules *out)
{
    const struct momentum_params *p = (const struct momentum_params *)params;
    *out = (struct fast_rules){
        .entry = {.atr_period = p->sleeve.atr_period,
                  .adv_lookback = p->sleeve.adv_lookback,
                  .corr_lookback = p->sleeve.corr_lookback,
                  .roc_period = p->roc_period,
                  .breakout_fast = p->breakout_fast,
                  .breakout_slow = p->breakout_slow,
                  .trend_ma = p->trend_ma,
                  .ma_slope_lookback = p->ma_slope_lookback,
                  .ma_slope_min = p->ma_slope_min,
                  .require_trend = p->require_trend,
                  .require_ma200 = p->require_ma200,
                  .relative_strength = p->relative_strength,
                  .relative_strength_min = p->relative_strength_min,
                  .fast_clearance = p->fast_clearance,
                  .slow_clearance = p->slow_clearance,
                  .trigger = p->trigger},
        .stop_atr_mult = p->hard_stop_atr_mult,
        .staged = p->exit_mode == EXIT_STAGED,
        .tightened_atr_mult = p->tightened_stop_atr_mult,
        .exit_ma = (uint32_t)p->exit_ma,
    };
}

const struct strategy_fast MOMENTUM_FAST = {.rules = rules};
