#include "tests/lib/cm.h"
#include "worker/ladder.h"
#include <math.h>

static struct ladder_break_even of(double a, double b, double c, double d, double e, double f,
                                   double g, double h)
{
    const double value[LADDER_STEPS] = {a, b, c, d, e, f, g, h};
    return ladder_break_even(value);
}

static void the_first_step_without_profit_counts(void **state)
{
    (void)state;
    struct ladder_break_even b = of(4, 3, 2, 1, -1, -2, -3, -4);
    assert_true(b.multiple == 3.5);
    assert_false(b.non_monotone);
    b = of(8, 7, 6, 5, 3, -1, -2, -3); /* between 4 and 6 */
    assert_true(b.multiple == 4 + 2 * 3.0 / 4);
    b = of(4, 3, 0, -1, -2, -3, -4, -5); /* zero is no profit */
    assert_true(b.multiple == 2);
    b = of(1, -1, 5, 4, 3, 2, 1, 0.5); /* comes back: the first crossing, flagged */
    assert_true(b.multiple == 0.5);
    assert_true(b.non_monotone);
}

static void the_ends_of_the_ladder_are_said(void **state)
{
    (void)state;
    assert_true(isnan(of(0, 0, 0, 0, 0, 0, 0, 0).multiple)); /* never traded */
    assert_true(of(0, -1, -2, -3, -4, -5, -6, -7).multiple == 0);
    assert_true(isinf(of(8, 7, 6, 5, 4, 3, 2, 1).multiple));
    assert_true(isnan(of(8, 7, NAN, 5, 4, 3, 2, 1).multiple));
    assert_true(of(8, -8, NAN, 5, 4, 3, 2, 1).multiple == 0.5);
    assert_true(isnan(of(NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN).multiple));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_step_without_profit_counts),
        cmocka_unit_test(the_ends_of_the_ladder_are_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
