#include "coordinator/observer.h"
#include "coordinator/summary.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static struct log *log_of(const struct observer *o)
{
    return o->outside ? o->outside->log : NULL;
}

static struct metrics *metrics_of(const struct observer *o)
{
    return o->outside ? o->outside->metrics : NULL;
}

static void show(struct observer *o, int64_t now_ms, const struct dispatch *dispatch,
                 const struct journal *journal)
{
    struct metrics_run run = {.dispatch = dispatch_stats(dispatch),
                              .journal = journal_stats(journal),
                              .elapsed_s = (double)(now_ms - o->start_ms) / 1000};
    double computed = (double)(run.dispatch.cells_done - o->cells_at_start);
    run.cells_per_s = run.elapsed_s > 0 ? computed / run.elapsed_s : NAN;
    snprintf(run.id, sizeof run.id, "%s", o->dir->id);
    memcpy(run.events, o->events, sizeof run.events);
    metrics_put(metrics_of(o), &run);
    o->shown_ms = now_ms;
}

void observer_started(struct observer *o, int64_t now_ms, const struct dispatch *dispatch)
{
    struct dispatch_stats stats = dispatch_stats(dispatch);
    o->start_ms = now_ms;
    o->cells_at_start = stats.cells_done;
    log_event(log_of(o), EVENT_RUN_STARTED, {LOG_run, .text = o->dir->id},
              {LOG_build, .text = o->dir->build}, {LOG_engine, .text = o->dir->job.engine_id},
              {LOG_cells, .whole = stats.n_cells}, {LOG_cells_done, .whole = stats.cells_done},
              {LOG_cells_failed, .whole = stats.cells_failed});
}

static void meet(struct observer *o, struct events *events, uint32_t i)
{
    char fact[EVENT_TEXT_MAX + 1];
    if (!crew_add(&o->crew, events->at[i].worker, events->at[i].text, fact, sizeof fact))
        return;
    o->events[EVENT_WORKER_DIFFERS]++;
    memcpy(events_add(events, EVENT_WORKER_DIFFERS, events->at[i].worker)->text, fact, sizeof fact);
}

static void tell(struct observer *o, struct dispatch *dispatch, const struct journal *journal)
{
    struct journal_stats stats = journal_stats(journal);
    struct events *events = dispatch_events(dispatch);
    uint32_t n = events->n; /* what is added on the way is about these */
    for (uint32_t i = 0; i < n; i++) {
        o->events[events->at[i].kind]++;
        if (events->at[i].kind == EVENT_WORKER_JOINED)
            meet(o, events, i);
    }
    log_events(log_of(o), o->dir->id, events);
    if (stats.slow == o->slow_commits)
        return;
    o->events[EVENT_JOURNAL_SLOW] += stats.slow - o->slow_commits;
    o->slow_commits = stats.slow;
    log_event(log_of(o), EVENT_JOURNAL_SLOW, {LOG_run, .text = o->dir->id},
              {LOG_ms, .number = (double)stats.slowest_us / 1000});
}

void observer_turn(struct observer *o, int64_t now_ms, struct dispatch *dispatch,
                   const struct journal *journal)
{
    tell(o, dispatch, journal);
    if (now_ms - o->shown_ms >= OBSERVER_EVERY_MS)
        show(o, now_ms, dispatch, journal);
}

void observer_process_ended(struct observer *o, uint64_t pid, const char *how)
{
    log_event(log_of(o), EVENT_WORKER_ENDED, {LOG_run, .text = o->dir->id}, {LOG_pid, .whole = pid},
              {LOG_reason, .text = how});
}

/* A summary that cannot be written is told; the results do not depend on it. */
static void sum_up(struct observer *o, int64_t now_ms, const struct dispatch_stats *stats,
                   struct journal *journal, enum err err, const char *reason)
{
    struct err_note note = {""};
    const struct summary summary = {.run = o->dir,
                                    .journal = journal,
                                    .crew = &o->crew,
                                    .dispatch = *stats,
                                    .cells_at_start = o->cells_at_start,
                                    .elapsed_s = (double)(now_ms - o->start_ms) / 1000,
                                    .err = err,
                                    .reason = reason};
    if (summary_write(&summary, &note))
        log_event(log_of(o), EVENT_JOURNAL_FAILED, {LOG_run, .text = o->dir->id},
                  {LOG_reason, .text = note.text});
}

void observer_ended(struct observer *o, int64_t now_ms, struct dispatch *dispatch,
                    struct journal *journal, enum err err, const struct err_note *note)
{
    const char *reason = err ? note->text[0] ? note->text : err_text(err) : "";
    struct dispatch_stats stats = {0};
    if (dispatch && journal) {
        tell(o, dispatch, journal);
        show(o, now_ms, dispatch, journal);
        stats = dispatch_stats(dispatch);
    }
    if (err == ERR_IO || err == ERR_CORRUPT)
        log_event(log_of(o), EVENT_JOURNAL_FAILED, {LOG_run, .text = o->dir->id},
                  {LOG_reason, .text = reason});
    bool stopped = err == ERR_INTERRUPTED;
    log_event(log_of(o), err && !stopped ? EVENT_RUN_FAILED : EVENT_RUN_ENDED,
              {LOG_run, .text = o->dir->id},
              {LOG_state, .text = stopped ? "stopped"
                                  : err   ? "failed"
                                          : "finished"},
              {LOG_reason, .text = reason}, {LOG_cells, .whole = stats.n_cells},
              {LOG_cells_done, .whole = stats.cells_done},
              {LOG_cells_failed, .whole = stats.cells_failed});
    if (dispatch && journal)
        sum_up(o, now_ms, &stats, journal, err, reason);
    crew_free(&o->crew);
}
