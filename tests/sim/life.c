#include "tests/sim/life.h"
#include "coordinator/pool.h"
#include "coordinator/serve.h"
#include "coordinator/status_count.h"
#include "engine/plateau_engine.h"
#include "tests/sim/checks.h"
#include <inttypes.h>
#include <stdio.h>

enum {
    TURN_MS = 50,
    GOODBYE_MS = 250,
    RESTART_MIN_MS = 100,
    RESTART_MAX_MS = 5000,
    THIRD_MS = 5000,
    RUN = 77
};
#define LOOK_AFTER_ACK                                                                             \
    0.03 /* of the turns with an ack, the share that looks at a crash's leavings */

static enum err contest_again(void *ctx, const struct journal_row *first, const char *second_worker)
{
    struct life *life = ctx;
    return dispatch_contest(life->dispatch, first, second_worker);
}

static enum err resume(struct life *life, struct err_note *note)
{
    struct lease_table *leases = dispatch_leases(life->dispatch);
    uint64_t n_done = 0, n_failed = 0, n_excluded = 0, failed_as[N_STATUSES] = {0};
    enum err err =
        journal_done(life->journal, lease_done_bits(leases), lease_n_tiles(leases), &n_done, note);
    if (!err)
        err = journal_counts(life->journal, &n_failed, &n_excluded, note);
    if (!err)
        err = status_count_journal(&life->w->job, life->journal, failed_as, note);
    if (err)
        return err;
    lease_resumed(leases);
    dispatch_resumed(life->dispatch, n_failed, n_excluded, failed_as);
    return journal_each_contest(life->journal, contest_again, life, note);
}

enum err life_start(struct life *life, struct world *w, struct err_note *note)
{
    const struct dispatch_options options = {.job = &w->job,
                                             .run = RUN,
                                             .order_seed = w->seed,
                                             .n_visited = UINT64_MAX,
                                             .beat_ms = DISPATCH_BEAT_MS,
                                             .dead_ms = DISPATCH_DEAD_MS,
                                             .ttl_ms = (int32_t)w->profile.ttl_ms,
                                             .third_ms = THIRD_MS};
    life->w = w;
    life->tiles_seen = 0;
    world_coordinator_starts(w);
    enum err err = journal_open_on(&life->journal, w->folder, FS_LOCAL, &w->job, false, note);
    if (!err)
        err = dispatch_new(&life->dispatch, &options);
    if (!err)
        err = resume(life, note);
    if (!err)
        err = pool_new(&life->pool, &(struct pool_options){plateau_engine_id(), DISPATCH_BEAT_MS,
                                                           DISPATCH_DEAD_MS, POOL_QUANTUM_MS});
    if (!err)
        err = serve_new(&life->serve, life->pool, NULL);
    if (!err)
        err = serve_add(
            life->serve, w->now_ms,
            &(struct serve_run){
                .run = RUN, .dispatch = life->dispatch, .journal = life->journal, .priority = 1});
    return err;
}

void life_end(struct life *life)
{
    if (life->dispatch)
        life->deaths += dispatch_stats(life->dispatch).deaths;
    serve_free(&life->serve);
    pool_free(&life->pool);
    dispatch_free(&life->dispatch);
    journal_close(&life->journal);
    world_coordinator_ends(life->w);
}

static enum err tell_of_deaths(struct life *life)
{
    struct world *w = life->w;
    enum err err = OK;
    for (size_t i = 0; !err && i < w->n_dead_pids; i++)
        err = pool_worker_died(life->pool, w->coordinator_ms, w->dead_pids[i], "signal 9 (Killed)");
    w->n_dead_pids = 0;
    return err;
}

