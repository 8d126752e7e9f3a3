#include "tests/lib/cm.h"

#include "coordinator/export.h"
#include "coordinator/h5_grid.h"
#include "coordinator/results.h"
#include "tests/lib/fake_run_dir.h"
#include <hdf5.h>

static void make(struct run_dir *dir, char path[4200])
{
    struct fake_run run;
    struct err_note note = {""};
    fake_grid(&run, "fast < 300 or stop < 3", 16, 3);
    if (fake_run_dir(dir, &run, 0, &note))
        fail_msg("%s", note.text);
    fake_run_free(&run);
    snprintf(path, 4200, "%s/results.h5", dir->path);
    if (export_h5(dir, path, true, &note))
        fail_msg("%s", note.text);
}

static void same(double a, double b)
{
    assert_true(a == b || (isnan(a) && isnan(b)));
}

/* What the journal says, is what the file says. */
static void check_column(const struct run_dir *dir, const struct h5_grid *grid, uint32_t s,
                         uint32_t p, uint32_t metric)
{
    struct err_note note = {""};
    uint64_t n = grid->n_points;
    double *want = malloc(n * sizeof *want), *got = malloc(n * sizeof *got), one;
    uint8_t *status = malloc(n), *got_status = malloc(n);
    const struct results_query query = {s, p, &metric, 1};
    assert_int_equal(results_columns(dir, &query, &want, status, &note), OK);
    assert_int_equal(h5_grid_metric(grid, METRIC_INFO[metric].name, s, p, got, &note), OK);
    assert_int_equal(h5_grid_status(grid, s, got_status, &note), OK);
    assert_memory_equal(status, got_status, n);
    for (uint64_t i = 0; i < n; i++)
        same(got[i], want[i]);
    for (uint64_t i = 0; i < n; i += 97) {
        assert_int_equal(h5_grid_value(grid, METRIC_INFO[metric].name, s, p, i, &one, &note), OK);
        same(one, want[i]);
    }
    free(want);
    free(got);
    free(status);
    free(got_status);
}

static void a_file_is_read_back_as_it_was_written(void **state)
{
    (void)state;
    struct run_dir dir;
    struct h5_grid grid;
    struct err_note note = {""};
    char path[4200];
    double number;
    make(&dir, path);
    if (h5_grid_open(&grid, path, &note))
        fail_msg("%s", note.text);
    const struct sweep *sweep = dir.job.sweep;
    assert_true(grid.n_points == sweep_n_points(sweep));
    assert_int_equal(grid.n_axes, sweep_n_dimensions(sweep));
    assert_string_equal(grid.run_id, dir.id);
    assert_int_equal(grid.scenarios.n, dir.job.n_scenarios);
    assert_string_equal(grid.scenarios.at[1], dir.job.scenarios[1].name);
    assert_int_equal(grid.n_axes + grid.n_zipped, sweep_n_axes(sweep));
    assert_true(grid.n_zipped > 0);
    for (uint32_t a = 0, zipped = 0; a < sweep_n_axes(sweep); a++) {
        const struct sweep_axis *axis = sweep_axis(sweep, a);
        const struct h5_grid_axis *got = &grid.axes[axis->dimension];
        if (strcmp(got->label, axis->label) != 0)
            got = &grid.zipped[zipped++];
        assert_string_equal(got->label, axis->label);
        assert_int_equal(got->dimension, axis->dimension);
        assert_string_equal(got->path, axis->path);
        assert_int_equal(got->texts.n, axis->n_levels);
        for (uint32_t l = 0; l < axis->n_levels; l++) {
            assert_string_equal(got->texts.at[l], axis->texts[l]);
            same(got->values[l], axis->values[l]);
        }
    }
    for (uint32_t s = 0; s < 2; s++)
        for (uint32_t p = 0; p < 2; p++)
            check_column(&dir, &grid, s, p, METRIC_sharpe);
    assert_int_equal(h5_grid_value(&grid, "of another version", 0, 0, 0, &number, &note), OK);
    assert_true(isnan(number));
    assert_int_equal(h5_grid_value(&grid, "status", 0, 0, 0, &number, &note), ERR_FORMAT);
    assert_int_equal(h5_grid_value(&grid, "sharpe", 99, 0, 0, &number, &note), ERR_FORMAT);
    h5_grid_close(&grid);
    fake_run_dir_remove(&dir);
}

static void refused(const char *path, enum err err, const char *says)
{
    struct h5_grid grid;
    struct err_note note = {""};
    assert_int_equal(h5_grid_open(&grid, path, &note), err);
    if (!strstr(note.text, says))
        fail_msg("\"%s\" says nothing of \"%s\"", note.text, says);
}

static void what_is_no_results_file_is_refused(void **state)
{
    (void)state;
    struct run_dir dir;
    char path[4200];
    make(&dir, path);
    refused("/nonexistent.h5", ERR_NOT_FOUND, "no HDF5 file");
    assert_int_equal(truncate(path, 2000), 0);
    refused(path, ERR_NOT_FOUND, "no HDF5 file");
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(file >= 0);
    H5Fclose(file);
    refused(path, ERR_FORMAT, "names no scenarios");
    fake_run_dir_remove(&dir);
}

CM_MAIN("h5_grid", cmocka_unit_test(a_file_is_read_back_as_it_was_written),
        cmocka_unit_test(what_is_no_results_file_is_refused))
