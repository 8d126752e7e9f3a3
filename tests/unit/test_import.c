#include "coordinator/export.h"
#include "coordinator/import.h"
#include "coordinator/results.h"
#include "tests/lib/cm.h"
#include "tests/lib/text_file.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
    char folder[64], points[80], returns[80], runs[80];
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    strcpy(f->folder, "/tmp/plateau-import-XXXXXX");
    if (!f || !mkdtemp(f->folder))
        return -1;
    snprintf(f->runs, sizeof f->runs, "%s/runs", f->folder);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", f->folder);
    int failed = system(command);
    free(f);
    return failed;
}

static enum err import_texts(struct fixture *f, const char *points, const char *returns,
                             struct import_options options, struct run_dir *run, char **report,
                             struct err_note *note)
{
    bool existed;
    snprintf(f->points, sizeof f->points, "%s/p-XXXXXX", f->folder);
    snprintf(f->returns, sizeof f->returns, "%s/r-XXXXXX", f->folder);
    options.points = text_file(f->points, points);
    options.returns = returns ? text_file(f->returns, returns) : NULL;
    options.runs_dir = f->runs;
    options.periods_per_year = options.periods_per_year ? options.periods_per_year : 252;
    return import_run(run, &options, report, &existed, note);
}

static struct run_dir imported(struct fixture *f, const char *points, const char *returns,
                               struct import_options options)
{
    struct run_dir run;
    struct err_note note = {""};
    char *report = NULL;
    if (import_texts(f, points, returns, options, &run, &report, &note))
        fail_msg("%s", note.text);
    free(report);
    return run;
}

static struct results_cell cell(const struct run_dir *run, uint64_t point, uint32_t scenario)
{
    struct results_cell c;
    struct err_note note = {""};
    if (results_cell(run, point, scenario, &c, &note))
        fail_msg("%s", note.text);
    return c;
}

static void a_grid_with_a_hole_is_a_grid(void **state)
{
    struct run_dir run = imported(*state,
                                  "fast,rate,kind,sharpe\n"
                                  "1,0.01,x,1\n1,0.03,x,2\n1,0.1,x,3\n"
                                  "2,0.01,x,4\n2,0.03,x,\n",
                                  NULL, (struct import_options){.name = "hole"});
    const struct sweep *sweep = run.job.sweep;
    assert_int_equal(sweep_n_points(sweep), 6);
    assert_int_equal(sweep_plan(sweep)->method, SWEEP_GRID);
    assert_int_equal(sweep_axis(sweep, 0)->spacing, SWEEP_LINEAR);
    assert_int_equal(sweep_axis(sweep, 1)->spacing, SWEEP_LOG);
    assert_int_equal(sweep_axis(sweep, 2)->spacing, SWEEP_CATEGORICAL);
    assert_true(cell(&run, 3, 0).metrics[0][METRIC_sharpe] == 4);
    assert_true(isnan(cell(&run, 3, 0).metrics[0][METRIC_mdd]));
    assert_int_equal(cell(&run, 4, 0).status, STATUS_FAILED);
    assert_string_equal(cell(&run, 4, 0).reason, "every metric is empty on line 6");
    assert_int_equal(cell(&run, 5, 0).status, STATUS_MISSING);
    assert_false(cell(&run, 0, 0).has_blocks && run.job.n_blocks);
    assert_true(import_is(&run.job));
    struct err_note note = {""};
    assert_int_equal(import_refuse(&run, "resume", &note), ERR_EMPTY);
    run_dir_free(&run);
}

/* Far fewer points than combinations: every point of the file in its order, and no grid. */
static void scattered_points_are_samples(void **state)
{
    struct run_dir run = imported(*state, "a,b,sharpe\n5,1,0\n3,9,1\n8,4,2\n5,7,3\n1,2,4\n", NULL,
                                  (struct import_options){.name = "samples"});
    static const double a[] = {5, 3, 8, 5, 1}, b[] = {1, 9, 4, 7, 2};
    assert_int_not_equal(sweep_plan(run.job.sweep)->method, SWEEP_GRID);
    assert_int_equal(sweep_n_points(run.job.sweep), 5);
    for (uint64_t i = 0; i < 5; i++) {
        double values[2];
        sweep_values(run.job.sweep, i, values);
        assert_true(values[0] == a[i] && values[1] == b[i]);
        assert_true(cell(&run, i, 0).metrics[0][METRIC_sharpe] == (double)i);
    }
    run_dir_free(&run);
    run = imported(*state, "a,b,sharpe\n5,1,0\n3,9,1\n8,4,2\n5,7,3\n1,2,4\n", NULL,
                   (struct import_options){.name = "samples", .layout = IMPORT_GRID});
    assert_int_equal(sweep_n_points(run.job.sweep), 20);
    run_dir_free(&run);
}

#define DAYS 40

/* Two periods of 20 days: the metrics and blocks are those of the engine's functions on the same
 * days, and what the returns do not give stays the file's. */
