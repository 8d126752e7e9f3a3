/* momentum - buys breakouts to new highs in a rising trend, holds until a moving average or a stop
 * is crossed (engine.md sections 4 and 5). One strategy for equities (exit ma_cross) and crypto
 * (exit staged). */
#ifndef ENGINE_STRATEGIES_MOMENTUM_H
#define ENGINE_STRATEGIES_MOMENTUM_H
#include "engine/parameters.h"

enum momentum_trigger { TRIGGER_EITHER, TRIGGER_FAST, TRIGGER_SLOW };
enum momentum_exit { EXIT_MA_CROSS, EXIT_STAGED };

extern const char *const MOMENTUM_TRIGGER_NAMES[];
extern const char *const MOMENTUM_EXIT_NAMES[];

/* Windows that are part of the strategy, not parameters. */
enum { MOMENTUM_MA_FAST = 20, MOMENTUM_MA_SLOW = 50, MOMENTUM_MA_LONG = 200 };

// clang-format off
#define MOMENTUM_TABLE(X)                                                                                               \
    X(roc_period, "indicators.roc_period", INTEGER, 1, PARAMETER_WINDOW_MAX, 60, "bars", NULL, true, "window of the rate of change") \
    X(breakout_fast, "indicators.breakout_fast", INTEGER, 1, PARAMETER_WINDOW_MAX, 20, "bars", NULL, true, "bars whose highest close the fast breakout exceeds") \
    X(breakout_slow, "indicators.breakout_slow", INTEGER, 1, PARAMETER_WINDOW_MAX, 55, "bars", NULL, true, "bars whose highest close the slow breakout exceeds") \
    X(trend_ma, "eligibility.trend_ma", INTEGER, 1, PARAMETER_WINDOW_MAX, 50, "bars", NULL, true, "moving average that tells the trend") \
    X(ma_slope_lookback, "eligibility.ma_slope_lookback", INTEGER, 1, PARAMETER_WINDOW_MAX, 20, "bars", NULL, true, "bars over which the trend average must have risen") \
    X(ma_slope_min, "eligibility.ma_slope_min", NUMBER, -10, 10, 0.005, "1", NULL, true, "rise of the trend average, more than this") \
    X(require_trend, "eligibility.require_close_above_trend_ma", BOOLEAN, 0, 1, 1, "", NULL, true, "enter only above a rising trend average") \
    X(require_ma200, "eligibility.require_close_above_ma200", BOOLEAN, 0, 1, 0, "", NULL, true, "enter only above the 200-bar average") \
    X(relative_strength, "eligibility.relative_strength_enabled", BOOLEAN, 0, 1, 0, "", NULL, true, "enter only what rose more than the benchmark") \
    X(relative_strength_min, "eligibility.relative_strength_min", NUMBER, -10, 10, 0, "1", NULL, true, "rate of change over the benchmark's, more than this") \
    X(fast_clearance, "entry.fast_clearance", NUMBER, -0.5, 1, 0.005, "1", NULL, true, "share by which the close clears the fast high") \
    X(slow_clearance, "entry.slow_clearance", NUMBER, -0.5, 1, 0.010, "1", NULL, true, "share by which the close clears the slow high") \
    X(trigger, "entry.trigger", ENUM, 0, 2, TRIGGER_EITHER, "", MOMENTUM_TRIGGER_NAMES, true, "which breakout enters") \
    X(exit_mode, "exit.mode", ENUM, 0, 1, EXIT_MA_CROSS, "", MOMENTUM_EXIT_NAMES, false, "staged: the stop is tightened once below the 20-bar average") \
    X(exit_ma, "exit.exit_ma", INTEGER, 1, PARAMETER_WINDOW_MAX, 20, "bars", NULL, false, "leave when the close falls below this average") \
    X(hard_stop_atr_mult, "exit.hard_stop_atr_mult", NUMBER, 0, 100, 2.5, "ATR", NULL, false, "first stop below the signal's close") \
    X(tightened_stop_atr_mult, "exit.tightened_stop_atr_mult", NUMBER, 0, 100, 2.0, "ATR", NULL, false, "tightened stop below the entry price (staged)")
// clang-format on

struct momentum_params {
    struct sleeve_params sleeve;
    MOMENTUM_TABLE(PARAMETER_MEMBER)
};
#endif
