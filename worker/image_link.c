#include "worker/image_link.h"
#include "proto/msg.h"
#include "worker/link.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

enum {
    HEARTBEAT_MS = 1000,
    HEARTBEAT_TIMEOUT_MS = 2900,
    CONNECT_TIMEOUT_MS = 3000,
    RECONNECT_MS = 50,
    RECONNECT_MAX_MS = 2000,
    EVENT_BYTES = 6
};
#define WATCHED                                                                                    \
    (ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED |                                      \
     ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |                  \
     ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)

struct image_link {
    void *context, *dealer, *events;
    zmq_msg_t body; /* of the last answer */
    bool connected;
    bool was_there; /* connected at some time */
    int64_t apart_since_ms;
    char reason[64];
};

static bool set(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

enum err image_link_open(struct image_link **out, const char *endpoint, const struct access *access,
                         int64_t now, struct err_note *note)
{
    const int64_t max_message = IMAGE_PIECE_BYTES + MSG_CURVE_BYTES;
    struct image_link *link = calloc(1, sizeof *link);
    if (!link)
        return ERR_NOMEM;
    zmq_msg_init(&link->body);
    link->apart_since_ms = now;
    link->context = zmq_ctx_new();
    link->dealer = link->context ? zmq_socket(link->context, ZMQ_DEALER) : NULL;
    link->events = link->dealer ? zmq_socket(link->context, ZMQ_PAIR) : NULL;
    if (link->events && set(link->dealer, ZMQ_LINGER, 0) && set(link->events, ZMQ_LINGER, 0) &&
        (!access || link_set_keys(link->dealer, access)) &&
        set(link->dealer, ZMQ_IPV6, strchr(endpoint, '[') != NULL) &&
        set(link->dealer, ZMQ_IMMEDIATE, 1) && set(link->dealer, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS) &&
        set(link->dealer, ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS) &&
        set(link->dealer, ZMQ_CONNECT_TIMEOUT, CONNECT_TIMEOUT_MS) &&
        set(link->dealer, ZMQ_RECONNECT_IVL, RECONNECT_MS) &&
        set(link->dealer, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS) &&
        zmq_setsockopt(link->dealer, ZMQ_MAXMSGSIZE, &max_message, sizeof max_message) == 0 &&
        zmq_socket_monitor(link->dealer, "inproc://events", WATCHED) == 0 &&
        zmq_connect(link->events, "inproc://events") == 0 &&
        zmq_connect(link->dealer, endpoint) == 0) {
        *out = link;
        return OK;
    }
    enum err err =
        err_set(note, ERR_NET, "cannot connect to %s: %s", endpoint, zmq_strerror(zmq_errno()));
    image_link_close(&link);
    return err;
}

void image_link_close(struct image_link **link_p)
{
    struct image_link *link = *link_p;
    if (!link)
        return;
    zmq_msg_close(&link->body);
    if (link->events)
        zmq_close(link->events);
    if (link->dealer) {
        zmq_socket_monitor(link->dealer, NULL, 0);
        zmq_close(link->dealer);
    }
    if (link->context)
        zmq_ctx_term(link->context);
    free(link);
    *link_p = NULL;
}

/* ---- the connection ---- */

static void on_event(struct image_link *link, unsigned event, unsigned value)
{
    bool connected = event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
    if (link->connected && !connected)
        link->apart_since_ms = now_ms();
    link->connected = connected;
    link->was_there |= connected;
    if (connected)
        link->reason[0] = '\0';
    else if (event != ZMQ_EVENT_DISCONNECTED)
        snprintf(link->reason, sizeof link->reason, "refused (%u)", value);
}

/* An event is two parts: number and value, then the address. */
static bool read_events(struct image_link *link)
{
    bool any = false;
    for (;;) {
        zmq_msg_t part;
        bool more = true;
        for (unsigned n = 0; more; n++) {
            zmq_msg_init(&part);
            if (zmq_msg_recv(&part, link->events, ZMQ_DONTWAIT) < 0) {
                zmq_msg_close(&part);
                return any;
            }
            if (n == 0 && zmq_msg_size(&part) == EVENT_BYTES) {
                uint16_t event;
                uint32_t value;
                memcpy(&event, zmq_msg_data(&part), sizeof event);
                memcpy(&value, (uint8_t *)zmq_msg_data(&part) + sizeof event, sizeof value);
                on_event(link, event, value);
                any = true;
            }
            more = zmq_msg_more(&part) != 0;
            zmq_msg_close(&part);
        }
    }
}

bool image_link_turn(struct image_link *link, long wait_ms)
{
    zmq_pollitem_t items[2] = {{link->dealer, 0, ZMQ_POLLIN, 0}, {link->events, 0, ZMQ_POLLIN, 0}};
    zmq_poll(items, 2, wait_ms);
    return read_events(link);
}

bool image_link_was_there(const struct image_link *link)
{
    return link->was_there;
}

int64_t image_link_apart_ms(const struct image_link *link, int64_t now)
{
    return link->connected ? 0 : now - link->apart_since_ms;
}

const char *image_link_reason(const struct image_link *link)
{
    return link->reason;
}

/* ---- messages ---- */

bool image_link_ask(struct image_link *link, const struct image_head *question)
{
    uint8_t bytes[IMAGE_HEAD_BYTES];
    image_head_pack(bytes, question);
    return link->connected && zmq_send(link->dealer, bytes, sizeof bytes, ZMQ_DONTWAIT) >= 0;
}

/* Head, and perhaps a body: true if it is well formed. */
static bool read_message(struct image_link *link, struct image_answer *out, bool *any)
{
    zmq_msg_t part, *body = &link->body;
    bool good = false, more = true;
    *any = false;
    zmq_msg_close(body);
    zmq_msg_init(body);
    for (unsigned n = 0; more; n++) {
        zmq_msg_init(&part);
        if (zmq_msg_recv(&part, link->dealer, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(&part);
            return false;
        }
        *any = true;
        more = zmq_msg_more(&part) != 0;
        if (n == 0)
            good = image_head_unpack(&out->head, zmq_msg_data(&part), zmq_msg_size(&part)) == OK;
        else if (n == 1)
            zmq_msg_move(body, &part);
        else
            good = false;
        zmq_msg_close(&part);
    }
    out->body = zmq_msg_size(body) ? zmq_msg_data(body) : NULL;
    out->length = zmq_msg_size(body);
    return good;
}

bool image_link_receive(struct image_link *link, struct image_answer *out)
{
    bool any = true;
    while (any)
        if (read_message(link, out, &any))
            return true;
    return false;
}
