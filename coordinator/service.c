#include "coordinator/service.h"
#include "coordinator/desk.h"
#include "coordinator/finish.h"
#include "coordinator/host.h"
#include "coordinator/live.h"
#include "coordinator/standing.h"
#include "engine/plateau_engine.h"
#include <errno.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* RESTART_MS: local workers that end at once are not started more often. */
enum { TURN_MS = 50, RESTART_MS = 500 };

enum phase { WAITING, LIVE, FINISHING };
struct entry { /* a run the service takes care of */
    struct run_dir dir;
    struct standing standing;
    enum phase phase;
    struct live *live;
    struct market_image image;
    bool has_image;
    int lock_fd; /* while it is FINISHING; else -1 */
};
struct service {
    const struct service_options *options;
    struct host *host;
    struct finish *finish; /* of `finishing` */
    struct entry *finishing;
    struct entry *entries[SERVICE_RUNS_MAX]; /* by submission, oldest first */
    uint32_t n_entries;
    int64_t restarted_ms;
};

static int64_t utc_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int stop_level(const struct service *s)
{
    return s->options->run->stop ? (int)*s->options->run->stop : 0;
}

__attribute__((format(printf, 2, 3))) static void say(const struct service *s, const char *format,
                                                      ...)
{
    struct err_note line;
    va_list args;
    if (!s->options->run->on_event)
        return;
    va_start(args, format);
    vsnprintf(line.text, sizeof line.text, format, args);
    va_end(args);
    s->options->run->on_event(s->options->run->ctx, line.text);
}

/* ---- entries ---- */

static struct entry *find_entry(const struct service *s, const char *id)
{
    for (uint32_t i = 0; i < s->n_entries; i++)
        if (strcmp(s->entries[i]->dir.id, id) == 0)
            return s->entries[i];
    return NULL;
}

static void free_entry(struct entry *e)
{
    if (e->has_image)
        market_image_free(&e->image);
    run_unlock(e->lock_fd);
    run_dir_free(&e->dir);
    free(e);
}

/* Takes the run. */
static enum err add_entry(struct service *s, struct run_dir *dir, const struct standing *standing)
{
    struct entry *e = s->n_entries < SERVICE_RUNS_MAX ? calloc(1, sizeof *e) : NULL;
    if (!e)
        return s->n_entries < SERVICE_RUNS_MAX ? ERR_NOMEM : ERR_OVERFLOW;
    *e = (struct entry){.dir = *dir, .standing = *standing, .lock_fd = -1};
    uint32_t at = s->n_entries++;
    while (at > 0 && s->entries[at - 1]->standing.submitted_ms > standing->submitted_ms) {
        s->entries[at] = s->entries[at - 1];
        at--;
    }
    s->entries[at] = e;
    return OK;
}

static void remove_entry(struct service *s, struct entry *e)
{
    uint32_t i = 0;
    while (s->entries[i] != e)
        i++;
    for (s->n_entries--; i < s->n_entries; i++)
        s->entries[i] = s->entries[i + 1];
    free_entry(e);
}

static enum err write_standing(struct entry *e, enum standing_state state, int exit_code,
                               const char *reason, struct err_note *note)
{
    struct standing standing = e->standing;
    standing.state = state;
    standing.exit_code = exit_code;
    snprintf(standing.reason, sizeof standing.reason, "%s", reason);
    enum err err = standing_write(&standing, e->dir.path, note);
    if (!err)
        e->standing = standing;
    return err;
}

/* ---- what was left by a service before ---- */

static enum err take_up(struct service *s, const char *path, struct err_note *note)
{
    struct standing standing;
    struct run_dir dir;
    enum err err = standing_read(&standing, path, note);
    if (!err && standing.state != STANDING_QUEUED && standing.state != STANDING_PAUSED)
        return OK;
    if (!err)
        err = run_dir_open(&dir, s->options->runs, path, note);
    if (err == ERR_NOMEM)
        return err;
    if (err) { /* a damaged folder is no reason not to compute the others */
        say(s, "warning: left alone: %s", note->text);
        return OK;
    }
    err = add_entry(s, &dir, &standing);
    if (err)
        run_dir_free(&dir);
    return err;
}

