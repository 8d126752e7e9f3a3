#include "coordinator/pace.h"
#include "tests/lib/cm.h"
#include <math.h>

static void a_steady_run_has_a_narrow_interval(void **state)
{
    (void)state;
    struct pace pace = {0};
    for (int64_t ms = 1000; ms <= 31000; ms += 100)
        pace_note(&pace, ms, (uint64_t)ms / 10); /* 100 a second */
    struct pace_estimate e = pace_estimate(&pace, 5000);
    assert_float_equal(e.cells_per_s, 100, 1e-9);
    assert_float_equal(e.eta_s, 50, 1e-9);
    assert_float_equal(e.eta_low_s, 50, 1e-9);
    assert_float_equal(e.eta_high_s, 50, 1e-9);
}

static void an_unsteady_one_has_a_wide_interval_around_its_mean(void **state)
{
    (void)state;
    struct pace pace = {0};
    uint64_t cells = 0;
    pace_note(&pace, 1, 0);
    for (int64_t s = 1; s <= 20; s++)
        pace_note(&pace, 1 + s * 1000, cells += s % 2 ? 150 : 50);
    struct pace_estimate e = pace_estimate(&pace, 1000);
    assert_float_equal(e.eta_s, 10, 1e-9);
    assert_true(e.eta_low_s < 9 && e.eta_high_s > 11 && e.eta_high_s < 20);
}

static void what_is_unknown_is_no_number(void **state)
{
    (void)state;
    struct pace pace = {0};
    assert_true(isnan(pace_estimate(&pace, 10).eta_s));
    pace_note(&pace, 1000, 500); /* done before: no speed of ours */
    pace_note(&pace, 2000, 500);
    assert_true(isnan(pace_estimate(&pace, 10).cells_per_s));
    pace_note(&pace, 3000, 600);
    assert_float_equal(pace_estimate(&pace, 10).cells_per_s, 50, 1e-9);
    assert_true(isnan(pace_estimate(&pace, 10).eta_low_s));
    pace_reset(&pace);
    pace_note(&pace, 90000, 600);
    assert_true(isnan(pace_estimate(&pace, 10).cells_per_s));
}

static void only_the_last_minute_counts(void **state)
{
    (void)state;
    struct pace pace = {0};
    uint64_t cells = 0;
    for (int64_t s = 1; s <= 200; s++)
        pace_note(&pace, s * 1000, cells += s <= 130 ? 1000 : 10);
    assert_float_equal(pace_estimate(&pace, 10).cells_per_s, 10, 1e-9);
}

CM_MAIN("pace", cmocka_unit_test(a_steady_run_has_a_narrow_interval),
        cmocka_unit_test(an_unsteady_one_has_a_wide_interval_around_its_mean),
        cmocka_unit_test(what_is_unknown_is_no_number),
        cmocka_unit_test(only_the_last_minute_counts))
