#include "review/statistics/entry_permutation.h"
#include "tests/lib/cm.h" /* cmocka and the headers it wants first */
#include <math.h>

enum { ROUNDS = 20000 };

/* Two trades of 1 and 2 days in 5 days: of 2 free days, 6 ways to spread them around and 2 orders,
 * equally likely. Powers of ten as market returns make each placement a sum of its own. */
static void every_placement_is_as_likely(void **state)
{
    (void)state;
    static const double market[5] = {1.0, 10.0, 100.0, 1000.0, 10000.0};
    const struct entry_trade trades[2] = {{0, 1, 1.0}, {1, 3, 3.0}};
    double count[12] = {0}, sums[12];
    int n = 0;
    for (int first = 0; first < 5; first++)
        for (int second = 0; second < 4; second++)
            if (first < second || first > second + 1)
                sums[n++] = market[first] + 3.0 * (market[second] + market[second + 1]);
    assert_int_equal(n, 12);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        struct entry_permutation e;
        int hit = -1;
        assert_int_equal(entry_permutation_run(&e, market, 5, trades, 2, 1, i, 0), OK);
        assert_int_equal(e.mode, ENTRY_GAPS);
        for (int j = 0; j < 12; j++)
            if (fabs(e.null_mean - sums[j]) < 1e-6)
                hit = j;
        assert_true(hit >= 0);
        count[hit] += 1.0;
    }
    double chi2 = 0.0, expected = ROUNDS / 12.0;
    for (int j = 0; j < 12; j++)
        chi2 += (count[j] - expected) * (count[j] - expected) / expected;
    assert_true(chi2 < 31.3); /* 99.9 % of 11 degrees of freedom */
}

static void overlapping_trades_move_by_themselves(void **state)
{
    (void)state;
    static const double market[6] = {0.01, -0.02, 0.03, 0.0, 0.01, 0.02};
    const struct entry_trade trades[2] = {{0, 4, 1.0}, {2, 5, -0.5}};
    struct entry_permutation e;
    assert_int_equal(entry_permutation_run(&e, market, 6, trades, 2, 500, 1, 0), OK);
    assert_int_equal(e.mode, ENTRY_INDEPENDENT);
    assert_true(fabs(e.stat - (0.02 - 0.5 * 0.04)) < 1e-15);
    assert_true(e.p > 0.0 && e.p <= 1.0);
}

static void a_market_without_moves_says_nothing(void **state)
{
    (void)state;
    static const double market[30] = {0};
    const struct entry_trade trades[2] = {{3, 5, 1.0}, {9, 9, 1.0}};
    struct entry_permutation e;
    assert_int_equal(entry_permutation_run(&e, market, 30, trades, 2, 99, 1, 0), OK);
    assert_true(e.p == 1.0 && e.stat == 0.0);
}

static void trades_outside_the_market_are_refused(void **state)
{
    (void)state;
    static const double market[3] = {0.0, 0.1, 0.2};
    static const struct entry_trade bad[] = {{-1, 2, 1.0}, {2, 1, 1.0}, {0, 4, 1.0}};
    struct entry_permutation e;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(entry_permutation_run(&e, market, 3, bad + i, 1, 9, 1, 0), ERR_RANGE);
    const struct entry_trade whole = {0, 3, 1.0}; /* no free day: one placement */
    assert_int_equal(entry_permutation_run(&e, market, 3, &whole, 1, 9, 1, 0), OK);
    assert_true(e.p == 1.0);
}

CM_MAIN("entry_permutation", cmocka_unit_test(every_placement_is_as_likely),
        cmocka_unit_test(overlapping_trades_move_by_themselves),
        cmocka_unit_test(a_market_without_moves_says_nothing),
        cmocka_unit_test(trades_outside_the_market_are_refused))
