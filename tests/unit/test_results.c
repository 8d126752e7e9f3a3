#include "tests/lib/cm.h"

#include "coordinator/results.h"
#include "tests/lib/fake_run_dir.h"

static void make(struct run_dir *dir)
{
    struct fake_run run;
    struct err_note note = {""};
    fake_grid(&run, "fast < 300 or stop < 3", 16, 3);
    if (fake_run_dir(dir, &run, 0, &note))
        fail_msg("%s", note.text);
    fake_run_free(&run);
}

static enum status expected(const struct job *job, uint64_t point, uint32_t scenario)
{
    if (sweep_excluded(job->sweep, point))
        return STATUS_EXCLUDED;
    if (sweep_ordinal_of_point(job->sweep, point) / job->tile_points % 3 == 1)
        return STATUS_MISSING;
    return point % 13 == 5 && scenario == 1 ? STATUS_FAILED : STATUS_OK;
}

static void same(double a, double b)
{
    assert_true(a == b || (isnan(a) && isnan(b)));
}

static void columns_and_cells_are_what_was_written(void **state)
{
    (void)state;
    struct run_dir dir;
    struct err_note note = {""};
    make(&dir);
    uint64_t n = sweep_n_points(dir.job.sweep);
    const uint32_t metrics[] = {METRIC_sharpe, RESULTS_FLAGS, METRIC_net_without_top10};
    double *values[3];
    uint8_t *status = malloc(n);
    struct results_cell *cell = malloc(sizeof *cell);
    for (int m = 0; m < 3; m++)
        values[m] = malloc(n * sizeof(double));
    for (uint32_t s = 0; s < 2; s++)
        for (uint32_t p = 0; p < 2; p++) {
            struct results_query query = {s, p, metrics, 3};
            assert_int_equal(results_columns(&dir, &query, values, status, &note), OK);
            for (uint64_t i = 0; i < n; i++) {
                enum status want = expected(&dir.job, i, s);
                assert_int_equal(status[i], want);
                same(values[0][i], want == STATUS_OK ? fake_metric(i, s, p, METRIC_sharpe) : NAN);
                same(values[1][i], want == STATUS_OK ? (double)((i + s + p) % 64) : NAN);
                same(values[2][i],
                     want == STATUS_OK ? fake_metric(i, s, p, METRIC_net_without_top10) : NAN);
            }
            for (uint64_t i = 0; i < n; i += 37) {
                enum status want = expected(&dir.job, i, s);
                assert_int_equal(results_cell(&dir, i, s, cell, &note), OK);
                assert_int_equal(cell->status, want);
                assert_int_equal(cell->attempts,
                                 want == STATUS_MISSING ||
                                         sweep_ordinal_of_point(dir.job.sweep, i) / 16 % 3 == 1
                                     ? 0
                                     : 3);
                same(cell->metrics[p][METRIC_cagr],
                     want == STATUS_OK ? fake_metric(i, s, p, METRIC_cagr) : NAN);
                assert_int_equal(cell->has_blocks, want == STATUS_OK && s == 0);
                if (cell->has_blocks)
                    same(cell->sumsq[3], 2 * ((double)i + 3 / 8.0));
                assert_int_equal(cell->n_segments, cell->has_blocks ? job_n_segments(&dir.job) : 0);
                if (cell->n_segments)
                    same(cell->fold_sumsq[1], 3 * ((double)i - 1 / 4.0));
                assert_true((strstr(cell->reason, "no price") != NULL) == (want == STATUS_FAILED));
            }
        }
    for (int m = 0; m < 3; m++)
        free(values[m]);
    free(status);
    free(cell);
    fake_run_dir_remove(&dir);
}

static void cells_are_named_by_point_and_scenario(void **state)
{
    (void)state;
    struct run_dir dir;
    struct err_note note = {""};
    uint64_t point = 99;
    uint32_t scenario = 99;
    make(&dir);
    assert_int_equal(results_parse_cell(&dir, "17", &point, &scenario, &note), OK);
    assert_true(point == 17 && scenario == 0);
    assert_int_equal(results_parse_cell(&dir, "0:flash_crash", &point, &scenario, &note), OK);
    assert_true(point == 0 && scenario == 1);
    assert_int_equal(results_parse_cell(&dir, "best:flash_crash", &point, &scenario, &note), OK);
    uint64_t best = 0;
    for (uint64_t i = 0; i < sweep_n_points(dir.job.sweep);
         i++) /* the formula grows with the point */
        if (expected(&dir.job, i, 0) == STATUS_OK && !isnan(fake_metric(i, 0, 0, METRIC_sharpe)))
            best = i;
    assert_true(point == best && scenario == 1);
    const struct {
        const char *text;
        enum err err;
        const char *says;
    } bad[] = {{"", ERR_FORMAT, "expected POINT"},
               {"x", ERR_FORMAT, "expected POINT"},
               {"-1", ERR_FORMAT, "expected POINT"},
               {"12 ", ERR_FORMAT, "expected POINT"},
               {"1260", ERR_RANGE, "0 .. 1259"},
               {"99999999999999999999", ERR_RANGE, "does not exist"},
               {"1:flash_crsh", ERR_NOT_FOUND, "did you mean 'flash_crash'"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(results_parse_cell(&dir, bad[i].text, &point, &scenario, &note),
                         bad[i].err);
        assert_non_null(strstr(note.text, bad[i].says));
    }
    fake_run_dir_remove(&dir);
}

static void names_find_their_nearest(void **state)
{
    (void)state;
    struct run_dir dir;
    struct err_note note = {""};
    uint32_t i;
    make(&dir);
    assert_int_equal(results_find_metric("sharp", &i, &note), ERR_NOT_FOUND);
    assert_non_null(strstr(note.text, "did you mean 'sharpe'"));
    assert_int_equal(results_find_period(&dir.job, "validation", &i, &note), OK);
    assert_int_equal(i, 1); /* among the open ones */
    assert_string_equal(results_period_name(&dir.job, i), "validation");
    assert_int_equal(results_find_period(&dir.job, "secret", &i, &note), ERR_NOT_FOUND);
    assert_non_null(strstr(note.text, "locked"));
    assert_int_equal(results_find_period(&dir.job, "zzzzzzzzzzz", &i, &note), ERR_NOT_FOUND);
    assert_non_null(strstr(note.text, "train, validation"));
    fake_run_dir_remove(&dir);
}

CM_MAIN("results", cmocka_unit_test(columns_and_cells_are_what_was_written),
        cmocka_unit_test(cells_are_named_by_point_and_scenario),
        cmocka_unit_test(names_find_their_nearest))
