#include "coordinator/image_server.h"
#include "coordinator/rate_cap.h"
#include "worker/image_pieces.h"
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

/* SEND_QUEUE: answers that wait for one peer, beyond what an honest one asks for at once: pointers,
 * not bytes. ASK_QUEUE: questions of one peer. */
enum {
    SEND_QUEUE = 64,
    ASK_QUEUE = 64,
    HEARTBEAT_MS = 1000,
    HEARTBEAT_TIMEOUT_MS = 2900, /* and TCP_MAXRT: see worker/link.c */
    HANDSHAKE_MS = 5000,
    ENDPOINT_MAX = 300,
    QUESTION_MAX = 512, /* bytes: the largest is the greeting of CURVE */
    MS_NS = 1000000,
    PEER_MAX = 255
};

struct served {
    struct market_image image;
    image_piece_hash *list;
    image_piece_hash list_hash;
    uint32_t adds;    /* under the mutex */
    atomic_uint uses; /* 1 while it is served, 1 for every message that points into it */
};

struct image_server {
    pthread_t thread;
    struct net *net;
    void *context, *router; /* context: the net's, or an own one */
    int stop_fd;
    uint16_t port;
    struct rate_cap cap; /* of the thread alone */
    pthread_mutex_t mutex;
    struct served *served[IMAGE_SERVER_IMAGES_MAX];
    uint32_t n;
    struct image_server_stats stats;
};

struct answer {
    struct image_head head;
    const void *body;
    size_t length;
    struct served *owner; /* NULL: no body */
};

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* ---- images ---- */

static void release(struct served *s)
{
    if (atomic_fetch_sub(&s->uses, 1) != 1)
        return;
    market_image_free(&s->image);
    free(s->list);
    free(s);
}

/* libzmq has sent or dropped a message, in a thread of its own. */
static void sent(void *data, void *hint)
{
    (void)data;
    release(hint);
}

static struct served **find(struct image_server *server, const uint8_t *hash)
{
    for (uint32_t i = 0; i < server->n; i++)
        if (memcmp(server->served[i]->image.hash, hash, IMAGE_HASH_BYTES) == 0)
            return &server->served[i];
    return NULL;
}

static enum err served_new(struct served **out, struct market_image *image, struct err_note *note)
{
    struct served *s = calloc(1, sizeof *s);
    if (!s)
        return ERR_NOMEM;
    enum err err = image_list_of(image->bytes, image->length, &s->list);
    if (err) {
        free(s);
        return err_set(note, err, "an image of %zu bytes cannot be sent to workers: %s",
                       image->length, err_text(err));
    }
    image_list_hash_of(image->length, s->list[0], s->list_hash);
    s->image = *image;
    s->adds = 1;
    atomic_init(&s->uses, 1);
    *out = s;
    return OK;
}

enum err image_server_add(struct image_server *server, struct market_image *image,
                          uint8_t list_hash[IMAGE_TALK_HASH_BYTES], struct err_note *note)
{
    struct served *fresh = NULL, **there;
    enum err err = OK;
    pthread_mutex_lock(&server->mutex);
    there = find(server, image->hash);
    if (there) {
        (*there)->adds++;
        memcpy(list_hash, (*there)->list_hash, IMAGE_TALK_HASH_BYTES);
    } else if (server->n == IMAGE_SERVER_IMAGES_MAX) {
        err = err_set(note, ERR_OVERFLOW, "more than %d images are served at once",
                      IMAGE_SERVER_IMAGES_MAX);
    } else {
        err = served_new(&fresh, image, note);
    }
    if (fresh) {
        server->served[server->n++] = fresh;
        memcpy(list_hash, fresh->list_hash, IMAGE_TALK_HASH_BYTES);
        *image = (struct market_image){0};
    }
    pthread_mutex_unlock(&server->mutex);
    if (!fresh)
        market_image_free(image);
    return err;
}

