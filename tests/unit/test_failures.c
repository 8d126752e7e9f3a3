#include "coordinator/failures.h"
#include "proto/codec.h"
#include "tests/lib/cm.h"
#include "tests/lib/null_job.h"

enum { TILE = 4 };

static void cells_are_counted_by_what_they_say(void **state)
{
    (void)state;
    struct failures failures = {.n = 0};
    struct job job;
    struct codec_writer w = {0};
    null_job_make(&job, "test", 10, TILE, TILE, 1, 0);
    result_put_status(&w, STATUS_FAILED, "no equity left");
    result_put_status(&w, STATUS_CRASHED, "signal 11");
    result_put_status(&w, STATUS_EXCLUDED, "");
    result_put_status(&w, STATUS_FAILED, "no equity left");
    struct journal_row row = {.tile = 1, .n_failed = 3, .bytes = w.bytes, .length = w.length};
    failures_add(&failures, &job, &row);
    failures_add(&failures, &job, &row);
    row.n_failed = 0; /* not even looked at */
    failures_add(&failures, &job, &row);
    assert_int_equal(failures.n, 2);
    assert_int_equal(failures.at[0].n_cells, 4);
    assert_string_equal(failures.at[0].reason, "no equity left");
    assert_int_equal(failures.at[1].status, STATUS_CRASHED);
    assert_int_equal(failures.at[1].n_cells, 2);
    free(w.bytes);
    job_free(&job);
}

static void the_number_of_messages_is_bounded(void **state)
{
    (void)state;
    struct failures failures = {.n = 0};
    struct job job;
    null_job_make(&job, "test", 10, TILE, TILE, 1, 0);
    for (unsigned t = 0; t < 20; t++) {
        struct codec_writer w = {0};
        char reason[300];
        for (unsigned c = 0; c < TILE; c++) {
            snprintf(reason, sizeof reason, "%0199u", t * TILE + c); /* longer than is kept */
            reason[0] = (char)('A' + t);
            reason[1] = (char)('a' + c);
            result_put_status(&w, STATUS_FAILED, reason);
        }
        struct journal_row row = {
            .tile = t % 10, .n_failed = TILE, .bytes = w.bytes, .length = w.length};
        failures_add(&failures, &job, &row);
        free(w.bytes);
    }
    assert_int_equal(failures.n, FAILURES_MAX);
    assert_int_equal(failures.n_other, 20 * TILE - FAILURES_MAX);
    job_free(&job);
}

CM_MAIN("failures", cmocka_unit_test(cells_are_counted_by_what_they_say),
        cmocka_unit_test(the_number_of_messages_is_bounded))
