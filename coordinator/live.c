#include "coordinator/live.h"
#include "coordinator/run_socket.h"
#include "coordinator/share.h"
#include "coordinator/status_count.h"
#include "engine/plateau_engine.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* FUTILE_DEATHS: of local workers, with no result in between and beside those that the split of a
 * tile to its poisonous cell costs. */
enum { FUTILE_DEATHS = 16, FUTILE_PER_WORKER = 4, STILLBORN_MAX = 3 };
#define RATE_AFTER_S 0.5 /* no rate, no ETA before */

static uint64_t wanted_tiles(const struct run_dir *dir, const struct run_limits *limits)
{
    uint64_t n = job_n_tiles(&dir->job);
    if (!run_limits_sample(limits))
        return n;
    uint64_t wanted = (uint64_t)ceil(limits->sample * (double)n);
    return wanted < 1 ? 1 : wanted < n ? wanted : n;
}

void live_row_saved(void *ctx, const struct journal_row *row)
{
    struct live *live = ctx;
    failures_add(&live->failures, &live->dir->job, row);
}

static enum err count_failures(void *ctx, const struct journal_row *row)
{
    live_row_saved(ctx, row);
    return OK;
}

static enum err contest_again(void *ctx, const struct journal_row *first, const char *second_worker)
{
    struct live *live = ctx;
    return dispatch_contest(live->dispatch, first, second_worker);
}

static enum err start_dispatch(struct live *live, const struct run_options *options,
                               struct err_note *note)
{
    struct dispatch_options how = {.job = &live->dir->job,
                                   .run = live->number,
                                   .order_seed = live->dir->tile_order_seed,
                                   .n_visited = wanted_tiles(live->dir, &options->limits),
                                   .beat_ms = DISPATCH_BEAT_MS,
                                   .dead_ms = DISPATCH_DEAD_MS,
                                   .ttl_ms = DISPATCH_TTL_MS,
                                   .limit_ms = options->limits.cell_timeout_ms,
                                   .third_ms = DISPATCH_THIRD_MS,
                                   .canary = live->canary.file ? &live->canary.cells : NULL};
    uint64_t n_done = 0, n_failed = 0, n_excluded = 0, failed_as[N_STATUSES] = {0};
    enum err err = dispatch_new(&live->dispatch, &how);
    if (err)
        return err_set(note, err, "the run's job is too large to send (%s)", err_text(err));
    struct lease_table *leases = dispatch_leases(live->dispatch);
    err =
        journal_done(live->journal, lease_done_bits(leases), lease_n_tiles(leases), &n_done, note);
    if (!err)
        err = journal_counts(live->journal, &n_failed, &n_excluded, note);
    if (!err)
        err = status_count_journal(&live->dir->job, live->journal, failed_as, note);
    if (!err && n_failed > 0)
        err = journal_each_failed(live->journal, count_failures, live, note);
    if (err)
        return err;
    lease_resumed(leases);
    dispatch_resumed(live->dispatch, n_failed, n_excluded, failed_as);
    err = journal_n_disputes(live->journal, &live->disputes_at_start, note);
    if (!err)
        err = journal_each_contest(live->journal, contest_again, live, note);
    live->cells_at_start = dispatch_stats(live->dispatch).cells_done;
    return err;
}

static enum err start(struct live *live, const struct run_options *options, struct err_note *note)
{
    const struct job *job = &live->dir->job;
    if (strcmp(job->engine_id, plateau_engine_id()) != 0)
        return err_set(
            note, ERR_MISMATCH,
            "run %s belongs to engine %.16s, this program holds engine %.16s: start a new run",
            live->dir->id, job->engine_id, plateau_engine_id());
    enum err err = journal_open(&live->journal, live->dir->path, job, false, note);
    if (!err)
        err = canary_read(&live->canary, live->dir->path, job, note);
    if (!err)
        err = start_dispatch(live, options, note);
    if (!err)
        observer_started(&live->observer, live->start_ms, live->dispatch);
    return err;
}

enum err live_open(struct live **out, const struct run_dir *dir, const struct run_options *options,
                   int64_t now_ms, struct err_note *note)
{
    int lock_fd = -1;
    enum err err = run_lock(dir, &lock_fd, note);
    if (err)
        return err;
    run_socket_sweep(dir->path);
    struct live *live = calloc(1, sizeof *live);
    if (!live) {
        run_unlock(lock_fd);
        return ERR_NOMEM;
    }
    *live = (struct live){.dir = dir,
                          /* A hash of the job and its tiles: a worker left over from a run of the
                           * same job, cut otherwise, must not hand its tiles in here. */
                          .number = (dir->tile_order_seed ^ dir->job.tile_points) | 1,
                          .observer = {.outside = options->outside, .dir = dir},
                          .lock_fd = lock_fd,
                          .priority = SHARE_PRIORITY_DEFAULT,
                          .limits = options->limits,
                          .start_ms = now_ms};
    err = start(live, options, note);
    if (err)
        live_close(&live, now_ms, err, note);
    else
        *out = live;
    return err;
}

