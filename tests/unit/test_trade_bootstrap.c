#include "review/statistics/trade_bootstrap.h"
#include "tests/lib/cm.h" /* cmocka and the headers it wants first */
#include <math.h>

#define FRACTION 0.01

static void one_trade_cannot_be_resampled(void **state)
{
    (void)state;
    const double r[3] = {1.5, NAN, INFINITY};
    struct trade_bootstrap t;
    assert_int_equal(trade_bootstrap_run(&t, r, 3, 1.0, FRACTION, 10, 1, 0), OK);
    assert_int_equal(t.n, 1);
    assert_true(isnan(t.sharpe.point) && isnan(t.mdd.med) && isnan(t.p_nonpos));
    assert_int_equal(trade_bootstrap_run(&t, r, 0, 1.0, FRACTION, 10, 1, 0), OK);
    assert_int_equal(t.n, 0);
    assert_int_equal(trade_bootstrap_run(&t, r, 3, 1.0, FRACTION, 0, 1, 0), ERR_RANGE);
}

static void equal_trades_have_no_sharpe_ratio(void **state)
{
    (void)state;
    const double r[3] = {2.0, 2.0, 2.0};
    struct trade_bootstrap t;
    assert_int_equal(trade_bootstrap_run(&t, r, 3, 1.0, FRACTION, 20, 1, 0), OK);
    assert_true(isnan(t.sharpe.point) && t.sharpe.undefined == 20 && isnan(t.sharpe.med));
    assert_true(fabs(t.cagr.lo - (1.02 * 1.02 * 1.02 - 1.0)) < 1e-15 && t.cagr.lo == t.cagr.hi);
    assert_true(isinf(t.calmar.point) && isinf(t.calmar.lo) && t.p_nonpos == 0.0);
}

static void ruin_loses_everything(void **state)
{
    (void)state;
    const double r[2] = {1.0, -200.0}; /* the second takes twice the account */
    struct trade_bootstrap t;
    assert_int_equal(trade_bootstrap_run(&t, r, 2, 1.0, FRACTION, 100, 1, 0), OK);
    assert_true(t.cagr.point == -1.0 && t.mdd.point == 1.0 && t.calmar.point == -1.0);
    assert_true(t.mdd.hi == 1.0 && t.mdd.lo == 0.0);
    assert_true(t.p_nonpos > 0.6 && t.p_nonpos < 0.9); /* three of four resamples hold a loss */
}

static void intervals_are_in_order_and_repeatable(void **state)
{
    (void)state;
    double r[40];
    struct trade_bootstrap a, b;
    for (int i = 0; i < 40; i++)
        r[i] = sin(i * 1.7) + 0.2;
    assert_int_equal(trade_bootstrap_run(&a, r, 40, 2.0, FRACTION, 300, 5, 0), OK);
    assert_int_equal(trade_bootstrap_run(&b, r, 40, 2.0, FRACTION, 300, 5, 0), OK);
    assert_memory_equal(&a, &b, sizeof a);
    assert_true(a.sharpe.lo < a.sharpe.p05 && a.sharpe.p05 < a.sharpe.med &&
                a.sharpe.med < a.sharpe.hi);
    assert_int_equal(trade_bootstrap_run(&b, r, 40, 2.0, FRACTION, 300, 5, 1), OK);
    assert_true(a.sharpe.med != b.sharpe.med); /* another unit, another stream */
}

CM_MAIN("trade_bootstrap", cmocka_unit_test(one_trade_cannot_be_resampled),
        cmocka_unit_test(equal_trades_have_no_sharpe_ratio),
        cmocka_unit_test(ruin_loses_everything),
        cmocka_unit_test(intervals_are_in_order_and_repeatable))
