/* Series of an imported run: what was put is read, points without one are not ok, damage is said.
 */
#include "coordinator/import_series.h"
#include "tests/lib/cm.h"
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N_DAYS = 5 };
static int32_t days[N_DAYS] = {16000, 16001, 16004, 17000, 17001};
static const double one[N_DAYS] = {0.01, -0.02, 0, 0.005, 1e-300}, two[N_DAYS] = {0, 0, 0, 0, 0},
                    odd[N_DAYS] = {0.1, NAN, 0.1, 0.1, 0.1};

static struct run_dir run;

static int make(void **state)
{
    (void)state;
    char folder[] = "/tmp/plateau-series.XXXXXX";
    assert_non_null(mkdtemp(folder));
    snprintf(run.path, sizeof run.path, "%s", folder);
    snprintf(run.id, sizeof run.id, "imported-run");
    return 0;
}

static int clean(void **state)
{
    (void)state;
    char path[4200];
    snprintf(path, sizeof path, "%s/" IMPORT_SERIES_FILE, run.path);
    unlink(path);
    return rmdir(run.path); /* nothing else is left behind */
}

static struct import_series *begin(void)
{
    struct import_series *file = NULL;
    struct daily calendar = {.n_days = N_DAYS, .period_days = {3, 2}, .day = days};
    assert_int_equal(import_series_begin(&file, run.path, &calendar, NULL), OK);
    return file;
}

static void write_all(void)
{
    struct import_series *file = begin();
    assert_int_equal(import_series_put(file, 7, one, NULL), OK);
    assert_int_equal(import_series_put(file, 0, two, NULL), OK);
    assert_int_equal(import_series_put(file, 9, odd, NULL), OK);
    assert_int_equal(import_series_commit(file, NULL), OK);
    import_series_free(&file);
    assert_true(import_series_are_kept(&run));
}

static void what_was_put_is_read_to_the_bit(void **state)
{
    (void)state;
    const uint64_t points[] = {0, 3, 7, 9};
    struct daily series;
    write_all();
    assert_int_equal(import_series_read(&series, &run, points, 4, NULL), OK);
    assert_int_equal(series.n_days, N_DAYS);
    assert_int_equal(series.period_days[0], 3);
    assert_int_equal(series.period_days[1], 2);
    assert_memory_equal(series.day, days, sizeof days);
    assert_true(series.ok[0] && !series.ok[1] && series.ok[2] && !series.ok[3]);
    assert_memory_equal(series.value, two, sizeof two);
    assert_memory_equal(series.value + (size_t)2 * N_DAYS, one, sizeof one);
    assert_true(isnan(series.value[N_DAYS]));
    daily_free(&series);
}

static void without_a_commit_nothing_is_there(void **state)
{
    (void)state;
    const uint64_t point = 7;
    struct daily series;
    struct err_note note = {""};
    struct import_series *file = begin();
    assert_int_equal(import_series_put(file, 7, one, NULL), OK);
    import_series_free(&file);
    assert_false(import_series_are_kept(&run));
    assert_int_equal(import_series_read(&series, &run, &point, 1, &note), ERR_NOT_FOUND);
    assert_non_null(strstr(note.text, "without daily returns"));
}

static void change(const char *sql)
{
    char path[4200];
    sqlite3 *db;
    snprintf(path, sizeof path, "%s/" IMPORT_SERIES_FILE, run.path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void damage_names_the_point(void **state)
{
    (void)state;
    static const char *const damages[] = {
        "UPDATE series SET value = zeroblob(40) WHERE point = 7", /* other days */
        "UPDATE series SET value = zeroblob(32) WHERE point = 7", /* a day too few */
        "UPDATE series SET point = 8 WHERE point = 7; UPDATE series SET point = 7 WHERE point = 0",
    };
    const uint64_t point = 7;
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        struct daily series;
        struct err_note note = {""};
        write_all();
        change(damages[i]);
        assert_int_equal(import_series_read(&series, &run, &point, 1, &note), ERR_CORRUPT);
        assert_non_null(strstr(note.text, "point 7"));
    }
}

CM_MAIN("import_series",
        cmocka_unit_test_setup_teardown(what_was_put_is_read_to_the_bit, make, clean),
        cmocka_unit_test_setup_teardown(without_a_commit_nothing_is_there, make, clean),
        cmocka_unit_test_setup_teardown(damage_names_the_point, make, clean))