void live_close(struct live **live_p, int64_t now_ms, enum err err, const struct err_note *note)
{
    struct live *live = *live_p;
    if (!live)
        return;
    observer_ended(&live->observer, now_ms, live->dispatch, live->journal, err, note);
    dispatch_free(&live->dispatch);
    canary_free(&live->canary);
    journal_close(&live->journal);
    run_unlock(live->lock_fd);
    free(live);
    *live_p = NULL;
}

void live_progress(const struct live *live, int64_t now_ms, struct run_progress *out)
{
    struct dispatch_stats stats = dispatch_stats(live->dispatch);
    double elapsed_s = (double)(now_ms - live->start_ms) / 1000;
    double computed = (double)(stats.cells_done - live->cells_at_start);
    uint64_t left = stats.n_cells - stats.cells_done;
    struct pace_estimate pace = pace_estimate(&live->pace, left);
    bool known = elapsed_s >= RATE_AFTER_S && computed > 0;
    *out = (struct run_progress){.n_tiles = stats.n_tiles,
                                 .tiles_done = stats.tiles_done,
                                 .n_cells = stats.n_cells,
                                 .cells_done = stats.cells_done,
                                 .cells_failed = stats.cells_failed,
                                 .cells_excluded = stats.cells_excluded,
                                 .n_workers = stats.n_peers,
                                 .disputes = live->disputes_at_start + stats.disputes,
                                 .n_quarantined = stats.n_quarantined,
                                 .elapsed_s = elapsed_s,
                                 .cells_per_s = known ? computed / elapsed_s : NAN,
                                 .recent_per_s = pace.cells_per_s,
                                 .eta_s = pace.eta_s,
                                 .eta_low_s = pace.eta_low_s,
                                 .eta_high_s = pace.eta_high_s};
    if (isnan(out->eta_s))
        out->eta_s = (double)left / out->cells_per_s;
    if (live->paused)
        out->eta_s = NAN;
}

void live_note_pace(struct live *live, int64_t now_ms)
{
    if (live->paused)
        pace_reset(&live->pace);
    else
        pace_note(&live->pace, now_ms, dispatch_stats(live->dispatch).cells_done);
}

void live_worker_died(struct live *live, const char *how)
{
    struct dispatch_stats stats = dispatch_stats(live->dispatch);
    bool any_result = stats.results > live->results_at_death;
    live->results_at_death = stats.results;
    live->futile_deaths = any_result ? 0 : live->futile_deaths + 1;
    /* An exit by itself says that it cannot work here; a signal may be the cell's fault. */
    live->stillborn = strncmp(how, "signal", 6) == 0 || any_result ? 0 : live->stillborn + 1;
    snprintf(live->last_how, sizeof live->last_how, "%s", how[0] ? how : "exit without error");
}

enum err live_is_hopeless(const struct live *live, uint32_t n_workers, struct err_note *note)
{
    struct dispatch_stats stats = dispatch_stats(live->dispatch);
    if (live->stillborn < STILLBORN_MAX &&
        live->futile_deaths <= FUTILE_DEATHS + FUTILE_PER_WORKER * n_workers)
        return OK;
    return err_set(note, ERR_NET, "workers end without a result (%s)%s%s; everything done is saved",
                   live->last_how, stats.last_refusal[0] ? ": " : "", stats.last_refusal);
}

bool live_too_many_failed(const struct live *live)
{
    struct dispatch_stats stats = dispatch_stats(live->dispatch);
    const struct run_limits *limits = &live->limits;
    double most = limits->max_fails_share > 0 ? limits->max_fails_share * (double)stats.n_cells
                                              : (double)limits->max_fails;
    return limits->limits_fails && (double)stats.cells_failed > most;
}

enum err live_verdict(const struct live *live, struct err_note *note)
{
    struct dispatch_stats stats = dispatch_stats(live->dispatch);
    if (dispatch_is_done(live->dispatch))
        return OK;
    if (live_too_many_failed(live))
        return err_set(note, ERR_FAILS,
                       "stopped early: %llu of the %llu cells done failed, more than --max-fails "
                       "allows; everything done is saved",
                       (unsigned long long)stats.cells_failed,
                       (unsigned long long)stats.cells_done);
    return live->cancelled ? err_set(note, ERR_INTERRUPTED, "cancelled%s%s",
                                     live->reason[0] ? ": " : "", live->reason)
                           : err_set(note, ERR_INTERRUPTED, "stopped; everything done is saved");
}
