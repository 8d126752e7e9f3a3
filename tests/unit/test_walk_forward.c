#include "review/statistics/walk_forward.h"
#include "tests/lib/cm.h" /* cmocka and the headers it wants first */
#include <math.h>
#include <string.h>

enum { DAYS = 20, N = 3 };
#define YEAR 100.0

static struct walk_forward_plan plan(void)
{
    return (struct walk_forward_plan){.is_len = 6, .oos_len = 4, .periods_per_year = YEAR};
}

/* Configuration 1 earns in the first half, 2 in the second; small wiggles keep a variance. */
static void fill(double *series)
{
    for (int t = 0; t < DAYS; t++) {
        double wiggle = t % 2 ? 0.001 : -0.001;
        series[t] = -0.002 + wiggle;
        series[DAYS + t] = (t < 10 ? 0.01 : -0.01) + wiggle;
        series[2 * DAYS + t] = (t < 10 ? -0.01 : 0.01) + wiggle;
    }
}

static void windows_follow_each_other(void **state)
{
    (void)state;
    double series[N * DAYS];
    struct walk_forward_window w[4];
    struct walk_forward r;
    const struct surface grid = {.n_axes = 1, .n_levels = {3}, .stride = {1}, .n_points = 3};
    struct walk_forward_plan p = plan();
    fill(series);
    assert_int_equal(walk_forward_n_windows(&p, DAYS), 3);
    assert_int_equal(walk_forward_run(&r, w, &p, series, N, DAYS, &grid), OK);
    assert_true(w[0].pick == 1 && w[1].pick == 1 && w[2].pick == 2);
    assert_true(w[1].is_begin == 4 && w[1].is_end == 10 && w[1].oos_begin == 10 &&
                w[1].oos_end == 14);
    assert_true(fabs(w[0].oos_ann - 1.0) < 1e-12 && fabs(w[1].oos_ann + 1.0) < 1e-12);
    assert_true(fabs(r.consistency - 2.0 / 3.0) < 1e-15);
    assert_true(fabs(r.max_share - 1.0) <
                1e-12); /* 0.04 - 0.04 + 0.04: one window's profit is all */
    assert_true(fabs(r.param_drift - 0.25) < 1e-15);
    assert_true(!r.overlapping);
    double is = (w[0].is_ann + w[1].is_ann + w[2].is_ann) / 3.0;
    assert_true(fabs(r.wfe - 1.0 / 3.0 / is) < 1e-12);
}

static void anchor_gap_and_step(void **state)
{
    (void)state;
    double series[N * DAYS];
    struct walk_forward_window w[16];
    struct walk_forward r;
    struct walk_forward_plan p = plan();
    fill(series);
    p.anchored = true;
    p.gap = 2;
    p.step = 1;
    assert_int_equal(walk_forward_n_windows(&p, DAYS), 9);
    assert_int_equal(walk_forward_run(&r, w, &p, series, N, DAYS, NULL), OK);
    assert_true(r.overlapping && isnan(r.param_drift));
    assert_true(w[8].is_begin == 0 && w[8].is_end == 14 && w[8].oos_begin == 16 &&
                w[8].oos_end == DAYS);
}

static void too_short_or_wrong(void **state)
{
    (void)state;
    double series[N * DAYS];
    struct walk_forward r;
    struct walk_forward_plan p = plan();
    const struct surface other = {.n_axes = 1, .n_levels = {4}, .stride = {1}, .n_points = 4};
    fill(series);
    assert_int_equal(walk_forward_run(&r, NULL, &p, series, N, 9, NULL), OK);
    assert_int_equal(r.n_windows, 0);
    assert_int_equal(walk_forward_run(&r, NULL, &p, series, N, DAYS, &other), ERR_RANGE);
    p.oos_len = 0;
    assert_int_equal(walk_forward_run(&r, NULL, &p, series, N, DAYS, NULL), ERR_RANGE);
}

static void idle_configurations_earn_nothing(void **state)
{
    (void)state;
    double series[N * DAYS];
    struct walk_forward r;
    struct walk_forward_plan p = plan();
    memset(series, 0, sizeof series);
    assert_int_equal(walk_forward_run(&r, NULL, &p, series, N, DAYS, NULL), OK);
    assert_true(isnan(r.wfe) && r.consistency == 0.0 && isnan(r.max_share) &&
                isnan(r.stitched_sharpe));
    assert_true(r.stitched_mdd == 0.0);
}

CM_MAIN("walk_forward", cmocka_unit_test(windows_follow_each_other),
        cmocka_unit_test(anchor_gap_and_step), cmocka_unit_test(too_short_or_wrong),
        cmocka_unit_test(idle_configurations_earn_nothing))
