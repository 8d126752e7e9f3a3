/* refusals COORDINATOR_ENDPOINT: what an old worker hears of this coordinator: greets as another
 * version and as another engine, prints the answers.
 * refusals --serve ENDPOINT version|engine: what a worker hears of an old coordinator: answers one
 * greeting by a REFUSE of another version, or of another engine, and leaves. */
#include "proto/msg.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum { WAIT_MS = 10000, OTHER_VERSION = 77 };

static void *open_socket(void *context, int type)
{
    const int wait_ms = WAIT_MS;
    void *s = zmq_socket(context, type);
    if (!s || zmq_setsockopt(s, ZMQ_RCVTIMEO, &wait_ms, sizeof wait_ms) ||
        zmq_setsockopt(s, ZMQ_LINGER, &wait_ms, sizeof wait_ms))
        exit(3);
    return s;
}

static void put_u32(struct codec_writer *w, uint32_t at, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        w->bytes[at + i] = (uint8_t)(v >> (8 * i));
}

static int greet(void *context, const char *endpoint, const char *engine, uint32_t version)
{
    uint8_t answer[2000];
    struct codec_writer w = {0};
    struct msg m;
    struct err_note note = {""};
    void *s = open_socket(context, ZMQ_DEALER);
    msg_pack_hello(&w, &(struct msg_hello){.magic = MSG_MAGIC,
                                           .version = version,
                                           .engine_id = msg_text(engine),
                                           .name = msg_text("old"),
                                           .slots = 1,
                                           .pid = 1});
    int n = zmq_connect(s, endpoint) == 0 && zmq_send(s, w.bytes, w.length, 0) >= 0
                ? zmq_recv(s, answer, sizeof answer, 0)
                : -1;
    free(w.bytes);
    zmq_close(s);
    if (n < 0 || msg_unpack(&m, answer, (size_t)n, &note) || m.id != MSG_REFUSE) {
        fprintf(stderr, "refusals: no REFUSE but %s\n",
                n < 0          ? "silence"
                : note.text[0] ? note.text
                               : msg_name(m.id));
        return 1;
    }
    printf("%.*s\n", (int)m.as.refuse.reason.length, m.as.refuse.reason.bytes);
    return 0;
}

static int serve(void *context, const char *endpoint, const char *what)
{
    uint8_t id[64], greeting[2000];
    struct codec_writer w = {0};
    void *s = open_socket(context, ZMQ_ROUTER);
    if (zmq_bind(s, endpoint))
        return 3;
    int n_id = zmq_recv(s, id, sizeof id, 0);
    if (n_id < 0 || zmq_recv(s, greeting, sizeof greeting, 0) < 0)
        return 1;
    msg_pack_refuse(&w, &(struct msg_refuse){.magic = MSG_MAGIC,
                                             .version = MSG_VERSION,
                                             .engine_id = msg_text("other"),
                                             .reason = msg_text("engine other here")});
    if (strcmp(what, "version") == 0)
        put_u32(&w, 5, OTHER_VERSION); /* after the id and the magic */
    zmq_send(s, id, (size_t)n_id, ZMQ_SNDMORE);
    zmq_send(s, w.bytes, w.length, 0);
    free(w.bytes);
    zmq_close(s);
    zmq_ctx_term(context);
    return 0;
}

int main(int argc, char **argv)
{
    void *context = zmq_ctx_new();
    if (argc == 4 && strcmp(argv[1], "--serve") == 0)
        return serve(context, argv[2], argv[3]);
    if (argc != 2)
        return 2;
    int failed = greet(context, argv[1], "another-engine", MSG_VERSION);
    failed |= greet(context, argv[1], "another-engine", OTHER_VERSION);
    zmq_ctx_term(context);
    return failed;
}
