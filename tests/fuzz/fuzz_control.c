/* Any bytes as an operator's request: answered by one object that fits a reply, and what reaches
 * the owner of the runs keeps its limits. The same bytes as a reply: understood, or an error with a
 * line. */
#include "coordinator/control.h"
#include "coordinator/desk.h"
#include "coordinator/share.h"
#include "tests/fuzz/fuzz.h"
#include <assert.h>
#include <stdio.h>
#include <unistd.h>

struct owner {
    unsigned n_orders;
    enum err answer;
};

static enum err obey(void *ctx, const struct desk_order *order, struct err_note *note)
{
    struct owner *owner = ctx;
    const struct run_limits *limits = &order->limits;
    owner->n_orders++;
    assert(order->what >= 0 && order->what < N_DESK_ORDERS);
    assert(order->run && strlen(order->reason) <= STANDING_REASON_MAX);
    assert(order->priority >= 1 && order->priority <= SHARE_PRIORITY_MAX);
    assert(limits->cell_timeout_ms >= 0 && limits->sample >= 0 && limits->sample <= 1);
    assert(limits->max_fails_share >= 0 && limits->max_fails_share <= 1);
    assert(limits->limits_fails || (limits->max_fails == 0 && limits->max_fails_share == 0));
    return owner->answer ? err_set(note, owner->answer, "no run %s", order->run) : OK;
}

static enum err others(void *ctx, json_t *runs)
{
    (void)ctx;
    return json_array_append_new(runs, desk_run_row("q-1", "queued", "", 7)) ? ERR_NOMEM : OK;
}

/* One host for all inputs: it has sockets and threads. */
static char folder[] = "/tmp/plateau-fuzz-XXXXXX";
static struct host *host;

static void close_host(void)
{
    host_close(&host);
    rmdir(folder);
}

static void open_host(void)
{
    static const struct run_options options = {.n_workers = RUN_NO_WORKERS};
    struct err_note note;
    if (!mkdtemp(folder) || host_open(&host, folder, &options, &note) != OK)
        abort();
    atexit(close_host);
}

static void check_reply(const json_t *reply, const struct owner *owner)
{
    assert(json_is_object(reply) && json_is_boolean(json_object_get(reply, "ok")));
    char *text = json_dumps(reply, JSON_COMPACT);
    assert(text && strlen(text) <= CONTROL_REPLY_MAX);
    struct err_note note = {""};
    json_t *read = NULL;
    enum err err = control_read_reply(text, strlen(text), &read, &note);
    assert(json_is_true(json_object_get(reply, "ok")) == (err == OK));
    assert(err == OK || note.text[0]);
    assert(owner->n_orders <= 1 && (!owner->n_orders || err == owner->answer));
    json_decref(read);
    free(text);
}

static void as_request(const uint8_t *bytes, size_t size, enum err answer)
{
    struct owner owner = {.answer = answer};
    struct desk desk = {
        .host = host, .kind = "service", .order = obey, .others = others, .ctx = &owner};
    json_t *reply = control_answer(bytes, size, desk_answer, &desk);
    check_reply(reply, &owner);
    json_decref(reply);
}

static void as_reply(const uint8_t *bytes, size_t size)
{
    struct err_note note = {""};
    json_t *reply = NULL;
    enum err err = control_read_reply(bytes, size, &reply, &note);
    assert(err ? note.text[0] && !reply : json_is_object(reply));
    json_decref(reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!host)
        open_host();
    uint8_t *bytes = fuzz_copy(data, size);
    if (size <= CONTROL_REQUEST_MAX) { /* the socket drops what is longer */
        as_request(bytes, size, OK);
        as_request(bytes, size, ERR_NOT_FOUND);
    }
    as_reply(bytes, size);
    free(bytes);
    return 0;
}
