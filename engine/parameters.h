/* parameters - the fields of a portfolio and those every sleeve has, whatever its strategy: one
 * table each, from which come the struct the engine reads, the field table users see, and the
 * defaults.
 *
 * Every value is a double (see struct plateau_field), so that a parameter set is one flat array and
 * an axis one index in it. */
#ifndef ENGINE_PARAMETERS_H
#define ENGINE_PARAMETERS_H
#include "engine/plateau_engine.h"

enum slippage_model { SLIPPAGE_NONE, SLIPPAGE_EXPECTED, SLIPPAGE_SAMPLED };
enum volatility_mode { VOLATILITY_CONTINUOUS, VOLATILITY_REGIME, VOLATILITY_OFF };

extern const char *const SLIPPAGE_MODEL_NAMES[];
extern const char *const VOLATILITY_MODE_NAMES[];

#define PARAMETER_REQUIRED __builtin_nan("")
#define PARAMETER_SEED_MAX                                                                         \
    9007199254740991.0            /* 2^53 - 1: the largest run of exact integers in a double */
#define PARAMETER_WINDOW_MAX 5000 /* bars: 20 years of daily bars */
#define PARAMETER_POSITIONS_MAX 10000

// clang-format off
/* member, path, type, min, max, default, unit, names, entry side, text */
#define PORTFOLIO_TABLE(X)                                                                                              \
    X(starting_equity, "starting_equity", NUMBER, 1e-6, 1e15, 100000, "currency", NULL, false, "cash at the start of every period") \
    X(periods_per_year, "periods_per_year", NUMBER, 1, 1e6, PARAMETER_REQUIRED, "1/year", NULL, false, "recorded days per year for annualised metrics: 252 for equity, 365 for seven-day markets") \
    X(seed, "seed", INTEGER, 0, PARAMETER_SEED_MAX, 42, "1", NULL, false, "seed of the slippage draws and of the flash-crash dates") \
    X(slippage_model, "slippage_model", ENUM, 0, 2, SLIPPAGE_SAMPLED, "", SLIPPAGE_MODEL_NAMES, false, "slippage of a fill: none, its expected value, or one draw around it") \
    X(volatility_mode, "volatility_scaling.mode", ENUM, 0, 2, VOLATILITY_CONTINUOUS, "", VOLATILITY_MODE_NAMES, false, "how recent portfolio volatility shrinks the risk of new positions") \
    X(guard_enabled, "correlation_guard.enabled", BOOLEAN, 0, 1, 1, "", NULL, false, "skip candidates that move with a portfolio that moves together") \
    X(guard_min_positions, "correlation_guard.min_positions", INTEGER, 0, PARAMETER_POSITIONS_MAX, 4, "positions", NULL, false, "open positions from which the guard acts") \
    X(guard_avg_pairwise, "correlation_guard.avg_pairwise_threshold", NUMBER, -1, 1, 0.70, "1", NULL, false, "the guard acts above this mean pairwise correlation of open positions") \
    X(guard_candidate, "correlation_guard.candidate_threshold", NUMBER, -1, 1, 0.75, "1", NULL, false, "skip a candidate above this mean correlation with open positions") \
    X(weight_breakout, "scoring.breakout", NUMBER, 0, 100, 0.50, "1", NULL, false, "weight of the rank by breakout strength") \
    X(weight_momentum, "scoring.momentum", NUMBER, 0, 100, 0.30, "1", NULL, false, "weight of the rank by momentum against the benchmark") \
    X(weight_diversification, "scoring.diversification", NUMBER, 0, 100, 0.20, "1", NULL, false, "weight of the rank by low correlation with open positions")

/* What the portfolio, the costs and the correlation windows need to know of any sleeve. A strategy's table begins with it. */
#define SLEEVE_TABLE(X)                                                                                                 \
    X(atr_period, "indicators.atr_period", INTEGER, 1, PARAMETER_WINDOW_MAX, 14, "bars", NULL, true, "window of the average true range") \
    X(adv_lookback, "indicators.adv_lookback", INTEGER, 1, PARAMETER_WINDOW_MAX, 20, "bars", NULL, true, "window of the average traded value") \
    X(corr_lookback, "indicators.corr_lookback", INTEGER, 10, PARAMETER_WINDOW_MAX, 20, "sessions", NULL, true, "window of return correlations; one value for all sleeves of a calendar") \
    X(risk_per_trade, "risk.risk_per_trade", NUMBER, 0, 1, 0.0075, "1", NULL, false, "share of equity lost if a position is stopped at its first stop") \
    X(max_positions, "risk.max_positions", INTEGER, 0, PARAMETER_POSITIONS_MAX, 8, "positions", NULL, false, "open positions and pending entries of the sleeve, at most") \
    X(max_exposure, "risk.max_exposure", NUMBER, 0, 100, 0.80, "1", NULL, false, "value of all positions and pending entries over equity, at most") \
    X(max_position_notional, "risk.max_position_notional", NUMBER, 0, 100, 0.15, "1", NULL, false, "value of one position over equity, at most") \
    X(max_order_pct_adv, "capacity.max_order_pct_adv", NUMBER, 0, 100, 0.005, "1", NULL, false, "value of an order over the average daily traded value, at most") \
    X(fee_bps, "costs.fee_bps", NUMBER, 0, 1000, 1, "bps", NULL, false, "fee of every fill") \
    X(slippage_base_bps, "costs.slippage_base_bps", NUMBER, 0, 10000, 8, "bps", NULL, false, "mean slippage of an ordinary fill") \
    X(slippage_std_mult, "costs.slippage_std_mult", NUMBER, 0, 100, 0.75, "1", NULL, false, "standard deviation of sampled slippage over its mean") \
    X(weekend_penalty, "costs.weekend_penalty", NUMBER, 0, 100, 1.0, "1", NULL, false, "factor on slippage of crypto fills on Saturday and Sunday") \
    X(stress_threshold, "costs.stress_threshold", NUMBER, -1, 1, -0.03, "1", NULL, false, "a benchmark week below this return is stress") \
    X(stress_slippage_mult, "costs.stress_slippage_mult", NUMBER, 0, 100, 2.0, "1", NULL, false, "factor on slippage under stress")
// clang-format on

#define PARAMETER_MEMBER(member, path, type, min, max, def, unit, names, entry, text) double member;
#define PARAMETER_FIELD(member, path_, type_, min_, max_, default_, unit_, names_, entry, text_)   \
    {.path = path_,                                                                                \
     .type = PLATEAU_##type_,                                                                      \
     .min = min_,                                                                                  \
     .max = max_,                                                                                  \
     .default_value = default_,                                                                    \
     .unit = unit_,                                                                                \
     .names = names_,                                                                              \
     .text = text_,                                                                                \
     .entry_side = entry},

/* Only doubles, in table order: these structs are read over the flat array of values. */
struct portfolio_params {
    PORTFOLIO_TABLE(PARAMETER_MEMBER)
};
struct sleeve_params {
    SLEEVE_TABLE(PARAMETER_MEMBER)
};
#endif
