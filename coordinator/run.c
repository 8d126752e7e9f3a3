#include "coordinator/run.h"
#include "coordinator/desk.h"
#include "coordinator/host.h"
#include "coordinator/live.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TURN_MS = 50, PROGRESS_MS = 100 };

struct run { /* one run_execute() */
    const struct run_options *options;
    struct live *live;
    struct host *host;
    int64_t progress_ms;
};

/* 1: nothing new, save what is under way; 2: stop now. */
static int stop_level(const struct run *run)
{
    int asked = run->options->stop ? (int)*run->options->stop : 0;
    return asked == 0 && live_too_many_failed(run->live) ? 1 : asked;
}

static void show_progress(struct run *run)
{
    struct run_progress progress;
    int64_t now_ms = host_now_ms();
    if (!run->options->on_progress || now_ms - run->progress_ms < PROGRESS_MS)
        return;
    run->progress_ms = now_ms;
    live_progress(run->live, now_ms, &progress);
    run->options->on_progress(run->options->ctx, &progress);
}

static enum err start_workers(struct run *run, struct err_note *note)
{
    struct dispatch_stats stats = dispatch_stats(run->live->dispatch);
    uint64_t open = stats.n_tiles - stats.tiles_done;
    uint32_t n = host_n_workers(run->options);
    enum err err = host_add(run->host, run->live, note);
    return err ? err : host_start_workers(run->host, open < n ? (uint32_t)open : n, note);
}

static enum err look_after_workers(struct run *run, struct err_note *note)
{
    enum err err = live_is_hopeless(run->live, host_n_workers(run->options), note);
    return err || stop_level(run) ? err : host_restart_workers(run->host, note);
}

static enum err obey(void *ctx, const struct desk_order *order, struct err_note *note)
{
    struct run *run = ctx;
    if (strcmp(order->run, run->live->dir->id) != 0)
        return err_set(note, ERR_NOT_FOUND, "run %s is not at work here; run %s is", order->run,
                       run->live->dir->id);
    switch (order->what) {
    case DESK_PAUSE:
        return host_pause(run->host, run->live, true);
    case DESK_RESUME:
        return host_pause(run->host, run->live, false);
    case DESK_CANCEL:
        return host_cancel(run->host, run->live, order->reason);
    default:
        return err_set(note, ERR_RANGE,
                       "only a service (plateau coordinator) shares its workers among runs");
    }
}

static bool is_over(const struct run *run)
{
    return dispatch_is_done(run->live->dispatch) || stop_level(run) > 1 || run->live->cancelled ||
           host_is_drained(run->host) ||
           (stop_level(run) == 1 &&
            (dispatch_is_idle(run->live->dispatch) || host_is_deserted(run->host)));
}

static enum err loop(struct run *run, struct err_note *note)
{
    struct desk desk = {.host = run->host, .kind = "run", .order = obey, .ctx = run};
    enum err err = OK;
    while (!err && !is_over(run)) {
        if (stop_level(run))
            dispatch_drain(run->live->dispatch);
        err = host_turn(run->host, TURN_MS, note);
        if (!err)
            err = look_after_workers(run, note);
        host_answer(run->host, &desk);
        show_progress(run);
    }
    return err;
}

static enum err execute(struct run *run, struct err_note *note)
{
    struct err_note ignored;
    if (dispatch_is_done(run->live->dispatch))
        return live_verdict(run->live, note);
    enum err err = host_open(&run->host, run->live->dir->path, run->options, note);
    if (err)
        return err;
    err = start_workers(run, note);
    if (!err)
        err = loop(run, note);
    /* Everything is saved or given up by now. */
    host_dismiss(run->host, run->options->stop);
    enum err saved = host_remove(run->host, run->live, err ? &ignored : note);
    err = err ? err : saved;
    return err ? err : live_verdict(run->live, note);
}

static enum err record_cancel(const struct live *live, enum err err, struct err_note *note)
{
    struct err_note ignored;
    struct standing standing = {.state = STANDING_CANCELLED,
                                .priority = live->priority,
                                .exit_code = STANDING_EXIT_CANCELLED};
    snprintf(standing.reason, sizeof standing.reason, "%s", live->reason);
    enum err written =
        standing_write(&standing, live->dir->path, err && err != ERR_INTERRUPTED ? &ignored : note);
    return written && err == ERR_INTERRUPTED ? written : err;
}

/* For who looks at the end of the run. */
static void tell_quarantined(const struct run *run)
{
    const struct quarantined *q;
    struct err_note line;
    for (uint32_t i = 0; (q = dispatch_quarantined(run->live->dispatch, i)) != NULL; i++) {
        snprintf(line.text, sizeof line.text, "warning: worker %s got no more work: %s", q->worker,
                 q->reason);
        if (run->options->on_event)
            run->options->on_event(run->options->ctx, line.text);
    }
}

enum err run_execute(const struct run_dir *dir, const struct run_options *options,
                     struct run_progress *out, struct err_note *note)
{
    struct run run = {.options = options};
    struct standing standing;
    *out = (struct run_progress){.cells_per_s = NAN, .eta_s = NAN};
    enum err err = live_open(&run.live, dir, options, host_now_ms(), note);
    if (err)
        return err;
    /* Whoever runs it has changed their mind. */
    err = standing_read(&standing, dir->path, note);
    if (!err && (standing.state == STANDING_CANCELLED || standing.state == STANDING_FAILED))
        err = standing_write(&(struct standing){.state = STANDING_NONE}, dir->path, note);
    if (!err)
        err = execute(&run, note);
    if (run.live->cancelled)
        err = record_cancel(run.live, err, note);
    live_progress(run.live, host_now_ms(), out);
    tell_quarantined(&run);
    host_close(&run.host);
    live_close(&run.live, host_now_ms(), err, note);
    return err;
}
