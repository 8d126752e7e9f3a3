#include "review/statistics/stationary.h"
#include "review/statistics/draws.h"
#include "review/statistics/sample.h"
#include <math.h>

void stationary_indices(uint32_t *index, size_t n_days, double q, uint64_t seed, uint64_t unit,
                        uint32_t iteration)
{
    struct draws draws;
    uint64_t restart_below = (uint64_t)floor(q * 0x1p32);
    draws_start(&draws, seed, DRAWS_STATIONARY, unit, iteration);
    for (size_t t = 0; t < n_days; t++) {
        if (t == 0 || draws_word(&draws, 2 * t) < restart_below)
            index[t] = (uint32_t)draws_below(&draws, 2 * t + 1, n_days);
        else
            index[t] = index[t - 1] + 1 < n_days ? index[t - 1] + 1 : 0;
    }
}

double stationary_variance(const double *d, size_t n_days, double q)
{
    double n = (double)n_days, mean = sample_mean(d, n_days), omega2 = 0.0;
    for (size_t i = 0; i < n_days; i++) {
        double sum = 0.0;
        for (size_t t = 0; t + i < n_days; t++)
            sum += (d[t] - mean) * (d[t + i] - mean);
        if (i == 0) {
            omega2 = sum / n;
            continue;
        }
        double stay = pow(1.0 - q, (double)i), leave = pow(1.0 - q, n - (double)i);
        double kappa = (n - (double)i) / n * stay + (double)i / n * leave;
        omega2 += 2.0 * kappa * (sum / n);
    }
    return n_days ? omega2 : NAN;
}
