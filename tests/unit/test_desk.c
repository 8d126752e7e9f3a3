#include "coordinator/desk.h"
#include "coordinator/share.h"
#include "tests/lib/cm.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
    char folder[64];
    struct run_options options;
    struct desk desk;
    struct desk_order last; /* what the owner was told */
    char run[64], reason[STANDING_REASON_MAX + 1];
    unsigned n_orders;
    enum err answer;
};

static enum err obey(void *ctx, const struct desk_order *order, struct err_note *note)
{
    struct fixture *f = ctx;
    f->n_orders++;
    f->last = *order;
    snprintf(f->run, sizeof f->run, "%s", order->run);
    snprintf(f->reason, sizeof f->reason, "%s", order->reason);
    return f->answer ? err_set(note, f->answer, "not now") : OK;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (!f)
        return -1;
    snprintf(f->folder, sizeof f->folder, "/tmp/plateau-test-XXXXXX");
    f->options.n_workers = RUN_NO_WORKERS;
    f->desk = (struct desk){.kind = "service", .order = obey, .ctx = f};
    *state = f;
    return !mkdtemp(f->folder) || host_open(&f->desk.host, f->folder, &f->options, NULL);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    host_close(&f->desk.host);
    rmdir(f->folder);
    free(f);
    return 0;
}

/* The reply's code; "" if it is ok. */
static const char *ask(struct fixture *f, const char *text)
{
    static char code[40];
    json_t *request = json_loads(text, 0, NULL);
    assert_non_null(request);
    json_t *reply = desk_answer(&f->desk, request);
    assert_non_null(reply);
    bool ok = json_is_true(json_object_get(reply, "ok"));
    const char *found = json_string_value(json_object_get(reply, "code"));
    snprintf(code, sizeof code, "%s", ok ? "" : found ? found : "?");
    assert_true(ok || *json_string_value(json_object_get(reply, "error")));
    json_decref(reply);
    json_decref(request);
    return code;
}

static void an_order_reaches_the_owner_as_it_was_given(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(ask(f, "{\"do\":\"cancel\",\"run\":\"a-1\",\"reason\":\"why\"}"), "");
    assert_int_equal(f->last.what, DESK_CANCEL);
    assert_string_equal(f->run, "a-1");
    assert_string_equal(f->reason, "why");
    assert_string_equal(ask(f, "{\"do\":\"submit\",\"run\":\"b-2\",\"priority\":1000}"), "");
    assert_int_equal(f->last.what, DESK_SUBMIT);
    assert_int_equal(f->last.priority, 1000);
    assert_false(f->last.no_ledger);
    assert_string_equal(
        ask(f, "{\"do\":\"submit\",\"run\":\"b-2\",\"sample\":0.5,\"no_ledger\":true}"), "");
    assert_float_equal(f->last.limits.sample, 0.5, 0);
    assert_true(f->last.no_ledger);
    assert_string_equal(ask(f, "{\"do\":\"pause\",\"run\":\"b-2\"}"), "");
    assert_string_equal(f->reason, "");
    assert_int_equal(f->last.priority, SHARE_PRIORITY_DEFAULT);
    f->answer = ERR_NOT_FOUND;
    assert_string_equal(ask(f, "{\"do\":\"resume\",\"run\":\"c-3\"}"), "ERR_NOT_FOUND");
}

static void what_is_no_order_is_refused_before_the_owner_hears_of_it(void **state)
{
    struct fixture *f = *state;
    static const char *const BAD[] = {
        "{}",
        "{\"do\":7}",
        "{\"do\":\"explode\"}",
        "{\"do\":\"\"}",
        "{\"do\":\"pause\"}",
        "{\"do\":\"pause\",\"run\":null}",
        "{\"do\":\"pause\",\"run\":[\"a\"]}",
        "{\"do\":\"cancel\",\"run\":\"a\",\"reason\":{}}",
        "{\"do\":\"priority\",\"run\":\"a\",\"priority\":0}",
        "{\"do\":\"priority\",\"run\":\"a\",\"priority\":1001}",
        "{\"do\":\"priority\",\"run\":\"a\",\"priority\":-1}",
        "{\"do\":\"priority\",\"run\":\"a\",\"priority\":1.5}",
        "{\"do\":\"priority\",\"run\":\"a\",\"priority\":\"10\"}",
        "{\"do\":\"submit\",\"run\":\"a\",\"sample\":0}",
        "{\"do\":\"submit\",\"run\":\"a\",\"no_ledger\":1}",
        "{\"do\":\"drain\",\"name\":1}",
        "{\"do\":\"drain\",\"run\":{}}",
    };
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        assert_string_equal(ask(f, BAD[i]), "ERR_FORMAT");
    char *text = malloc(STANDING_REASON_MAX + 100);
    int n = sprintf(text, "{\"do\":\"cancel\",\"run\":\"a\",\"reason\":\"");
    memset(text + n, 'x', STANDING_REASON_MAX + 1);
    strcpy(text + n + STANDING_REASON_MAX + 1, "\"}");
    assert_string_equal(ask(f, text), "ERR_FORMAT");
    free(text);
    assert_int_equal(f->n_orders, 0);
    assert_string_equal(ask(f, "{\"do\":\"drain\",\"name\":\"nobody\"}"), "ERR_NOT_FOUND");
    assert_string_equal(ask(f, "{\"do\":\"drain\",\"run\":\"none\"}"), "ERR_NOT_FOUND");
}

static enum err one_more(void *ctx, json_t *runs)
{
    (void)ctx;
    return json_array_append_new(runs, desk_run_row("q-1", "queued", "", 7)) ? ERR_NOMEM : OK;
}

static void the_status_lists_what_waits_too(void **state)
{
    struct fixture *f = *state;
    json_t *request = json_pack("{s:s}", "do", "status");
    f->desk.others = one_more;
    json_t *reply = desk_answer(&f->desk, request);
    const json_t *run = json_array_get(json_object_get(reply, "runs"), 0);
    assert_string_equal(json_string_value(json_object_get(reply, "kind")), "service");
    assert_string_equal(json_string_value(json_object_get(run, "run")), "q-1");
    assert_int_equal(json_integer_value(json_object_get(run, "priority")), 7);
    assert_int_equal(json_integer_value(json_object_get(reply, "n_workers")), 0);
    json_decref(reply);
    json_decref(request);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
CM_MAIN("desk", T(an_order_reaches_the_owner_as_it_was_given),
        T(what_is_no_order_is_refused_before_the_owner_hears_of_it),
        T(the_status_lists_what_waits_too))
