#include "engine/order.h"
#include "engine/philox.h"
#include "tests/lib/cm.h" /* cmocka and the headers it wants first */
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_MAX = 700, N_CASES = 4000 };

static uint32_t draw(uint32_t a, uint32_t b)
{
    const uint32_t key[2] = {5, 7}, counter[4] = {a, b, 0, 0};
    uint32_t x[4];
    philox4x32(key, counter, x);
    return x[0];
}

/* Every kind of sample: continuous, few levels, mostly zero, one far value. */
static uint32_t sample(uint32_t i, double *v)
{
    uint32_t n = 1 + draw(i, 1000000) % (i % 3 ? 40 : N_MAX);
    n = n < N_MAX ? n : N_MAX; /* says to the compiler what the line above says */
    for (uint32_t t = 0; t < n; t++) {
        double u = (double)draw(i, t) * 0x1p-32 - 0.5;
        v[t] = i % 4 == 0 ? u : i % 4 == 1 ? floor(4.0 * u) : fabs(u) < 0.48 ? 0.0 : u;
    }
    if (i % 4 == 3)
        v[n / 2] = 1e6;
    return n;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void same_as_a_library_sort(void **state)
{
    (void)state;
    static double v[N_MAX], sorted[N_MAX], part[N_MAX];
    for (uint32_t i = 0; i < N_CASES; i++) {
        uint32_t n = sample(i, v), k = draw(i, 2000000) % (n + 1);
        memcpy(sorted, v, n * sizeof *v);
        memcpy(part, v, n * sizeof *v);
        qsort(sorted, n, sizeof *v, ascending);
        order_smallest(part, n, k);
        assert_memory_equal(part, sorted, k * sizeof *v);
        order_sort(part, n);
        for (size_t t = 0; t < n; t++)
            assert_true(part[t] == sorted[t]);
    }
}

static double type_7(const double *sorted, size_t n, double p)
{
    double h = (double)(n - 1) * p, low = sorted[(size_t)h];
    double high = sorted[(size_t)h + 1 < n ? (size_t)h + 1 : n - 1];
    return low == high ? low : low + (h - floor(h)) * (high - low);
}

static void quantiles_at_both_ends(void **state)
{
    (void)state;
    static double v[N_MAX], sorted[N_MAX], scratch[N_MAX];
    for (uint32_t i = 0; i < N_CASES; i++) {
        uint32_t n = sample(i, v);
        double p = 0.001 * (double)(draw(i, 3000000) % 300), high = 1.0 - p / 2.0, sum = 0.0,
               sumsq = 0.0;
        memcpy(sorted, v, n * sizeof *v);
        qsort(sorted, n, sizeof *v, ascending);
        for (size_t t = 0; t < n; t++) {
            sum += v[t];
            sumsq += v[t] * v[t];
        }
        double mean = sum / (double)n;
        struct order_ends ends;
        order_ends(&ends, v, n, order_reach_low(n, p), order_reach_high(n, high), mean,
                   sqrt(sumsq / (double)n), scratch);
        assert_true(order_quantile_low(&ends, p) == type_7(sorted, n, p));
        assert_true(order_quantile_high(&ends, high) == type_7(sorted, n, high));
    }
}

CM_MAIN("order", cmocka_unit_test(same_as_a_library_sort), cmocka_unit_test(quantiles_at_both_ends))
