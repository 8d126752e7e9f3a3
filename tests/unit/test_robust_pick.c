#include "review/statistics/robust_pick.h"
#include "tests/lib/cm.h" /* cmocka and the headers it wants first */
#include <math.h>

enum { SIDE = 9, N = 2 * SIDE * SIDE };

/* A category whose surface is a plateau, and one with a higher lone peak. */
static void fill(double *f, struct surface *s)
{
    *s = (struct surface){.n_axes = 3,
                          .n_levels = {2, SIDE, SIDE},
                          .kind = {SURFACE_CAT, SURFACE_NUM, SURFACE_LOG},
                          .f = f};
    assert_int_equal(surface_check(s), OK);
    for (int i = 0; i < N; i++) {
        int row = i / SIDE % SIDE, column = i % SIDE;
        f[i] = i < SIDE * SIDE ? 0.1 + 0.001 * ((i * 7) % 13)
                               : 1.0 - 0.01 * ((row - 6) * (row - 6) + (column - 2) * (column - 2));
    }
    f[4 * SIDE + 4] = 3.0;
}

static void the_plateau_beats_the_peak(void **state)
{
    (void)state;
    double f[N];
    struct surface s;
    struct robust_pick pick;
    fill(f, &s);
    assert_int_equal(surface_best(&s), 4 * SIDE + 4);
    assert_int_equal(robust_pick_find(&s, NULL, &pick), OK);
    assert_int_equal(pick.point, SIDE * SIDE + 6 * SIDE + 2);
    assert_true(fabs(pick.worst - 0.98) < 1e-15);
}

static void worst_value_is_that_of_the_neighbours(void **state)
{
    (void)state;
    double f[N];
    struct surface s;
    struct robust_pick pick;
    size_t points[64];
    bool only[N];
    fill(f, &s);
    f[30] = f[31] = NAN;
    for (size_t p = 0; p < N; p++) {
        double worst = f[p];
        size_t n = surface_neighbours(&s, p, points), valid = 0;
        for (size_t i = 0; i < n; i++) {
            worst = fmin(worst, f[points[i]]);
            valid += isnan(f[points[i]]) ? 0 : 1;
        }
        for (size_t i = 0; i < N; i++)
            only[i] = i == p;
        assert_int_equal(robust_pick_find(&s, only, &pick), OK);
        bool qualifies = !isnan(f[p]) && 2 * valid >= n;
        assert_int_equal(pick.point, qualifies ? p : N);
        assert_true(qualifies ? pick.worst == worst : isnan(pick.worst));
    }
}

static void nothing_valid_is_no_pick(void **state)
{
    (void)state;
    double f[3] = {NAN, NAN, NAN}, one[1] = {2.0};
    struct surface s = {.n_axes = 1, .n_levels = {3}, .f = f};
    struct robust_pick pick;
    assert_int_equal(surface_check(&s), OK);
    assert_int_equal(robust_pick_find(&s, NULL, &pick), OK);
    assert_true(pick.point == 3 && isnan(pick.worst));
    s = (struct surface){.n_axes = 1, .n_levels = {1}, .f = one};
    assert_int_equal(surface_check(&s), OK);
    assert_int_equal(robust_pick_find(&s, NULL, &pick), OK);
    assert_true(pick.point == 0 && pick.worst == 2.0);
}

CM_MAIN("robust_pick", cmocka_unit_test(the_plateau_beats_the_peak),
        cmocka_unit_test(worst_value_is_that_of_the_neighbours),
        cmocka_unit_test(nothing_valid_is_no_pick))
