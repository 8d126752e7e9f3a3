#include "review/level_means.h"
#include "tests/lib/cm.h" /* cmocka and the headers it wants first */
#include "tests/lib/sweep_axes.h"
#include <math.h>

/* A point counts at its level where it has both values, and nowhere where it lacks one. */
static void pairs_are_averaged_by_level(void **state)
{
    (void)state;
    struct sweep_axis axes[] = {axis_new("a", 0, 2, true), axis_new("b", 1, 3, false)};
    struct sweep_plan plan = {.axes = axes, .n_axes = 2};
    struct sweep *sweep;
    const double train[] = {1, 2, 3, 10, 20, NAN}, validation[] = {2, 2, 2, 5, NAN, 7};
    struct level_mean m[3];
    assert_int_equal(sweep_new(&sweep, &plan, NULL), OK);
    level_means(m, sweep, 0, train, validation);
    assert_true(m[0].n == 3 && m[0].train == 2 && m[0].validation == 2);
    assert_true(m[1].n == 1 && m[1].train == 10 && m[1].validation == 5);
    level_means(m, sweep, 1, train, validation);
    assert_true(m[0].n == 2 && m[0].train == 5.5 && m[0].validation == 3.5);
    assert_true(m[1].n == 1 && m[1].train == 2);
    assert_true(m[2].n == 1 && m[2].train == 3 && m[2].validation == 2);
    const double none[] = {NAN, NAN, NAN, NAN, NAN, NAN};
    level_means(m, sweep, 1, train, none);
    assert_true(m[0].n == 0 && isnan(m[0].train) && isnan(m[0].validation));
    sweep_free(&sweep);
    axes_free(axes, 2);
}

CM_MAIN("level_means", cmocka_unit_test(pairs_are_averaged_by_level))
