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
#pragma GCC unroll 20
        for (int k = 0; k < RISK_VOL_RETURNS; k++)
            sum += vd_load(r + k);
        vd mean = sum / RISK_VOL_RETURNS;
#pragma GCC unroll 20
        for (int k = 0; k < RISK_VOL_RETURNS; k++) {
            vd off = vd_load(r + k) - mean;
            squares += off * off;
        }
        vd_store(p->vols + i, vd_sqrt(squares / RISK_VOL_RETURNS));
    }
    if (t >= p->n_vols)
        p->n_vols = t + 1;
}

static uint32_t count_equal(const double *v, uint32_t n, double x)
{
    vl count = {0};
    uint32_t i = 0, equal = 0;
#pragma GCC unroll 4
    for (; i + VECTOR_LANES <= n; i += VECTOR_LANES)
        count -= vd_load(v + i) == x;
    for (; i < n; i++)
        equal += v[i] == x;
    return equal + (uint32_t)vl_sum(count);
}

/* The largest value below x. */
static double next_below(const double *v, uint32_t n, double x)
{
    const vd none = vd_all(-__builtin_inf());
    vd most = none;
    uint32_t i = 0;
#pragma GCC unroll 4
    for (; i + VECTOR_LANES <= n; i += VECTOR_LANES) {
        vd y = vd_load(v + i);
        most = vd_max(vd_select(y < x, y, none), most);
    }
    double best = vd_highest(most);
    for (; i < n; i++)
        best = v[i] < x && v[i] > best ? v[i] : best;
    return best;
}

/* The smallest value above x. */
static double next_above(const double *v, uint32_t n, double x)
{
    const vd none = vd_all(__builtin_inf());
    vd least = none;
    uint32_t i = 0;
#pragma GCC unroll 4
    for (; i + VECTOR_LANES <= n; i += VECTOR_LANES) {
        vd y = vd_load(v + i);
        least = vd_min(vd_select(y > x, y, none), least);
    }
    double best = -vd_highest(-least);
    for (; i < n; i++)
        best = v[i] > x && v[i] < best ? v[i] : best;
    return best;
}

/* The window of volatilities moves to vols[from .. end-1]; how many of them are below and at the
 * pivot follows. */
static void pivot_window(struct fast_pivot *m, const double *vols, int32_t from, int32_t end)
{
    for (; m->from < from; m->from++) {
        m->n_below -= vols[m->from] < m->value;
        m->n_equal -= vols[m->from] == m->value;
    }
    for (; m->end < end; m->end++) {
        m->n_below += vols[m->end] < m->value;
        m->n_equal += vols[m->end] == m->value;
    }
}

/* The pivot becomes the value of rank k (0 = smallest), step by step: it moves little from one date
 * to the next. */
static void pivot_to_rank(struct fast_pivot *m, const double *vols, uint32_t k)
{
    const double *v = vols + m->from;
    uint32_t n = (uint32_t)(m->end - m->from);
    while (k < m->n_below) {
        m->value = next_below(v, n, m->value);
        m->n_equal = count_equal(v, n, m->value);
        m->n_below -= m->n_equal;
    }
    while (k >= m->n_below + m->n_equal && m->value < __builtin_inf()) {
        m->value = next_above(v, n, m->value);
        m->n_below += m->n_equal;
        m->n_equal = count_equal(v, n, m->value);
    }
}

/* The multiplier at the close of t; the equity up to t is known. */
static double risk_multiplier_at(struct fast_point *p, int32_t t)
{
    enum volatility_mode mode = (enum volatility_mode)p->portfolio->volatility_mode;
    struct fast_pivot *m = &p->pivot;
    if (mode == VOLATILITY_OFF || t + 1 < RISK_VOL_RETURNS)
        return 1;
    vols_until(p, t);
    int32_t first = RISK_VOL_RETURNS - 1, from = t + 1 - RISK_BASELINE_VOLS;
    double vol = p->vols[t];
    if (m->end == 0)
        *m = (struct fast_pivot){.value = vol, .from = first, .end = first};
    pivot_window(m, p->vols, from > first ? from : first, t + 1);
    uint32_t n = (uint32_t)(m->end - m->from), middle = (n - 1) / 2;
    if (m->n_below <= middle && vol <= m->value)
        return 1; /* the baseline is not below the pivot: a ratio of 1 at most */
    pivot_to_rank(m, p->vols, middle);
    double baseline = m->value;
    if (n % 2 == 0) {
        double upper = middle + 1 < m->n_below + m->n_equal
                           ? baseline
                           : next_above(p->vols + m->from, n, baseline);
        baseline = (baseline + upper) / 2;
    }
    return risk_of_ratio(baseline != 0 ? vol / baseline : 1, mode);
}
#endif
