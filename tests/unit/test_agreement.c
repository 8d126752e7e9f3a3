#include "review/statistics/agreement.h"
#include "tests/lib/cm.h" /* cmocka and the headers it wants first */
#include <math.h>

static void order_kept_order_reversed(void **state)
{
    (void)state;
    double train[21], validation[21];
    struct agreement r;
    for (int i = 0; i < 21; i++) {
        train[i] = i == 20 ? NAN : (double)i;
        validation[i] = exp(0.3 * i);
    }
    assert_int_equal(agreement_measure(&r, train, validation, 21, AGREEMENT_PICK_BEST), OK);
    assert_int_equal(r.n, 20);
    assert_true(fabs(r.spearman - 1.0) < 1e-15 && r.top_overlap == 1.0);
    assert_true(fabs(r.pick_val_pct - 19.5 / 20.0) < 1e-15);
    assert_true(fabs(r.shrink - exp(0.3 * 19) / 19.0) < 1e-12);
    for (int i = 0; i < 21; i++)
        validation[i] = -i;
    assert_int_equal(agreement_measure(&r, train, validation, 21, 0), OK);
    assert_true(fabs(r.spearman + 1.0) < 1e-15 && r.top_overlap == 0.0);
    assert_true(fabs(r.pick_val_pct - 19.5 / 20.0) < 1e-15 &&
                isnan(r.shrink)); /* the pick's train is 0 */
}

static void ties_take_the_middle_and_the_lowest(void **state)
{
    (void)state;
    const double train[4] = {1.0, 1.0, 0.0, 1.0}, validation[4] = {5.0, 2.0, 2.0, 2.0};
    struct agreement r;
    assert_int_equal(agreement_measure(&r, train, validation, 4, AGREEMENT_PICK_BEST), OK);
    assert_true(r.top_overlap == 1.0 && r.shrink == 5.0); /* point 0 is the best tenth of both */
    /* ranks 3 3 1 3 and 4 2 2 2: covariance 1.0 of 3.0 and 3.0 */
    assert_true(fabs(r.spearman - 1.0 / 3.0) < 1e-15);
}

static void two_points_or_a_constant_say_nothing(void **state)
{
    (void)state;
    const double train[3] = {1.0, 2.0, NAN}, constant[3] = {1.0, 1.0, 1.0},
                 other[3] = {1.0, 3.0, 2.0};
    struct agreement r;
    assert_int_equal(agreement_measure(&r, train, other, 3, AGREEMENT_PICK_BEST), OK);
    assert_true(r.n == 2 && isnan(r.spearman) && isnan(r.top_overlap) && isnan(r.pick_val_pct));
    assert_int_equal(agreement_measure(&r, constant, other, 3, AGREEMENT_PICK_BEST), OK);
    assert_true(r.n == 3 && isnan(r.spearman) && r.shrink == 1.0);
    assert_int_equal(agreement_measure(&r, train, other, 0, AGREEMENT_PICK_BEST), OK);
    assert_int_equal(r.n, 0);
}

CM_MAIN("agreement", cmocka_unit_test(order_kept_order_reversed),
        cmocka_unit_test(ties_take_the_middle_and_the_lowest),
        cmocka_unit_test(two_points_or_a_constant_say_nothing))
