#include "worker/link.h"
#include "proto/msg.h"
#include "worker/reconnect.h"
#include "worker/socket_events.h"
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

/* SEND_QUEUE: with results of a MiB each, what a cut line may pile up in libzmq beside what the
 * session keeps. */
enum {
    SEND_QUEUE = 16,
    LINGER_MS = 500,
    RECONNECT_MS = 50,
    RECONNECT_MAX_MS = 500, /* a healed line is of use within two seconds */
    CONNECT_MS = 1000,      /* for a TCP connection: else the kernel's two minutes */
    HANDSHAKE_MS = 5000,
    HEARTBEAT_MS = 1000,
    /* After a heartbeat that was due within HEARTBEAT_MS: under three in all. The same for bytes
     * the peer's kernel does not acknowledge (TCP_MAXRT): behind a full send buffer libzmq sends no
     * heartbeat, and so waits for no answer. */
    HEARTBEAT_TIMEOUT_MS = 1900
};

struct link {
    void *context, *socket;
    struct access access; /* own copy, with the secret */
    bool has_access;
    char endpoint[ACCESS_ADDRESS_MAX + 1];
    zmq_msg_t frame;
    struct socket_events *events;
    struct reconnect reconnect;
    void (*say)(void *ctx, const char *line);
    void *ctx;
};
#define EVENTS                                                                                     \
    (ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED |          \
     ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |                  \
     ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool set(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static bool set_key(void *socket, int option, const char *key)
{
    return zmq_setsockopt(socket, option, key, ACCESS_KEY_CHARS + 1) == 0;
}

bool link_set_keys(void *socket, const struct access *access)
{
    return set_key(socket, ZMQ_CURVE_SERVERKEY, access->coordinator) &&
           set_key(socket, ZMQ_CURVE_PUBLICKEY, access->own.public_key) &&
           set_key(socket, ZMQ_CURVE_SECRETKEY, access->own.secret_key);
}

static bool set_all(void *socket)
{
    const int64_t max_message = MSG_BYTES_MAX + MSG_CURVE_BYTES;
    return set(socket, ZMQ_LINGER, LINGER_MS) && set(socket, ZMQ_SNDHWM, SEND_QUEUE) &&
           set(socket, ZMQ_RECONNECT_IVL, RECONNECT_MS) &&
           set(socket, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS) &&
           set(socket, ZMQ_CONNECT_TIMEOUT, CONNECT_MS) &&
           set(socket, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS) &&
           set(socket, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS) &&
           set(socket, ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS) &&
           set(socket, ZMQ_TCP_MAXRT, HEARTBEAT_TIMEOUT_MS) &&
           zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &max_message, sizeof max_message) == 0;
}

static enum err open_socket(struct link *link, struct err_note *note)
{
    link->socket = zmq_socket(link->context, ZMQ_DEALER);
    if (link->socket && set_all(link->socket) &&
        set(link->socket, ZMQ_IPV6, strchr(link->endpoint, '[') != NULL) &&
        (!link->has_access || link_set_keys(link->socket, &link->access)) &&
        socket_events_open(&link->events, link->context, link->socket, EVENTS, note) == OK &&
        zmq_connect(link->socket, link->endpoint) == 0)
        return OK;
    return err_set(note, ERR_NET, "cannot connect to %s: %s", link->endpoint,
                   zmq_strerror(zmq_errno()));
}

enum err link_open(struct link **out, const struct link_options *options, struct err_note *note)
{
    struct link *link = calloc(1, sizeof *link);
    if (!link)
        return ERR_NOMEM;
    zmq_msg_init(&link->frame);
    reconnect_init(&link->reconnect, now_ms());
    link->say = options->say;
    link->ctx = options->ctx;
    link->has_access = options->access != NULL;
    if (options->access)
        link->access = *options->access;
    const char *endpoint = options->endpoint ? options->endpoint : link->access.address;
    size_t length = strlen(endpoint);
    enum err err = length < sizeof link->endpoint
                       ? OK
                       : err_set(note, ERR_RANGE, "%.60s..: too long for an address", endpoint);
    if (!err)
        memcpy(link->endpoint, endpoint, length + 1);
    if (!err && !(link->context = zmq_ctx_new()))
        err = ERR_NOMEM;
    if (!err)
        err = open_socket(link, note);
    if (err)
        link_close(&link);
    else
        *out = link;
    return err;
}

void link_close(struct link **link_p)
{
    struct link *link = *link_p;
    if (!link)
        return;
    zmq_msg_close(&link->frame);
    socket_events_close(&link->events);
    if (link->socket)
        zmq_close(link->socket);
    if (link->context)
        zmq_ctx_term(link->context);
    access_wipe(link, sizeof *link);
    free(link);
    *link_p = NULL;
}

/* ---- the connection ---- */

static enum reconnect_event meaning(uint16_t event)
{
    switch (event) {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        return RECONNECT_ADMITTED;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        return RECONNECT_KEY_REFUSED;
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        return RECONNECT_NO_HANDSHAKE;
    case ZMQ_EVENT_CONNECT_RETRIED:
        return RECONNECT_NOBODY;
    default:
        return RECONNECT_LOST;
    }
}

/* What waits in the refused socket is lost: the session's next BEAT is answered by "say HELLO". */
static void reopen(struct link *link)
{
    struct err_note note = {""};
    set(link->socket, ZMQ_LINGER, 0);
    socket_events_close(&link->events);
    zmq_close(link->socket);
    if (open_socket(link, &note) && link->say)
        link->say(link->ctx, note.text);
}

static void look_after_connection(struct link *link)
{
    uint16_t event;
    struct err_note say;
    while (link->events && socket_events_next(link->events, &event)) {
        reconnect_heard(&link->reconnect, now_ms(), meaning(event), &say);
        if (say.text[0] && link->say)
            link->say(link->ctx, say.text);
    }
    if (reconnect_is_due(&link->reconnect, now_ms()))
        reopen(link);
}

void link_beside(const struct link *link, uint16_t port, char *endpoint, size_t size)
{
    const char *colon = strrchr(link->endpoint, ':');
    endpoint[0] = '\0';
    if (strncmp(link->endpoint, "tcp://", strlen("tcp://")) == 0 && colon)
        snprintf(endpoint, size, "%.*s:%u", (int)(colon - link->endpoint), link->endpoint, port);
}

void link_wait(struct link *link, int fd, long timeout_ms)
{
    look_after_connection(link);
    zmq_pollitem_t items[2] = {{link->socket, 0, ZMQ_POLLIN, 0}, {NULL, fd, ZMQ_POLLIN, 0}};
    zmq_poll(items, fd >= 0 ? 2 : 1, timeout_ms);
}

void link_send(struct link *link, const void *bytes, size_t length)
{
    assert(length <= MSG_BYTES_MAX); /* the other socket would close the connection over it */
    zmq_send(link->socket, bytes, length, ZMQ_DONTWAIT);
}

bool link_receive(struct link *link, const void **bytes, size_t *length)
{
    zmq_msg_close(&link->frame);
    zmq_msg_init(&link->frame);
    if (zmq_msg_recv(&link->frame, link->socket, ZMQ_DONTWAIT) < 0)
        return false;
    *bytes = zmq_msg_data(&link->frame);
    *length = zmq_msg_size(&link->frame);
    return true;
}
