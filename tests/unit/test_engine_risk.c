#include "engine/risk.h"
#include "tests/lib/cm.h"
#include "tests/lib/rng.h"
#include <math.h>
#include <stdlib.h>

enum { N = 700 };

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double vol_of(const double *r)
{
    double sum = 0, squares = 0;
    for (int i = 0; i < 20; i++)
        sum += r[i];
    for (int i = 0; i < 20; i++)
        squares += (r[i] - sum / 20) * (r[i] - sum / 20);
    return sqrt(squares / 20);
}

/* Section 6 word by word, everything from the start on each date. */
static double naive(const double *r, uint32_t n, enum volatility_mode mode)
{
    double vols[252];
    uint32_t window = n < 252 ? n : 252, m = 0;
    if (n < 20 || mode == VOLATILITY_OFF)
        return 1;
    for (uint32_t from = n - window; from + 20 <= n; from++)
        vols[m++] = vol_of(r + from);
    double vol = vols[m - 1];
    qsort(vols, m, sizeof *vols, ascending);
    double baseline = m % 2 ? vols[m / 2] : (vols[m / 2 - 1] + vols[m / 2]) / 2;
    double ratio = baseline == 0 ? 1 : vol / baseline;
    if (mode == VOLATILITY_REGIME)
        return ratio > 1.5 ? 0.33 : 1;
    return fmin(fmax(1 / fmax(ratio, 1), 0.33), 1);
}

static void the_running_window_gives_what_a_fresh_one_gives(void **state)
{
    (void)state;
    struct rng rng = {4};
    struct risk risk;
    double r[N];
    int shrunk = 0, least = 0;
    risk_start(&risk);
    for (uint32_t n = 1; n <= N; n++) {
        double scale = n % 150 < 90 ? 0.01 : n % 150 < 100 ? 0.2 : 0; /* calm, wild, no position */
        r[n - 1] = scale * rng_between(&rng, -1, 1);
        risk_append(&risk, r, n);
        for (int mode = VOLATILITY_CONTINUOUS; mode <= VOLATILITY_OFF; mode++)
            assert_true(risk_multiplier(&risk, (enum volatility_mode)mode) ==
                        naive(r, n, (enum volatility_mode)mode));
        double m = risk_multiplier(&risk, VOLATILITY_CONTINUOUS);
        shrunk += m < 1 && m > 0.33;
        least += m == 0.33;
    }
    assert_true(shrunk > 50 && least > 5);
}

static void too_few_or_equal_returns_scale_nothing(void **state)
{
    (void)state;
    struct risk risk;
    double r[60];
    risk_start(&risk);
    for (uint32_t n = 1; n < 20; n++) {
        r[n - 1] = n == 19 ? 0.5 : 0;
        risk_append(&risk, r, n);
        assert_true(risk_multiplier(&risk, VOLATILITY_REGIME) == 1);
    }
    risk_start(&risk);
    for (uint32_t n = 1; n <= 60; n++) {
        r[n - 1] = 0;
        risk_append(&risk, r, n);
        assert_true(risk_multiplier(&risk, VOLATILITY_CONTINUOUS) == 1); /* baseline 0 */
    }
}

CM_MAIN("engine risk", cmocka_unit_test(the_running_window_gives_what_a_fresh_one_gives),
        cmocka_unit_test(too_few_or_equal_returns_scale_nothing))
