#include "review/stress.h"
#include <math.h>

const uint32_t STRESS_METRIC[STRESS_METRICS] = {METRIC_sharpe, METRIC_calmar, METRIC_mdd,
                                                METRIC_total_return};
const char *const STRESS_OUTCOME_NAME[4] = {"pass", "fail", "warning", "unknown"};

const struct stress_limit STRESS_LIMIT[STRESS_LIMITS] = {
    {"twice the slippage: Sharpe above 0.75",
     0.75,
     {2, false, PLATEAU_REGIME_NONE},
     STRESS_SHARPE,
     .above = true,
     .strict = true},
    {"three times the slippage: Calmar above 1.0",
     1.0,
     {3, false, PLATEAU_REGIME_NONE},
     STRESS_CALMAR,
     .above = true,
     .strict = true},
    {"bear months: drawdown at most 25 %",
     0.25,
     {1, false, PLATEAU_REGIME_BEAR},
     STRESS_MDD,
     .above = false},
    {"range months: drawdown at most 15 %",
     0.15,
     {1, false, PLATEAU_REGIME_RANGE},
     STRESS_MDD,
     .warning = true},
    {"range months: return at least -5 %",
     -0.05,
     {1, false, PLATEAU_REGIME_RANGE},
     STRESS_TOTAL_RETURN,
     .above = true,
     .warning = true},
    {"flash crash survived: drawdown below 25 %",
     0.25,
     {1, true, PLATEAU_REGIME_NONE},
     STRESS_MDD,
     .strict = true},
};

/* ---- surfaces ---- */

static bool has_all(const double *f, size_t n_scenarios, size_t n_points, size_t p)
{
    for (size_t s = 0; s < n_scenarios; s++)
        if (isnan(f[s * n_points + p]))
            return false;
    return true;
}

void stress_surfaces(struct stress_surfaces *out, const double *f, const bool *kept,
                     size_t n_scenarios, size_t n_points)
{
    for (size_t p = 0; p < n_points; p++) {
        bool all = has_all(f, n_scenarios, n_points, p);
        out->worst[p] = all ? INFINITY : NAN;
        out->regret[p] = all ? 0 : NAN;
        out->retention[p] = NAN;
    }
    for (size_t s = 0; s < n_scenarios; s++) {
        const double *v = f + s * n_points;
        double best = -INFINITY;
        for (size_t p = 0; p < n_points; p++)
            if (!isnan(out->worst[p]))
                best = v[p] > best ? v[p] : best;
        for (size_t p = 0; p < n_points; p++) {
            if (isnan(out->worst[p]))
                continue;
            out->worst[p] = v[p] < out->worst[p] ? v[p] : out->worst[p];
            out->regret[p] = best - v[p] > out->regret[p] ? best - v[p] : out->regret[p];
            if (s > 0 && kept[s] && f[p] > 0) {
                double left = v[p] / f[p];
                out->retention[p] =
                    left < out->retention[p] || isnan(out->retention[p]) ? left : out->retention[p];
            }
        }
    }
}

/* ---- limits ---- */

bool stress_limit_is_of(const struct stress_limit *limit, const struct plateau_scenario *scenario)
{
    return limit->scenario.slippage_multiplier == scenario->slippage_multiplier &&
           limit->scenario.flash_crash == scenario->flash_crash &&
           limit->scenario.regime == scenario->regime;
}

enum stress_outcome stress_limit_judge(const struct stress_limit *limit, double value,
                                       uint32_t flags)
{
    if (flags & FLAG_RUIN)
        return limit->warning ? STRESS_WARN : STRESS_FAIL;
    if (isnan(value))
        return STRESS_UNKNOWN;
    bool met = limit->above ? (limit->strict ? value > limit->limit : value >= limit->limit)
                            : (limit->strict ? value < limit->limit : value <= limit->limit);
    return met ? STRESS_PASS : limit->warning ? STRESS_WARN : STRESS_FAIL;
}

/* ---- correlation ---- */

void stress_correlation(struct stress_correlation *out, const double *returns,
                        const double *correlation, size_t n_days)
{
    double equity = 1, peak = 1, deep = 0, normal = 0;
    *out = (struct stress_correlation){.deep = NAN, .normal = NAN};
    for (size_t d = 0; d < n_days; d++) {
        equity *= 1 + returns[d];
        peak = equity > peak ? equity : peak;
        if (isnan(correlation[d]))
            continue;
        if (1 - equity / peak > STRESS_DEEP) {
            deep += correlation[d];
            out->n_deep++;
        } else {
            normal += correlation[d];
            out->n_normal++;
        }
    }
    if (out->n_deep)
        out->deep = deep / out->n_deep;
    if (out->n_normal)
        out->normal = normal / out->n_normal;
    out->warn = out->deep > STRESS_CORRELATION_WARN;
}
