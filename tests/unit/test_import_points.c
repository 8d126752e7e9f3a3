#include "coordinator/import_points.h"
#include "tests/lib/cm.h"
#include "tests/lib/text_file.h"
#include <math.h>
#include <string.h>

static enum err read_text(struct import_points *p, const char *text, const char *const *map,
                          bool has_returns, struct err_note *note)
{
    static char path[40];
    strcpy(path, "/tmp/plateau-points-XXXXXX");
    enum err err = import_points_read(p, text_file(path, text), map, has_returns, note);
    unlink(path);
    return err;
}

static void parameters_become_levels(void **state)
{
    (void)state;
    struct import_points p;
    struct err_note note = {""};
    assert_int_equal(
        read_text(&p, "w,kind,sharpe\n10,b,1\n9,a,2\n10.0,a,3\n-0,b,4\n", NULL, false, &note), OK);
    assert_int_equal(p.n_axes, 2);
    assert_int_equal(p.axes[0].n_levels, 3); /* numbers by value: 0, 9, 10 */
    assert_true(p.axes[0].values[1] == 9 && !signbit(p.axes[0].values[0]));
    assert_string_equal(p.axes[0].texts[2], "10"); /* as first written */
    assert_true(p.axes[1].categorical);
    assert_string_equal(p.axes[1].texts[0], "b"); /* as they appear */
    assert_int_equal(p.n_combinations, 4);
    assert_int_equal(import_points_level(&p, 0, "1e1"), 2);
    assert_int_equal(import_points_level(&p, 0, "11"), -1);
    assert_int_equal(import_points_level(&p, 1, "a"), 1);
    assert_int_equal(import_points_find(&p, (const uint32_t[]){2, 1}), 2);
    assert_int_equal(import_points_find(&p, (const uint32_t[]){1, 0}), -1);
    double values[N_METRICS];
    assert_int_equal(import_points_metrics(&p, 2, values), 1);
    assert_true(values[METRIC_sharpe] == 3 && isnan(values[METRIC_mdd]));
    import_points_free(&p);
}

static void rows_become_cells(void **state)
{
    (void)state;
    struct import_points p;
    struct err_note note = {""};
    assert_int_equal(read_text(&p,
                               "a,scenario,period,sharpe\n"
                               "1,crash,other,1\n1,baseline,validation,2\n1,baseline,train,3\n",
                               NULL, false, &note),
                     OK);
    assert_int_equal(import_name_find(&p.scenarios, "baseline"), 0);
    assert_int_equal(import_name_find(&p.periods, "train"), 0);
    assert_int_equal(import_name_find(&p.periods, "validation"), 1);
    assert_int_equal(import_name_find(&p.periods, "other"), 2);
    assert_int_equal(import_points_row(&p, 0, 0, 0), 2);
    assert_int_equal(import_points_row(&p, 0, 1, 2), 0);
    assert_int_equal(import_points_row(&p, 0, 1, 0), -1);
    import_points_free(&p);
}

/* Per cent is a number too: else a stop of 2 %, 3 % and 5 % would be names without neighbours. */
static void a_spreadsheet_is_read_as_it_is_meant(void **state)
{
    (void)state;
    struct import_points p;
    struct err_note note = {""};
    const char *text = "Stop Loss,Period,Sharpe,Win %,Net Profit,Comment\n"
                       "5%,1008 days 00:00:00,1,50%,\"8,015\",a\n"
                       "2.5%,1008 days 00:00:00,2,40%,\"-1,200\",b\n";
    assert_int_equal(read_text(&p, text, NULL, false, &note), OK);
    assert_int_equal(p.n_axes, 1);
    assert_false(p.axes[0].categorical);
    assert_true(p.axes[0].values[0] == 0.025 && p.axes[0].values[1] == 0.05);
    assert_string_equal(p.axes[0].texts[0], "2.5%");
    assert_int_equal(import_points_level(&p, 0, "5%"), 1);
    assert_int_equal(import_points_level(&p, 0, "0.05"), 1);
    assert_int_equal(p.meaning[3].metric, METRIC_win_rate);
    for (int c = 1; c < 6; c++)
        assert_true((p.meaning[c].role == IMPORT_IGNORE) == (c == 1 || c == 4 || c == 5));
    assert_int_equal(p.periods.n, 1);
    assert_string_equal(p.periods.at[0], "train");
    import_points_free(&p);
}

static void a_map_overrides_names(void **state)
{
    (void)state;
    struct import_points p;
    struct err_note note = {""};
    const char *const map[] = {"x=y=sharpe", "beta=axis", "junk=ignore", NULL};
    assert_int_equal(read_text(&p, "beta,x=y,junk\n1,2,a\n2,3,b\n", map, false, &note), OK);
    assert_int_equal(p.n_axes, 1);
    assert_int_equal(p.axes[0].column, 0);
    assert_int_equal(p.meaning[1].metric, METRIC_sharpe);
    import_points_free(&p);
}

static void wrong_files_are_told_by_line(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"a,sharpe\n1,2\n2,2\n1.0,3\n", ":4: the same point as line 2"},
        {"a,sharpe\n1,2\n2,x\n", ":3: sharpe: 'x' is no number"},
        {"a,sharpe\n1,2\n,2\n", ":3: parameter 'a' is empty"},
        {"a,scenario,sharpe\n1,,2\n", ":2: scenario is empty"},
        {"a,scenario,sharpe\n1,s,2\n", "no row of scenario 'baseline'"},
        {"a,a,sharpe\n1,1,2\n", ":1: column 'a' appears twice"},
        {"a,sharpe,sharpe_ratio\n1,1,2\n", "are both sharpe"},
        {"sharpe\n1\n", ":1: no parameter column"},
        {"a,b\n1,2\n", ":1: no metric column"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct import_points p;
        struct err_note note = {""};
        assert_int_equal(read_text(&p, wrong[i][0], NULL, false, &note), ERR_FORMAT);
        if (!strstr(note.text, wrong[i][1]))
            fail_msg("%s: %s", wrong[i][1], note.text);
    }
    struct import_points p;
    struct err_note note = {""};
    assert_int_equal(read_text(&p, "a,b\n1,2\n", NULL, true, &note), OK); /* returns will tell */
    import_points_free(&p);
}

CM_MAIN("import_points", cmocka_unit_test(parameters_become_levels),
        cmocka_unit_test(rows_become_cells), cmocka_unit_test(a_spreadsheet_is_read_as_it_is_meant),
        cmocka_unit_test(a_map_overrides_names), cmocka_unit_test(wrong_files_are_told_by_line))
