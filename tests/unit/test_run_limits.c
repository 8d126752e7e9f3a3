#include "coordinator/run_limits.h"
#include "tests/lib/cm.h"
#include <string.h>

static void what_is_added_is_read(void **state)
{
    (void)state;
    static const struct run_limits cases[] = {
        {0},
        {.cell_timeout_ms = 1500},
        {.limits_fails = true},
        {.limits_fails = true, .max_fails = 12, .cell_timeout_ms = 1},
        {.limits_fails = true, .max_fails_share = 0.05},
        {.sample = 0.02}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *json = json_object();
        struct run_limits read = {.max_fails = 77};
        assert_int_equal(run_limits_add(&cases[i], json), OK);
        assert_int_equal(json_object_size(json) > 0, run_limits_any(&cases[i]));
        assert_int_equal(run_limits_read(&read, json, NULL), OK);
        assert_int_equal(read.cell_timeout_ms, cases[i].cell_timeout_ms);
        assert_int_equal(read.limits_fails, cases[i].limits_fails);
        assert_int_equal(read.max_fails, cases[i].max_fails);
        assert_float_equal(read.max_fails_share, cases[i].max_fails_share, 0);
        assert_float_equal(read.sample, cases[i].sample, 0);
        json_decref(json);
    }
}

static void a_sample_of_all_is_none(void **state)
{
    (void)state;
    assert_false(run_limits_any(&(struct run_limits){.sample = 1}));
    assert_true(run_limits_sample(&(struct run_limits){.sample = 0.999}));
}

static void what_is_no_limit_is_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *text, *names;
    } cases[] = {{"{\"cell_timeout_ms\": 0}", "cell_timeout_ms"},
                 {"{\"cell_timeout_ms\": \"1s\"}", "cell_timeout_ms"},
                 {"{\"max_fails\": -1}", "max_fails"},
                 {"{\"max_fails\": 1e3}", "max_fails"},
                 {"{\"max_fails_share\": 0}", "max_fails_share"},
                 {"{\"max_fails_share\": 1.01}", "max_fails_share"},
                 {"{\"max_fails_share\": null}", "max_fails_share"},
                 {"{\"sample\": 0}", "sample"},
                 {"{\"sample\": 1.5}", "sample"},
                 {"{\"sample\": \"2%\"}", "sample"},
                 {"{\"max_fails\": 1, \"max_fails_share\": 0.5}", "one of them"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *json = json_loads(cases[i].text, 0, NULL);
        struct run_limits read = {.max_fails = 77};
        struct err_note note = {""};
        assert_int_equal(run_limits_read(&read, json, &note), ERR_FORMAT);
        assert_non_null(strstr(note.text, cases[i].names));
        assert_int_equal(read.max_fails, 77);
        json_decref(json);
    }
}

CM_MAIN("run_limits", cmocka_unit_test(what_is_added_is_read),
        cmocka_unit_test(a_sample_of_all_is_none),
        cmocka_unit_test(what_is_no_limit_is_refused_by_name))
