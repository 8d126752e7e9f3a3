#include "engine/indicator.h"

void indicator_roc(const struct bars *bars, uint32_t n, uint32_t lag, double *out)
{
    (void)lag;
    for (uint32_t i = 0; i < bars->n; i++)
        out[i] = i < n ? __builtin_nan("") : bars->close[i] / bars->close[i - n] - 1;
}
