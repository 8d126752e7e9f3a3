#include "engine/indicator.h"

static double max(double a, double b)
{
    return a > b ? a : b;
}

static double true_range(const struct bars *bars, uint32_t i)
{
    double h = bars->high[i], l = bars->low[i];
    if (i == 0)
        return h - l;
    double c = bars->close[i - 1];
    return max(h - l, max(__builtin_fabs(h - c), __builtin_fabs(l - c)));
}

void indicator_atr(const struct bars *bars, uint32_t n, uint32_t lag, double *out)
{
    (void)lag;
    double a = 0;
    for (uint32_t i = 0; i < bars->n; i++) {
        double tr = true_range(bars, i);
        a = i == 0 ? tr : a + (tr - a) / n;
        out[i] = i + 1 < n ? __builtin_nan("") : a;
    }
}
