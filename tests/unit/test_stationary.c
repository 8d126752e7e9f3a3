#include "review/statistics/draws.h"
#include "review/statistics/stationary.h"
#include "tests/lib/cm.h" /* cmocka and the headers it wants first */
#include <math.h>

enum { T = 4 };

/* Every resample of four days with its probability: the variance of its mean, times T. */
static void variance_by_enumeration(void **state)
{
    (void)state;
    static const double d[T] = {0.013, -0.02, 0.007, 0.031}, qs[] = {0.05, 0.1, 0.5, 1.0};
    for (size_t i = 0; i < sizeof qs / sizeof qs[0]; i++) {
        double q = qs[i], mean = 0.0, square = 0.0, total = 0.0;
        for (unsigned path = 0; path < T * T * T * T; path++) {
            unsigned at[T] = {path % 4, path / 4 % 4, path / 16 % 4, path / 64};
            double chance = 1.0 / T, sum = d[at[0]];
            for (int t = 1; t < T; t++) {
                chance *= q / T + (at[t] == (at[t - 1] + 1) % T ? 1.0 - q : 0.0);
                sum += d[at[t]];
            }
            total += chance;
            mean += chance * sum / T;
            square += chance * (sum / T) * (sum / T);
        }
        assert_true(fabs(total - 1.0) < 1e-14);
        assert_true(fabs(stationary_variance(d, T, q) - T * (square - mean * mean)) < 1e-15);
    }
}

static void runs_have_the_asked_length(void **state)
{
    (void)state;
    enum { DAYS = 1000, DRAWS = 200 };
    static uint32_t index[DAYS];
    double breaks = 0.0, seen[10] = {0};
    for (uint32_t b = 0; b < DRAWS; b++) {
        stationary_indices(index, DAYS, 0.1, 77, 0, b);
        for (int t = 0; t < DAYS; t++) {
            assert_true(index[t] < DAYS);
            seen[index[t] / 100] += 1.0;
            breaks += t > 0 && index[t] != (index[t - 1] + 1) % DAYS ? 1.0 : 0.0;
        }
    }
    assert_true(fabs(breaks / (DRAWS * (DAYS - 1.0)) - 0.1) < 0.005);
    for (int i = 0; i < 10; i++)
        assert_true(fabs(seen[i] / DRAWS - 100.0) < 8.0); /* every tenth of the days as often */
}

static void words_do_not_depend_on_the_order_of_asking(void **state)
{
    (void)state;
    struct draws forward, backward;
    uint32_t words[23];
    draws_start(&forward, 9, DRAWS_STATIONARY, 0x123456789abcdULL, 5);
    draws_start(&backward, 9, DRAWS_STATIONARY, 0x123456789abcdULL, 5);
    for (uint32_t i = 0; i < 23; i++)
        words[i] = draws_word(&forward, i);
    for (uint32_t i = 23; i-- > 0;)
        assert_int_equal(draws_word(&backward, i), words[i]);
}

CM_MAIN("stationary", cmocka_unit_test(variance_by_enumeration),
        cmocka_unit_test(runs_have_the_asked_length),
        cmocka_unit_test(words_do_not_depend_on_the_order_of_asking))