enum err image_server_add_cached(struct image_server *server, const char *cache_dir,
                                 const uint8_t hash[IMAGE_HASH_BYTES],
                                 uint8_t list_hash[IMAGE_TALK_HASH_BYTES], struct err_note *note)
{
    struct market_image image;
    enum err err = market_open_hash(cache_dir, hash, &image, note);
    return err ? err : image_server_add(server, &image, list_hash, note);
}

void image_server_remove(struct image_server *server, const uint8_t hash[IMAGE_HASH_BYTES])
{
    pthread_mutex_lock(&server->mutex);
    struct served **there = find(server, hash), *gone = NULL;
    if (there && --(*there)->adds == 0) {
        gone = *there;
        *there = server->served[--server->n];
    }
    pthread_mutex_unlock(&server->mutex);
    if (gone)
        release(gone);
}

/* ---- questions ---- */

static void answer_from(struct served *s, const struct image_head *ask, struct answer *out)
{
    uint64_t length = s->image.length;
    out->head = (struct image_head){.piece = ask->piece, .length = length};
    if (ask->id == IMAGE_LIST_ASK) {
        out->head.id = IMAGE_LIST;
        out->length = (size_t)image_list_count(length, ask->piece) * IMAGE_TALK_HASH_BYTES;
        out->body = s->list + ask->piece;
    } else {
        out->head.id = IMAGE_PIECE;
        out->length = image_piece_bytes(length, ask->piece);
        out->body = (const uint8_t *)s->image.bytes + (size_t)ask->piece * IMAGE_PIECE_BYTES;
    }
    out->owner = s;
    atomic_fetch_add(&s->uses, 1);
}

/* False: not a question, nothing to say. */
static bool answer(struct image_server *server, const void *bytes, size_t length,
                   struct answer *out)
{
    struct image_head ask;
    bool is_ask = image_head_unpack(&ask, bytes, length) == OK &&
                  (ask.id == IMAGE_LIST_ASK || ask.id == IMAGE_PIECE_ASK);
    *out = (struct answer){.head = {.id = IMAGE_NONE}};
    pthread_mutex_lock(&server->mutex);
    struct served **there = is_ask ? find(server, ask.hash) : NULL;
    if (there && ask.piece < image_n_pieces((*there)->image.length))
        answer_from(*there, &ask, out);
    server->stats.unfit += !is_ask;
    server->stats.refused += is_ask && !out->owner;
    pthread_mutex_unlock(&server->mutex);
    if (is_ask)
        memcpy(out->head.hash, ask.hash, sizeof out->head.hash);
    return is_ask;
}