static void returns_give_metrics_and_blocks(void **state)
{
    char text[4000] = "date,0,1\n";
    double r[DAYS], scratch[DAYS], sum[IMPORT_BLOCKS], sumsq[IMPORT_BLOCKS];
    for (int d = 0; d < DAYS; d++) {
        r[d] = ((d * 7) % 11 - 5) / 256.0;
        snprintf(text + strlen(text), sizeof text - strlen(text), "2020-%02d-%02d,%.17g,0\n",
                 d < 20 ? 1 : 2, d % 20 + 1, r[d]);
    }
    const char *const periods[] = {"train=2020-01-01..2020-01-31",
                                   "validation=2020-02-01..2020-02-29", NULL};
    struct run_dir run =
        imported(*state, "a,n_trades,sharpe\n1,30,9\n2,0,\n", text,
                 (struct import_options){.name = "r", .periods = periods, .periods_per_year = 365});
    struct results_cell c = cell(&run, 0, 0);
    for (int p = 0; p < 2; p++) {
        struct metric_row row;
        metrics_from_returns(&row, r + p * 20, 20, NULL, 0, 0, 365, METRIC_TAIL, scratch);
        assert_memory_equal(&c.metrics[p][0], row.v, METRIC_corr * sizeof(double));
        assert_true(c.metrics[p][METRIC_n] == 20);
        assert_int_equal(c.flags[p], row.flags);
    }
    assert_true(c.metrics[0][METRIC_n_trades] == 30); /* of the file, for its first period */
    assert_true(isnan(c.metrics[1][METRIC_n_trades]));
    uint32_t bounds[IMPORT_BLOCKS + 1];
    metrics_block_bounds(DAYS, IMPORT_BLOCKS, bounds);
    metrics_block_sums(r, bounds, IMPORT_BLOCKS, sum, sumsq);
    assert_true(c.has_blocks);
    assert_memory_equal(c.sum, sum, sizeof sum);
    assert_memory_equal(c.sumsq, sumsq, sizeof sumsq);
    c = cell(&run, 1, 0); /* no trade: valid, returns of 0 */
    assert_int_equal(c.status, STATUS_OK);
    assert_int_equal(c.flags[0] & FLAG_ZERO_VAR, FLAG_ZERO_VAR);
    assert_true(c.metrics[0][METRIC_total_return] == 0 && isnan(c.metrics[0][METRIC_sharpe]));
    run_dir_free(&run);
}

static void what_is_missing_is_said(void **state)
{
    struct run_dir run;
    struct err_note note = {""};
    char *report = NULL;
    assert_int_equal(import_texts(*state,
                                  "a,period,sharpe,omega_ratio\n1,train,1,1\n1,holdout,7,1\n"
                                  "2,train,2,1\n",
                                  NULL, (struct import_options){.name = "m"}, &run, &report, &note),
                     OK);
    static const char *const lines[] = {"no block sums", "holdout is locked", "n_trades",
                                        "ignored: omega_ratio", "dates of period train"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (!strstr(report, lines[i]))
            fail_msg("'%s' is not said: %s", lines[i], report);
    assert_int_equal(job_n_open_periods(&run.job), 1);
    free(report);
    run_dir_free(&run);
}

static void wrong_periods_are_refused(void **state)
{
    static const char *const returns = "date,0\n2020-01-02,0\n";
    static const struct {
        const char *points, *returns, *period, *text;
    } wrong[] = {
        {"a,sharpe\n1,1\n", NULL, "train=2020-01-01", "expected NAME="},
        {"a,sharpe\n1,1\n", NULL, "train=2020-02-01..2020-01-01", "not in order"},
        {"a,period,sharpe\n1,train,1\n", NULL, "test=2020-01-01..2020-02-01", "'test' is unknown"},
        {"a,period,sharpe\n1,train,1\n1,test,1\n", returns, "train=2020-01-01..2020-02-01",
         "period 'test': its dates are needed"},
        {"a,period,sharpe\n1,holdout,1\n", NULL, NULL, "nothing but a holdout"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct run_dir run;
        struct err_note note = {""};
        char *report = NULL;
        const char *const periods[] = {wrong[i].period, NULL};
        struct import_options o = {.name = "w", .periods = periods};
        assert_int_equal(
            import_texts(*state, wrong[i].points, wrong[i].returns, o, &run, &report, &note),
            ERR_FORMAT);
        if (!strstr(note.text, wrong[i].text))
            fail_msg("%s: %s", wrong[i].text, note.text);
    }
    assert_int_not_equal(access(((struct fixture *)*state)->runs, F_OK), 0);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
CM_MAIN("import", T(a_grid_with_a_hole_is_a_grid), T(scattered_points_are_samples),
        T(returns_give_metrics_and_blocks), T(what_is_missing_is_said),
        T(wrong_periods_are_refused))
