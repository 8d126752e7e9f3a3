/* fills - what a trade costs: lots, slippage, fee and price of one fill, engine.md sections 3
 * and 7.
 *
 * Pure formulas in the order of the page; every path of the engine uses these, so that a price has
 * one definition. */
#ifndef ENGINE_FILLS_H
#define ENGINE_FILLS_H
#include "engine/parameters.h"
#include <stdint.h>

#define BPS 1e4
#define SLIPPAGE_BPS_MAX 500.0
#define SLIPPAGE_STRESS_STD 1.5 /* sampled slippage spreads wider under stress */
#define SLIPPAGE_CRASH 5.0      /* c of engine.md: every fill on a flash-crash date */
#define RESERVE_FACTOR 1.01     /* cash kept for a pending entry over its close */

static inline double fill_clip(double x, double least, double most)
{
    return x < least ? least : x > most ? most : x;
}

/* Whole lots in x units, never below 0. */
static inline double fill_lots(double x, double lots_per_unit)
{
    double lots = __builtin_floor(x * lots_per_unit);
    return lots > 0 ? lots : 0;
}

/* Quantity as ordered, close and ADV of the symbol's latest accepted bar at the order's session;
 * ADV NaN: undefined. */
static inline double fill_size_penalty(double quantity, double close, double adv)
{
    return adv == adv && adv != 0 ? fill_clip(quantity * close / (0.01 * adv), 0.5, 2) : 1;
}

/* Everything slippage depends on besides the sleeve's costs. */
struct fill_conditions {
    double multiplier;   /* k * c */
    double vol_mult;     /* INDICATOR_VOL_MULT at the order's session */
    double size_penalty; /* fill_size_penalty() */
    bool weekend;        /* a crypto fill on Saturday or Sunday */
    double weekly;       /* benchmark's week at the order's session, 0 if undefined */
};

static inline double fill_mean_bps(const struct sleeve_params *costs,
                                   const struct fill_conditions *c)
{
    double weekend = c->weekend ? costs->weekend_penalty : 1;
    double stress = c->weekly < costs->stress_threshold ? costs->stress_slippage_mult : 1;
    return costs->slippage_base_bps * c->multiplier * c->vol_mult * c->size_penalty * weekend *
           stress;
}

/* z: the fill's normal draw; read by the sampled model only. */
static inline double fill_bps(const struct sleeve_params *costs, enum slippage_model model,
                              const struct fill_conditions *c, double z)
{
    if (model == SLIPPAGE_NONE)
        return 0;
    double mean = fill_mean_bps(costs, c);
    if (model == SLIPPAGE_EXPECTED)
        return fill_clip(mean, 0, SLIPPAGE_BPS_MAX);
    double std = mean * costs->slippage_std_mult;
    if (c->weekly < costs->stress_threshold)
        std = std * SLIPPAGE_STRESS_STD;
    return fill_clip(mean + std * z, 0, SLIPPAGE_BPS_MAX);
}

static inline double fill_price_buy(double reference, double bps)
{
    return reference * (1 + bps / BPS);
}
static inline double fill_price_sell(double reference, double bps)
{
    return reference * (1 - bps / BPS);
}
static inline double fill_fee(double quantity, double price, double fee_bps)
{
    return quantity * price * fee_bps / BPS;
}

/* Lots of an entry that the cash pays for, fee included: the ordered ones if they fit. */
static inline double fill_affordable(double lots, double lots_per_unit, double price,
                                     double fee_bps, double cash)
{
    double gross = 1 + fee_bps / BPS;
    if (lots / lots_per_unit * price * gross > cash) {
        double most = fill_lots(cash / (price * gross), lots_per_unit);
        return most < lots ? most : lots;
    }
    return lots;
}
#endif
