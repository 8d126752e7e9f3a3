#include "review/stress.h"
#include "tests/lib/cm.h"
#include <math.h>

enum { N_SCENARIOS = 3, N_POINTS = 4 };

static void surfaces_of_a_small_grid(void **state)
{
    (void)state;
    const double f[N_SCENARIOS * N_POINTS] = {2,   4, -1, 3,   /* baseline */
                                              1,   1, -2, NAN, /* cost */
                                              0.5, 3, 5,  9 /* a regime */};
    const bool kept[N_SCENARIOS] = {true, true, false};
    double worst[N_POINTS], regret[N_POINTS], retention[N_POINTS];
    struct stress_surfaces out = {worst, regret, retention};
    stress_surfaces(&out, f, kept, N_SCENARIOS, N_POINTS);
    assert_true(worst[0] == 0.5 && worst[1] == 1 && worst[2] == -2);
    /* Best eligible: 4, 1, 5; the point without a value under cost is no measure for others. */
    assert_true(regret[0] == 4.5 && regret[1] == 2 && regret[2] == 5);
    assert_true(retention[0] == 0.5 && retention[1] == 0.25);
    assert_true(isnan(retention[2])); /* nothing to keep */
    assert_true(isnan(worst[3]) && isnan(regret[3]) && isnan(retention[3]));
}

static const struct stress_limit *limit_of(double slippage, bool crash, enum plateau_regime regime,
                                           enum stress_metric metric)
{
    const struct plateau_scenario scenario = {slippage, crash, regime};
    for (int i = 0; i < STRESS_LIMITS; i++)
        if (stress_limit_is_of(&STRESS_LIMIT[i], &scenario) && STRESS_LIMIT[i].metric == metric)
            return &STRESS_LIMIT[i];
    fail();
    return NULL;
}

static void limits_at_their_edges(void **state)
{
    (void)state;
    const struct stress_limit *l = limit_of(2, false, PLATEAU_REGIME_NONE, STRESS_SHARPE);
    assert_int_equal(stress_limit_judge(l, 0.75, 0), STRESS_FAIL);
    assert_int_equal(stress_limit_judge(l, 0.76, 0), STRESS_PASS);
    assert_int_equal(stress_limit_judge(l, NAN, 0), STRESS_UNKNOWN);
    l = limit_of(3, false, PLATEAU_REGIME_NONE, STRESS_CALMAR);
    assert_int_equal(stress_limit_judge(l, 1, 0), STRESS_FAIL);
    l = limit_of(1, false, PLATEAU_REGIME_BEAR, STRESS_MDD);
    assert_int_equal(stress_limit_judge(l, 0.25, 0), STRESS_PASS);
    assert_int_equal(stress_limit_judge(l, 0.26, 0), STRESS_FAIL);
    l = limit_of(1, false, PLATEAU_REGIME_RANGE, STRESS_MDD);
    assert_int_equal(stress_limit_judge(l, 0.15, 0), STRESS_PASS);
    assert_int_equal(stress_limit_judge(l, 0.16, 0), STRESS_WARN);
    l = limit_of(1, false, PLATEAU_REGIME_RANGE, STRESS_TOTAL_RETURN);
    assert_int_equal(stress_limit_judge(l, -0.05, 0), STRESS_PASS);
    assert_int_equal(stress_limit_judge(l, -0.06, 0), STRESS_WARN);
    l = limit_of(1, true, PLATEAU_REGIME_NONE, STRESS_MDD);
    assert_int_equal(stress_limit_judge(l, 0.25, 0), STRESS_FAIL);
    assert_int_equal(stress_limit_judge(l, 0.24, 0), STRESS_PASS);
    assert_int_equal(stress_limit_judge(l, 0.24, FLAG_RUIN), STRESS_FAIL);
}

static void correlation_splits_at_five_per_cent(void **state)
{
    (void)state;
    const double returns[] = {0.10, -0.04, -0.02, -0.01, 0.2, 0};
    const double correlation[] = {0.2, 0.4, 0.8, NAN, 0.3, 0.1};
    struct stress_correlation c; /* below the peak: 0, 4, 5.92, 6.9, 0, 0 % */
    stress_correlation(&c, returns, correlation, 6);
    assert_int_equal(c.n_deep, 1);
    assert_int_equal(c.n_normal, 4);
    assert_true(c.deep == 0.8);
    assert_true(fabs(c.normal - 0.25) < 1e-15);
    assert_true(c.warn);
    stress_correlation(&c, returns, correlation, 2);
    assert_true(isnan(c.deep) && !c.warn && c.n_deep == 0);
    stress_correlation(&c, NULL, NULL, 0);
    assert_true(isnan(c.deep) && isnan(c.normal));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(surfaces_of_a_small_grid),
        cmocka_unit_test(limits_at_their_edges),
        cmocka_unit_test(correlation_splits_at_five_per_cent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