static enum err take_up_all(struct service *s, struct err_note *note)
{
    char pattern[4200];
    glob_t found;
    enum err err = OK;
    snprintf(pattern, sizeof pattern, "%s/*/" STANDING_FILE, s->options->runs);
    if (glob(pattern, 0, NULL, &found) != 0)
        return OK;
    for (size_t i = 0; !err && i < found.gl_pathc; i++) {
        *strrchr(found.gl_pathv[i], '/') = 0;
        err = take_up(s, found.gl_pathv[i], note);
    }
    globfree(&found);
    return err;
}

/* ---- the life of a run ---- */

static enum err fail_run(struct service *s, struct entry *e, enum err why,
                         const struct err_note *reason)
{
    struct err_note note = {""};
    const char *text = reason->text[0] ? reason->text : err_text(why);
    say(s, "warning: run %s failed: %s", e->dir.id, text);
    enum err err = write_standing(e, STANDING_FAILED, err_exit_code(why), text, &note);
    remove_entry(s, e);
    return err;
}

static enum err open_live(struct service *s, struct entry *e, struct err_note *note)
{
    struct run_options options = *s->options->run;
    options.limits = e->standing.limits;
    enum err err = s->options->open_image(&e->image, &e->dir, note);
    if (err)
        return err;
    e->has_image = true;
    err = live_open(&e->live, &e->dir, &options, host_now_ms(), note);
    if (err)
        return err;
    e->live->priority = e->standing.priority;
    e->live->paused = e->standing.state == STANDING_PAUSED;
    err = host_add(s->host, e->live, note);
    if (err)
        live_close(&e->live, host_now_ms(), err, note);
    return err;
}

/* As many as may be side by side; what cannot be opened has failed. */
static enum err admit(struct service *s)
{
    uint32_t n_live = 0;
    enum err err = OK;
    for (uint32_t i = 0; i < s->n_entries; i++)
        n_live += s->entries[i]->phase == LIVE;
    for (uint32_t i = 0; !err && i < s->n_entries && n_live < SERVICE_LIVE_MAX;) {
        struct entry *e = s->entries[i];
        struct err_note note = {""};
        if (e->phase != WAITING) {
            i++;
            continue;
        }
        enum err why = open_live(s, e, &note);
        if (why) {
            err = fail_run(s, e, why, &note); /* the next one has its place now */
            continue;
        }
        e->phase = LIVE;
        say(s, "run %s: %s, priority %u", e->dir.id, e->live->paused ? "paused" : "under way",
            e->standing.priority);
        n_live++;
        i++;
    }
    return err;
}

/* The lock is held on while results are written. */
static enum err leave_host(struct service *s, struct entry *e, enum err why,
                           const struct err_note *reason, struct err_note *note)
{
    struct err_note busy = {""};
    enum err err = host_remove(s->host, e->live, note);
    live_close(&e->live, host_now_ms(), why, reason);
    run_lock(&e->dir, &e->lock_fd, &busy);
    e->phase = FINISHING;
    return err;
}

/* Has all been saved of a run that too many cells failed of? It rests until then. */
static enum err has_stopped_early(struct service *s, struct entry *e, bool *stopped)
{
    bool early = live_too_many_failed(e->live) && !dispatch_is_done(e->live->dispatch);
    *stopped = early && dispatch_is_idle(e->live->dispatch);
    return early && !e->live->paused ? host_pause(s->host, e->live, true) : OK;
}

