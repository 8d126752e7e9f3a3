#include "engine/philox.h"
#include "review/statistics/eigenvalues.h"
#include "review/statistics/trials.h"
#include "tests/lib/cm.h" /* cmocka and the headers it wants first */
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 12, DAYS = 60, SIDE = 24 };

static void near(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance * (1.0 + fabs(want))))
        fail_msg("got %.15g, expected %.15g", got, want);
}

static double normal(uint32_t k, int32_t t)
{
    return philox_fill_normal(17, k, t, PHILOX_BUY);
}

/* A matrix with known eigenvalues: reflections of a diagonal one. */
static void eigenvalues_survive_reflections(void **state)
{
    (void)state;
    static double a[SIDE * SIDE], v[SIDE], values[SIDE], scratch[SIDE];
    for (uint32_t round = 0; round < 20; round++) {
        double want = 0.0, got = 0.0, product = 1.0, biggest = 0.0;
        memset(a, 0, sizeof a);
        for (uint32_t i = 0; i < SIDE; i++) {
            a[i * SIDE + i] = i < 3 ? 0.0 : 1.0 + i % 5; /* repeated ones too */
            want += a[i * SIDE + i] * a[i * SIDE + i] * a[i * SIDE + i];
        }
        for (int32_t reflection = 0; reflection < 3;
             reflection++) { /* A = H A H, H = I - 2 u u' / u'u */
            double norm2 = 0.0, p[SIDE] = {0}, overlap = 0.0;
            for (uint32_t i = 0; i < SIDE; i++) {
                v[i] = normal(round, (int32_t)i + 100 * reflection);
                norm2 += v[i] * v[i];
            }
            for (uint32_t i = 0; i < SIDE; i++)
                for (uint32_t j = 0; j < SIDE; j++)
                    p[i] += 2.0 / norm2 * a[i * SIDE + j] * v[j];
            for (uint32_t i = 0; i < SIDE; i++)
                overlap += p[i] * v[i] / norm2;
            for (uint32_t i = 0; i < SIDE; i++)
                for (uint32_t j = 0; j < SIDE; j++)
                    a[i * SIDE + j] -=
                        (p[i] - overlap * v[i]) * v[j] + v[i] * (p[j] - overlap * v[j]);
        }
        assert_int_equal(eigenvalues_symmetric(a, SIDE, values, scratch), OK);
        for (uint32_t i = 0; i < SIDE; i++) {
            got += values[i] * values[i] * values[i];
            product *= values[i];
            biggest = fmax(biggest, values[i]);
        }
        near(got, want, 1e-12);
        near(biggest, 5.0, 1e-12);
        near(product, 0.0, 1e-12);
    }
}

static void copies_are_one_trial_and_opposites_many(void **state)
{
    (void)state;
    static double series[N * DAYS];
    struct trials_effective e;
    for (uint32_t k = 0; k < N; k++)
        for (int32_t t = 0; t < DAYS; t++)
            series[k * DAYS + (uint32_t)t] = (1.0 + k) * normal(1, t) + 0.01 * k;
    assert_int_equal(trials_effective(&e, series, N, DAYS), OK);
    near(e.by_entropy, 1.0, 1e-9);
    near(e.by_avg_corr, 1.0, 1e-9);
    near(e.by_participation, 1.0, 1e-9);
    for (uint32_t k = 0; k < N;
         k++) /* orthogonal: one day of its own each, against a common other */
        for (uint32_t t = 0; t < DAYS; t++)
            series[k * DAYS + t] = t / 4 == k ? (t % 2 ? -1.0 : 1.0) : 0.0;
    assert_int_equal(trials_effective(&e, series, N, DAYS), OK);
    near(e.by_entropy, N, 1e-9);
    near(e.by_participation, N, 1e-9);
    near(e.by_avg_corr, N, 1e-9);
}

/* More series than days takes the other Gram matrix. */
static void both_gram_matrices_agree(void **state)
{
    (void)state;
    enum { MANY = 30, FEW = 20 };
    static double wide[MANY * FEW], twice[2 * MANY * FEW];
    struct trials_effective a, b;
    for (uint32_t k = 0; k < MANY; k++)
        for (int32_t t = 0; t < FEW; t++)
            wide[k * FEW + (uint32_t)t] = normal(k, t) + normal(1000, t);
    for (uint32_t k = 0; k < 15; k++) /* 15 series of 20 days, and the same twice over: 30 series */
        for (uint32_t copy = 0; copy < 2; copy++)
            memcpy(twice + (2 * k + copy) * FEW, wide + k * FEW, FEW * sizeof *wide);
    assert_int_equal(trials_effective(&a, wide, 15, FEW), OK);
    assert_int_equal(trials_effective(&b, twice, 30, FEW), OK);
    near(b.by_entropy, a.by_entropy, 1e-9); /* copies add no trial */
    near(b.by_participation, a.by_participation, 1e-9);
    assert_int_equal(b.n_used, 30);
}

static void idle_and_failed_series_are_no_trials(void **state)
{
    (void)state;
    static double series[N * DAYS];
    struct trials_deflated d;
    for (uint32_t k = 0; k < N; k++)
        for (int32_t t = 0; t < DAYS; t++)
            series[k * DAYS + (uint32_t)t] = k == 3 ? 0.0 : k == 4 ? 0.001 : 0.01 * normal(k, t);
    series[5 * DAYS + 7] = NAN;
    assert_int_equal(trials_deflated(&d, series, N, DAYS, 0), OK);
    assert_int_equal(d.effective.n_used, N - 3);
    assert_true(d.dsr_raw <= d.dsr_entropy && d.dsr_entropy < d.psr0);
    assert_int_equal(trials_deflated(&d, series, N, DAYS, 3), OK);
    assert_true(isnan(d.sr) && isnan(d.dsr_entropy) && isnan(d.psr0));
    assert_int_equal(trials_deflated(&d, series, N, DAYS, N), ERR_RANGE);
    assert_int_equal(trials_deflated(&d, series, 1, DAYS, 0),
                     OK); /* one trial: nothing to deflate */
    assert_true(d.effective.n_used == 1 && d.luck_raw == 0.0 && d.dsr_raw == d.psr0);
    assert_int_equal(trials_deflated(&d, series + 3 * DAYS, 2, DAYS, 0), OK);
    assert_true(d.effective.n_used == 0 && isnan(d.effective.by_entropy));
}

/* Points that trade on the same day differ by a factor only: one trial. All other eigenvalues are
 * rounding, some of them too small for a share of their own. */
static void alike_points_that_hardly_trade_are_one_trial(void **state)
{
    (void)state;
    for (size_t days = 50; days <= 130; days += 8) {
        size_t n = days + 6;
        double *series = calloc(n * days, sizeof *series);
        struct trials_effective e;
        assert_non_null(series);
        for (size_t k = 0; k < n; k++)
            series[k * days] = 0.01 * (double)(1 + k % 3);
        assert_int_equal(trials_effective(&e, series, n, days), OK);
        near(e.by_entropy, 1.0, 1e-9);
        near(e.by_participation, 1.0, 1e-9);
        near(e.by_avg_corr, 1.0, 1e-9);
        free(series);
    }
}

CM_MAIN("trials", cmocka_unit_test(eigenvalues_survive_reflections),
        cmocka_unit_test(copies_are_one_trial_and_opposites_many),
        cmocka_unit_test(both_gram_matrices_agree),
        cmocka_unit_test(idle_and_failed_series_are_no_trials),
        cmocka_unit_test(alike_points_that_hardly_trade_are_one_trial))
