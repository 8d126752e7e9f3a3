#include "engine/correlation.h"
#include <assert.h>

static const double FLAT =
    1e-13; /* spread below this share of the squares: rounding, not returns */

/* Returns of the sessions from..session into r, NaN where undefined; gives their count. */
static uint32_t window_returns(const struct image_view *data, uint32_t symbol, uint32_t bar,
                               uint32_t from, uint32_t session, double *r)
{
    uint32_t first_bar = data->bar_start[symbol], defined = 0;
    for (uint32_t i = 0; i <= session - from; i++)
        r[i] = __builtin_nan("");
    for (uint32_t b = bar; b > first_bar && data->bar_session[b] >= (int32_t)from; b--) {
        r[(uint32_t)data->bar_session[b] - from] = data->close[b] / data->close[b - 1] - 1;
        defined++;
    }
    return defined;
}

bool correlation_window(const struct image_view *data, uint32_t symbol, uint32_t bar,
                        uint32_t session, uint32_t lookback, double *z, uint32_t *n)
{
    uint32_t from = session + 1 > lookback ? session + 1 - lookback : 0;
    uint32_t defined = window_returns(data, symbol, bar, from, session, z);
    double sum = 0, squares = 0, m2 = 0;
    *n = session - from + 1;
    if (defined < CORRELATION_RETURNS_MIN)
        return false;
    for (uint32_t i = 0; i < *n; i++)
        if (z[i] == z[i])
            sum += z[i];
    double m = sum / defined;
    for (uint32_t i = 0; i < *n; i++)
        if (z[i] == z[i]) {
            squares += z[i] * z[i];
            m2 += (z[i] - m) * (z[i] - m);
        }
    if (m2 <= FLAT * squares)
        return false;
    double scale = 1 / __builtin_sqrt(m2);
    for (uint32_t i = 0; i < *n; i++)
        z[i] = z[i] == z[i] ? (z[i] - m) * scale : 0;
    return true;
}

void correlation_add(struct correlation_sum *s, const double *z, uint32_t n)
{
    assert(s->k == 0 || s->n == n);
    s->n = n;
    for (uint32_t i = 0; i < n; i++)
        s->sum[i] = s->k == 0 ? z[i] : s->sum[i] + z[i];
    s->k++;
}

double correlation_mean(const struct correlation_sum *s, const double *z)
{
    double dot = 0;
    for (uint32_t i = 0; i < s->n; i++)
        dot += z[i] * s->sum[i];
    return dot / s->k;
}

double correlation_pairs(const struct correlation_sum *s)
{
    double squares = 0;
    for (uint32_t i = 0; i < s->n; i++)
        squares += s->sum[i] * s->sum[i];
    return squares - s->k;
}