/* A run that is done, cancelled, stopped by its limits, or cannot be computed here. */
static enum err end_run(struct service *s, struct entry *e, bool *ended, struct err_note *note)
{
    struct err_note reason = {""};
    const struct live *live = e->live;
    enum err why = OK;
    bool stopped;
    enum err err = has_stopped_early(s, e, &stopped);
    if (err)
        return err;
    *ended = true;
    if (live->cancelled || stopped || dispatch_is_done(live->dispatch))
        why = live_verdict(live, &reason);
    else
        why = live_is_hopeless(live, host_n_workers(s->options->run), &reason);
    if (!why && !dispatch_is_done(live->dispatch)) {
        *ended = false;
        return OK;
    }
    struct run_progress p;
    live_progress(live, host_now_ms(), &p);
    err = leave_host(s, e, why, &reason, note);
    if (err)
        return err;
    if (why == ERR_FAILS)
        return write_standing(e, STANDING_FAILED, err_exit_code(why), reason.text, note);
    if (why && why != ERR_INTERRUPTED)
        return fail_run(s, e, why, &reason);
    e->standing.exit_code = why          ? STANDING_EXIT_CANCELLED
                            : p.disputes ? err_exit_code(ERR_MISMATCH)
                                         : p.cells_failed > 0;
    return OK;
}

static enum err end_runs(struct service *s, struct err_note *note)
{
    enum err err = OK;
    for (uint32_t i = 0; !err && i < s->n_entries;) {
        struct entry *e = s->entries[i];
        bool ended = false;
        uint32_t before = s->n_entries;
        if (e->phase == LIVE)
            err = end_run(s, e, &ended, note);
        i += s->n_entries == before;
    }
    return err;
}

/* Its state says already how it ended: cancelled, or stopped by its limits. */
static bool is_settled(const struct entry *e)
{
    return e->standing.state == STANDING_CANCELLED || e->standing.state == STANDING_FAILED;
}

static enum err start_finish(struct service *s)
{
    for (uint32_t i = 0; i < s->n_entries; i++) {
        struct entry *e = s->entries[i];
        if (e->phase != FINISHING)
            continue;
        s->finishing = e;
        return finish_start(
            &s->finish,
            &(struct finish_options){.run = &e->dir,
                                     .export = is_settled(e) ? NULL : s->options->export,
                                     .partial = run_limits_sample(&e->standing.limits),
                                     .ledger = s->options->ledger,
                                     .no_ledger = s->options->no_ledger || e->standing.no_ledger});
    }
    return OK;
}

/* Results are there before the state says so. */
static enum err finish_runs(struct service *s, struct err_note *note)
{
    struct err_note reason = {""}, ledger = {""};
    struct entry *e = s->finishing;
    enum err why = OK;
    if (!s->finish)
        return start_finish(s);
    if (!finish_poll(&s->finish, &why, &reason, &ledger))
        return OK;
    s->finishing = NULL;
    if (ledger.text[0])
        say(s, "warning: run %s: its points are not in the trial ledger: %s", e->dir.id,
            ledger.text);
    if (why)
        return fail_run(s, e, why, &reason);
    enum err err =
        is_settled(e) ? OK : write_standing(e, STANDING_FINISHED, e->standing.exit_code, "", note);
    say(s, "%srun %s: %s%s%s", e->standing.state == STANDING_FAILED ? "warning: " : "", e->dir.id,
        STANDING_NAME[e->standing.state], *e->standing.reason ? ": " : "", e->standing.reason);
    remove_entry(s, e);
    return err;
}

/* ---- orders ---- */

