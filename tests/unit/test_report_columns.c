#include "tests/lib/cm.h"

#include "review/report_columns.h"
#include "tests/lib/sweep_axes.h"
#include <math.h>

static struct sweep *grid_of(uint32_t n_axes, uint32_t levels)
{
    struct sweep_axis axes[8];
    struct sweep *sweep = NULL;
    for (uint32_t a = 0; a < n_axes; a++) {
        char path[16];
        snprintf(path, sizeof path, "p.x%u", a);
        axes[a] = axis_new(path, a, levels, false);
    }
    const struct sweep_plan plan = {.axes = axes, .n_axes = n_axes, .method = SWEEP_GRID};
    assert_int_equal(sweep_new(&sweep, &plan, NULL), OK);
    axes_free(axes, n_axes);
    return sweep;
}

static double value_at(uint32_t metric, uint32_t scenario, uint32_t period, uint64_t point)
{
    return (double)(point * 7 % 1013) + 10000.0 * metric + 0.25 * scenario + 0.5 * period;
}

static enum err load(void *ctx, uint32_t scenario, uint32_t period, const uint32_t *metrics,
                     uint32_t n, double *const *values, uint8_t *status, struct err_note *note)
{
    const struct sweep *sweep = ctx;
    (void)note;
    for (uint64_t p = 0; p < sweep_n_points(sweep); p++) {
        for (uint32_t m = 0; m < n; m++)
            values[m][p] = metrics[m] == N_METRICS ? 32 : value_at(metrics[m], scenario, period, p);
        if (status)
            status[p] = 0;
    }
    return OK;
}

static uint64_t write_all(const struct report_grid *grid, json_t **table)
{
    struct report_sections s;
    struct err_note note = {""};
    const struct report_source source = {(void *)(uintptr_t)grid->sweep, load};
    const struct report_plan plan = report_plan_of(grid);
    FILE *out = tmpfile();
    assert_int_equal(report_sections_begin(&s, out), OK);
    assert_int_equal(report_columns_write(&s, grid, &plan, &source, &note), OK);
    uint64_t bytes = s.bytes;
    assert_int_equal(report_sections_end(&s, table), OK);
    fclose(out);
    return bytes;
}

static void a_small_grid_goes_whole(void **state)
{
    (void)state;
    struct sweep *sweep = grid_of(3, 5);
    const uint64_t picks[] = {7};
    const struct report_grid grid = {sweep, 2, 2, METRIC_sharpe, picks, 1};
    json_t *table = NULL;
    write_all(&grid, &table);
    assert_int_equal(json_object_size(table), N_METRICS * 4 + 4 + 2); /* columns, flags, statuses */
    json_t *cube = json_object_get(table, "cube/3/1/1");
    assert_string_equal(json_string_value(json_object_get(cube, "type")), "f64");
    assert_int_equal(json_integer_value(json_object_get(cube, "n")), 125);
    json_decref(table);
    sweep_free(&sweep);
}

/* Every rank names another column, the objective's first. */
static void ranks_are_a_permutation(void **state)
{
    (void)state;
    const struct report_grid grid = {.n_scenarios = 3, .n_periods = 2, .objective = METRIC_sqn};
    bool seen[N_METRICS][3][2] = {{{false}}};
    for (uint32_t k = 0; k < N_METRICS * 6; k++) {
        struct report_column c = report_column_of(&grid, k);
        assert_true(c.metric < N_METRICS && c.scenario < 3 && c.period < 2);
        assert_false(seen[c.metric][c.scenario][c.period]);
        seen[c.metric][c.scenario][c.period] = true;
        assert_true((k < 6) == (c.metric == METRIC_sqn));
    }
}

/* The objective whole but rounded, projections for it and more, and no byte over the budget. */
static void a_large_grid_stays_within_the_budget(void **state)
{
    (void)state;
    struct sweep *sweep = grid_of(5, 10);
    const uint64_t picks[] = {12345, 99999};
    const struct report_grid grid = {sweep, 1, 2, METRIC_sharpe, picks, 2};
    const struct report_plan plan = report_plan_of(&grid);
    assert_false(plan.whole);
    assert_true(plan.cubes == REPORT_U16);
    assert_in_range(plan.n_cubes, 2, 20);
    assert_true(plan.n_projected > 20);
    json_t *table = NULL;
    uint64_t bytes = write_all(&grid, &table);
    assert_true(bytes <= REPORT_CUBES_BYTES + REPORT_PARTS_BYTES + 100000);
    assert_non_null(json_object_get(table, "cube/3/0/0"));
    assert_non_null(json_object_get(table, "proj/3/0/1/0/4"));
    assert_null(json_object_get(table, "slice/0/3/0/0/0/4")); /* the cube has it */
    struct report_column last = report_column_of(&grid, plan.n_projected - 1);
    char name[64];
    snprintf(name, sizeof name, "slice/1/%u/0/%u/0/4", last.metric, last.period);
    assert_non_null(json_object_get(table, name));
    json_decref(table);
    sweep_free(&sweep);
}

static void a_million_points_have_their_objective_whole(void **state)
{
    (void)state;
    struct sweep *sweep = grid_of(6, 10);
    const uint64_t picks[] = {123456, 999999};
    const struct report_grid grid = {sweep, 1, 2, METRIC_sharpe, picks, 2};
    const struct report_plan plan = report_plan_of(&grid);
    assert_true(!plan.whole && plan.cubes == REPORT_U16);
    assert_true(plan.n_cubes >= 1 && plan.n_projected > 20);
    sweep_free(&sweep);
}

static void a_hundred_million_points_still_have_projections(void **state)
{
    (void)state;
    struct sweep *sweep = grid_of(8, 10);
    const uint64_t picks[] = {1};
    const struct report_grid grid = {sweep, 6, 2, METRIC_sharpe, picks, 1};
    const struct report_plan plan = report_plan_of(&grid);
    assert_false(plan.whole);
    assert_int_equal(plan.n_cubes, 0);
    assert_true(plan.n_projected >= 12); /* the objective everywhere */
    sweep_free(&sweep);
}

CM_MAIN("report_columns", cmocka_unit_test(a_small_grid_goes_whole),
        cmocka_unit_test(ranks_are_a_permutation),
        cmocka_unit_test(a_large_grid_stays_within_the_budget),
        cmocka_unit_test(a_million_points_have_their_objective_whole),
        cmocka_unit_test(a_hundred_million_points_still_have_projections))
