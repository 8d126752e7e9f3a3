/* workers - real sessions in the shell worker/net.c would be, and the engine thread beside it. */
#include "engine/plateau_engine.h"
#include "proto/msg.h"
#include "tests/sim/inside.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOAD_MAX_MS = 300, BACK_MIN_MS = 50, BACK_MAX_MS = 3000 };

static void flush(struct world *w, uint32_t i)
{
    struct session *session = w->workers[i].session;
    const uint8_t *bytes;
    size_t length;
    for (size_t k = 0; k < session_outbox(session, k, &bytes, &length); k++)
        wire_send(w, i, TO_COORDINATOR, w->now_ms, bytes, length);
    session_clear_outbox(session);
}

void worker_unknown(struct world_worker *worker)
{
    worker->want_drain = false;
    worker->drained_ms = 0;
    memset(worker->proven, 0, sizeof worker->proven);
}

void worker_start(struct world *w, uint32_t i)
{
    struct world_worker *worker = &w->workers[i];
    worker->life++;
    worker->hangs = false;
    worker_unknown(worker);
    /* As children.c does: a process that comes after another is another worker. */
    snprintf(worker->name, sizeof worker->name, "w%u-%u", i, (unsigned)worker->life);
    worker->pid = (uint64_t)i * 1000 + worker->life;
    world_reconnect(w, i);
    const struct session_options options = {.engine_id = plateau_engine_id(),
                                            .name = worker->name,
                                            .slots = 1,
                                            .credit = w->profile.credit,
                                            .pid = worker->pid,
                                            .beat_ms = SESSION_BEAT_MS,
                                            .on_lost = SESSION_LOST_WAIT,
                                            .wait_ms = SESSION_WAIT_MS,
                                            .resend_ms = w->profile.resend_ms};
    if (session_new(&worker->session, &options, w->now_ms))
        abort();
    flush(w, i);
    events_push(w, w->now_ms + WORLD_TICK_MS,
                (struct happening){.kind = WORLD_TICK, .worker = i, .life = worker->life});
}

void world_kill_worker(struct world *w, uint32_t i, int64_t back_in_ms)
{
    struct world_worker *worker = &w->workers[i];
    if (!worker->session)
        return;
    world_trace(w, "%s ends", worker->name);
    session_free(&worker->session);
    worker_forget_held(worker);
    worker->busy = worker->loading = worker->load_wanted = worker->hangs = false;
    worker->life++; /* what was to come for it is void */
    worker->stopped_until_ms = 0;
    w->n_killed++;
    if (w->profile.local && w->n_dead_pids < w->profile.n_workers)
        w->dead_pids[w->n_dead_pids++] = worker->pid;
    if (back_in_ms >= 0)
        events_push(w, w->now_ms + back_in_ms,
                    (struct happening){.kind = WORLD_START, .worker = i});
}

static void leave(struct world *w, uint32_t i)
{
    world_trace(w, "%s leaves: %s", w->workers[i].name, session_reason(w->workers[i].session));
    w->n_overruns += session_end(w->workers[i].session) == ERR_TIMEOUT;
    flush(w, i);
    world_kill_worker(w, i, BACK_MIN_MS + (int64_t)rng_below(&w->rng, BACK_MAX_MS));
}

static int64_t between(struct world *w, int64_t least, int64_t most)
{
    return least + (int64_t)rng_below(&w->rng, (uint32_t)(most - least + 1));
}

/* One thread computes and loads, one request at a time. */
static void give_work(struct world *w, uint32_t i)
{
    struct world_worker *worker = &w->workers[i];
    struct happening e = {.worker = i, .life = worker->life};
    if (worker->busy || worker->loading)
        return;
    if (worker->load_wanted) {
        worker->load_wanted = false;
        worker->loading = true;
        e.kind = WORLD_LOADED;
        events_push(w, w->now_ms + between(w, 0, LOAD_MAX_MS), e);
    } else if (session_next_lease(worker->session, w->now_ms, &worker->lease)) {
        const struct session_lease *lease = &worker->lease;
        worker->busy = true;
        if (world_is_slow(world_run_of(w, lease->run), lease->tile, lease->first_cell,
                          lease->n_cells))
            return;
        e.kind = WORLD_COMPUTED;
        events_push(w, w->now_ms + between(w, w->profile.compute_min_ms, w->profile.compute_max_ms),
                    e);
    }
}

static void computed(struct world *w, uint32_t i)
{
    struct world_worker *worker = &w->workers[i];
    const struct session_lease *lease = &worker->lease;
    const struct world_run *run = world_run_of(w, lease->run);
    size_t length;
    if (worker->hangs) /* it beats on, and nothing comes */
        return;
    if (world_is_poisonous(run, lease->tile, lease->first_cell, lease->n_cells)) {
        world_kill_worker(w, i, between(w, BACK_MIN_MS, BACK_MAX_MS));
        return;
    }
    bool lie = worker->liar && (w->profile.always_lie || rng_chance(&w->rng, 0.5));
    uint8_t *cells = world_cells(run, lease->tile, lease->first_cell, lease->n_cells, lie, &length);
    worker->busy = false;
    w->n_computed++;
    if (session_computed(worker->session, w->now_ms, lease, 1000, cells, length))
        abort();
}

void worker_event(struct world *w, struct happening *e)
{
    struct world_worker *worker = &w->workers[e->worker];
    enum session_verdict verdict = SESSION_GO_ON;
    if (e->kind == WORLD_START) {
        if (!worker->session)
            worker_start(w, e->worker);
        return;
    }
    if (!worker->session || e->life != worker->life)
        return;
    if (w->now_ms < worker->stopped_until_ms) { /* a stopped process; frames wait in its socket */
        events_push(w, worker->stopped_until_ms, *e);
        e->frame.bytes = NULL;
        return;
    }
    if (e->kind == WORLD_TO_WORKER) {
        if (e->key != worker->key)
            return; /* that connection is dead */
        verdict = session_frame_in(worker->session, w->now_ms, e->frame.bytes, e->frame.length);
        worker->load_wanted |= verdict == SESSION_LOAD;
    } else if (e->kind == WORLD_TICK) {
        verdict = session_tick(worker->session, w->now_ms);
        watch_leaving(w, worker);
        events_push(
            w, w->now_ms + WORLD_TICK_MS,
            (struct happening){.kind = WORLD_TICK, .worker = e->worker, .life = worker->life});
    } else if (e->kind == WORLD_LOADED) {
        worker->loading = false;
        if (!worker->load_wanted)
            session_loaded(worker->session, w->now_ms);
    } else {
        computed(w, e->worker);
    }
    if (!worker->session)
        return;
    if (verdict == SESSION_STOP) {
        leave(w, e->worker);
        return;
    }
    give_work(w, e->worker);
    flush(w, e->worker);
}
