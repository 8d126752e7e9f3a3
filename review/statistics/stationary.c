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

enum { GROUP = 4 };

/* Autocovariance sums at lags first .. first + GROUP - 1 of d about its mean: each a chain of its
 * own, oldest day first. */
static void lagged_products(const double *d, size_t n_days, double mean, size_t first,
                            double sum[GROUP])
{
    size_t last = first + GROUP - 1, t = 0;
    double s[GROUP] = {0};
    for (; t + last < n_days; t++)
        for (size_t i = 0; i < GROUP; i++)
            s[i] += (d[t] - mean) * (d[t + first + i] - mean);
    for (size_t i = 0; i < GROUP; i++)
        for (size_t u = t; u + first + i < n_days; u++)
            s[i] += (d[u] - mean) * (d[u + first + i] - mean);
    for (size_t i = 0; i < GROUP; i++)
        sum[i] = s[i];
}

double stationary_variance(const double *d, size_t n_days, double q)
{
    double n = (double)n_days, mean = sample_mean(d, n_days), omega2 = 0.0, sum[GROUP];
    for (size_t i = 0; i < n_days; i++) {
        if (i % GROUP == 0)
            lagged_products(d, n_days, mean, i, sum);
        double covariance = sum[i % GROUP] / n, lag = (double)i;
        double kappa = (n - lag) / n * pow(1.0 - q, lag) + lag / n * pow(1.0 - q, n - lag);
        omega2 += (i == 0 ? 1.0 : 2.0 * kappa) * covariance;
    }
    return n_days ? omega2 : NAN;
}
