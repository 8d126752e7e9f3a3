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
    THIRD_MS = 5000
};
#define LOOK_AFTER_ACK                                                                             \
    0.03 /* of the turns with an ack, the share that looks at a crash's leavings */

static enum err contest_again(void *ctx, const struct journal_row *first, const char *second_worker)
{
    return dispatch_contest(ctx, first, second_worker);
}

/* ---- runs ---- */

static enum err resume(struct life_run *run, const struct job *job, struct err_note *note)
{
    struct lease_table *leases = dispatch_leases(run->dispatch);
    uint64_t n_done = 0, n_failed = 0, n_excluded = 0, failed_as[N_STATUSES] = {0};
    enum err err =
        journal_done(run->journal, lease_done_bits(leases), lease_n_tiles(leases), &n_done, note);
    if (!err)
        err = journal_counts(run->journal, &n_failed, &n_excluded, note);
    if (!err)
        err = status_count_journal(job, run->journal, failed_as, note);
    if (err)
        return err;
    lease_resumed(leases);
    dispatch_resumed(run->dispatch, n_failed, n_excluded, failed_as);
    return journal_each_contest(run->journal, contest_again, run->dispatch, note);
}

static enum err new_dispatch(struct life_run *run, const struct world *w,
                             const struct world_run *truth)
{
    const struct world_profile *p = &w->profile;
    const struct dispatch_options options = {.job = &truth->job,
                                             .run = truth->run,
                                             .order_seed = truth->seed,
                                             .n_visited = UINT64_MAX,
                                             .beat_ms = DISPATCH_BEAT_MS,
                                             .dead_ms = DISPATCH_DEAD_MS,
                                             .ttl_ms = (int32_t)p->ttl_ms,
                                             .limit_ms = p->limit_ms,
                                             .third_ms = THIRD_MS,
                                             .canary = p->canary ? &run->canary : NULL};
    run->canary = (struct dispatch_canary){truth->canary_tile, truth->canary_cell, p->n_scenarios,
                                           truth->canary, truth->canary_length};
    run->tiles_seen = 0;
    return dispatch_new(&run->dispatch, &options);
}

static enum err open_run(struct life *life, uint32_t r, struct err_note *note)
{
    struct world *w = life->w;
    struct world_run *truth = &w->runs[r];
    struct life_run *run = &life->runs[r];
    truth->absent = truth->held = false;
    enum err err =
        journal_open_on(&run->journal, truth->folder, FS_LOCAL, &truth->job, false, note);
    if (!err)
        err = new_dispatch(run, w, truth);
    if (!err)
        err = resume(run, &truth->job, note);
    if (!err && !disk_is_off(w->disk))
        check_journal(w, truth, run->journal, NULL, UINT64_MAX);
    if (!err)
        err = serve_add(life->serve, w->coordinator_ms,
                        &(struct serve_run){.run = truth->run,
                                            .dispatch = run->dispatch,
                                            .journal = run->journal,
                                            .priority = 1 + r});
    return err;
}

static void close_run(struct life *life, uint32_t r)
{
    struct life_run *run = &life->runs[r];
    if (run->dispatch)
        run->deaths += dispatch_stats(run->dispatch).deaths;
    dispatch_free(&run->dispatch);
    journal_close(&run->journal);
    life->w->runs[r].absent = true;
    life->w->runs[r].held = false;
}

static enum err remove_run(struct life *life, uint32_t r, struct err_note *note)
{
    enum err err = serve_remove(life->serve, life->w->coordinator_ms, life->w->runs[r].run, note);
    if (!err)
        close_run(life, r);
    return err;
}

enum err life_start(struct life *life, struct world *w, struct err_note *note)
{
    const struct pool_options options = {plateau_engine_id(), DISPATCH_BEAT_MS, DISPATCH_DEAD_MS,
                                         POOL_QUANTUM_MS};
    life->w = w;
    world_coordinator_starts(w);
    enum err err = pool_new(&life->pool, &options);
    if (!err)
        err = serve_new(&life->serve, life->pool, NULL);
    for (uint32_t r = 0; !err && r < w->profile.n_runs; r++)
        if (!life->runs[r].done && !w->runs[r].want_absent)
            err = open_run(life, r, note);
    return err;
}

void life_end(struct life *life)
{
    serve_free(&life->serve);
    pool_free(&life->pool);
    for (uint32_t r = 0; r < life->w->profile.n_runs; r++)
        close_run(life, r);
    world_coordinator_ends(life->w);
}

/* ---- a turn ---- */

static enum err tell_of_deaths(struct life *life)
{
    struct world *w = life->w;
    enum err err = OK;
    for (size_t i = 0; !err && i < w->n_dead_pids; i++)
        err = pool_worker_died(life->pool, w->coordinator_ms, w->dead_pids[i], "signal 9 (Killed)");
    w->n_dead_pids = 0;
    return err;
}

static enum err order_run(struct life *life, uint32_t r, struct err_note *note)
{
    struct world *w = life->w;
    struct world_run *truth = &w->runs[r];
    enum err err = OK;
    if (truth->want_absent && !truth->absent) {
        world_trace(w, "%s is removed", truth->folder);
        w->n_removed++;
        return remove_run(life, r, note);
    }
    if (!truth->want_absent && truth->absent)
        err = open_run(life, r, note);
    if (err || truth->absent || truth->want_held == truth->held)
        return err;
    world_trace(w, "%s is %s", truth->folder, truth->want_held ? "held" : "let go");
    w->n_held += truth->want_held;
    truth->held = truth->want_held;
    return pool_hold(life->pool, w->coordinator_ms, truth->run, truth->held, truth->at_once);
}