/* A peer that is gone, or does not read what it asked for, gets nothing and costs nothing. */
static void send_answer(struct image_server *server, const uint8_t *peer, size_t peer_length,
                        struct answer *a)
{
    uint8_t head[IMAGE_HEAD_BYTES];
    zmq_msg_t body;
    int more = a->owner ? ZMQ_SNDMORE : 0;
    image_head_pack(head, &a->head);
    if (zmq_send(server->router, peer, peer_length, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0 ||
        zmq_send(server->router, head, sizeof head, more | ZMQ_DONTWAIT) < 0) {
        if (a->owner)
            release(a->owner);
        return;
    }
    if (!a->owner)
        return;
    /* Without memory for its small header the message goes out empty, and is asked for again. */
    if (zmq_msg_init_data(&body, (void *)a->body, a->length, sent, a->owner) != 0) {
        release(a->owner);
        zmq_msg_init(&body);
    }
    size_t length = zmq_msg_size(&body);
    if (zmq_msg_send(&body, server->router, ZMQ_DONTWAIT) < 0) {
        zmq_msg_close(&body);
        return;
    }
    rate_cap_sent(&server->cap, now_ns(), length);
    pthread_mutex_lock(&server->mutex);
    server->stats.bytes += length;
    server->stats.pieces += a->head.id == IMAGE_PIECE;
    pthread_mutex_unlock(&server->mutex);
}

/* [peer][question]: parts of any other message are read away. */
static bool receive(struct image_server *server, uint8_t peer[PEER_MAX], size_t *peer_length,
                    uint8_t ask[IMAGE_HEAD_BYTES], size_t *length)
{
    zmq_msg_t part;
    bool more = true;
    unsigned n = 0;
    while (more) {
        zmq_msg_init(&part);
        if (zmq_msg_recv(&part, server->router, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(&part);
            return false;
        }
        size_t bytes = zmq_msg_size(&part);
        if (n == 0 && bytes <= PEER_MAX)
            memcpy(peer, zmq_msg_data(&part), *peer_length = bytes);
        else if (n == 1 && bytes == IMAGE_HEAD_BYTES &&
                 (!server->net || net_admits(server->net, &part)))
            memcpy(ask, zmq_msg_data(&part), *length = bytes);
        else if (n == 1)
            *length = 0;
        more = zmq_msg_more(&part) != 0;
        zmq_msg_close(&part);
        n++;
    }
    if (n != 2)
        *length = 0;
    return true;
}

static void *server_main(void *ctx)
{
    struct image_server *server = ctx;
    uint8_t peer[PEER_MAX], ask[IMAGE_HEAD_BYTES];
    size_t peer_length = 0, length = 0;
    for (;;) {
        zmq_pollitem_t items[2] = {{NULL, server->stop_fd, ZMQ_POLLIN, 0},
                                   {server->router, 0, ZMQ_POLLIN, 0}};
        int64_t wait_ns = rate_cap_wait_ns(&server->cap, now_ns());
        /* Questions are left where they are until the cap allows an answer. */
        zmq_poll(items, wait_ns ? 1 : 2, wait_ns ? (long)(wait_ns / MS_NS + 1) : -1);
        if (items[0].revents)
            return NULL;
        struct answer a;
        if (!wait_ns && items[1].revents && receive(server, peer, &peer_length, ask, &length) &&
            answer(server, ask, length, &a))
            send_answer(server, peer, peer_length, &a);
    }
}

/* ---- life ---- */

static bool set(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static enum err open_socket(struct image_server *server, const struct image_server_options *options,
                            struct err_note *note)
{
    const int64_t max_message = QUESTION_MAX;
    char bound[ENDPOINT_MAX] = "";
    size_t room = sizeof bound;
    server->net = options->net;
    server->context = options->net ? net_context(options->net) : zmq_ctx_new();
    void *router = server->context ? zmq_socket(server->context, ZMQ_ROUTER) : NULL;
    server->router = router;
    if (router && options->net) {
        enum err err = net_ask_for_keys(options->net, router, options->listen, note);
        if (err)
            return err;
    }
    if (router && set(router, ZMQ_ROUTER_MANDATORY, 1) && set(router, ZMQ_LINGER, 0) &&
        set(router, ZMQ_SNDHWM, SEND_QUEUE) && set(router, ZMQ_RCVHWM, ASK_QUEUE) &&
        set(router, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS) &&
        set(router, ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS) &&
        set(router, ZMQ_TCP_MAXRT, HEARTBEAT_TIMEOUT_MS) &&
        set(router, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS) &&
        zmq_setsockopt(router, ZMQ_MAXMSGSIZE, &max_message, sizeof max_message) == 0 &&
        set(router, ZMQ_IPV6, strchr(options->endpoint, '[') != NULL) &&
        zmq_bind(router, options->endpoint) == 0 &&
        zmq_getsockopt(router, ZMQ_LAST_ENDPOINT, bound, &room) == 0) {
        const char *colon = strrchr(bound, ':');
        server->port = colon ? (uint16_t)strtoul(colon + 1, NULL, 10) : 0;
        return OK;
    }
    return err_set(note, zmq_errno() == EADDRINUSE ? ERR_BUSY : ERR_NET,
                   "cannot serve market images on %s: %s", options->endpoint,
                   zmq_strerror(zmq_errno()));
}

enum err image_server_start(struct image_server **out, const struct image_server_options *options,
                            struct err_note *note)
{
    struct image_server *server = calloc(1, sizeof *server);
    if (!server)
        return ERR_NOMEM;
    server->cap.bytes_per_s = options->bytes_per_s;
    pthread_mutex_init(&server->mutex, NULL);
    server->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    enum err err = open_socket(server, options, note);
    if (!err) {
        int failed = server->stop_fd < 0
                         ? errno
                         : pthread_create(&server->thread, NULL, server_main, server);
        if (!failed) {
            *out = server;
            return OK;
        }
        err = err_set(note, ERR_IO, "cannot start the images' thread: %s", strerror(failed));
    }
    if (server->stop_fd >= 0)
        close(server->stop_fd);
    server->stop_fd = -1; /* no thread to stop */
    image_server_stop(&server);
    return err;
}

static unsigned long port_of(const char *endpoint)
{
    const char *colon = strrchr(endpoint, ':');
    return colon ? strtoul(colon + 1, NULL, 10) : 0;
}

/* 0: any free one. Where the net's own port was free to choose, this one is too. */
static unsigned long port_beside(const struct net *net, const struct listen_options *how)
{
    unsigned long port = port_of(net_endpoint(net)) + 1;
    if (how->image_port)
        return (unsigned long)how->image_port;
    return port_of(how->endpoint) == 0 || port > UINT16_MAX ? 0 : port;
}

static enum err start_beside(struct image_server **out, struct net *net, unsigned long port,
                             const struct listen_options *how, struct err_note *note)
{
    char endpoint[ENDPOINT_MAX], number[24] = "*";
    const char *at = net_endpoint(net), *colon = strrchr(at, ':');
    if (port)
        snprintf(number, sizeof number, "%lu", port);
    snprintf(endpoint, sizeof endpoint, "%.*s:%s", colon ? (int)(colon - at) : 0, at, number);
    return image_server_start(
        out,
        &(struct image_server_options){
            .endpoint = endpoint, .bytes_per_s = how->image_bytes_per_s, .net = net, .listen = how},
        note);
}

enum err image_server_beside(struct image_server **out, struct net *net,
                             const struct listen_options *how, uint16_t *taken,
                             struct err_note *note)
{
    *taken = 0;
    unsigned long port = port_beside(net, how);
    enum err err = start_beside(out, net, port, how, note);
    if (err == ERR_BUSY && port && !how->image_port) { /* workers are told the port (JOB) */
        *taken = (uint16_t)port;
        err = start_beside(out, net, 0, how, note);
    }
    if (err == ERR_BUSY && note) {
        struct err_note why = *note;
        err = err_set(note, ERR_NET, "%.900s; --image-port N chooses another port", why.text);
    }
    return err;
}

void image_server_stop(struct image_server **server_p)
{
    struct image_server *server = *server_p;
    if (!server)
        return;
    if (server->stop_fd >= 0) {
        if (eventfd_write(server->stop_fd, 1))
            abort(); /* a counter at 0 takes 1 */
        pthread_join(server->thread, NULL);
        close(server->stop_fd);
    }
    if (server->router)
        zmq_close(server->router);
    if (server->context && !server->net)
        zmq_ctx_term(server->context);
    /* What libzmq still holds is unmapped with the last message that points into it. */
    for (uint32_t i = 0; i < server->n; i++)
        release(server->served[i]);
    pthread_mutex_destroy(&server->mutex);
    free(server);
    *server_p = NULL;
}

uint16_t image_server_port(const struct image_server *server)
{
    return server->port;
}

struct image_server_stats image_server_stats(struct image_server *server)
{
    pthread_mutex_lock(&server->mutex);
    struct image_server_stats stats = server->stats;
    pthread_mutex_unlock(&server->mutex);
    return stats;
}
