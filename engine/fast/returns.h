/* returns - a point's daily returns, their rolling volatility, and the risk multiplier of engine.md
 * section 6; each computed no further than somebody asks, several dates at a time. */
#ifndef ENGINE_FAST_RETURNS_H
#define ENGINE_FAST_RETURNS_H
#include "engine/fast/fast.h"
#include "engine/fast/vector.h"
#include "engine/risk.h"

/* returns[0 .. t] from equity[-1 .. t]. */
static void returns_until(struct fast_point *p, int32_t t)
{
    for (int32_t i = p->n_returns; i <= t; i += VECTOR_LANES)
        vd_store(p->returns + i, vd_load(p->equity + i) / vd_load(p->equity + i - 1) - 1);
    if (t >= p->n_returns)
        p->n_returns = t + 1;
}

/* vols[i]: population standard deviation, two passes, of the RISK_VOL_RETURNS returns up to i; of i
 * below the first full window nothing. */
static void vols_until(struct fast_point *p, int32_t t)
{
    returns_until(p, t);
    for (int32_t i = p->n_vols; i <= t; i += VECTOR_LANES) {
        const double *r = p->returns + i - (RISK_VOL_RETURNS - 1);
        vd sum = {0}, squares = {0};
        for (int k = 0; k < RISK_VOL_RETURNS; k++)
            sum += vd_load(r + k);
        vd mean = sum / RISK_VOL_RETURNS;
        for (int k = 0; k < RISK_VOL_RETURNS; k++) {
            vd off = vd_load(r + k) - mean;
            squares += off * off;
        }
        vd_store(p->vols + i, vd_sqrt(squares / RISK_VOL_RETURNS));
    }
    if (t >= p->n_vols)
        p->n_vols = t + 1;
}

static uint32_t count_below(const double *v, uint32_t n, double x)
{
    vl count = {0};
    uint32_t i = 0, below = 0;
    for (; i + VECTOR_LANES <= n; i += VECTOR_LANES)
        count += vd_load(v + i) < x;
    for (; i < n; i++)
        below += v[i] < x;
    return below + (uint32_t)-vl_sum(count);
}

/* Value of rank k, 0 = smallest, by walking from value to value: the median moves little from one
 * date to the next. */
static double value_of_rank(const double *v, uint32_t n, uint32_t k, double near)
{
    for (;;) {
        vl below = {0}, not_above = {0};
        vd next_down = vd_all(-__builtin_inf()), next_up = vd_all(__builtin_inf());
        uint32_t i = 0, n_below = 0, n_not_above = 0;
        for (; i + VECTOR_LANES <= n; i += VECTOR_LANES) {
            vd x = vd_load(v + i);
            vl less = x<near, more = x> near;
            below += less;
            not_above += ~more;
            next_down = vd_max(vd_select(less, x, next_down), next_down);
            next_up = vd_min(vd_select(more, x, next_up), next_up);
        }
        double down = -__builtin_inf(), up = __builtin_inf();
        for (unsigned l = 0; l < VECTOR_LANES; l++) {
            down = next_down[l] > down ? next_down[l] : down;
            up = next_up[l] < up ? next_up[l] : up;
        }
        for (; i < n; i++) {
            n_below += v[i] < near;
            n_not_above += v[i] <= near;
            down = v[i] < near && v[i] > down ? v[i] : down;
            up = v[i] > near && v[i] < up ? v[i] : up;
        }
        n_below += (uint32_t)-vl_sum(below);
        n_not_above += (uint32_t)-vl_sum(not_above);
        if (k < n_below)
            near = down;
        else if (k >= n_not_above)
            near = up;
        else
            return near;
    }
}

#define RISK_LEAST 0.33
#define RISK_REGIME_RATIO 1.5

static double risk_of_ratio(double ratio, enum volatility_mode mode)
{
    if (mode == VOLATILITY_REGIME)
        return ratio > RISK_REGIME_RATIO ? RISK_LEAST : 1;
    double multiplier = 1 / (ratio > 1 ? ratio : 1);
    return multiplier > RISK_LEAST ? multiplier : RISK_LEAST;
}

/* The multiplier at the close of t; the returns up to t are known. */
static double risk_multiplier_at(struct fast_point *p, int32_t t)
{
    enum volatility_mode mode = (enum volatility_mode)p->portfolio->volatility_mode;
    if (mode == VOLATILITY_OFF || t + 1 < RISK_VOL_RETURNS)
        return 1;
    vols_until(p, t);
    int32_t returns = t + 1 < RISK_BASELINE_RETURNS ? t + 1 : RISK_BASELINE_RETURNS;
    uint32_t n = (uint32_t)(returns - RISK_VOL_RETURNS + 1);
    const double *v = p->vols + t + 1 - n;
    double vol = p->vols[t];
    if (count_below(v, n, vol) <= (n - 1) / 2) /* vol <= median: ratio <= 1 */
        return 1;
    p->median = value_of_rank(v, n, (n - 1) / 2, p->median);
    double baseline = p->median;
    if (n % 2 == 0)
        baseline = (baseline + value_of_rank(v, n, n / 2, baseline)) / 2;
    return risk_of_ratio(baseline != 0 ? vol / baseline : 1, mode);
}
#endif
