#include "proto/sweep.h"
#include "tests/lib/cm.h"
#include "tests/lib/sweep_axes.h"
#include <string.h>

static struct sweep *make(const struct sweep_plan *plan)
{
    struct sweep *s = NULL;
    struct err_note note = {""};
    if (sweep_new(&s, plan, &note))
        fail_msg("%s", note.text);
    return s;
}

static void the_last_dimension_is_fastest(void **state)
{
    (void)state;
    struct sweep_axis axes[] = {axis_new("a", 0, 2, false), axis_new("b", 1, 3, false)};
    struct sweep *s = make(&(struct sweep_plan){.axes = axes, .n_axes = 2});
    uint32_t levels[2];
    double values[2];
    uint64_t point;
    assert_true(sweep_n_points(s) == 6);
    sweep_levels(s, 4, levels);
    assert_int_equal(levels[0], 1);
    assert_int_equal(levels[1], 1);
    sweep_values(s, 5, values);
    assert_true(values[0] == 1 && values[1] == 2);
    assert_int_equal(sweep_point_of_levels(s, levels, &point), OK);
    assert_true(point == 4);
    levels[1] = 3;
    assert_int_equal(sweep_point_of_levels(s, levels, &point), ERR_RANGE);
    sweep_free(&s);
    assert_null(s);
    axes_free(axes, 2);
}

/* Points of a tile share candidate lists: the exit side varies fastest, whatever the file's order.
 */
static void entry_side_dimensions_are_outermost_in_tile_order(void **state)
{
    (void)state;
    struct sweep_axis axes[] = {axis_new("exit", 0, 4, false), axis_new("entry", 1, 3, true),
                                axis_new("risk", 2, 2, false)};
    struct sweep *s = make(&(struct sweep_plan){.axes = axes, .n_axes = 3});
    uint32_t levels[3];
    for (uint64_t o = 0; o < 24; o++) {
        sweep_levels(s, sweep_point_of_ordinal(s, o), levels);
        assert_int_equal(levels[1], o / 8);     /* entry: once around */
        assert_int_equal(levels[0], o / 2 % 4); /* then the file's order */
        assert_int_equal(levels[2], o % 2);
    }
    sweep_free(&s);
    axes_free(axes, 3);
}

static void zipped_axes_move_together(void **state)
{
    (void)state;
    struct sweep_axis axes[] = {axis_new("a", 0, 3, false), axis_new("b", 1, 2, false),
                                axis_new("c", 0, 3, true)};
    struct sweep *s = make(&(struct sweep_plan){.axes = axes, .n_axes = 3});
    uint32_t levels[3];
    uint64_t point;
    assert_true(sweep_n_points(s) == 6);
    assert_int_equal(sweep_n_dimensions(s), 2);
    for (uint64_t p = 0; p < 6; p++) {
        sweep_levels(s, p, levels);
        assert_int_equal(levels[0], levels[2]);
        assert_int_equal(sweep_point_of_levels(s, levels, &point), OK);
        assert_true(point == p);
    }
    levels[2] = (levels[0] + 1) % 3;
    assert_int_equal(sweep_point_of_levels(s, levels, &point), ERR_RANGE);
    sweep_free(&s);
    axes_free(axes, 3);
}

static void no_axes_are_one_point(void **state)
{
    (void)state;
    struct sweep *s = make(&(struct sweep_plan){0});
    uint64_t point;
    assert_true(sweep_n_points(s) == 1);
    assert_int_equal(sweep_point_of_levels(s, NULL, &point), OK);
    assert_true(point == 0 && sweep_point_of_ordinal(s, 0) == 0);
    sweep_free(&s);
}

static void the_count_is_checked(void **state)
{
    (void)state;
    struct sweep_axis axes[8];
    struct sweep *s = NULL;
    struct err_note note;
    for (uint32_t a = 0; a < 8; a++) {
        char name[2] = {(char)('a' + a), 0};
        axes[a] = axis_new(name, a, 256, false);
    }
    assert_int_equal(sweep_new(&s, &(struct sweep_plan){.axes = axes, .n_axes = 8}, &note),
                     ERR_OVERFLOW); /* 2^64 */
    assert_non_null(strstr(note.text, "more than 2^63 points"));
    s = make(&(struct sweep_plan){.axes = axes, .n_axes = 7});
    assert_true(sweep_n_points(s) == UINT64_C(1) << 56);
    uint64_t last = (UINT64_C(1) << 56) - 1;
    uint32_t levels[7];
    sweep_levels(s, last, levels);
    for (int a = 0; a < 7; a++)
        assert_int_equal(levels[a], 255);
    sweep_free(&s);
    axes_free(axes, 8);
}

