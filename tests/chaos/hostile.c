/* hostile PORT SECONDS [ACCESS]: one process that means harm to a coordinator on 127.0.0.1.
 *
 * Without ACCESS it is a stranger, on many raw connections at once: HTTP, ZMTP with the NULL
 * mechanism, CURVE greetings with a frame of 8 EiB, with a HELLO that no key fits (which costs the
 * coordinator a decryption), greetings a byte at a time, silence, connections closed at once. With
 * ACCESS it has a key: rubbish, messages out of place, greetings, frames over the limit, results of
 * other people's tiles, and it goes on after it was refused. Prints what it did. */
#include "proto/access.h"
#include "proto/msg.h"
#include "tests/lib/rng.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

enum { N_CONNECTIONS = 200, GREETING = 64, HELLO = 202, OVERSIZE = (5 << 20), TURN_MS = 5 };

enum trick { HTTP, NULL_MECHANISM, GIANT, BAD_HELLO, DRIP, SILENT, CLOSE, N_TRICKS };
struct connection {
    int fd;
    enum trick trick;
    uint8_t bytes[512];
    size_t n, sent;
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    stop = number;
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- a stranger ---- */

static void greet(struct connection *c, const char *mechanism)
{
    memset(c->bytes, 0, GREETING);
    c->bytes[0] = 0xff;
    c->bytes[9] = 0x7f;
    c->bytes[10] = 3;
    memcpy(c->bytes + 12, mechanism, strlen(mechanism));
    c->n = GREETING;
}

static void prepare(struct connection *c, struct rng *rng)
{
    static const char REQUEST[] = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
    static const uint8_t GIANT_FRAME[] = {0x06, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    c->sent = c->n = 0;
    switch (c->trick) {
    case HTTP:
        memcpy(c->bytes, REQUEST, c->n = sizeof REQUEST - 1);
        break;
    case NULL_MECHANISM:
        greet(c, "NULL");
        break;
    case GIANT:
        greet(c, "CURVE");
        memcpy(c->bytes + GREETING, GIANT_FRAME, sizeof GIANT_FRAME);
        c->n += sizeof GIANT_FRAME;
        break;
    case BAD_HELLO:
        greet(c, "CURVE");
        for (unsigned i = 0; i < HELLO; i++)
            c->bytes[GREETING + i] = (uint8_t)rng_next(rng);
        memcpy(c->bytes + GREETING, "\x04\xc8\x05HELLO\x01\x00", 10);
        c->n += HELLO;
        break;
    case DRIP:
        greet(c, "CURVE");
        break;
    default:
        break;
    }
}

static void open_one(struct connection *c, uint16_t port, struct rng *rng, uint64_t *n_opened)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0)
        return;
    if (connect(c->fd, (struct sockaddr *)&to, sizeof to) != 0 && errno != EINPROGRESS) {
        close(c->fd);
        c->fd = -1;
        return;
    }
    ++*n_opened;
    c->trick = (enum trick)(rng_next(rng) % N_TRICKS);
    prepare(c, rng);
}

/* Some more of what it has to say; false: the connection is over. */
static bool go_on(struct connection *c)
{
    uint8_t answer[4096];
    size_t n = c->n - c->sent;
    if (c->trick == DRIP && n > 1)
        n = 1;
    if (n > 0) {
        ssize_t sent = send(c->fd, c->bytes + c->sent, n, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != ENOTCONN)
            return false;
        c->sent += sent > 0 ? (size_t)sent : 0;
    }
    ssize_t got = recv(c->fd, answer, sizeof answer, 0);
    return got > 0 || (got < 0 && errno == EAGAIN);
}

static void be_a_stranger(uint16_t port, double until_s, struct rng *rng)
{
    static struct connection connections[N_CONNECTIONS];
    uint64_t n_opened = 0, n_closed = 0;
    for (unsigned i = 0; i < N_CONNECTIONS; i++)
        connections[i].fd = -1;
    while (!stop && now_s() < until_s) {
        for (unsigned i = 0; i < N_CONNECTIONS; i++) {
            struct connection *c = &connections[i];
            if (c->fd < 0) {
                open_one(c, port, rng, &n_opened);
            } else if (!go_on(c) || c->trick == CLOSE) {
                close(c->fd);
                c->fd = -1;
                n_closed++;
            }
        }
        poll(NULL, 0, TURN_MS);
    }
    printf("hostile.connections\t%llu\tconnections\nhostile.closed_by_the_other_side\t%"
           "llu\tconnections\n",
           (unsigned long long)n_opened, (unsigned long long)n_closed);
}

