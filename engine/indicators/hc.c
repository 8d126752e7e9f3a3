#include "engine/indicator.h"

void indicator_hc(const struct bars *bars, uint32_t n, uint32_t lag, double *out)
{
    (void)lag;
    for (uint32_t i = 0; i < bars->n; i++) {
        out[i] = __builtin_nan("");
        if (i < n)
            continue;
        double high = bars->close[i - n];
        for (uint32_t k = i + 1 - n; k < i; k++)
            high = bars->close[k] > high ? bars->close[k] : high;
        out[i] = high;
    }
}