static void plans_off_the_wire_are_checked(void **state)
{
    (void)state;
    struct sweep_axis axes[] = {axis_new("a", 0, 2, false), axis_new("b", 2, 3, false)};
    struct sweep *s = NULL;
    struct sweep_plan plan = {.axes = axes, .n_axes = 2};
    assert_int_equal(sweep_new(&s, &plan, NULL), ERR_SPEC); /* a dimension is missing */
    axes[1].dimension = 0;
    assert_int_equal(sweep_new(&s, &plan, NULL), ERR_SPEC); /* zipped, of different lengths */
    axes[1].dimension = 1;
    strcpy(axes[1].path, "a");
    assert_int_equal(sweep_new(&s, &plan, NULL), ERR_SPEC); /* twice */
    strcpy(axes[1].path, "b");
    plan.method = SWEEP_LHS;
    assert_int_equal(sweep_new(&s, &plan, NULL), ERR_SPEC); /* a sample of 0 */
    plan.n_samples = UINT64_C(1) << 40;
    assert_int_equal(sweep_new(&s, &plan, NULL), ERR_SPEC);
    plan.n_samples = 3;
    plan.n_axes = 0;
    assert_int_equal(sweep_new(&s, &plan, NULL), ERR_SPEC); /* nothing to sample */
    plan = (struct sweep_plan){.axes = axes, .n_axes = SWEEP_AXES_MAX + 1};
    assert_int_equal(sweep_new(&s, &plan, NULL), ERR_SPEC);
    assert_null(s);
    axes_free(axes, 2);
}

static void constraints_exclude_but_renumber_nothing(void **state)
{
    (void)state;
    struct sweep_axis axes[] = {axis_new("a", 0, 4, false), axis_new("b", 1, 4, false),
                                axis_new("c", 2, 5, false)};
    const char *const where[] = {"a < b", "c != 3"};
    struct sweep *s =
        make(&(struct sweep_plan){.axes = axes, .n_axes = 3, .where = where, .n_where = 2});
    uint32_t levels[3];
    uint64_t n = 0;
    bool exact = false;
    assert_true(sweep_n_points(s) == 80);
    for (uint64_t p = 0; p < 80; p++) {
        sweep_levels(s, p, levels);
        bool excluded = !(levels[0] < levels[1] && levels[2] != 3);
        assert_int_equal(sweep_excluded(s, p), excluded);
        n += !excluded;
    }
    assert_true(sweep_n_included(s, &exact) == n);
    assert_true(exact);
    assert_false(sweep_nothing_left(s));
    sweep_free(&s);
    const char *const none[] = {"a < b", "b < c", "c < a"};
    s = make(&(struct sweep_plan){.axes = axes, .n_axes = 3, .where = none, .n_where = 3});
    assert_true(sweep_nothing_left(s));
    assert_true(sweep_n_included(s, &exact) == 0);
    sweep_free(&s);
    axes_free(axes, 3);
}

/* 10^12 combinations of the axes named, each with its mirror: half, less the diagonal. */
static void a_large_group_is_estimated_and_said_so(void **state)
{
    (void)state;
    struct sweep_axis axes[] = {axis_new("a", 0, 1000000, false), axis_new("b", 1, 1000000, false),
                                axis_new("c", 2, 3, false)};
    const char *const where[] = {"a < b"};
    struct sweep *s =
        make(&(struct sweep_plan){.axes = axes, .n_axes = 3, .where = where, .n_where = 1});
    bool exact = true;
    double n = (double)sweep_n_included(s, &exact);
    assert_false(exact);
    assert_true(n > 1.49e12 && n < 1.51e12);
    assert_false(sweep_excluded(s, 3)); /* 0 < 1 */
    assert_true(sweep_excluded(s, 0));  /* 0 < 0 */
    sweep_free(&s);
    axes_free(axes, 3);
}

