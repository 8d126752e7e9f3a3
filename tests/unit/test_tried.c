#include "coordinator/review_data.h"
#include "coordinator/tried.h"
#include "review/point_identity.h"
#include "tests/lib/cm.h"
#include "tests/lib/fake_run_dir.h"

/* Points of the fake grid that have a cell, counted one by one. */
static size_t computed(const struct run_dir *run, uint64_t absent_every)
{
    size_t n = 0;
    for (uint64_t p = 0; p < sweep_n_points(run->job.sweep); p++) {
        uint64_t tile = sweep_ordinal_of_point(run->job.sweep, p) / run->job.tile_points;
        n += !sweep_excluded(run->job.sweep, p) && !(absent_every && tile % absent_every == 1);
    }
    return n;
}

static struct run_dir fake(const char *where, uint64_t absent_every)
{
    struct fake_run run = {0};
    struct run_dir dir;
    struct err_note note = {""};
    fake_grid(&run, where, 4, absent_every);
    if (fake_run_dir(&dir, &run, 1, &note) != OK)
        fail_msg("%s", note.text);
    fake_run_free(&run);
    return dir;
}

static void only_computed_points_are_trials(void **state)
{
    (void)state;
    static const uint64_t absent[] = {0, 3, 0};
    for (int i = 0; i < 3; i++) {
        struct run_dir dir = fake(i == 2 ? "fast < 300 or stop < 3" : NULL, absent[i]);
        uint64_t *hashes = NULL;
        size_t n = 0;
        assert_int_equal(tried_points(&dir, &hashes, &n, NULL), OK);
        assert_int_equal(n, computed(&dir, absent[i]));
        assert_true(n > 0 && (i == 0) == (n == sweep_n_points(dir.job.sweep)));
        for (size_t h = 1; h < n; h++)
            assert_true(hashes[h - 1] < hashes[h]);
        free(hashes);
        fake_run_dir_remove(&dir);
    }
}

static void a_run_is_recorded_once_however_often(void **state)
{
    (void)state;
    struct run_dir dir = fake(NULL, 0);
    struct ledger *ledger = NULL;
    char file[4200], strategy[POINT_KEY_MAX], data[POINT_DATA_MAX];
    size_t n = 0;
    uint64_t distinct = 0;
    snprintf(file, sizeof file, "%s/ledger.db", dir.path);
    assert_int_equal(ledger_open(&ledger, file, NULL), OK);
    for (int again = 0; again < 2; again++)
        assert_int_equal(tried_record(&dir, ledger, &n, NULL), OK);
    point_strategy_key(&dir.job, strategy);
    point_data_hash(&dir.job, data);
    assert_int_equal(ledger_distinct(ledger, strategy, data, &distinct, NULL), OK);
    assert_int_equal(distinct, n);
    assert_int_equal(n, computed(&dir, 0));
    ledger_close(&ledger);
    unlink(file);
    fake_run_dir_remove(&dir);
}

/* Who has read the cells need not read them again: the same points, holes and all. */
static void known_points_are_those_of_the_journal(void **state)
{
    (void)state;
    struct run_dir dir = fake("fast < 300 or stop < 3", 3);
    struct review_data data;
    struct ledger *ledger = NULL;
    char file[4200], strategy[POINT_KEY_MAX], hash[POINT_DATA_MAX];
    size_t n = 0, read = 0;
    uint64_t distinct = 0;
    snprintf(file, sizeof file, "%s/ledger.db", dir.path);
    point_strategy_key(&dir.job, strategy);
    point_data_hash(&dir.job, hash);
    assert_int_equal(review_data_read(&data, &dir, METRIC_sharpe, NULL), OK);
    assert_int_equal(ledger_open(&ledger, file, NULL), OK);
    assert_int_equal(tried_record_known(&dir, data.computed, ledger, &n, NULL), OK);
    assert_int_equal(tried_record(&dir, ledger, &read, NULL), OK);
    assert_int_equal(ledger_distinct(ledger, strategy, hash, &distinct, NULL), OK);
    assert_true(n > 0 && n == read && n == distinct);
    ledger_close(&ledger);
    review_data_free(&data);
    unlink(file);
    fake_run_dir_remove(&dir);
}

CM_MAIN("tried", cmocka_unit_test(only_computed_points_are_trials),
        cmocka_unit_test(a_run_is_recorded_once_however_often),
        cmocka_unit_test(known_points_are_those_of_the_journal))
