/* live - a run in flight: the lock that is held on it, its journal, the decisions about its tiles,
 * its log, and how it goes. */
#ifndef COORDINATOR_LIVE_H
#define COORDINATOR_LIVE_H
#include "coordinator/canary.h"
#include "coordinator/dispatch.h"
#include "coordinator/failures.h"
#include "coordinator/journal.h"
#include "coordinator/observer.h"
#include "coordinator/pace.h"
#include "coordinator/run.h"
#include "coordinator/standing.h"

struct live { /* read by all; written here and by host.c */
    const struct run_dir *dir;
    uint64_t number; /* in messages: odd, as pool.h asks */
    struct journal *journal;
    struct canary canary;
    struct dispatch *dispatch;
    struct observer observer;
    int lock_fd;
    int64_t start_ms;
    uint64_t cells_at_start, disputes_at_start;
    struct pace pace;
    struct failures failures;
    /* What an operator asked for. */
    uint32_t priority;
    bool paused, cancelled;
    char reason[STANDING_REASON_MAX + 1]; /* of cancelled */
    struct run_limits limits;
    /* Deaths of local workers with no result in between; how the last one ended. */
    uint64_t results_at_death;
    uint32_t futile_deaths, stillborn;
    char last_how[64];
};
/* Locks it and reads what is done. Borrows dir. The caller owns *out. ERR_BUSY; ERR_MISMATCH:
 * another engine's. */
enum err live_open(struct live **out, const struct run_dir *dir, const struct run_options *options,
                   int64_t now_ms, struct err_note *note);
/* err and note: how it ended, for its log. */
void live_close(struct live **live_p, int64_t now_ms, enum err err, const struct err_note *note);
/* For the rate of late: call it every turn. */
void live_note_pace(struct live *live, int64_t now_ms);
void live_progress(const struct live *live, int64_t now_ms, struct run_progress *out);
/* A local worker that worked for it (or for nobody yet) has ended. */
void live_worker_died(struct live *live, const char *how);
/* ERR_NET: its workers end without a result, again and again; n_workers: how many there are. */
enum err live_is_hopeless(const struct live *live, uint32_t n_workers, struct err_note *note);
/* For serve_run.saved. */
void live_row_saved(void *live, const struct journal_row *row);
/* More cells failed than the options allow: no more is to be leased. */
bool live_too_many_failed(const struct live *live);
/* OK: done. ERR_FAILS: stopped by too many failed cells. ERR_INTERRUPTED: cells are missing,
 * and why if it was cancelled. */
enum err live_verdict(const struct live *live, struct err_note *note);
#endif
