#include "engine/indicator.h"

/* How much wider than usual the range is: engine.md section 7. The average true range first, in
 * place, walking back. */
void indicator_vol_mult(const struct bars *bars, uint32_t n, uint32_t lag, double *out)
{
    (void)lag;
    indicator_atr(bars, n, 0, out);
    for (uint32_t i = bars->n; i-- > 0;) {
        double sum = 0;
        if (i + 2 >= n + INDICATOR_VOL_MULT_BARS) /* bars n-1 .. i are defined */
            for (uint32_t k = i + 1 - INDICATOR_VOL_MULT_BARS; k <= i; k++)
                sum += out[k];
        out[i] = indicator_vol_mult_of(out[i], sum / INDICATOR_VOL_MULT_BARS);
    }
}