static void samples_are_random_access_and_seeded(void **state)
{
    (void)state;
    const enum sweep_method methods[] = {SWEEP_RANDOM, SWEEP_LHS, SWEEP_SOBOL};
    struct sweep_axis axes[] = {axis_new("a", 0, 100, false), axis_new("b", 1, 7, true)};
    for (int m = 0; m < 3; m++) {
        struct sweep_plan plan = {
            .axes = axes, .n_axes = 2, .method = methods[m], .n_samples = 1000, .sample_seed = 1};
        struct sweep *s = make(&plan), *same = make(&plan);
        plan.sample_seed = 2;
        struct sweep *other = make(&plan);
        uint32_t x[2], y[2], differ = 0, seen[100] = {0}, of_seven[7] = {0};
        assert_true(sweep_n_points(s) == 1000);
        for (uint64_t p = 1000; p-- > 0;) {
            assert_true(sweep_point_of_ordinal(s, p) == p && sweep_ordinal_of_point(s, p) == p);
            sweep_levels(s, p, x);
            sweep_levels(same, p, y);
            assert_memory_equal(x, y, sizeof x);
            sweep_levels(other, p, y);
            differ += x[0] != y[0];
            seen[x[0]]++;
            of_seven[x[1]]++;
        }
        assert_true(differ > 500);
        for (int l = 0; l < 100;
             l++) /* lhs: exactly 10 of each; sobol: nearly; random: 10 +- 3.2 */
            assert_in_range(seen[l], m == 0 ? 1 : m == 1 ? 10 : 8, m == 0 ? 28 : m == 1 ? 10 : 12);
        for (int l = 0; l < 7; l++)
            assert_in_range(of_seven[l], m == 0 ? 95 : 141, m == 0 ? 190 : 145);
        uint64_t point;
        sweep_levels(s, 17, x);
        assert_int_equal(sweep_point_of_levels(s, x, &point), OK);
        sweep_levels(s, point, y);
        assert_memory_equal(x, y, sizeof x);
        sweep_free(&s);
        sweep_free(&same);
        sweep_free(&other);
    }
    axes_free(axes, 2);
}

static void constrained_samples_hold_only_what_is_allowed(void **state)
{
    (void)state;
    const enum sweep_method methods[] = {SWEEP_RANDOM, SWEEP_LHS, SWEEP_SOBOL};
    struct sweep_axis axes[] = {axis_new("a", 0, 50, false), axis_new("b", 1, 50, false)};
    const char *const where[] = {"a + 40 < b"}, *const none[] = {"a > 49"};
    bool exact;
    for (int m = 0; m < 3; m++) {
        struct sweep_plan plan = {.axes = axes,
                                  .n_axes = 2,
                                  .method = methods[m],
                                  .n_samples = 500,
                                  .where = where,
                                  .n_where = 1};
        struct sweep *s = make(&plan);
        assert_true(sweep_n_included(s, &exact) == 500);
        for (uint64_t p = 0; p < 500; p++) {
            uint32_t x[2];
            sweep_levels(s, p, x);
            assert_true(x[0] + 40 < x[1]);
            assert_false(sweep_excluded(s, p));
        }
        sweep_free(&s);
        plan.where = none;
        struct err_note note;
        assert_int_equal(sweep_new(&s, &plan, &note), ERR_SPEC);
        assert_non_null(strstr(note.text, "where leaves too little: 0 of 500"));
    }
    axes_free(axes, 2);
}

CM_MAIN("sweep", cmocka_unit_test(the_last_dimension_is_fastest),
        cmocka_unit_test(entry_side_dimensions_are_outermost_in_tile_order),
        cmocka_unit_test(zipped_axes_move_together), cmocka_unit_test(no_axes_are_one_point),
        cmocka_unit_test(the_count_is_checked), cmocka_unit_test(plans_off_the_wire_are_checked),
        cmocka_unit_test(constraints_exclude_but_renumber_nothing),
        cmocka_unit_test(a_large_group_is_estimated_and_said_so),
        cmocka_unit_test(samples_are_random_access_and_seeded),
        cmocka_unit_test(constrained_samples_hold_only_what_is_allowed))