/* ---- a member with a key ---- */

static void *join(void *context, const struct access *access, const char *endpoint)
{
    const int zero = 0, queue = 8;
    void *s = zmq_socket(context, ZMQ_DEALER);
    if (!s || zmq_setsockopt(s, ZMQ_CURVE_SERVERKEY, access->coordinator, sizeof(access_key)) ||
        zmq_setsockopt(s, ZMQ_CURVE_PUBLICKEY, access->own.public_key, sizeof(access_key)) ||
        zmq_setsockopt(s, ZMQ_CURVE_SECRETKEY, access->own.secret_key, sizeof(access_key)) ||
        zmq_setsockopt(s, ZMQ_LINGER, &zero, sizeof zero) ||
        zmq_setsockopt(s, ZMQ_SNDHWM, &queue, sizeof queue) || zmq_connect(s, endpoint)) {
        fprintf(stderr, "hostile: %s\n", zmq_strerror(zmq_errno()));
        exit(3);
    }
    return s;
}

static void make_frame(struct codec_writer *w, struct rng *rng)
{
    static uint8_t rubbish[4096];
    for (unsigned i = 0; i < sizeof rubbish; i++)
        rubbish[i] = (uint8_t)rng_next(rng);
    w->length = 0;
    switch (rng_next(rng) % 5) {
    case 0:
        codec_bytes(w, rubbish, rng_next(rng) % sizeof rubbish);
        break;
    case 1:
        msg_pack_hello(w, &(struct msg_hello){.magic = MSG_MAGIC,
                                              .version = MSG_VERSION,
                                              .engine_id = msg_text("another"),
                                              .name = msg_text("local-1"),
                                              .pid = rng_next(rng)});
        break;
    case 2:
        msg_pack_ack(w, &(struct msg_ack){.run = rng_next(rng)});
        break;
    case 3:
        msg_pack_result(w, &(struct msg_result){.run = rng_next(rng),
                                                .tile = rng_next(rng) % 100,
                                                .n_cells = 64,
                                                .epoch = 1,
                                                .cells = {rubbish, sizeof rubbish}});
        break;
    default:
        msg_pack_beat(w, &(struct msg_beat){.run = rng_next(rng)});
        break;
    }
}

static void be_a_member(const struct access *access, const char *endpoint, double until_s,
                        struct rng *rng)
{
    void *context = zmq_ctx_new();
    void *s = join(context, access, endpoint);
    struct codec_writer w = {0};
    uint8_t *big = calloc(1, OVERSIZE);
    uint64_t n_sent = 0, n_bytes = 0;
    while (big && !stop && now_s() < until_s) {
        make_frame(&w, rng);
        int sent = rng_next(rng) % 1000 == 0 ? zmq_send(s, big, OVERSIZE, ZMQ_DONTWAIT)
                                             : zmq_send(s, w.bytes, w.length, ZMQ_DONTWAIT);
        if (sent < 0)
            poll(NULL, 0, 1);
        n_sent += sent >= 0;
        n_bytes += sent > 0 ? (uint64_t)sent : 0;
        while (zmq_recv(s, NULL, 0, ZMQ_DONTWAIT) >= 0)
            ;
    }
    printf("hostile.frames\t%llu\tframes\nhostile.bytes\t%llu\tbytes\n", (unsigned long long)n_sent,
           (unsigned long long)n_bytes);
    free(big);
    free(w.bytes);
    zmq_close(s);
    zmq_ctx_term(context);
}

int main(int argc, char **argv)
{
    struct rng rng = {20261128};
    struct access access;
    struct err_note note;
    char endpoint[40];
    if (argc < 3) {
        fprintf(stderr, "usage: hostile PORT SECONDS [ACCESS]\n");
        return 2;
    }
    signal(SIGTERM, on_signal);
    double until_s = now_s() + atof(argv[2]);
    if (argc == 3) {
        be_a_stranger((uint16_t)atoi(argv[1]), until_s, &rng);
        return 0;
    }
    if (access_load(&access, argv[3], &note)) {
        fprintf(stderr, "hostile: %s\n", note.text);
        return 3;
    }
    snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%.5s", argv[1]);
    be_a_member(&access, endpoint, until_s, &rng);
    return 0;
}
