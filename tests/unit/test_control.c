#include "coordinator/control.h"
#include "tests/lib/cm.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

enum { TIMEOUT_MS = 5000, TURN_MS = 2 };

struct fixture {
    char folder[64], endpoint[100];
    struct control *control;
    pthread_t thread;
    atomic_bool stop;
    atomic_uint n_answered;
};

/* Says what it was asked; "no" is refused, "huge" gets more than a reply may be. */
static json_t *echo(void *ctx, const json_t *request)
{
    struct fixture *f = ctx;
    const char *what = json_string_value(json_object_get(request, "do"));
    struct err_note note = {""};
    f->n_answered++;
    if (what && strcmp(what, "no") == 0) {
        err_set(&note, ERR_NOT_FOUND, "there is no such thing");
        return control_refusal(ERR_NOT_FOUND, &note);
    }
    if (what && strcmp(what, "huge") == 0) {
        char *text = malloc(CONTROL_REPLY_MAX + 100);
        memset(text, 'x', CONTROL_REPLY_MAX + 99);
        text[CONTROL_REPLY_MAX + 99] = 0;
        json_t *reply = json_pack("{s:b, s:s}", "ok", 1, "text", text);
        free(text);
        return reply;
    }
    return json_pack("{s:b, s:s?}", "ok", 1, "was", what);
}

static void *serve(void *ctx)
{
    struct fixture *f = ctx;
    while (!f->stop) {
        control_turn(f->control, echo, f);
        nanosleep(&(struct timespec){.tv_nsec = TURN_MS * 1000000L}, NULL);
    }
    return NULL;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (!f)
        return -1;
    snprintf(f->folder, sizeof f->folder, "/tmp/plateau-test-XXXXXX");
    if (!mkdtemp(f->folder))
        return -1;
    snprintf(f->endpoint, sizeof f->endpoint, "ipc://%s/c", f->folder);
    *state = f;
    return control_open(&f->control, f->endpoint, NULL) ||
           pthread_create(&f->thread, NULL, serve, f);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    f->stop = true;
    pthread_join(f->thread, NULL);
    control_close(&f->control);
    unlink(f->endpoint + strlen("ipc://"));
    rmdir(f->folder);
    free(f);
    return 0;
}

static enum err ask(struct fixture *f, const char *what, json_t **reply, struct err_note *note)
{
    json_t *request = json_pack("{s:s}", "do", what);
    enum err err = control_ask(f->endpoint, request, TIMEOUT_MS, reply, note);
    json_decref(request);
    return err;
}

static void a_question_is_answered_and_a_refusal_keeps_its_code_and_line(void **state)
{
    struct fixture *f = *state;
    struct err_note note = {""};
    json_t *reply = NULL;
    assert_int_equal(ask(f, "this", &reply, &note), OK);
    assert_string_equal(json_string_value(json_object_get(reply, "was")), "this");
    json_decref(reply);
    assert_int_equal(ask(f, "no", &reply, &note), ERR_NOT_FOUND);
    assert_string_equal(note.text, "there is no such thing");
    assert_int_equal(ask(f, "huge", &reply, &note), ERR_OVERFLOW);
}

static void send_raw(struct fixture *f, const void *bytes, size_t length, bool parts, char *answer,
                     size_t size)
{
    const int timeout_ms = 500, linger = 0;
    void *context = zmq_ctx_new(), *socket = zmq_socket(context, ZMQ_REQ);
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &timeout_ms, sizeof timeout_ms);
    zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
    assert_int_equal(zmq_connect(socket, f->endpoint), 0);
    if (parts)
        zmq_send(socket, "{}", 2, ZMQ_SNDMORE);
    zmq_send(socket, bytes, length, 0);
    int n = zmq_recv(socket, answer, size - 1, 0);
    answer[n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1] = 0;
    zmq_close(socket);
    zmq_ctx_term(context);
}

static void what_is_no_request_is_refused_and_the_next_is_answered(void **state)
{
    struct fixture *f = *state;
    char answer[500], deep[4000];
    json_t *reply = NULL;
    memset(deep, '[', sizeof deep);
    static const char *const BAD[] = {"",  "garbage", "[1]", "7", "{\"do\":\"a\",\"do\":\"b\"}",
                                      "{", "{}{}",    "\xff"};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        send_raw(f, BAD[i], strlen(BAD[i]), false, answer, sizeof answer);
        assert_non_null(strstr(answer, "ERR_FORMAT"));
    }
    send_raw(f, deep, sizeof deep, false, answer, sizeof answer);
    assert_non_null(strstr(answer, "ERR_FORMAT"));
    send_raw(f, "{}", 2, true, answer, sizeof answer);
    assert_non_null(strstr(answer, "ERR_FORMAT"));
    char *large = calloc(1, CONTROL_REQUEST_MAX + 10);
    memset(large, ' ', CONTROL_REQUEST_MAX + 9);
    send_raw(f, large, CONTROL_REQUEST_MAX + 9, false, answer, sizeof answer);
    assert_string_equal(answer, ""); /* its connection was cut */
    free(large);
    assert_int_equal(f->n_answered, 0);
    assert_int_equal(ask(f, "after all", &reply, NULL), OK);
    json_decref(reply);
}

static void where_nobody_listens_is_told_at_once(void **state)
{
    struct fixture *f = *state;
    struct err_note note = {""};
    json_t *request = json_object(), *reply = NULL;
    char none[120];
    snprintf(none, sizeof none, "%s-none", f->endpoint);
    assert_int_equal(control_ask(none, request, TIMEOUT_MS, &reply, &note), ERR_NET);
    assert_non_null(strstr(note.text, "nobody listens"));
    json_decref(request);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
CM_MAIN("control", T(a_question_is_answered_and_a_refusal_keeps_its_code_and_line),
        T(what_is_no_request_is_refused_and_the_next_is_answered),
        T(where_nobody_listens_is_told_at_once))
