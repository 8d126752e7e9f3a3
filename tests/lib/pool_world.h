/* pool_world - a pool, its runs and real worker sessions in one process on a virtual clock: frames
 * are delivered at once, a tile takes tile_ms, every save is durable at once. */
#ifndef TESTS_LIB_POOL_WORLD_H
#define TESTS_LIB_POOL_WORLD_H
#include "coordinator/pool.h"
#include "engine/plateau_engine.h"
#include "proto/result.h"
#include "tests/lib/null_job.h"
#include "worker/session.h"

enum { WORLD_RUNS = 4, WORLD_WORKERS = 8, WORLD_ROW = 16, WORLD_TILE = 4, WORLD_STEP_MS = 10 };

struct world_worker {
    struct session *session; /* NULL: not there */
    uint64_t key;            /* of its connection */
    char name[24];
    bool busy, unheard; /* unheard: its line is cut */
    struct session_lease lease;
    int64_t until_ms;
};
struct world_run {
    uint64_t run;
    struct job job;
    struct dispatch *dispatch;
    uint8_t *counted; /* [n_tiles] rows saved: never more than one */
    uint64_t n_tiles, n_saved, n_equal;
};
struct world {
    struct pool *pool;
    int64_t now_ms, tile_ms;
    struct world_run runs[WORLD_RUNS];
    uint32_t n_runs;
    struct world_worker workers[WORLD_WORKERS];
    uint64_t next_key, n_computed; /* tiles, by all workers */
};

static inline void world_start(struct world *w, int64_t quantum_ms, int64_t tile_ms)
{
    const struct pool_options options = {plateau_engine_id(), DISPATCH_BEAT_MS, DISPATCH_DEAD_MS,
                                         quantum_ms};
    *w = (struct world){.now_ms = 1000, .tile_ms = tile_ms, .next_key = 1};
    assert_int_equal(pool_new(&w->pool, &options), OK);
}

static inline void world_new_run(struct world *w, struct world_run *run)
{
    const struct dispatch_options options = {.job = &run->job,
                                             .run = run->run,
                                             .order_seed = run->run,
                                             .n_visited = UINT64_MAX,
                                             .beat_ms = DISPATCH_BEAT_MS,
                                             .dead_ms = DISPATCH_DEAD_MS,
                                             .ttl_ms = DISPATCH_TTL_MS};
    (void)w;
    assert_int_equal(dispatch_new(&run->dispatch, &options), OK);
}

static inline struct world_run *world_add_run(struct world *w, uint32_t n_tiles, uint32_t priority)
{
    struct world_run *run = &w->runs[w->n_runs++];
    run->run = 2 * w->n_runs + 1;
    null_job_make(&run->job, "test", n_tiles, WORLD_TILE, WORLD_TILE, 1, WORLD_ROW);
    run->n_tiles = n_tiles;
    run->counted = calloc(n_tiles, 1);
    world_new_run(w, run);
    assert_int_equal(pool_add(w->pool, w->now_ms, run->run, run->dispatch, priority), OK);
    return run;
}

static inline struct world_worker *world_join(struct world *w, uint32_t i, uint32_t credit)
{
    struct world_worker *worker = &w->workers[i];
    snprintf(worker->name, sizeof worker->name, "w%u", i);
    const struct session_options options = {.engine_id = plateau_engine_id(),
                                            .name = worker->name,
                                            .slots = 1,
                                            .credit = credit,
                                            .pid = 1000 + w->next_key,
                                            .beat_ms = SESSION_BEAT_MS,
                                            .resend_ms = SESSION_RESEND_MS,
                                            .on_lost = SESSION_LOST_WAIT,
                                            .wait_ms = SESSION_WAIT_MS};
    assert_null(worker->session);
    worker->key = w->next_key++;
    worker->busy = worker->unheard = false;
    assert_int_equal(session_new(&worker->session, &options, w->now_ms), OK);
    return worker;
}

static inline struct world_run *world_run_of(struct world *w, uint64_t number)
{
    for (uint32_t i = 0; i < w->n_runs; i++)
        if (w->runs[i].run == number)
            return &w->runs[i];
    return NULL;
}

