#include "tests/lib/cm.h"

#include "coordinator/columns.h"
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

/* What one reading of the whole journal says. */
static void check(const struct run_dir *dir, struct columns *columns, struct columns_key key)
{
    struct err_note note = {""};
    uint64_t n = sweep_n_points(dir->job.sweep);
    const double *values;
    const uint8_t *status;
    double *want = malloc(n * sizeof *want);
    uint8_t *want_status = malloc(n);
    const struct results_query query = {key.scenario, key.period, &key.metric, 1};
    if (results_columns(dir, &query, &want, want_status, &note))
        fail_msg("%s", note.text);
    assert_int_equal(columns_get(columns, key, &values, &status, &note), OK);
    for (uint64_t i = 0; i < n; i++)
        assert_true(values[i] == want[i] || (isnan(values[i]) && isnan(want[i])));
    assert_memory_equal(status, want_status, n);
    free(want);
    free(want_status);
}

/* The cells of one tile for another, which is missing. */
static void add_tile(const struct run_dir *dir, uint64_t from, uint64_t to)
{
    struct err_note note = {""};
    struct journal *journal = NULL;
    struct journal_row row;
    assert_int_equal(journal_open(&journal, dir->path, &dir->job, false, &note), OK);
    assert_int_equal(journal_get(journal, from, &row, &note), OK);
    uint8_t *bytes = malloc(row.length); /* the journal's own are good until its next call */
    memcpy(bytes, row.bytes, row.length);
    row.tile = to;
    row.bytes = bytes;
    if (journal_commit(journal, &row, 1, &note))
        fail_msg("%s", note.text);
    journal_close(&journal);
    free(bytes);
}

static void a_column_follows_its_journal(void **state)
{
    (void)state;
    struct run_dir dir;
    struct err_note note = {""};
    struct columns *columns = NULL;
    const double *before;
    const uint8_t *status;
    make(&dir);
    assert_int_equal(columns_new(&columns, &dir, &note), OK);
    const struct columns_key key = {0, 1, METRIC_sharpe};
    check(&dir, columns, key);
    uint64_t point = sweep_point_of_ordinal(dir.job.sweep, 16);
    assert_int_equal(columns_get(columns, key, &before, &status, &note), OK);
    assert_int_equal(status[point], STATUS_MISSING);
    add_tile(&dir, 0, 1);
    check(&dir, columns, key);
    assert_int_equal(columns_get(columns, key, &before, &status, &note), OK);
    assert_int_equal(status[point], STATUS_OK);
    columns_free(&columns);
    fake_run_dir_remove(&dir);
}

static void more_columns_than_are_kept_are_read_again(void **state)
{
    (void)state;
    struct run_dir dir;
    struct err_note note = {""};
    struct columns *columns = NULL;
    make(&dir);
    assert_int_equal(columns_new(&columns, &dir, &note), OK);
    for (int round = 0; round < 2; round++)
        for (uint32_t m = 0; m < 40; m++)
            check(&dir, columns, (struct columns_key){m % 2, 0, m});
    const double *a, *b;
    const uint8_t *status;
    assert_int_equal(columns_get(columns, (struct columns_key){0, 0, 0}, &a, &status, &note), OK);
    double first = a[0];
    assert_int_equal(columns_get(columns, (struct columns_key){1, 1, 1}, &b, &status, &note), OK);
    assert_true(a != b && memcmp(&a[0], &first, sizeof first) == 0);
    columns_free(&columns);
    fake_run_dir_remove(&dir);
}

CM_MAIN("columns", cmocka_unit_test(a_column_follows_its_journal),
        cmocka_unit_test(more_columns_than_are_kept_are_read_again))
