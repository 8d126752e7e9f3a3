#include "worker/net.h"
#include "engine/plateau_engine.h"
#include "worker/engine_thread.h"
#include "worker/link.h"
#include "worker/session.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TICK_MS = 200, FRAMES_PER_TURN = 64 };

struct worker {
    struct link *link;
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

/* A full queue drops the frame: results are kept and handed in again, beats follow, and a HELLO is
 * asked for. */
static void flush(struct worker *w)
{
    const uint8_t *bytes;
    size_t length, n = session_outbox(w->session, 0, &bytes, &length);
    for (size_t i = 0; i < n; i++) {
        session_outbox(w->session, i, &bytes, &length);
        link_send(w->link, bytes, length);
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
    const void *bytes;
    size_t length;
    for (unsigned i = 0; i < FRAMES_PER_TURN && !w->stop; i++) {
        if (!link_receive(w->link, &bytes, &length))
            return;
        obey(w, session_frame_in(w->session, now_ms(), bytes, length));
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
        link_wait(w->link, engine_thread_fd(w->engine), TICK_MS);
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

/* A remote worker's only witness is its standard error. */
static void say(void *ctx, const char *line)
{
    fprintf(stderr, "plateau-worker %s: %s\n", (const char *)ctx, line);
}

static enum err open_link(struct worker *w, const struct worker_options *options,
                          struct err_note *note)
{
    struct access access;
    struct link_options how = {.endpoint = options->endpoint, .ctx = (void *)options->name};
    enum err err = options->access ? access_load(&access, options->access, note) : OK;
    if (err)
        return err;
    if (options->access) {
        how.access = &access;
        how.say = say;
    }
    err = link_open(&w->link, &how, note);
    access_wipe(&access, sizeof access);
    return err;
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
    enum err err = open_link(&w, options, note);
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
    link_close(&w.link);
    return err;
}
