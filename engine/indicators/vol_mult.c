#include "engine/indicator.h"

enum { MEAN_BARS = 60 };
static const double LEAST = 0.5, MOST = 3;

/* How much wider than usual the range is: engine.md section 7. The average true range first, in
 * place, walking back. */
void indicator_vol_mult(const struct bars *bars, uint32_t n, uint32_t lag, double *out)
{
    (void)lag;
    indicator_atr(bars, n, 0, out);
    for (uint32_t i = bars->n; i-- > 0;) {
        double sum = 0;
        if (i + 2 >= n + MEAN_BARS) /* bars n-1 .. i are defined */
            for (uint32_t k = i + 1 - MEAN_BARS; k <= i; k++)
                sum += out[k];
        double mean = sum / MEAN_BARS;
        double ratio = mean != 0 ? out[i] / mean : 1;
        out[i] = ratio < LEAST ? LEAST : ratio > MOST ? MOST : ratio;
    }
}
