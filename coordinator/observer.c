#include "coordinator/observer.h"

void observer_started(struct observer *o, const struct dispatch *dispatch)
{
    struct dispatch_stats stats = dispatch_stats(dispatch);
    log_event(o->log, EVENT_RUN_STARTED, {LOG_run, .text = o->dir->id},
              {LOG_build, .text = o->dir->build}, {LOG_engine, .text = o->dir->job.engine_id},
              {LOG_cells, .whole = stats.n_cells}, {LOG_cells_done, .whole = stats.cells_done},
              {LOG_cells_failed, .whole = stats.cells_failed});
}

void observer_turn(struct observer *o, struct dispatch *dispatch, const struct journal *journal)
{
    struct journal_stats stats = journal_stats(journal);
    log_events(o->log, o->dir->id, dispatch_events(dispatch));
    if (stats.slow > o->slow_commits)
        log_event(o->log, EVENT_JOURNAL_SLOW, {LOG_run, .text = o->dir->id},
                  {LOG_rows, .whole = stats.slow - o->slow_commits},
                  {LOG_ms, .number = (double)stats.slowest_us / 1000});
    o->slow_commits = stats.slow;
}

void observer_process_ended(struct observer *o, uint64_t pid, const char *how)
{
    log_event(o->log, EVENT_WORKER_ENDED, {LOG_run, .text = o->dir->id}, {LOG_pid, .whole = pid},
              {LOG_reason, .text = how});
}

void observer_ended(struct observer *o, struct dispatch *dispatch, const struct journal *journal,
                    enum err err, const struct err_note *note)
{
    const char *reason = err ? note->text[0] ? note->text : err_text(err) : "";
    struct dispatch_stats stats = {0};
    if (dispatch) {
        if (journal)
            observer_turn(o, dispatch, journal);
        stats = dispatch_stats(dispatch);
    }
    if (err == ERR_IO || err == ERR_CORRUPT)
        log_event(o->log, EVENT_JOURNAL_FAILED, {LOG_run, .text = o->dir->id},
                  {LOG_reason, .text = reason});
    bool stopped = err == ERR_INTERRUPTED;
    log_event(o->log, err && !stopped ? EVENT_RUN_FAILED : EVENT_RUN_ENDED,
              {LOG_run, .text = o->dir->id},
              {LOG_state, .text = stopped ? "stopped"
                                  : err   ? "failed"
                                          : "finished"},
              {LOG_reason, .text = reason}, {LOG_cells, .whole = stats.n_cells},
              {LOG_cells_done, .whole = stats.cells_done},
              {LOG_cells_failed, .whole = stats.cells_failed});
}