bool life_turn(struct life *life, enum err *err, struct err_note *note)
{
    struct world *w = life->w;
    *err = serve_turn(life->serve, world_coordinator_now, TURN_MS, note);
    if (!*err)
        *err = tell_of_deaths(life);
    if (!*err && dispatch_is_done(life->dispatch))
        *err = serve_flush(life->serve, note);
    if (!*err)
        check_turn(life);
    if (w->n_new_acks > 0 && !disk_is_off(w->disk) && rng_chance(&w->rng, LOOK_AFTER_ACK))
        check_crash_now(w);
    w->n_new_acks = 0;
    return !*err && dispatch_is_done(life->dispatch);
}

/* As at the end of a run: who is there leaves, and the books are closed. */
static void finish(struct life *life)
{
    struct world *w = life->w;
    struct err_note note = {""};
    int64_t until_ms = w->now_ms + GOODBYE_MS;
    struct dispatch_stats stats = dispatch_stats(life->dispatch);
    pool_dismiss(life->pool);
    while (w->now_ms < until_ms && !disk_is_off(w->disk) && !w->failure[0])
        if (serve_turn(life->serve, world_coordinator_now, 5, &note))
            break;
    if (!disk_is_off(w->disk))
        check_journal(w, life->journal, true, &stats, life->deaths + stats.deaths);
}

/* What the disk keeps depends on what died: the process, or the machine with it. */
static void after_the_end(struct world *w)
{
    if (!disk_is_off(w->disk)) {
        disk_repair(w->disk);
        return;
    }
    bool machine = rng_chance(&w->rng, 0.5);
    world_trace(w, machine ? "its machine lost power" : "its process was killed");
    if (machine)
        disk_power_on(w->disk, rng_below(&w->rng, 3));
    else
        disk_process_died(w->disk);
}

static void check_last(struct life *life, const struct dispatch_stats *stats)
{
    struct world *w = life->w;
    struct journal *journal = NULL;
    struct err_note note = {""};
    if (journal_open_on(&journal, "sim", FS_LOCAL, &w->job, false, &note))
        world_fail(w, "the finished journal does not open: %s", note.text);
    else
        check_journal(w, journal, true, stats, life->deaths);
    journal_close(&journal);
}

void life_until_done(struct world *w)
{
    struct life life = {.w = w};
    struct dispatch_stats stats = {0};
    struct err_note note = {""};
    bool done = false;
    while (!done && !w->failure[0]) {
        uint64_t n_faults = disk_n_faults(w->disk);
        enum err err = life_start(&life, w, &note);
        if (!err && !disk_is_off(w->disk))
            check_journal(w, life.journal, false, NULL, UINT64_MAX);
        while (!err && !done && !disk_is_off(w->disk) && !w->failure[0] &&
               w->now_ms < w->profile.last_ms)
            done = life_turn(&life, &err, &note);
        done = done && !disk_is_off(w->disk);
        if (err)
            world_trace(w, "the coordinator gives up: %s", note.text);
        if (err && !disk_is_off(w->disk) && disk_n_faults(w->disk) == n_faults)
            world_fail(w, "the coordinator gives up, and no disk failed: %s",
                       note.text[0] ? note.text : err_text(err));
        if (err == ERR_CORRUPT || err == ERR_MISMATCH)
            world_fail(w, "the journal is damaged: %s", note.text);
        if (done) {
            stats = dispatch_stats(life.dispatch);
            finish(&life);
        }
        if (!done && w->now_ms >= w->profile.last_ms)
            world_fail(w,
                       "no end: %" PRIu64 " of %" PRIu64 " tiles done %" PRId64
                       " s after the last fault",
                       life.dispatch ? dispatch_stats(life.dispatch).tiles_done : 0,
                       job_n_tiles(&w->job), (w->now_ms - w->profile.faults_until_ms) / 1000);
        life_end(&life);
        after_the_end(w);
        if (!done)
            world_live_until(
                w, w->now_ms + RESTART_MIN_MS + (int64_t)rng_below(&w->rng, RESTART_MAX_MS), false);
    }
    if (!w->failure[0])
        check_last(&life, &stats);
}
