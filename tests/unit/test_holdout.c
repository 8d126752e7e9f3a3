/* What holdout refuses and remembers; that it computes what a run computes is
 * integration.discipline's. */
#include "coordinator/holdout.h"
#include "engine/plateau_engine.h"
#include "review/point_identity.h"
#include "tests/lib/cm.h"
#include "tests/lib/fake_run_dir.h"

static const char RECORD[] =
    "{\"version\": 1, \"openings\": [{\"point\": 3, \"opened\": \"2026-01-01T00:00:00Z\","
    " \"cells\": [{\"status\": \"failed\", \"reason\": \"no price\", \"flags\": 0},"
    " {\"status\": \"missing\", \"reason\": \"\", \"flags\": 0}]}]}";

static struct run_dir fake(void)
{
    struct fake_run run = {0};
    struct run_dir dir;
    struct err_note note = {""};
    fake_grid(&run, NULL, 4, 0);
    run.job.periods[1].start_day = 100;
    run.job.periods[1].end_day = 199;
    if (fake_run_dir(&dir, &run, 0, &note) != OK)
        fail_msg("%s", note.text);
    fake_run_free(&run);
    return dir;
}

static void write_record(const struct run_dir *dir, const char *text)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/" HOLDOUT_FILE, dir->path);
    unlink(path);
    if (!text)
        return;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void a_record_is_read_or_refused_whole(void **state)
{
    (void)state;
    struct run_dir dir = fake();
    struct holdout holdout;
    struct err_note note = {""};
    assert_int_equal(holdout_n_periods(&dir.job), 1);
    assert_int_equal(holdout_period(&dir.job, 0), 1);
    assert_int_equal(holdout_read(&holdout, &dir, &note), OK);
    assert_int_equal(holdout.n, 0);
    holdout_free(&holdout);
    write_record(&dir, RECORD);
    assert_int_equal(holdout_read(&holdout, &dir, &note), OK);
    assert_int_equal(holdout.n, 1);
    assert_null(holdout_find(&holdout, 4));
    const struct holdout_opening *o = holdout_find(&holdout, 3);
    assert_non_null(o);
    assert_int_equal(holdout_cell(&holdout, o, 0, 0)->status, STATUS_FAILED);
    assert_string_equal(holdout_cell(&holdout, o, 0, 0)->reason, "no price");
    assert_true(isnan(holdout_cell(&holdout, o, 1, 0)->metrics[METRIC_sharpe]));
    holdout_free(&holdout);
    static const char *const damaged[] = {
        "", "{}", "{\"version\": 2, \"openings\": []}",
        "{\"version\": 1, \"openings\": [{\"point\": 3, \"opened\": \"x\", \"cells\": []}]}"};
    for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++) {
        write_record(&dir, damaged[i]);
        assert_int_equal(holdout_read(&holdout, &dir, &note), ERR_CORRUPT);
        assert_non_null(strstr(note.text, HOLDOUT_FILE));
    }
    write_record(&dir, NULL);
    fake_run_dir_remove(&dir);
}

static void a_refusal_opens_nothing(void **state)
{
    (void)state;
    struct run_dir dir = fake();
    struct market_image image = {0};
    struct holdout holdout;
    struct err_note note = {""};
    assert_int_equal(holdout_open(&dir, &image, 0, &note), ERR_VERSION); /* of engine "fake" */
    snprintf(dir.job.engine_id, sizeof dir.job.engine_id, "%s", plateau_engine_id());
    dir.job.periods[1].locked = false;
    assert_int_equal(holdout_open(&dir, &image, 0, &note), ERR_NOT_FOUND);
    assert_non_null(strstr(note.text, "locked"));
    assert_int_equal(holdout_read(&holdout, &dir, &note), OK);
    assert_int_equal(holdout.n, 0);
    holdout_free(&holdout);
    fake_run_dir_remove(&dir);
}

static uint64_t times(const struct run_dir *dir, struct ledger *ledger)
{
    uint64_t n = 99;
    assert_int_equal(holdout_times_opened(dir, ledger, &n, NULL), OK);
    return n;
}

static void openings_are_what_run_and_ledger_know(void **state)
{
    (void)state;
    struct run_dir dir = fake();
    struct ledger *ledger = NULL;
    char file[4200];
    snprintf(file, sizeof file, "%s/ledger.db", dir.path);
    assert_int_equal(ledger_open(&ledger, file, NULL), OK);
    assert_int_equal(times(&dir, NULL), 0);
    write_record(&dir, RECORD); /* opened with --no-ledger */
    assert_int_equal(times(&dir, NULL), 1);
    assert_int_equal(times(&dir, ledger), 1);
    for (int again = 0; again < 2; again++)
        assert_int_equal(holdout_record(&dir, ledger, 3, NULL), OK);
    assert_int_equal(times(&dir, ledger), 1);
    write_record(&dir, NULL); /* the run was deleted and made again */
    assert_int_equal(holdout_record(&dir, ledger, 4, NULL), OK);
    assert_int_equal(times(&dir, ledger), 2);
    dir.job.periods[1].start_day = 200; /* other dates */
    dir.job.periods[1].end_day = 300;
    assert_int_equal(times(&dir, ledger), 0);
    ledger_close(&ledger);
    unlink(file);
    fake_run_dir_remove(&dir);
}

CM_MAIN("holdout", cmocka_unit_test(a_record_is_read_or_refused_whole),
        cmocka_unit_test(a_refusal_opens_nothing),
        cmocka_unit_test(openings_are_what_run_and_ledger_know))
