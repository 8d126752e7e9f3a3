#include "coordinator/run.h"
#include "coordinator/children.h"
#include "coordinator/dispatch.h"
#include "coordinator/net.h"
#include "coordinator/observer.h"
#include "coordinator/run_socket.h"
#include "coordinator/serve.h"
#include "engine/plateau_engine.h"
#include <assert.h>
#include <math.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* GOODBYE_MS: for workers to leave by themselves at the end; they hold nothing by then.
 * FUTILE_DEATHS: of local workers, with no result in between and beside those that the split of a
 * tile to its poisonous cell costs. */
enum {
    TURN_MS = 50,
    PROGRESS_MS = 100,
    GOODBYE_MS = 250,
    FUTILE_DEATHS = 16,
    FUTILE_PER_WORKER = 4,
    STILLBORN_MAX = 3
};
#define RATE_AFTER_S 0.5 /* no rate, no ETA before */

struct run { /* one run_execute() */
    const struct run_options *options;
    const struct run_dir *dir;
    struct journal *journal;
    struct dispatch *dispatch;
    struct pool *pool;
    struct net *net;
    struct serve *serve;
    struct children *children;
    struct run_socket socket;
    struct observer observer;
    uint64_t cells_at_start, results_at_death;
    uint32_t futile_deaths, stillborn;
    char last_how[64];
    int64_t start_ms, progress_ms;
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static uint32_t n_cores(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return n > 0 ? (uint32_t)n : 1;
}

static int stop_level(const struct run *run)
{
    return run->options->stop ? (int)*run->options->stop : 0;
}

/* ---- progress ---- */

static void fill_progress(const struct run *run, struct run_progress *out)
{
    struct dispatch_stats stats = dispatch_stats(run->dispatch);
    double elapsed_s = (double)(now_ms() - run->start_ms) / 1000;
    double computed = (double)(stats.cells_done - run->cells_at_start);
    bool known = elapsed_s >= RATE_AFTER_S && computed > 0;
    *out = (struct run_progress){.n_tiles = stats.n_tiles,
                                 .tiles_done = stats.tiles_done,
                                 .n_cells = stats.n_cells,
                                 .cells_done = stats.cells_done,
                                 .cells_failed = stats.cells_failed,
                                 .cells_excluded = stats.cells_excluded,
                                 .n_workers = stats.n_peers,
                                 .elapsed_s = elapsed_s,
                                 .cells_per_s = known ? computed / elapsed_s : NAN};
    out->eta_s = (double)(stats.n_cells - stats.cells_done) / out->cells_per_s;
}

static void show_progress(struct run *run)
{
    struct run_progress progress;
    if (!run->options->on_progress || now_ms() - run->progress_ms < PROGRESS_MS)
        return;
    run->progress_ms = now_ms();
    fill_progress(run, &progress);
    run->options->on_progress(run->options->ctx, &progress);
}

/* ---- starting ---- */

static uint64_t wanted_tiles(const struct run *run)
{
    uint64_t n = job_n_tiles(&run->dir->job);
    double sample = run->options->sample;
    if (!(sample > 0) || sample >= 1)
        return n;
    uint64_t wanted = (uint64_t)ceil(sample * (double)n);
    return wanted < 1 ? 1 : wanted < n ? wanted : n;
}

/* A hash of the job: names the run in messages; odd, as pool.h asks. */
static uint64_t run_number(const struct run_dir *dir)
{
    return dir->tile_order_seed | 1;
}

static enum err start_dispatch(struct run *run, struct err_note *note)
{
    struct dispatch_options options = {.job = &run->dir->job,
                                       .run = run_number(run->dir),
                                       .order_seed = run->dir->tile_order_seed,
                                       .n_visited = wanted_tiles(run),
                                       .beat_ms = DISPATCH_BEAT_MS,
                                       .dead_ms = DISPATCH_DEAD_MS,
                                       .ttl_ms = DISPATCH_TTL_MS};
    uint64_t n_done = 0, n_failed = 0, n_excluded = 0;
    enum err err = dispatch_new(&run->dispatch, &options);
    if (err)
        return err_set(note, err, "the run's job is too large to send (%s)", err_text(err));
    struct lease_table *leases = dispatch_leases(run->dispatch);
    err = journal_done(run->journal, lease_done_bits(leases), lease_n_tiles(leases), &n_done, note);
    if (!err)
        err = journal_counts(run->journal, &n_failed, &n_excluded, note);
    if (err)
        return err;
    lease_resumed(leases);
    dispatch_resumed(run->dispatch, n_failed, n_excluded);
    run->cells_at_start = dispatch_stats(run->dispatch).cells_done;
    return OK;
}

__attribute__((format(printf, 2, 3))) static void say(const struct run *run, const char *format,
                                                      ...)
{
    struct err_note line;
    va_list args;
    if (!run->options->on_event)
        return;
    va_start(args, format);
    vsnprintf(line.text, sizeof line.text, format, args);
    va_end(args);
    run->options->on_event(run->options->ctx, line.text);
}

static enum err start_listening(struct run *run, struct err_note *note)
{
    if (!run->options->listen.endpoint)
        return OK;
    enum err err = net_listen(run->net, &run->options->listen, note);
    if (err)
        return err;
    if (net_is_secure(run->net))
        say(run, "listening on %s for workers on the allow-list", net_endpoint(run->net));
    else if (listen_is_loopback(net_endpoint(run->net)))
        say(run, "listening on %s without keys: any user of this machine may join",
            net_endpoint(run->net));
    else
        say(run,
            "warning: listening on %s without keys: whoever can reach it may join, read the "
            "job and send results",
            net_endpoint(run->net));
    return OK;
}

static enum err start_children(struct run *run, const struct children_options *options,
                               struct err_note *note)
{
    return run->options->n_workers == RUN_NO_WORKERS
               ? OK
               : children_start(&run->children, options, note);
}

static enum err start_serving(struct run *run)
{
    const struct pool_options shared = {plateau_engine_id(), DISPATCH_BEAT_MS, DISPATCH_DEAD_MS,
                                        POOL_QUANTUM_MS};
    enum err err = pool_new(&run->pool, &shared);
    if (!err)
        err = serve_new(&run->serve, run->pool, run->net);
    if (!err)
        err = serve_add(run->serve, now_ms(),
                        &(struct serve_run){.run = run_number(run->dir),
                                            .dispatch = run->dispatch,
                                            .journal = run->journal,
                                            .priority = 1});
    return err;
}

static enum err start_workers(struct run *run, struct err_note *note)
{
    struct dispatch_stats stats = dispatch_stats(run->dispatch);
    uint64_t open = stats.n_tiles - stats.tiles_done;
    uint32_t n = run->options->n_workers ? run->options->n_workers : n_cores();
    struct children_options options = {.n = open < n ? (uint32_t)open : n,
                                       .worker_path = run->options->worker_path,
                                       .endpoint = run->socket.endpoint,
                                       .cache_dir = run->options->cache_dir,
                                       .cache_bytes = run->options->worker_cache_bytes};
    enum err err = run_socket_open(&run->socket, run->dir, note);
    if (!err)
        err = net_open(&run->net, run->socket.endpoint, note);
    if (!err)
        err = start_serving(run);
    if (!err)
        err = start_listening(run, note);
    return err ? err : start_children(run, &options, note);
}

/* ---- the loop ---- */

static void worker_ended(void *ctx, uint64_t pid, const char *how)
{
    struct run *run = ctx;
    struct dispatch_stats before = dispatch_stats(run->dispatch);
    observer_process_ended(&run->observer, pid, how);
    pool_worker_died(run->pool, now_ms(), pid, how[0] ? how : "left");
    bool any_result = before.results > run->results_at_death;
    run->results_at_death = before.results;
    run->futile_deaths = any_result ? 0 : run->futile_deaths + 1;
    /* An exit by itself says that it cannot work here; a signal may be the cell's fault. */
    run->stillborn = strncmp(how, "signal", 6) == 0 || any_result ? 0 : run->stillborn + 1;
    snprintf(run->last_how, sizeof run->last_how, "%s", how[0] ? how : "exit without error");
}

static enum err look_after_workers(struct run *run, struct err_note *note)
{
    if (!run->children)
        return OK;
    children_reap(run->children, worker_ended, run);
    uint32_t limit =
        FUTILE_DEATHS +
        FUTILE_PER_WORKER * (run->options->n_workers ? run->options->n_workers : n_cores());
    struct dispatch_stats stats = dispatch_stats(run->dispatch);
    if (run->stillborn >= STILLBORN_MAX || run->futile_deaths > limit)
        return err_set(note, ERR_NET,
                       "workers end without a result (%s)%s%s; everything done is saved",
                       run->last_how, stats.last_refusal[0] ? ": " : "", stats.last_refusal);
    return stop_level(run) ? OK : children_restart(run->children, note);
}

static bool nobody_is_left(const struct run *run)
{
    return (!run->children || children_n_alive(run->children) == 0) &&
           dispatch_stats(run->dispatch).n_peers == 0;
}

static bool is_over(const struct run *run)
{
    return dispatch_is_done(run->dispatch) || stop_level(run) > 1 ||
           (stop_level(run) == 1 && (dispatch_is_idle(run->dispatch) || nobody_is_left(run)));
}

static enum err loop(struct run *run, struct err_note *note)
{
    enum err err = OK;
    while (!err && !is_over(run)) {
        if (stop_level(run))
            dispatch_drain(run->dispatch);
        err = serve_turn(run->serve, now_ms, TURN_MS, note);
        if (!err)
            err = look_after_workers(run, note);
        observer_turn(&run->observer, run->dispatch, run->journal);
        show_progress(run);
    }
    return err ? err : serve_flush(run->serve, note);
}

/* Everything is saved or given up by now: who does not leave in time is ended. */
static void dismiss_workers(struct run *run)
{
    struct err_note ignored;
    int64_t until_ms = now_ms() + GOODBYE_MS;
    if (!run->serve)
        return;
    pool_dismiss(run->pool);
    while (stop_level(run) < 2 && !nobody_is_left(run) && now_ms() < until_ms) {
        if (serve_turn(run->serve, now_ms, 5, &ignored))
            break;
        if (run->children)
            children_reap(run->children, worker_ended, run);
    }
}

static enum err verdict(struct run *run, struct err_note *note)
{
    uint64_t n = 0;
    enum err err = journal_n_disputes(run->journal, &n, note);
    if (!err && n > 0)
        return err_set(
            note, ERR_MISMATCH,
            "%llu tile%s gave different bits on two workers: memory, CPU or build differ between "
            "them; the first results are kept in %s/" JOURNAL_FILE,
            (unsigned long long)n, n == 1 ? "" : "s", run->dir->path);
    if (!err && !dispatch_is_done(run->dispatch))
        return err_set(note, ERR_INTERRUPTED, "stopped; everything done is saved");
    return err;
}

static enum err execute(struct run *run, struct err_note *note)
{
    const struct job *job = &run->dir->job;
    if (strcmp(job->engine_id, plateau_engine_id()) != 0)
        return err_set(
            note, ERR_MISMATCH,
            "run %s belongs to engine %.16s, this program holds engine %.16s: start a new run",
            run->dir->id, job->engine_id, plateau_engine_id());
    enum err err = journal_open(&run->journal, run->dir->path, job, false, note);
    if (!err)
        err = start_dispatch(run, note);
    if (!err)
        observer_started(&run->observer, run->dispatch);
    if (err || dispatch_is_done(run->dispatch))
        return err ? err : verdict(run, note);
    err = start_workers(run, note);
    if (!err)
        err = loop(run, note);
    dismiss_workers(run);
    return err ? err : verdict(run, note);
}

enum err run_execute(const struct run_dir *dir, const struct run_options *options,
                     struct run_progress *out, struct err_note *note)
{
    struct run run = {.options = options,
                      .dir = dir,
                      .start_ms = now_ms(),
                      .observer = {.log = options->log, .dir = dir}};
    int lock_fd = -1;
    *out = (struct run_progress){.cells_per_s = NAN, .eta_s = NAN};
    enum err err = run_lock(dir, &lock_fd, note);
    if (err)
        return err;
    err = execute(&run, note);
    observer_ended(&run.observer, run.dispatch, run.journal, err, note);
    if (run.dispatch)
        fill_progress(&run, out);
    children_free(&run.children);
    serve_free(&run.serve);
    pool_free(&run.pool);
    net_close(&run.net);
    run_socket_close(&run.socket);
    dispatch_free(&run.dispatch);
    journal_close(&run.journal);
    run_unlock(lock_fd);
    return err;
}
