#include "coordinator/control.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <zmq.h>

enum { REQUESTS_PER_TURN = 32 };

struct control {
    void *context, *socket;
};

static const char *const CODE_NAME[] = {
#define X(code, text, exit_code) #code,
    ERR_TABLE(X)
#undef X
};
enum { N_CODES = sizeof CODE_NAME / sizeof *CODE_NAME };

static bool set(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static bool limit(void *socket, int64_t bytes)
{
    return zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &bytes, sizeof bytes) == 0;
}

enum err control_open(struct control **out, const char *endpoint, struct err_note *note)
{
    struct control *control = calloc(1, sizeof *control);
    if (!control)
        return ERR_NOMEM;
    control->context = zmq_ctx_new();
    control->socket = control->context ? zmq_socket(control->context, ZMQ_REP) : NULL;
    if (control->socket && set(control->socket, ZMQ_LINGER, 0) &&
        limit(control->socket, CONTROL_REQUEST_MAX) && zmq_bind(control->socket, endpoint) == 0) {
        *out = control;
        return OK;
    }
    err_set(note, ERR_NET, "cannot listen on %s: %s", endpoint, zmq_strerror(zmq_errno()));
    control_close(&control);
    return ERR_NET;
}

void control_close(struct control **control_p)
{
    struct control *control = *control_p;
    if (!control)
        return;
    if (control->socket)
        zmq_close(control->socket);
    if (control->context)
        zmq_ctx_term(control->context);
    free(control);
    *control_p = NULL;
}

json_t *control_refusal(enum err err, const struct err_note *note)
{
    const char *text = note && note->text[0] ? note->text : err_text(err);
    json_t *reply = json_pack("{s:b, s:s, s:s}", "ok", 0, "code", CODE_NAME[err], "error", text);
    return reply ? reply
                 : json_pack("{s:b, s:s, s:s}", "ok", 0, "code", CODE_NAME[err], "error",
                             err_text(err));
}

json_t *control_answer(const void *bytes, size_t length,
                       json_t *(*answer)(void *ctx, const json_t *request), void *ctx)
{
    struct err_note note = {""};
    json_t *request = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, NULL);
    json_t *reply;
    if (json_is_object(request)) {
        reply = answer(ctx, request);
    } else {
        err_set(&note, ERR_FORMAT, "a request is one JSON object");
        reply = control_refusal(ERR_FORMAT, &note);
    }
    json_decref(request);
    return reply ? reply : control_refusal(ERR_NOMEM, NULL);
}

static void drop_other_parts(void *socket)
{
    zmq_msg_t part;
    int more = 1;
    size_t size = sizeof more;
    while (more) {
        zmq_msg_init(&part);
        bool got = zmq_msg_recv(&part, socket, ZMQ_DONTWAIT) >= 0;
        zmq_msg_close(&part);
        if (!got || zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &size) != 0)
            return;
    }
}

/* A reply that is larger than the other side takes would be lost without a word. */
static void send_reply(void *socket, json_t *reply)
{
    struct err_note note = {""};
    char *text = reply ? json_dumps(reply, JSON_COMPACT) : NULL;
    if (!text || strlen(text) > CONTROL_REPLY_MAX) {
        free(text);
        err_set(&note, ERR_OVERFLOW, "the reply would be too large");
        json_t *refusal = control_refusal(ERR_OVERFLOW, &note);
        text = refusal ? json_dumps(refusal, JSON_COMPACT) : NULL;
        json_decref(refusal);
    }
    zmq_send(socket, text ? text : "{}", text ? strlen(text) : 2, ZMQ_DONTWAIT);
    free(text);
}

void control_turn(struct control *control, json_t *(*answer)(void *ctx, const json_t *request),
                  void *ctx)
{
    for (unsigned i = 0; i < REQUESTS_PER_TURN; i++) {
        zmq_msg_t frame;
        zmq_msg_init(&frame);
        if (zmq_msg_recv(&frame, control->socket, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(&frame);
            return;
        }
        bool whole = !zmq_msg_more(&frame);
        if (!whole)
            drop_other_parts(control->socket);
        json_t *reply =
            control_answer(zmq_msg_data(&frame), whole ? zmq_msg_size(&frame) : 0, answer, ctx);
        zmq_msg_close(&frame);
        send_reply(control->socket, reply);
        json_decref(reply);
    }
}

/* ---- asking ---- */

/* libzmq tries again for ever where nobody listens; a socket file that a kill left behind is told
 * at once. */
static bool somebody_listens(const char *endpoint)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = strncmp(endpoint, "ipc://", 6) == 0 ? endpoint + 6 : "";
    if (strlen(path) >= sizeof address.sun_path)
        return false;
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool listens = connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return listens;
}

enum err control_read_reply(const void *bytes, size_t length, json_t **out, struct err_note *note)
{
    json_t *reply = json_loadb(bytes, length, 0, NULL);
    if (json_is_true(json_object_get(reply, "ok"))) {
        *out = reply;
        return OK;
    }
    const char *code = json_string_value(json_object_get(reply, "code"));
    const char *text = json_string_value(json_object_get(reply, "error"));
    enum err err = ERR_FORMAT;
    for (int i = 1; code && i < N_CODES; i++)
        if (strcmp(code, CODE_NAME[i]) == 0)
            err = (enum err)i;
    err_set(note, err, "%s",
            text && *text ? text : "the reply is not understood: another version?");
    json_decref(reply);
    return err;
}

static enum err talk(void *socket, const char *text, json_t **reply, struct err_note *note)
{
    zmq_msg_t frame;
    if (zmq_send(socket, text, strlen(text), 0) < 0)
        return err_set(note, ERR_NET, "nobody listens there any more");
    zmq_msg_init(&frame);
    enum err err =
        zmq_msg_recv(&frame, socket, 0) < 0
            ? err_set(note, ERR_NET, "no answer in time")
            : control_read_reply(zmq_msg_data(&frame), zmq_msg_size(&frame), reply, note);
    zmq_msg_close(&frame);
    return err;
}

enum err control_ask(const char *endpoint, const json_t *request, int timeout_ms, json_t **reply,
                     struct err_note *note)
{
    if (!somebody_listens(endpoint))
        return err_set(note, ERR_NET, "nobody listens on %s", endpoint);
    char *text = json_dumps(request, JSON_COMPACT);
    void *context = zmq_ctx_new(), *socket = context ? zmq_socket(context, ZMQ_REQ) : NULL;
    enum err err = ERR_NOMEM;
    if (text && strlen(text) > CONTROL_REQUEST_MAX)
        err = err_set(note, ERR_OVERFLOW, "the request is too large");
    /* ZMQ_IMMEDIATE: a send waits for somebody to be there, and fails if there is nobody. */
    else if (text && socket && set(socket, ZMQ_LINGER, 0) && set(socket, ZMQ_IMMEDIATE, 1) &&
             set(socket, ZMQ_SNDTIMEO, timeout_ms) && set(socket, ZMQ_RCVTIMEO, timeout_ms) &&
             limit(socket, CONTROL_REPLY_MAX) && zmq_connect(socket, endpoint) == 0)
        err = talk(socket, text, reply, note);
    else if (text)
        err =
            err_set(note, ERR_NET, "cannot connect to %s: %s", endpoint, zmq_strerror(zmq_errno()));
    if (socket)
        zmq_close(socket);
    if (context)
        zmq_ctx_term(context);
    free(text);
    return err;
}
