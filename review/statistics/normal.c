#include "review/statistics/normal.h"
#include <math.h>

double normal_cdf(double x)
{
    return 0.5 * erfc(-x * M_SQRT1_2);
}

/* A rational first guess (Abramowitz and Stegun 26.2.23, error below 4.5e-4), then Halley's steps
 * on the distribution function, which triple the number of good digits each. Only the lower half is
 * computed: erfc keeps its relative precision there, and 1 - p is exact for p >= 1/2. */
double normal_quantile(double p)
{
    enum { STEPS = 3 };
    if (!(p >= 0.0 && p <= 1.0))
        return NAN;
    if (p > 0.5)
        return -normal_quantile(1.0 - p);
    if (p == 0.0)
        return -INFINITY;
    double t = sqrt(-2.0 * log(p));
    double x = -(t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                         (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308))));
    for (int i = 0; i < STEPS; i++) {
        double density = exp(-0.5 * x * x) / sqrt(2.0 * M_PI);
        double u = (normal_cdf(x) - p) / density;
        x -= u / (1.0 + 0.5 * x * u);
    }
    return x;
}
