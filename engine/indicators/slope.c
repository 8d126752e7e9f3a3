#include "engine/indicator.h"

/* The average first, in place: walking back leaves every value that is still needed untouched. */
void indicator_slope(const struct bars *bars, uint32_t n, uint32_t lag, double *out)
{
    indicator_ma(bars, n, 0, out);
    for (uint32_t i = bars->n; i-- > 0;)
        out[i] = i < lag ? __builtin_nan("") : out[i] / out[i - lag] - 1;
}
