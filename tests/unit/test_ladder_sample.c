#include "tests/lib/cm.h" /* cmocka and the headers it wants first */
#include "worker/ladder_sample.h"
#include <math.h>
#include <stdlib.h>

static void a_small_sweep_is_computed_whole_but_for_its_holes(void **state)
{
    (void)state;
    const double f[5] = {1, NAN, 0, -1, NAN};
    struct ladder_sample s;
    assert_int_equal(ladder_sample_choose(&s, f, 5, 3, false), OK);
    assert_int_equal(s.n, 3);
    assert_false(s.sampled);
    assert_true(s.point[0] == 0 && s.point[1] == 2 && s.point[2] == 3);
    assert_true(ladder_sample_row(&s, 2) == s.value + LADDER_STEPS);
    assert_null(ladder_sample_row(&s, 1));
    assert_null(ladder_sample_row(&s, 4));
    for (size_t i = 0; i < s.n * LADDER_STEPS; i++)
        assert_true(isnan(s.value[i])); /* not computed yet */
    ladder_sample_free(&s);
    assert_null(ladder_sample_row(&s, 2));
    ladder_sample_free(&s);
}

static void a_large_one_has_a_stride_and_always_the_pick(void **state)
{
    (void)state;
    const uint64_t n = 10000, pick = 9998;
    double *f = calloc(n, sizeof *f);
    struct ladder_sample s;
    assert_non_null(f);
    f[10] = NAN;
    assert_int_equal(ladder_sample_choose(&s, f, n, pick, false), OK);
    assert_true(s.sampled);
    assert_int_equal(s.n, 10000 / 5 - 1 + 1);
    assert_non_null(ladder_sample_row(&s, pick));
    assert_null(ladder_sample_row(&s, 10));
    for (size_t i = 1; i < s.n; i++)
        assert_true(s.point[i] > s.point[i - 1]);
    ladder_sample_free(&s);
    assert_int_equal(ladder_sample_choose(&s, f, n, pick, true), OK);
    assert_false(s.sampled);
    assert_int_equal(s.n, n - 1);
    ladder_sample_free(&s);
    free(f);
}

CM_MAIN("ladder_sample", cmocka_unit_test(a_small_sweep_is_computed_whole_but_for_its_holes),
        cmocka_unit_test(a_large_one_has_a_stride_and_always_the_pick))
