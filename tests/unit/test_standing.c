#include "coordinator/standing.h"
#include "tests/lib/cm.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/plateau-test-XXXXXX", path[100];

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/plateau-test-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/" STANDING_FILE, folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder); /* nothing was left beside it */
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct standing read,
        written = {.state = STANDING_CANCELLED,
                   .priority = 7,
                   .submitted_ms = 1790000000123,
                   .exit_code = 130,
                   .limits = {.cell_timeout_ms = 1500, .limits_fails = true, .sample = 0.25},
                   .no_ledger = true,
                   .reason = "wrong \"data\" \xc3\xa9"};
    assert_int_equal(standing_read(&read, folder, NULL), OK);
    assert_int_equal(read.state, STANDING_NONE);
    assert_int_equal(standing_write(&written, folder, NULL), OK);
    assert_int_equal(standing_read(&read, folder, NULL), OK);
    assert_int_equal(read.state, written.state);
    assert_int_equal(read.priority, 7);
    assert_int_equal(read.submitted_ms, written.submitted_ms);
    assert_int_equal(read.exit_code, 130);
    assert_int_equal(read.limits.cell_timeout_ms, 1500);
    assert_true(read.limits.limits_fails);
    assert_float_equal(read.limits.sample, 0.25, 0);
    assert_true(read.no_ledger);
    assert_string_equal(read.reason, written.reason);
    written.state = STANDING_NONE;
    assert_int_equal(standing_write(&written, folder, NULL), OK);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(standing_write(&written, folder, NULL), OK); /* again is harmless */
}

static void a_damaged_file_is_an_error_that_names_it(void **state)
{
    (void)state;
    static const char *const BAD[] = {
        "",
        "{",
        "[]",
        "{\"state\": \"queued\"}",
        "{\"state\":\"odd\",\"reason\":\"\",\"priority\":1,\"submitted_ms\":0,\"exit_code\":0}",
        "{\"state\":\"queued\",\"reason\":\"\",\"priority\":0,\"submitted_ms\":0,\"exit_code\":0}",
        "{\"state\":\"queued\",\"reason\":1,\"priority\":1,\"submitted_ms\":0,\"exit_code\":0}"};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        struct err_note note = {""};
        struct standing read;
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(BAD[i], file);
        fclose(file);
        assert_int_equal(standing_read(&read, folder, &note), ERR_CORRUPT);
        assert_non_null(strstr(note.text, path));
    }
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
CM_MAIN("standing", T(what_is_written_is_read), T(a_damaged_file_is_an_error_that_names_it))