/* What was ordered since the turn before; nothing waits to be sent. */
static enum err take_orders(struct life *life, struct err_note *note)
{
    struct world *w = life->w;
    enum err err = OK;
    for (uint32_t r = 0; !err && r < w->profile.n_runs; r++)
        if (!life->runs[r].done)
            err = order_run(life, r, note);
    for (uint32_t i = 0; !err && i < w->profile.n_workers; i++) {
        struct world_worker *worker = &w->workers[i];
        if (worker->want_drain && pool_drain(life->pool, worker->name, 0) > 0) {
            world_trace(w, "%s is drained", worker->name);
            worker->drained_ms = w->coordinator_ms;
            w->n_drained++;
        }
        worker->want_drain = false;
    }
    return err;
}

/* Runs that are done, of which the last stays until the end; true: all are. */
static bool end_runs(struct life *life, enum err *err, struct err_note *note)
{
    struct world *w = life->w;
    uint32_t n_left = 0;
    for (uint32_t r = 0; r < w->profile.n_runs; r++) {
        struct life_run *run = &life->runs[r];
        if (!run->done && run->dispatch && dispatch_is_done(run->dispatch)) {
            *err = serve_flush(life->serve, note);
            run->done = !*err && !disk_is_off(w->disk);
            run->stats = dispatch_stats(run->dispatch);
        }
        if (*err)
            return false;
        n_left += !run->done;
    }
    for (uint32_t r = 0; n_left > 0 && r < w->profile.n_runs && !*err; r++) {
        struct life_run *run = &life->runs[r];
        if (!run->done || !run->dispatch)
            continue;
        check_journal(w, &w->runs[r], run->journal, &run->stats, run->deaths + run->stats.deaths);
        *err = remove_run(life, r, note);
    }
    return n_left == 0;
}

bool life_turn(struct life *life, enum err *err, struct err_note *note)
{
    struct world *w = life->w;
    *err = serve_turn(life->serve, world_coordinator_now, TURN_MS, note);
    if (!*err)
        *err = take_orders(life, note);
    if (!*err)
        *err = tell_of_deaths(life);
    if (!*err)
        check_turn(life);
    bool done = !*err && end_runs(life, err, note);
    if (w->n_new_acks > 0 && !disk_is_off(w->disk) && rng_chance(&w->rng, LOOK_AFTER_ACK))
        check_crash_now(w);
    w->n_new_acks = 0;
    return done;
}

/* ---- the end ---- */

/* As at the end of a run: who is there leaves, and the books are closed. */
static void finish(struct life *life)
{
    struct world *w = life->w;
    struct err_note note = {""};
    int64_t until_ms = w->now_ms + GOODBYE_MS;
    pool_dismiss(life->pool);
    while (w->now_ms < until_ms && !disk_is_off(w->disk) && !w->failure[0])
        if (serve_turn(life->serve, world_coordinator_now, 5, &note))
            break;
    for (uint32_t r = 0; r < w->profile.n_runs && !disk_is_off(w->disk); r++) {
        const struct life_run *run = &life->runs[r];
        if (run->journal)
            check_journal(w, &w->runs[r], run->journal, &run->stats,
                          run->deaths + run->stats.deaths);
    }
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

static void check_last(struct life *life)
{
    struct world *w = life->w;
    for (uint32_t r = 0; r < w->profile.n_runs; r++) {
        struct world_run *truth = &w->runs[r];
        const struct life_run *run = &life->runs[r];
        struct journal *journal = NULL;
        struct err_note note = {""};
        if (journal_open_on(&journal, truth->folder, FS_LOCAL, &truth->job, false, &note))
            world_fail(w, "the finished journal does not open: %s", note.text);
        else
            check_journal(w, truth, journal, &run->stats, run->deaths);
        journal_close(&journal);
    }
}

static void say_no_end(struct life *life)
{
    struct world *w = life->w;
    uint64_t n = 0, done = 0;
    for (uint32_t r = 0; r < w->profile.n_runs; r++) {
        const struct life_run *run = &life->runs[r];
        n += job_n_tiles(&w->runs[r].job);
        done += run->dispatch ? dispatch_stats(run->dispatch).tiles_done : run->stats.tiles_done;
    }
    world_fail(w,
               "no end: %" PRIu64 " of %" PRIu64 " tiles done %" PRId64 " s after the last fault",
               done, n, (w->now_ms - w->profile.faults_until_ms) / 1000);
}

/* One process, from its start to its end; true: every run is done. */
static bool live(struct life *life)
{
    struct world *w = life->w;
    struct err_note note = {""};
    uint64_t n_faults = disk_n_faults(w->disk);
    bool done = false;
    enum err err = life_start(life, w, &note);
    while (!err && !done && !disk_is_off(w->disk) && !w->failure[0] &&
           w->now_ms < w->profile.last_ms)
        done = life_turn(life, &err, &note);
    if (err)
        world_trace(w, "the coordinator gives up: %s", note.text);
    if (err && !disk_is_off(w->disk) && disk_n_faults(w->disk) == n_faults)
        world_fail(w, "the coordinator gives up, and no disk failed: %s",
                   note.text[0] ? note.text : err_text(err));
    if (err == ERR_CORRUPT || err == ERR_MISMATCH)
        world_fail(w, "the journal is damaged: %s", note.text);
    if (done)
        finish(life);
    else if (w->now_ms >= w->profile.last_ms)
        say_no_end(life);
    life_end(life);
    return done;
}

void life_until_done(struct world *w)
{
    struct life life = {.w = w};
    bool done = false;
    while (!done && !w->failure[0]) {
        done = live(&life);
        after_the_end(w);
        if (!done)
            world_live_until(
                w, w->now_ms + RESTART_MIN_MS + (int64_t)rng_below(&w->rng, RESTART_MAX_MS), false);
    }
    if (!w->failure[0])
        check_last(&life);
}
