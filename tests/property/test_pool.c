/* Whatever is done to runs and workers, no tile is lost and none counts twice: random joins, cuts,
 * deaths, drains, holds and priorities; in the end all are let go and everything is done. */
#include "coordinator/share.h"
#include "tests/lib/cm.h"
#include "tests/lib/pool_world.h"
#include "tests/lib/rng.h"

enum {
    SEEDS = 60,
    ACTIONS = 60,
    TILES = 150,
    QUANTUM_MS = 500,
    TILE_MS = 120,
    PATIENCE_MS = 400000
};

static void act_on_a_worker(struct world *w, struct rng *rng)
{
    struct world_worker *worker = &w->workers[rng_below(rng, WORLD_WORKERS)];
    struct pool_worker row;
    if (!worker->session) {
        world_join(w, (uint32_t)(worker - w->workers), 1 + (uint32_t)rng_below(rng, 3));
        return;
    }
    switch (rng_below(rng, 4)) {
    case 0: /* killed: nobody is told */
        world_end_worker(worker);
        break;
    case 1: /* killed: its parent knows */
        for (uint32_t i = 0; i < pool_worker(w->pool, i, &row); i++)
            if (strcmp(row.name, worker->name) == 0) {
                world_end_worker(worker);
                assert_int_equal(pool_worker_died(w->pool, w->now_ms, row.pid, "left"), OK);
                break;
            }
        break;
    case 2:
        pool_drain(w->pool, worker->name, 0);
        break;
    default:
        worker->unheard = !worker->unheard;
    }
}

static void act_on_a_run(struct world *w, struct rng *rng)
{
    struct world_run *run = &w->runs[rng_below(rng, w->n_runs)];
    switch (rng_below(rng, 4)) {
    case 0:
        pool_set_priority(w->pool, run->run, 1 + (uint32_t)rng_below(rng, SHARE_PRIORITY_MAX));
        break;
    case 1:
        assert_int_equal(pool_hold(w->pool, w->now_ms, run->run, false, false), OK);
        break;
    default:
        assert_int_equal(pool_hold(w->pool, w->now_ms, run->run, true, rng_below(rng, 2) == 0), OK);
    }
}

static bool all_done(const struct world *w)
{
    for (uint32_t i = 0; i < w->n_runs; i++)
        if (!dispatch_is_done(w->runs[i].dispatch))
            return false;
    return true;
}

static void one_seed(uint64_t seed)
{
    struct world w;
    struct rng rng = {seed};
    world_start(&w, QUANTUM_MS, TILE_MS);
    for (unsigned r = 0; r < 3; r++)
        world_add_run(&w, TILES, 1 + (uint32_t)rng_below(&rng, 50));
    for (unsigned a = 0; a < ACTIONS; a++) {
        if (rng_below(&rng, 2))
            act_on_a_worker(&w, &rng);
        else
            act_on_a_run(&w, &rng);
        world_go(&w, 10 * (int64_t)rng_below(&rng, 60));
    }
    for (uint32_t i = 0; i < w.n_runs; i++)
        pool_hold(w.pool, w.now_ms, w.runs[i].run, false, false);
    for (uint32_t i = 0; i < 2; i++) { /* two that work are enough */
        w.workers[i].unheard = false;
        if (!w.workers[i].session)
            world_join(&w, i, 2);
    }
    for (int64_t until_ms = w.now_ms + PATIENCE_MS; !all_done(&w) && w.now_ms < until_ms;) {
        world_go(&w, 1000);
        for (uint32_t i = 0; i < 2; i++) /* one may have been on its way out */
            if (!w.workers[i].session)
                world_join(&w, i, 2);
    }
    for (uint32_t i = 0; i < w.n_runs; i++)
        if (!dispatch_is_done(w.runs[i].dispatch) || w.runs[i].n_saved != TILES)
            fail_msg("seed %llu: run %u has %llu of %d tiles", (unsigned long long)seed, i,
                     (unsigned long long)w.runs[i].n_saved, TILES);
    world_end(&w);
}

static void no_tile_is_lost_and_none_counts_twice(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        one_seed(seed);
}

CM_MAIN("pool", cmocka_unit_test(no_tile_is_lost_and_none_counts_twice))
