#include "coordinator/net.h"
#include "coordinator/zap.h"
#include "proto/msg.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

/* Queues hold what a worker may have under way: its credit of leases and results, acks, pings. */
enum {
    SEND_QUEUE = 1000,
    RECEIVE_QUEUE = 1000,
    HEARTBEAT_MS = 1000,
    HEARTBEAT_TIMEOUT_MS = 2900,
    HANDSHAKE_MS = 5000, /* a connection that has not shown its key by then is closed */
    KEY_MAX = 7
};

struct net {
    void *context, *router;
    struct zap *zap; /* NULL: no keys */
    char endpoint[300];
};

static bool set(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

enum err net_open(struct net **out, const char *endpoint, struct err_note *note)
{
    const int64_t max_message = MSG_BYTES_MAX + MSG_CURVE_BYTES;
    struct net *net = calloc(1, sizeof *net);
    if (!net)
        return ERR_NOMEM;
    net->context = zmq_ctx_new();
    net->router = net->context ? zmq_socket(net->context, ZMQ_ROUTER) : NULL;
    if (net->router && set(net->router, ZMQ_ROUTER_MANDATORY, 1) &&
        set(net->router, ZMQ_LINGER, 0) && set(net->router, ZMQ_SNDHWM, SEND_QUEUE) &&
        set(net->router, ZMQ_RCVHWM, RECEIVE_QUEUE) &&
        set(net->router, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS) &&
        set(net->router, ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS) &&
        set(net->router, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS) &&
        zmq_setsockopt(net->router, ZMQ_MAXMSGSIZE, &max_message, sizeof max_message) == 0 &&
        zmq_bind(net->router, endpoint) == 0) {
        *out = net;
        return OK;
    }
    err_set(note, ERR_NET, "cannot listen on %s: %s", endpoint, zmq_strerror(zmq_errno()));
    net_close(&net);
    return ERR_NET;
}

void net_close(struct net **net_p)
{
    struct net *net = *net_p;
    if (!net)
        return;
    if (net->router)
        zmq_close(net->router);
    if (net->context)
        zmq_ctx_shutdown(net->context);
    zap_end(&net->zap);
    if (net->context)
        zmq_ctx_term(net->context);
    free(net);
    *net_p = NULL;
}

/* Options are taken when an endpoint is bound: the ipc socket before it stays as it is. */
static enum err ask_for_keys(struct net *net, const char *folder, const struct access_keys *keys,
                             struct err_note *note)
{
    enum err err = zap_start(&net->zap, net->context, folder, note);
    if (err)
        return err;
    if (set(net->router, ZMQ_CURVE_SERVER, 1) &&
        zmq_setsockopt(net->router, ZMQ_CURVE_SECRETKEY, keys->secret_key,
                       sizeof keys->secret_key) == 0 &&
        zmq_setsockopt(net->router, ZMQ_ZAP_DOMAIN, ZAP_DOMAIN, strlen(ZAP_DOMAIN)) == 0)
        return OK;
    return err_set(note, ERR_NET, "cannot set up CURVE: %s", zmq_strerror(zmq_errno()));
}

enum err net_listen(struct net *net, const struct listen_options *how, struct err_note *note)
{
    struct access_keys keys;
    enum listen_mode mode;
    char *folder = NULL;
    size_t size = sizeof net->endpoint;
    enum err err = listen_prepare(how, &mode, &folder, &keys, note);
    if (err)
        return err;
    if (mode == LISTEN_CURVE)
        err = ask_for_keys(net, folder, &keys, note);
    access_wipe(&keys, sizeof keys);
    free(folder);
    if (err)
        return err;
    set(net->router, ZMQ_IPV6, strchr(how->endpoint, '[') != NULL);
    if (zmq_bind(net->router, how->endpoint) != 0 ||
        zmq_getsockopt(net->router, ZMQ_LAST_ENDPOINT, net->endpoint, &size) != 0)
        return err_set(note, ERR_NET, "cannot listen on %s: %s", how->endpoint,
                       zmq_strerror(zmq_errno()));
    return OK;
}

const char *net_endpoint(const struct net *net)
{
    return net->endpoint;
}

bool net_is_secure(const struct net *net)
{
    return net->zap != NULL;
}

void net_wait(struct net *net, long timeout_ms)
{
    zmq_pollitem_t item = {net->router, 0, ZMQ_POLLIN, 0};
    zmq_poll(&item, 1, timeout_ms);
}

/* libzmq names a peer by 5 bytes unless it names itself; ours do not. The length keeps names of
 * different lengths apart. */
static bool key_of(const void *id, size_t length, uint64_t *key)
{
    const uint8_t *bytes = id;
    if (length == 0 || length > KEY_MAX)
        return false;
    *key = length;
    for (size_t i = 0; i < length; i++)
        *key |= (uint64_t)bytes[i] << (8 * (i + 1));
    return true;
}

static bool has_more(zmq_msg_t *message)
{
    return zmq_msg_more(message) != 0;
}

/* The rest of a message that is not for us. */
static void drop_parts(struct net *net)
{
    zmq_msg_t part;
    bool more = true;
    while (more) {
        zmq_msg_init(&part);
        more = zmq_msg_recv(&part, net->router, ZMQ_DONTWAIT) >= 0 && has_more(&part);
        zmq_msg_close(&part);
    }
}

static enum err receive_one(struct net *net, struct net_frame *out, bool *dropped)
{
    zmq_msg_t id;
    uint64_t key = 0;
    *dropped = false;
    zmq_msg_init(&id);
    if (zmq_msg_recv(&id, net->router, ZMQ_DONTWAIT) < 0) {
        zmq_msg_close(&id);
        return ERR_EMPTY;
    }
    bool known = key_of(zmq_msg_data(&id), zmq_msg_size(&id), &key), more = has_more(&id);
    zmq_msg_close(&id);
    zmq_msg_t *body = more ? malloc(sizeof *body) : NULL;
    if (!body) {
        if (more)
            drop_parts(net);
        *dropped = true;
        return more ? ERR_NOMEM : OK;
    }
    zmq_msg_init(body);
    struct net_frame frame = {.peer = key, .message = body};
    bool got = zmq_msg_recv(body, net->router, ZMQ_DONTWAIT) >= 0;
    bool extra = got && has_more(body);
    if (extra)
        drop_parts(net);
    if (!got || extra || !known) {
        net_frame_end(&frame);
        *dropped = true;
        return OK;
    }
    frame.bytes = zmq_msg_data(body);
    frame.length = zmq_msg_size(body);
    frame.user = zmq_msg_gets(body, "User-Id");
    if (!frame.user)
        frame.user = "";
    *out = frame;
    return OK;
}

enum err net_receive(struct net *net, struct net_frame *out)
{
    bool dropped = true;
    enum err err = OK;
    while (!err && dropped)
        err = receive_one(net, out, &dropped);
    return err;
}

void net_frame_end(struct net_frame *frame)
{
    if (!frame->message)
        return;
    zmq_msg_close(frame->message);
    free(frame->message);
    *frame = (struct net_frame){0};
}

enum err net_send(struct net *net, uint64_t peer, const void *bytes, size_t length)
{
    uint8_t id[KEY_MAX];
    size_t n = peer & 0xff;
    for (size_t i = 0; i < n && i < KEY_MAX; i++)
        id[i] = (uint8_t)(peer >> (8 * (i + 1)));
    if (zmq_send(net->router, id, n, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0)
        return zmq_errno() == EAGAIN ? ERR_BUSY : ERR_NOT_FOUND;
    return zmq_send(net->router, bytes, length, ZMQ_DONTWAIT) < 0 ? ERR_BUSY : OK;
}
