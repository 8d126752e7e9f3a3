#include "review/overview.h"
#include "tests/lib/cm.h"
#include <math.h>
#include <string.h>

enum { A = 3, B = 2, C = 3, N = A * B * C };
static double numbers[] = {1, 2, 3};
static char *texts[] = {"1", "2", "3"};
static struct sweep_axis axes[] = {
    {.path = "a",
     .label = "a",
     .unit = "1",
     .dimension = 0,
     .n_levels = A,
     .values = numbers,
     .texts = texts},
    {.path = "b",
     .label = "b",
     .unit = "",
     .spacing = SWEEP_CATEGORICAL,
     .dimension = 1,
     .n_levels = B,
     .values = numbers,
     .texts = texts},
    {.path = "c",
     .label = "c",
     .unit = "1",
     .dimension = 2,
     .n_levels = C,
     .values = numbers,
     .texts = texts},
};
static double objective[N], total_return[N], n_trades[N];

static struct sweep *grid(void)
{
    struct sweep *sweep = NULL;
    struct err_note note;
    const struct sweep_plan plan = {.axes = axes, .n_axes = 3, .method = SWEEP_GRID};
    assert_int_equal(sweep_new(&sweep, &plan, &note), OK);
    for (int p = 0; p < N; p++) {
        objective[p] = 0;
        total_return[p] = 0.1;
        n_trades[p] = 5;
    }
    return sweep;
}

static struct overview look(const struct sweep *sweep, int better)
{
    struct overview out;
    const struct overview_input input = {objective, total_return, n_trades, better};
    assert_int_equal(overview_of(sweep, &input, &out), OK);
    return out;
}

static void an_axis_that_changes_nothing_is_dead(void **state)
{
    (void)state;
    struct sweep *sweep = grid();
    for (int p = 0; p < N; p++)
        objective[p] =
            p / (B * C) == 1 ? 5 : p % C; /* a and c matter, b does not; the best is inside a */
    struct overview o = look(sweep, 1);
    assert_int_equal(o.n_dead, 1);
    assert_int_equal(o.dead[0], 1);
    objective[N - 1] = 1.5; /* one pair along b differs */
    o = look(sweep, 1);
    assert_int_equal(o.n_dead, 0);
    total_return[N - 1] = NAN; /* that cell was not computed: it says nothing */
    o = look(sweep, 1);
    assert_int_equal(o.n_dead, 1);
    sweep_free(&sweep);
}

static void an_optimum_at_an_end_is_named_and_ties_take_the_lowest_point(void **state)
{
    (void)state;
    struct sweep *sweep = grid();
    for (int p = 0; p < N; p++)
        objective[p] = (p / (B * C) == 1) + (p % C == 2) + 0.01 * (p / C % B);
    struct overview o = look(sweep, 1);
    assert_int_equal(o.best, 1 * B * C + 1 * C + 2);
    assert_int_equal(o.n_edge, 1); /* c at its last level; a is inside, b is not ordered */
    assert_int_equal(o.edge[0], 2);
    o = look(sweep, -1);
    assert_int_equal(o.best, 0);
    assert_int_equal(o.n_edge, 2);
    sweep_free(&sweep);
}

static void shares_count_computed_cells_only(void **state)
{
    (void)state;
    struct sweep *sweep = grid();
    for (int p = 0; p < N; p++)
        objective[p] = p;
    total_return[0] = objective[0] = NAN;
    total_return[1] = -0.1;
    total_return[2] = 0;
    n_trades[2] = 0;
    objective[2] = NAN; /* computed, yet undefined */
    struct overview o = look(sweep, 1);
    assert_int_equal(o.n_computed, N - 1);
    assert_int_equal(o.n_profitable, N - 3);
    assert_int_equal(o.n_never_traded, 1);
    assert_int_equal(o.best, N - 1);
    assert_int_equal(o.median, 9); /* of 1, 3, 4 .. 17: the lower middle */
    for (int p = 0; p < N; p++)
        objective[p] = total_return[p] = NAN;
    o = look(sweep, 1);
    assert_true(o.best == OVERVIEW_NONE && o.median == OVERVIEW_NONE && o.n_dead == 0 &&
                o.n_edge == 0);
    sweep_free(&sweep);
}

CM_MAIN("overview", cmocka_unit_test(an_axis_that_changes_nothing_is_dead),
        cmocka_unit_test(an_optimum_at_an_end_is_named_and_ties_take_the_lowest_point),
        cmocka_unit_test(shares_count_computed_cells_only))
