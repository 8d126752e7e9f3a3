#include "review/statistics/sobol_shares.h"
#include "tests/lib/cm.h" /* cmocka and the headers it wants first */
#include <math.h>

static void near(double got, double want)
{
    if (!(fabs(got - want) <= 1e-12 * (1.0 + fabs(want))))
        fail_msg("got %.15g, expected %.15g", got, want);
}

/* f = a + b + a b on levels that average to 0: the three shares can be written down. */
static void shares_of_a_known_function(void **state)
{
    (void)state;
    static const double a[3] = {-1.0, 0.0, 1.0}, b[4] = {-3.0, -1.0, 1.0, 3.0};
    double f[3 * 2 * 4], va = 2.0 / 3.0, vb = 5.0, v = va + vb + va * vb;
    struct surface s = {.n_axes = 3, .n_levels = {3, 2, 4}, .f = f};
    struct sobol_shares r;
    assert_int_equal(surface_check(&s), OK);
    for (int i = 0; i < 24; i++)
        f[i] = 7.0 + a[i / 8] + b[i % 4] + a[i / 8] * b[i % 4];
    assert_int_equal(sobol_shares_run(&s, &r), OK);
    near(r.variance, v);
    near(r.first[0], va / v);
    near(r.first[1], 0.0); /* a dead axis */
    near(r.first[2], vb / v);
    near(r.total[0], (va + va * vb) / v);
    near(r.total[1], 0.0);
    near(r.second[0][2], va * vb / v);
    near(r.second[0][1], 0.0);
    near(r.interaction, va * vb / v);
}

static void constant_or_full_of_holes_is_undefined(void **state)
{
    (void)state;
    double f[20];
    struct surface s = {.n_axes = 2, .n_levels = {4, 5}, .f = f};
    struct sobol_shares r;
    assert_int_equal(surface_check(&s), OK);
    for (int i = 0; i < 20; i++)
        f[i] = 0.1;
    assert_int_equal(sobol_shares_run(&s, &r), OK);
    assert_true(isnan(r.first[0]) && isnan(r.interaction) && r.variance == 0.0);
    f[3] = 2.0;
    f[7] = NAN; /* 1 of 20 is 5 %: filled from its neighbours */
    assert_int_equal(sobol_shares_run(&s, &r), OK);
    assert_true(r.imputed == 1 && r.variance > 0.0);
    f[8] = NAN;
    assert_int_equal(sobol_shares_run(&s, &r), OK);
    assert_true(r.imputed == 2 && isnan(r.variance) && isnan(r.total[1]));
}

/* A hole among categories has no neighbours along them. */
static void a_hole_takes_its_neighbours_mean(void **state)
{
    (void)state;
    double f[40], filled[40];
    struct surface s = {
        .n_axes = 2, .n_levels = {2, 20}, .kind = {SURFACE_CAT, SURFACE_NUM}, .f = f};
    struct sobol_shares a, b;
    assert_int_equal(surface_check(&s), OK);
    for (int i = 0; i < 40; i++)
        filled[i] = f[i] = cos(i * 1.1);
    f[10] = NAN;
    filled[10] = 0.5 * (f[9] + f[11]);
    assert_int_equal(sobol_shares_run(&s, &a), OK);
    s.f = filled;
    assert_int_equal(sobol_shares_run(&s, &b), OK);
    near(a.variance, b.variance);
    near(a.first[0], b.first[0]);
}

CM_MAIN("sobol_shares", cmocka_unit_test(shares_of_a_known_function),
        cmocka_unit_test(constant_or_full_of_holes_is_undefined),
        cmocka_unit_test(a_hole_takes_its_neighbours_mean))
