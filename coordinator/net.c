#include "coordinator/net.h"
#include "proto/msg.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <zmq.h>

/* Queues are a peer's: acks, leases and pings go out; of what it sends, at most RECEIVE_QUEUE
 * frames of 4 MiB wait in memory, and then its connection is not read. */
enum {
    SEND_QUEUE = 1000,
    RECEIVE_QUEUE = 16,
    HEARTBEAT_MS = 1000,
    HEARTBEAT_TIMEOUT_MS = 1900, /* and TCP_MAXRT: see worker/link.c */
    IO_THREADS = 2,              /* the second for what is large and may wait: images */
    HANDSHAKE_MS = 5000,         /* a connection that has not shown its key by then is closed */
    REPORT_MS = 1000,            /* refusals of a second are one event */
    ID_BYTES = 5,                /* a routing id of libzmq's own */
    FILES_MAX = 16384            /* descriptors: peers, and connections on their way to be closed */
};

struct net {
    void *context, *router;
    struct zap *zap; /* NULL: no keys */
    struct door *door;
    struct monitor *monitor;
    char endpoint[300];
    struct net_stats stats; /* of frames */
    struct net_stats told;  /* when events were made of them last */
    int64_t report_ms;
    struct events events;
    struct codec_writer instead, refusal; /* a frame of the door's own making */
};

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

/* Bits: which I/O threads of the context may serve it. */
static bool set_affinity(void *socket, uint64_t threads)
{
    return zmq_setsockopt(socket, ZMQ_AFFINITY, &threads, sizeof threads) == 0;
}

enum err net_open(struct net **out, const char *endpoint, struct err_note *note)
{
    const int64_t max_message = MSG_BYTES_MAX + MSG_CURVE_BYTES;
    struct net *net = calloc(1, sizeof *net);
    if (!net)
        return ERR_NOMEM;
    const struct door_options door = {.limits = DOOR_LIMITS};
    if (door_new(&net->door, &door)) {
        free(net);
        return ERR_NOMEM;
    }
    net->context = zmq_ctx_new();
    if (net->context)
        zmq_ctx_set(net->context, ZMQ_IO_THREADS, IO_THREADS);
    net->router = net->context ? zmq_socket(net->context, ZMQ_ROUTER) : NULL;
    if (net->router && set(net->router, ZMQ_ROUTER_MANDATORY, 1) && set_affinity(net->router, 1) &&
        set(net->router, ZMQ_LINGER, 0) && set(net->router, ZMQ_SNDHWM, SEND_QUEUE) &&
        set(net->router, ZMQ_RCVHWM, RECEIVE_QUEUE) &&
        set(net->router, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS) &&
        set(net->router, ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS) &&
        set(net->router, ZMQ_TCP_MAXRT, HEARTBEAT_TIMEOUT_MS) &&
        set(net->router, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS) &&
        zmq_setsockopt(net->router, ZMQ_MAXMSGSIZE, &max_message, sizeof max_message) == 0 &&
        monitor_start(&net->monitor, net->context, net->router, note) == OK &&
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
    monitor_end(&net->monitor);
    if (net->router)
        zmq_close(net->router);
    if (net->context)
        zmq_ctx_shutdown(net->context);
    zap_end(&net->zap);
    if (net->context)
        zmq_ctx_term(net->context);
    door_free(&net->door);
    free(net->instead.bytes);
    free(net->refusal.bytes);
    free(net);
    *net_p = NULL;
}

/* Options are taken when an endpoint is bound: the ipc socket before it stays as it is. */
static enum err set_curve(void *socket, const struct access_keys *keys, struct err_note *note)
{
    if (set(socket, ZMQ_CURVE_SERVER, 1) &&
        zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, keys->secret_key, sizeof keys->secret_key) ==
            0 &&
        zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, ZAP_DOMAIN, strlen(ZAP_DOMAIN)) == 0)
        return OK;
    return err_set(note, ERR_NET, "cannot set up CURVE: %s", zmq_strerror(zmq_errno()));
}

