#include "review/statistics/scenarios.h"
#include "tests/lib/cm.h" /* cmocka and the headers it wants first */
#include <math.h>

/* Three scenarios of four points; the third point failed under stress. */
static const double F[3 * 4] = {1.0, 2.0, 3.0, 1.5, 0.8, -0.5, NAN, 1.2, 0.9, 1.0, 3.0, 0.6};

static void the_worst_case_chooses(void **state)
{
    (void)state;
    struct scenarios_robust r;
    assert_int_equal(scenarios_robust(&r, F, 3, 4, 1), OK);
    assert_true(r.n_eligible == 3 && r.pick_eligible);
    assert_true(r.maximin_point == 0 && r.maximin_value == 0.8);
    /* regrets: point 0: 1.0, 0.4, 0.1; point 1: 0, 1.7, 0; point 3: 0.5, 0, 0.4 */
    assert_true(r.minimax_regret_point == 3 && r.minimax_regret_value == 0.5);
    assert_true(r.pick_worst == -0.5 && fabs(r.pick_regret - 1.7) < 1e-15);
    assert_true(r.pick_retention == -0.25 && fabs(r.pick_frac_pos - 2.0 / 3.0) < 1e-15);
}

static void a_failed_pick_has_no_figures(void **state)
{
    (void)state;
    struct scenarios_robust r;
    assert_int_equal(scenarios_robust(&r, F, 3, 4, 2), OK);
    assert_true(!r.pick_eligible && isnan(r.pick_worst) && isnan(r.pick_retention));
    assert_int_equal(scenarios_robust(&r, F, 3, 4, 4), ERR_RANGE);
    assert_int_equal(scenarios_robust(&r, F, 0, 4, 0), ERR_RANGE);
}

static void nothing_eligible_and_no_stress(void **state)
{
    (void)state;
    const double none[4] = {NAN, 1.0, 1.0, NAN};
    struct scenarios_robust r;
    assert_int_equal(scenarios_robust(&r, none, 2, 2, 0), OK);
    assert_true(r.n_eligible == 0 && r.maximin_point == 2 && isnan(r.maximin_value));
    assert_int_equal(scenarios_robust(&r, F, 1, 4, 0),
                     OK); /* the baseline alone retains nothing to compare */
    assert_true(r.n_eligible == 4 && isnan(r.pick_retention) && r.maximin_point == 2);
}

CM_MAIN("scenarios", cmocka_unit_test(the_worst_case_chooses),
        cmocka_unit_test(a_failed_pick_has_no_figures),
        cmocka_unit_test(nothing_eligible_and_no_stress))