static inline void world_save(struct world_run *run, const struct journal_row *row)
{
    assert_true(row->tile < run->n_tiles);
    assert_int_equal(run->counted[row->tile], 0); /* promise 1 */
    run->counted[row->tile] = 1;
    run->n_saved++;
    dispatch_saved(run->dispatch);
}

static inline void world_hear(struct world *w, struct world_worker *worker, const void *frame,
                              size_t length)
{
    struct journal_row row;
    uint64_t number;
    enum dispatch_verdict verdict =
        pool_frame_in(w->pool, w->now_ms, worker->key, frame, length, &number, &row);
    struct world_run *run = world_run_of(w, number);
    if (verdict == DISPATCH_SAVE) {
        world_save(run, &row);
    } else if (verdict == DISPATCH_COMPARE) {
        run->n_equal++;
        dispatch_compared(run->dispatch, worker->key, &row, &row, true);
    } else {
        assert_int_equal(verdict, DISPATCH_NOTHING);
    }
}

static inline void world_end_worker(struct world_worker *worker)
{
    session_free(&worker->session);
    worker->key = 0;
}

/* Mail to workers; a SESSION_STOP ends one. */
static inline void world_deliver(struct world *w)
{
    struct dispatch_frame frame;
    while (pool_next_frame(w->pool, &frame))
        for (uint32_t i = 0; i < WORLD_WORKERS; i++) {
            struct world_worker *worker = &w->workers[i];
            if (!worker->session || worker->key != frame.peer || worker->unheard)
                continue;
            enum session_verdict verdict =
                session_frame_in(worker->session, w->now_ms, frame.bytes, frame.length);
            if (verdict == SESSION_LOAD)
                session_loaded(worker->session, w->now_ms);
        }
}

static inline void world_work(struct world *w, struct world_worker *worker)
{
    if (worker->busy && w->now_ms >= worker->until_ms) {
        size_t length = (size_t)worker->lease.n_cells * WORLD_ROW;
        uint8_t *cells = calloc(1, length); /* STATUS_OK is 0 */
        worker->busy = false;
        w->n_computed++;
        assert_int_equal(session_computed(worker->session, w->now_ms, &worker->lease,
                                          (uint32_t)w->tile_ms * 1000, cells, length),
                         OK);
    }
    if (!worker->busy && session_next_lease(worker->session, w->now_ms, &worker->lease)) {
        worker->busy = true;
        worker->until_ms = w->now_ms + w->tile_ms;
    }
}

static inline void world_step(struct world *w)
{
    w->now_ms += WORLD_STEP_MS;
    for (uint32_t i = 0; i < WORLD_WORKERS; i++) {
        struct world_worker *worker = &w->workers[i];
        const uint8_t *bytes;
        size_t length;
        if (!worker->session)
            continue;
        world_work(w, worker);
        bool stop = session_tick(worker->session, w->now_ms) == SESSION_STOP;
        for (size_t f = 0; f < session_outbox(worker->session, f, &bytes, &length); f++)
            if (!worker->unheard)
                world_hear(w, worker, bytes, length);
        session_clear_outbox(worker->session);
        if (stop)
            world_end_worker(worker);
    }
    struct journal_row row;
    if (w->now_ms % 100 == 0) {
        assert_int_equal(pool_tick(w->pool, w->now_ms), OK);
        for (uint32_t i = 0; i < w->n_runs; i++)
            while (dispatch_next_row(w->runs[i].dispatch, &row))
                world_save(&w->runs[i], &row);
    }
    world_deliver(w);
}

static inline void world_go(struct world *w, int64_t ms)
{
    for (int64_t until_ms = w->now_ms + ms; w->now_ms < until_ms;)
        world_step(w);
}

static inline void world_end(struct world *w)
{
    pool_free(&w->pool);
    for (uint32_t i = 0; i < w->n_runs; i++) {
        dispatch_free(&w->runs[i].dispatch);
        job_free(&w->runs[i].job);
        free(w->runs[i].counted);
    }
    for (uint32_t i = 0; i < WORLD_WORKERS; i++)
        if (w->workers[i].session)
            world_end_worker(&w->workers[i]);
}
#endif