static enum err ask_for_keys(struct net *net, const char *folder, const struct access_keys *keys,
                             struct err_note *note)
{
    enum err err = zap_start(&net->zap, net->context, folder, note);
    return err ? err : set_curve(net->router, keys, note);
}

/* The keys are read again rather than kept. */
enum err net_ask_for_keys(struct net *net, void *socket, const struct listen_options *how,
                          struct err_note *note)
{
    struct access_keys keys;
    enum listen_mode mode;
    char *folder = NULL;
    if (!set_affinity(socket, 2))
        return err_set(note, ERR_NET, "cannot choose an I/O thread");
    if (!net->zap)
        return OK;
    enum err err = listen_prepare(how, &mode, &folder, &keys, note);
    if (err)
        return err;
    if (mode == LISTEN_CURVE)
        err = set_curve(socket, &keys, note);
    else /* somebody took the keys away meanwhile */
        err = err_set(note, ERR_NET, "the coordinator's keys are gone");
    access_wipe(&keys, sizeof keys);
    free(folder);
    return err;
}

void *net_context(struct net *net)
{
    return net->context;
}

bool net_admits(struct net *net, void *message)
{
    const char *key = net->zap ? zmq_msg_gets(message, ZAP_KEY_PROPERTY) : NULL;
    return !net->zap || (key && zap_check(net->zap, key) == ZAP_ADMITTED);
}

static enum zap_verdict check_key(void *ctx, const char *key)
{
    return zap_check(ctx, key);
}

/* The door was made for local workers, who need none. */
static enum err guard(struct net *net)
{
    const struct door_options options = {
        .limits = DOOR_LIMITS, .check = net->zap ? check_key : NULL, .ctx = net->zap};
    door_free(&net->door);
    return door_new(&net->door, &options);
}

/* The usual 1,024 are used up by a few hundred connections that never show a key. */
static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= FILES_MAX)
        return;
    limit.rlim_cur = limit.rlim_max < FILES_MAX ? limit.rlim_max : FILES_MAX;
    setrlimit(RLIMIT_NOFILE, &limit);
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
    if (!err)
        err = guard(net);
    if (err)
        return err;
    raise_file_limit();
    set(net->router, ZMQ_IPV6, strchr(how->endpoint, '[') != NULL);
    if (zmq_bind(net->router, how->endpoint) != 0 ||
        zmq_getsockopt(net->router, ZMQ_LAST_ENDPOINT, net->endpoint, &size) != 0)
        return err_set(note, ERR_NET, "cannot listen on %s: %s%s", how->endpoint,
                       zmq_strerror(zmq_errno()),
                       zmq_errno() == ENODEV
                           ? " (an address of this machine, an interface or 0.0.0.0 is expected)"
                           : "");
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

/* ---- what happened ---- */

void net_stats(const struct net *net, struct net_stats *out)
{
    *out = net->stats;
    out->connections = monitor_stats(net->monitor);
    out->door = door_stats(net->door);
    if (net->zap)
        zap_stats(net->zap, &out->keys);
}

struct events *net_events(struct net *net)
{
    return &net->events;
}

void net_wait(struct net *net, long timeout_ms)
{
    zmq_pollitem_t item = {net->router, 0, ZMQ_POLLIN, 0};
    zmq_poll(&item, 1, timeout_ms);
    monitor_read(net->monitor);
    if (!net->endpoint[0] || now_ms() - net->report_ms < REPORT_MS)
        return;
    struct net_stats now;
    net_stats(net, &now);
    net_report(&net->events, &net->told, &now);
    net->told = now;
    net->report_ms = now_ms();
}

/* ---- frames ---- */

/* libzmq names a peer by a zero and a 4-byte number that it does not use again. A peer that names
 * itself could take a name that was another's. */