static enum err submit(struct service *s, const struct desk_order *order, struct err_note *note)
{
    struct standing standing = {.state = STANDING_QUEUED,
                                .priority = order->priority,
                                .submitted_ms = utc_ms(),
                                .no_ledger = order->no_ledger,
                                .limits = order->limits};
    struct run_dir dir;
    int lock_fd = -1;
    if (strchr(order->run, '/') || order->run[0] == '.' || order->run[0] == 0)
        return err_set(note, ERR_RANGE, "submit: run is the id of a run in %s", s->options->runs);
    enum err err = run_dir_open(&dir, s->options->runs, order->run, note);
    if (err)
        return err;
    if (strcmp(dir.job.engine_id, plateau_engine_id()) != 0)
        err = err_set(note, ERR_MISMATCH,
                      "run %s belongs to engine %.16s, the service holds engine %.16s", dir.id,
                      dir.job.engine_id, plateau_engine_id());
    if (!err)
        err = run_lock(&dir, &lock_fd, note);
    run_unlock(lock_fd);
    if (!err && s->n_entries == SERVICE_RUNS_MAX)
        err = err_set(note, ERR_OVERFLOW, "the service takes care of %u runs: that is the most",
                      SERVICE_RUNS_MAX);
    if (!err)
        err = standing_write(&standing, dir.path, note);
    if (!err)
        err = add_entry(s, &dir, &standing);
    if (err)
        run_dir_free(&dir);
    return err;
}

static enum err set_priority(struct service *s, struct entry *e, uint32_t priority,
                             struct err_note *note)
{
    e->standing.priority = priority;
    if (e->live)
        host_set_priority(s->host, e->live, priority);
    return standing_write(&e->standing, e->dir.path, note);
}

static enum err pause_run(struct service *s, struct entry *e, bool paused, struct err_note *note)
{
    enum err err = write_standing(e, paused ? STANDING_PAUSED : STANDING_QUEUED, 0, "", note);
    return !err && e->live ? host_pause(s->host, e->live, paused) : err;
}

static enum err cancel_run(struct service *s, struct entry *e, const char *reason,
                           struct err_note *note)
{
    enum err err = write_standing(e, STANDING_CANCELLED, STANDING_EXIT_CANCELLED, reason, note);
    if (err)
        return err;
    if (e->live)
        return host_cancel(s->host, e->live, reason);
    remove_entry(s, e);
    return OK;
}

static enum err obey(void *ctx, const struct desk_order *order, struct err_note *note)
{
    struct service *s = ctx;
    struct entry *e = find_entry(s, order->run);
    if (!e && order->what == DESK_SUBMIT)
        return submit(s, order, note);
    if (!e)
        return err_set(note, ERR_NOT_FOUND,
                       "the service has no run %s under way; plateau submit gives it one",
                       order->run);
    if (e->phase == FINISHING)
        return err_set(note, ERR_STALE, "run %s has ended; its results are being written",
                       order->run);
    switch (order->what) {
    case DESK_SUBMIT:
        if (run_limits_any(&order->limits) || order->no_ledger)
            return err_set(note, ERR_BUSY,
                           "run %s is under way as it was submitted; plateau cancel ends it, then "
                           "it can be submitted with another sample, limit or ledger",
                           order->run);
        return set_priority(s, e, order->priority, note);
    case DESK_PRIORITY:
        return set_priority(s, e, order->priority, note);
    case DESK_PAUSE:
    case DESK_RESUME:
        return pause_run(s, e, order->what == DESK_PAUSE, note);
    case DESK_CANCEL:
        return cancel_run(s, e, order->reason, note);
    case N_DESK_ORDERS:
        break;
    }
    return ERR_FORMAT;
}

static enum err others(void *ctx, json_t *runs)
{
    const struct service *s = ctx;
    for (uint32_t i = 0; i < s->n_entries; i++) {
        const struct entry *e = s->entries[i];
        if (e->phase != LIVE &&
            json_array_append_new(
                runs,
                desk_run_row(e->dir.id,
                             e->phase == FINISHING ? "finishing" : STANDING_NAME[e->standing.state],
                             e->standing.reason, e->standing.priority)))
            return ERR_NOMEM;
    }
    return OK;
}

/* ---- the loop ---- */

static bool is_over(const struct service *s)
{
    if (stop_level(s) != 1)
        return stop_level(s) > 1;
    for (uint32_t i = 0; i < s->n_entries; i++)
        if (s->entries[i]->live && !dispatch_is_idle(s->entries[i]->live->dispatch))
            return host_is_deserted(s->host);
    return true;
}

