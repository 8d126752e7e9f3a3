#include "worker/net.h"
#include "engine/plateau_engine.h"
#include "proto/byte_size.h"
#include "worker/engine_thread.h"
#include "worker/facts.h"
#include "worker/link.h"
#include "worker/session.h"
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { TICK_MS = 200, FRAMES_PER_TURN = 64 };

struct worker {
    struct link *link;
    struct session *session;
    struct engine_thread *engine;
    struct engine_job job; /* waits until the engine's thread is free; bytes NULL: none does */
    const char *name;
    struct life life;
    int64_t lost_ms; /* patience with a coordinator that was there */
    bool draining, recycle;
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

static struct image_source image_source(const struct worker *w)
{
    struct image_source source = {
        .reach_ms = IMAGE_FETCH_REACH_MS, .lost_ms = w->lost_ms, .stall_ms = IMAGE_FETCH_STALL_MS};
    uint16_t port;
    const uint8_t *list;
    session_image(w->session, &port, &list);
    if (port) {
        link_beside(w->link, port, source.endpoint, sizeof source.endpoint);
        memcpy(source.list_hash, list, sizeof source.list_hash);
    }
    return source;
}

static void keep_job(struct worker *w)
{
    uint64_t run;
    const uint8_t *bytes;
    free(w->job.bytes);
    session_job(w->session, &run, &bytes, &w->job.length);
    w->job.source = image_source(w);
    w->job.bytes = malloc(w->job.length + 1);
    if (!w->job.bytes)
        fail(w, ERR_NOMEM, "out of memory");
    else
        memcpy(w->job.bytes, bytes, w->job.length);
}

static void obey(struct worker *w, enum session_verdict verdict)
{
    if (verdict == SESSION_STOP) {
        w->stop = true;
        w->err = session_end(w->session);
    } else if (verdict == SESSION_LOAD) {
        keep_job(w);
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

static void tell_fetch(const struct worker *w, const struct image_fetch_stats *fetch)
{
    char taken[32], kept[32];
    if (!fetch->fetched)
        return;
    byte_size_text(taken, sizeof taken, fetch->taken_bytes);
    byte_size_text(kept, sizeof kept, fetch->kept_bytes);
    fprintf(stderr, "plateau-worker %s: fetched the market image: %s in %.1f s, %s were here\n",
            w->name, taken, (double)fetch->took_ms / 1000, kept);
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
        tell_fetch(w, &answer.fetch);
        if (!w->job.bytes) /* else another job came meanwhile, and this one is of no use */
            session_loaded(w->session, now_ms());
    } else {
        life_tile_ended(&w->life, now_ms(), w->life.limits.bytes ? life_own_bytes() : 0);
        if (session_computed(w->session, now_ms(), &answer.lease, answer.compute_us, answer.cells,
                             answer.length))
            fail(w, ERR_NOMEM, "out of memory");
    }
}

static void give_work(struct worker *w)
{
    struct session_lease lease;
    if (engine_thread_is_busy(w->engine) || w->stop)
        return;
    if (w->job.bytes) {
        engine_thread_load(w->engine, &w->job);
        w->job.bytes = NULL;
    } else if (session_next_lease(w->session, now_ms(), &lease)) {
        life_tile_begun(&w->life, now_ms());
        engine_thread_compute(w->engine, &lease);
    }
}

/* ---- when to leave ---- */

static volatile sig_atomic_t n_signals;

static void on_signal(int signal)
{
    (void)signal;
    n_signals = n_signals + 1;
}

/* Without SA_RESTART: a wait ends, and the loop looks. What its starter ignores stays ignored. */
static void watch_signals(void)
{
    static const int SIGNALS[] = {SIGTERM, SIGINT};
    struct sigaction action = {.sa_handler = on_signal}, now;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof SIGNALS / sizeof SIGNALS[0]; i++)
        if (sigaction(SIGNALS[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            sigaction(SIGNALS[i], &action, NULL);
}

static void leave_now(struct worker *w)
{
    session_give_up(w->session, "");
    w->stop = true;
}

static void look_at_life(struct worker *w)
{
    struct err_note line = {""};
    if (w->stop)
        return;
    if (engine_thread_is_busy(w->engine) && !w->life.computing)
        life_loading(&w->life, now_ms());
    enum life_verdict verdict = life_verdict_at(&w->life, now_ms(), &line);
    if (n_signals > 1 || verdict == LIFE_STOP) {
        leave_now(w);
        return;
    }
    if (n_signals)
        verdict = LIFE_LEAVE;
    if (verdict == LIFE_GO_ON || w->draining)
        return;
    w->draining = true;
    w->recycle = verdict == LIFE_RECYCLE;
    if (line.text[0])
        fprintf(stderr, "plateau-worker %s: %s\n", w->name, line.text);
    obey(w, session_drain(w->session));
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
        look_at_life(w);
        give_work(w);
    }
    flush(w);
}

/* A remote worker's only witness is its standard error. */
static void say(void *ctx, const char *line)
{
    fprintf(stderr, "plateau-worker %s: %s\n", (const char *)ctx, line);
}

/* The two that need the keys. */
static enum err open_all(struct worker *w, const struct worker_options *options,
                         struct err_note *note)
{
    struct access access;
    struct link_options link = {.endpoint = options->endpoint, .ctx = (void *)options->name};
    struct engine_thread_options engine = {.cache_dir = options->cache_dir,
                                           .cache_bytes = options->cache_bytes,
                                           .cache_limit = options->cache_limit,
                                           .share_planes = options->share_planes};
    enum err err = options->access ? access_load(&access, options->access, note) : OK;
    if (err)
        return err;
    if (options->access) {
        link.access = engine.access = &access;
        link.say = say;
    }
    err = link_open(&w->link, &link, note);
    if (!err)
        err = engine_thread_new(&w->engine, &engine, note);
    access_wipe(&access, sizeof access);
    return err;
}

/* Who is back after a cut is told from a namesake by it: in containers every worker may be process
 * 1, and sites name their workers alike. */
static uint64_t identity(const struct worker_options *options)
{
    uint32_t instance = 0;
    if (!options->child && getrandom(&instance, sizeof instance, 0) != (ssize_t)sizeof instance)
        instance = (uint32_t)now_ms();
    return (uint64_t)(instance >> 1) << 32 | (uint64_t)getpid(); /* the top bit is the door's */
}

enum err worker_run(const struct worker_options *options, bool *recycle, struct err_note *note)
{
    struct worker w = {.name = options->name,
                       .lost_ms = options->on_lost == SESSION_LOST_WAIT ? options->wait_ms
                                                                        : IMAGE_FETCH_REACH_MS};
    char facts[WORKER_FACTS_MAX];
    worker_facts(facts, sizeof facts);
    const struct session_options session = {.engine_id = plateau_engine_id(),
                                            .name = options->name,
                                            .facts = facts,
                                            .slots = 1,
                                            .credit = options->credit,
                                            .pid = identity(options),
                                            .beat_ms = SESSION_BEAT_MS,
                                            .resend_ms = SESSION_RESEND_MS,
                                            .on_lost = options->on_lost,
                                            .wait_ms = options->wait_ms};
    enum err err = open_all(&w, options, note);
    if (!err)
        err = session_new(&w.session, &session, now_ms());
    life_start(&w.life, &options->life, now_ms());
    watch_signals();
    if (!err) {
        loop(&w);
        err = w.err;
        *recycle = !err && w.recycle;
        if (err)
            err_set(note, err, "%s", session_reason(w.session));
    }
    /* A tile in hand when the coordinator is gone is of no use to anybody: leave without waiting
     * for it. */
    if (w.engine && !engine_thread_is_busy(w.engine))
        engine_thread_free(&w.engine);
    session_free(&w.session);
    free(w.job.bytes);
    link_close(&w.link);
    return err;
}