static bool key_of(const void *id, size_t length, uint64_t *key)
{
    const uint8_t *bytes = id;
    if (length != ID_BYTES || bytes[0] != 0)
        return false;
    *key = ID_BYTES;
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

static const char *property(zmq_msg_t *body, const char *name)
{
    const char *value = zmq_msg_gets(body, name);
    return value ? value : "";
}

/* libzmq writes "localhost:UID:GID:PID" for a peer on ipc, an IP address for one on TCP. */
static bool is_remote(zmq_msg_t *body)
{
    static const char LOCAL[] = "localhost:";
    return strncmp(property(body, "Peer-Address"), LOCAL, strlen(LOCAL)) != 0;
}

static enum err replace(struct net_frame *frame, const struct codec_writer *bytes)
{
    zmq_msg_t other;
    if (bytes->failed || zmq_msg_init_size(&other, bytes->length) != 0)
        return ERR_NOMEM;
    memcpy(zmq_msg_data(&other), bytes->bytes, bytes->length);
    zmq_msg_move(frame->message, &other);
    zmq_msg_close(&other);
    frame->bytes = zmq_msg_data(frame->message);
    frame->length = zmq_msg_size(frame->message);
    return OK;
}

static void tell_cut(struct net *net, const struct net_frame *frame)
{
    enum door_reason reason = door_stats(net->door).last;
    struct event *event = events_add(&net->events, EVENT_PEER_CUT, frame->user);
    snprintf(event->text, sizeof event->text, "%s (from %s)", door_reason_text(reason),
             property(frame->message, "Peer-Address"));
    net->refusal.length = 0;
    door_refusal(net->door, &net->refusal);
    if (!net->refusal.failed)
        net_send(net, frame->peer, net->refusal.bytes, net->refusal.length);
}

/* The body is whole: what the door says of it. */
static enum err pass(struct net *net, struct net_frame *frame, struct net_frame *out, bool *dropped)
{
    const struct door_frame facts = {.peer = frame->peer,
                                     .remote = is_remote(frame->message),
                                     .user = property(frame->message, "User-Id"),
                                     .key = property(frame->message, ZAP_KEY_PROPERTY),
                                     .generation = net->zap ? zap_generation(net->zap) : 0,
                                     .bytes = zmq_msg_data(frame->message),
                                     .length = zmq_msg_size(frame->message)};
    enum err err = OK;
    snprintf(frame->user, sizeof frame->user, "%s", facts.user);
    frame->bytes = facts.bytes;
    frame->length = facts.length;
    net->stats.frames_in++;
    net->stats.bytes_in += frame->length;
    net->instead.length = 0;
    switch (door_frame(net->door, now_ms(), &facts, &net->instead)) {
    case DOOR_PASS:
        break;
    case DOOR_CUT:
        tell_cut(net, frame);
        err = replace(frame, &net->instead);
        break;
    case DOOR_PASS_INSTEAD:
        err = replace(frame, &net->instead);
        break;
    case DOOR_DROP:
        *dropped = true;
        break;
    }
    if (err || *dropped)
        net_frame_end(frame);
    else
        *out = *frame;
    return err;
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
        net->stats.strange++;
        net_frame_end(&frame);
        *dropped = true;
        return OK;
    }
    return pass(net, &frame, out, dropped);
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
    uint8_t id[ID_BYTES];
    assert(length <= MSG_BYTES_MAX); /* the other socket would close the connection over it */
    for (size_t i = 0; i < ID_BYTES; i++)
        id[i] = (uint8_t)(peer >> (8 * (i + 1)));
    net->stats.dropped_out++; /* unless both parts go */
    if (zmq_send(net->router, id, ID_BYTES, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0)
        return zmq_errno() == EAGAIN ? ERR_BUSY : ERR_NOT_FOUND;
    if (zmq_send(net->router, bytes, length, ZMQ_DONTWAIT) < 0)
        return ERR_BUSY;
    net->stats.dropped_out--;
    net->stats.frames_out++;
    net->stats.bytes_out += length;
    return OK;
}