static enum err restart_workers(struct service *s, struct err_note *note)
{
    int64_t now_ms = host_now_ms();
    if (stop_level(s) || now_ms - s->restarted_ms < RESTART_MS)
        return OK;
    s->restarted_ms = now_ms;
    return host_restart_workers(s->host, note);
}

static enum err turn(struct service *s, struct desk *desk, struct err_note *note)
{
    for (uint32_t i = 0; stop_level(s) && i < s->n_entries; i++)
        if (s->entries[i]->live)
            dispatch_drain(s->entries[i]->live->dispatch);
    enum err err = host_turn(s->host, TURN_MS, note);
    host_answer(s->host, desk);
    if (!err)
        err = end_runs(s, note);
    if (!err)
        err = finish_runs(s, note);
    if (!err)
        err = restart_workers(s, note);
    return err || stop_level(s) ? err : admit(s);
}

/* Everything is saved or given up by now. */
static void leave_all(struct service *s)
{
    struct err_note ignored = {""}, stopped = {""};
    err_set(&stopped, ERR_INTERRUPTED, "the service was stopped");
    if (s->host)
        host_dismiss(s->host, s->options->run->stop);
    for (uint32_t i = 0; i < s->n_entries; i++) {
        struct entry *e = s->entries[i];
        if (!e->live)
            continue;
        host_remove(s->host, e->live, &ignored);
        live_close(&e->live, host_now_ms(), ERR_INTERRUPTED, &stopped);
    }
    finish_free(&s->finish); /* a file that was not written is written by the next service */
    for (uint32_t i = 0; i < s->n_entries; i++)
        free_entry(s->entries[i]);
    s->n_entries = 0;
    host_close(&s->host);
}

static enum err go(struct service *s, const char *folder, struct err_note *note)
{
    struct desk desk = {.kind = "service", .order = obey, .others = others, .ctx = s};
    enum err err = host_open(&s->host, folder, s->options->run, note);
    desk.host = s->host;
    if (!err)
        err = host_start_workers(s->host, host_n_workers(s->options->run), note);
    if (!err)
        err = take_up_all(s, note);
    if (!err)
        say(s, "service of %s: ready, %u run%s to go on with", s->options->runs, s->n_entries,
            s->n_entries == 1 ? "" : "s");
    while (!err && !is_over(s))
        err = turn(s, &desk, note);
    leave_all(s);
    return err ? err : err_set(note, ERR_INTERRUPTED, "stopped; everything done is saved");
}

static enum err make_folder(const char *path, struct err_note *note)
{
    return mkdir(path, 0777) && errno != EEXIST
               ? err_set(note, ERR_IO, "%s: cannot make the folder: %s", path, strerror(errno))
               : OK;
}

enum err service_make_folder(const char *runs, struct err_note *note)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/" SERVICE_FOLDER, runs);
    enum err err = make_folder(runs, note);
    return err ? err : make_folder(path, note);
}

enum err service_run(const struct service_options *options, struct err_note *note)
{
    struct run_dir own = {.id = SERVICE_FOLDER}; /* for its lock */
    struct err_note busy = {""};
    int lock_fd = -1;
    if ((size_t)snprintf(own.path, sizeof own.path, "%s/" SERVICE_FOLDER, options->runs) >=
        sizeof own.path)
        return err_set(note, ERR_RANGE, "%.100s..: the path is too long", options->runs);
    enum err err = service_make_folder(options->runs, note);
    if (err)
        return err;
    err = run_lock(&own, &lock_fd, &busy);
    if (err)
        return err_set(note, err, "%s: another service is at work there (%s)", options->runs,
                       busy.text);
    struct service *s = calloc(1, sizeof *s);
    if (s)
        s->options = options;
    err = s ? go(s, own.path, note) : ERR_NOMEM;
    free(s);
    run_unlock(lock_fd);
    return err;
}
