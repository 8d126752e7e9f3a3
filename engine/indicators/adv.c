#include "engine/indicator.h"

void indicator_adv(const struct bars *bars, uint32_t n, uint32_t lag, double *out)
{
    (void)lag;
    for (uint32_t i = 0; i < bars->n; i++) {
        out[i] = __builtin_nan("");
        if (i + 1 < n)
            continue;
        double sum = 0;
        for (uint32_t k = i + 1 - n; k <= i; k++)
            sum += bars->close[k] * bars->volume[k];
        out[i] = sum / n;
    }
}
