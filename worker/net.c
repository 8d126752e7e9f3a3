#include "worker/net.h"
#include "engine/plateau_engine.h"
#include "proto/msg.h"
#include "worker/engine_thread.h"
#include "worker/session.h"
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

/* SEND_QUEUE: with results of a MiB each, what a cut line may pile up in libzmq beside what the
 * session keeps. */
enum {
    TICK_MS = 200,
    SEND_QUEUE = 16,
    LINGER_MS = 500,
    RECONNECT_MS = 50,
    RECONNECT_MAX_MS = 2000,
    HEARTBEAT_MS = 1000,
    HEARTBEAT_TIMEOUT_MS = 2900,
    FRAMES_PER_TURN = 64
};

struct worker {
    void *context, *socket;
    struct session *session;
    struct engine_thread *engine;
    uint8_t *job; /* waits until the engine's thread is free */
    size_t job_length;
    bool stop;
    enum err err;
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

static enum err connect_socket(struct worker *w, const char *endpoint, struct err_note *note)
{
    const int64_t max_message = MSG_BYTES_MAX;
    w->context = zmq_ctx_new();
    w->socket = w->context ? zmq_socket(w->context, ZMQ_DEALER) : NULL;
    if (w->socket && set(w->socket, ZMQ_LINGER, LINGER_MS) &&
        set(w->socket, ZMQ_SNDHWM, SEND_QUEUE) && set(w->socket, ZMQ_RECONNECT_IVL, RECONNECT_MS) &&
        set(w->socket, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS) &&
        set(w->socket, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS) &&
        set(w->socket, ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS) &&
        zmq_setsockopt(w->socket, ZMQ_MAXMSGSIZE, &max_message, sizeof max_message) == 0 &&
        zmq_connect(w->socket, endpoint) == 0)
        return OK;
    return err_set(note, ERR_NET, "cannot connect to %s: %s", endpoint, zmq_strerror(zmq_errno()));
}

/* A full queue drops the frame: results are kept and handed in again, beats follow, and a HELLO is
 * asked for. */
static void flush(struct worker *w)
{
    const uint8_t *bytes;
    size_t length, n = session_outbox(w->session, 0, &bytes, &length);
    for (size_t i = 0; i < n; i++) {
        session_outbox(w->session, i, &bytes, &length);
        zmq_send(w->socket, bytes, length, ZMQ_DONTWAIT);
    }
    session_clear_outbox(w->session);
}

static void fail(struct worker *w, enum err err, const char *reason)
{
    session_give_up(w->session, reason);
    w->stop = true;
    w->err = err;
}

static void obey(struct worker *w, enum session_verdict verdict)
{
    uint64_t run;
    const uint8_t *bytes;
    if (verdict == SESSION_STOP) {
        w->stop = true;
        w->err = session_end(w->session);
    } else if (verdict == SESSION_LOAD) {
        free(w->job);
        session_job(w->session, &run, &bytes, &w->job_length);
        w->job = malloc(w->job_length + 1);
        if (!w->job)
            fail(w, ERR_NOMEM, "out of memory");
        else
            memcpy(w->job, bytes, w->job_length);
    }
}

static void receive(struct worker *w)
{
    zmq_msg_t frame;
    for (unsigned i = 0; i < FRAMES_PER_TURN && !w->stop; i++) {
        zmq_msg_init(&frame);
        if (zmq_msg_recv(&frame, w->socket, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(&frame);
            return;
        }
        obey(w, session_frame_in(w->session, now_ms(), zmq_msg_data(&frame), zmq_msg_size(&frame)));
        zmq_msg_close(&frame);
    }
}

static void take_answer(struct worker *w)
{
    struct engine_answer answer;
    if (!engine_thread_answer(w->engine, &answer))
        return;
    if (answer.err) {
        free(answer.cells);
        fail(w, answer.err, answer.note.text[0] ? answer.note.text : err_text(answer.err));
    } else if (answer.loaded) {
        if (!w->job) /* else another job came meanwhile, and this one is of no use */
            session_loaded(w->session, now_ms());
    } else if (session_computed(w->session, now_ms(), &answer.lease, answer.compute_us,
                                answer.cells, answer.length)) {
        fail(w, ERR_NOMEM, "out of memory");
    }
}

static void give_work(struct worker *w)
{
    struct session_lease lease;
    if (engine_thread_is_busy(w->engine) || w->stop)
        return;
    if (w->job) {
        if (engine_thread_load(w->engine, w->job, w->job_length))
            fail(w, ERR_NOMEM, "out of memory");
        free(w->job);
        w->job = NULL;
    } else if (session_next_lease(w->session, now_ms(), &lease)) {
        engine_thread_compute(w->engine, &lease);
    }
}

static void loop(struct worker *w)
{
    int64_t ticked_ms = 0;
    while (!w->stop) {
        flush(w);
        zmq_pollitem_t items[2] = {{w->socket, 0, ZMQ_POLLIN, 0},
                                   {NULL, engine_thread_fd(w->engine), ZMQ_POLLIN, 0}};
        zmq_poll(items, 2, TICK_MS);
        receive(w);
        take_answer(w);
        if (!w->stop && now_ms() - ticked_ms >= TICK_MS) {
            ticked_ms = now_ms();
            obey(w, session_tick(w->session, ticked_ms));
        }
        give_work(w);
    }
    flush(w);
}

enum err worker_run(const struct worker_options *options, struct err_note *note)
{
    struct worker w = {0};
    const struct session_options session = {.engine_id = plateau_engine_id(),
                                            .name = options->name,
                                            .slots = 1,
                                            .credit = options->credit,
                                            .pid = (uint64_t)getpid(),
                                            .beat_ms = SESSION_BEAT_MS,
                                            .resend_ms = SESSION_RESEND_MS,
                                            .on_lost = options->on_lost,
                                            .wait_ms = options->wait_ms};
    enum err err = connect_socket(&w, options->endpoint, note);
    if (!err)
        err = engine_thread_new(&w.engine, options->cache_dir, options->cache_bytes, note);
    if (!err)
        err = session_new(&w.session, &session, now_ms());
    if (!err) {
        loop(&w);
        err = w.err;
        if (err)
            err_set(note, err, "%s", session_reason(w.session));
    }
    /* A tile in hand when the coordinator is gone is of no use to anybody: leave without waiting
     * for it. */
    if (w.engine && !engine_thread_is_busy(w.engine))
        engine_thread_free(&w.engine);
    session_free(&w.session);
    free(w.job);
    if (w.socket)
        zmq_close(w.socket);
    if (w.context)
        zmq_ctx_term(w.context);
    return err;
}
