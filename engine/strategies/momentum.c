#include "engine/strategies/momentum.h"
#include "engine/fast/fast.h"
#include "engine/strategy.h"

const char *const MOMENTUM_TRIGGER_NAMES[] = {"either", "fast", "slow", NULL};
const char *const MOMENTUM_EXIT_NAMES[] = {"ma_cross", "staged", NULL};

static const struct plateau_field FIELDS[] = {SLEEVE_TABLE(PARAMETER_FIELD)
                                                  MOMENTUM_TABLE(PARAMETER_FIELD)};
_Static_assert(sizeof(struct momentum_params) == sizeof FIELDS / sizeof FIELDS[0] * sizeof(double),
               "the strategy's struct is its table");

enum slot { /* where an indicator is in strategy_bar.indicator */
            MA20,
            MA50,
            MA200,
            MA_TREND,
            SLOPE_TREND,
            MA_EXIT,
            ATR,
            HC_FAST,
            HC_SLOW,
            ADV,
            ROC,
            BENCH_ROC,
            N_SLOTS
};
_Static_assert(N_SLOTS <= STRATEGY_INDICATORS_MAX, "room in a bar");

static const struct momentum_params *params_of(const double *params)
{
    return (const struct momentum_params *)params;
}

static uint32_t indicators(const double *params, struct indicator_need *needs)
{
    const struct momentum_params *p = params_of(params);
    uint32_t trend = (uint32_t)p->trend_ma, lag = (uint32_t)p->ma_slope_lookback;
    uint32_t roc = (uint32_t)p->roc_period;
    needs[MA20] = (struct indicator_need){INDICATOR_MA, MOMENTUM_MA_FAST, 0, false};
    needs[MA50] = (struct indicator_need){INDICATOR_MA, MOMENTUM_MA_SLOW, 0, false};
    needs[MA200] = (struct indicator_need){INDICATOR_MA, MOMENTUM_MA_LONG, 0, false};
    needs[MA_TREND] = (struct indicator_need){INDICATOR_MA, trend, 0, false};
    needs[SLOPE_TREND] = (struct indicator_need){INDICATOR_SLOPE, trend, lag, false};
    needs[MA_EXIT] = (struct indicator_need){INDICATOR_MA, (uint32_t)p->exit_ma, 0, false};
    needs[ATR] = (struct indicator_need){INDICATOR_ATR, (uint32_t)p->sleeve.atr_period, 0, false};
    needs[HC_FAST] = (struct indicator_need){INDICATOR_HC, (uint32_t)p->breakout_fast, 0, false};
    needs[HC_SLOW] = (struct indicator_need){INDICATOR_HC, (uint32_t)p->breakout_slow, 0, false};
    needs[ADV] = (struct indicator_need){INDICATOR_ADV, (uint32_t)p->sleeve.adv_lookback, 0, false};
    needs[ROC] = (struct indicator_need){INDICATOR_ROC, roc, 0, false};
    needs[BENCH_ROC] = (struct indicator_need){INDICATOR_ROC, roc, 0, true};
    return N_SLOTS;
}

/* Undefined operands are NaN and make every comparison false, as the page wants. */
static bool eligible(const struct momentum_params *p, const double *v, double close)
{
    if (p->require_trend != 0.0 && !(close > v[MA_TREND] && v[SLOPE_TREND] > p->ma_slope_min))
        return false;
    if (p->require_ma200 != 0.0 && !(close > v[MA200]))
        return false;
    if (p->relative_strength != 0.0 && !(v[ROC] - v[BENCH_ROC] > p->relative_strength_min))
        return false;
    return true;
}

static bool defined(double x)
{
    return x == x;
}

static bool entry(const double *params, const struct strategy_bar *bar, struct entry_signal *out)
{
    const struct momentum_params *p = params_of(params);
    const double *v = bar->indicator;
    double close = bar->close;
    if (!(defined(v[MA20]) && defined(v[MA50]) && defined(v[ATR]) && defined(v[HC_FAST]) &&
          defined(v[HC_SLOW]) && defined(v[ADV])))
        return false;
    if (!eligible(p, v, close))
        return false;
    bool slow = p->trigger != TRIGGER_FAST && close >= v[HC_SLOW] * (1 + p->slow_clearance);
    bool fast = p->trigger != TRIGGER_SLOW && close >= v[HC_FAST] * (1 + p->fast_clearance);
    if (!slow && !fast)
        return false;
    out->trigger = slow ? "slow" : "fast";
    out->stop = close - p->hard_stop_atr_mult * v[ATR];
    out->breakout = (close - (slow ? v[MA50] : v[MA20])) / v[ATR];
    out->momentum = !defined(v[ROC]) ? 0 : defined(v[BENCH_ROC]) ? v[ROC] - v[BENCH_ROC] : v[ROC];
    return true;
}

static void update_stop(const double *params, const struct strategy_bar *bar,
                        struct position_stop *position)
{
    const struct momentum_params *p = params_of(params);
    if (p->exit_mode != EXIT_STAGED || position->tightened)
        return;
    double ma = bar->indicator[MA20], atr = bar->indicator[ATR];
    if (!defined(ma) || !defined(atr) || !(bar->close < ma))
        return;
    double stop = position->entry_price - p->tightened_stop_atr_mult * atr;
    position->tightened = true;
    position->stop = stop > position->stop ? stop : position->stop;
}

static int exit_reason(const double *params, const struct strategy_bar *bar,
                       const struct position_stop *position)
{
    (void)params;
    if (bar->close <= position->stop)
        return position->tightened ? PLATEAU_TIGHTENED_STOP : PLATEAU_HARD_STOP;
    if (bar->close < bar->indicator[MA_EXIT]) /* false while the average is undefined */
        return PLATEAU_TRAILING_MA_CROSS;
    return STRATEGY_STAY;
}

const struct strategy STRATEGY_MOMENTUM = {
    .name = "momentum",
    .fields = FIELDS,
    .n_fields = sizeof FIELDS / sizeof FIELDS[0],
    .indicators = indicators,
    .entry = entry,
    .update_stop = update_stop,
    .exit = exit_reason,
    .fast = &MOMENTUM_FAST,
};
