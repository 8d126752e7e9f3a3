#include "coordinator/desk.h"
#include "coordinator/control.h"
#include "coordinator/share.h"
#include "coordinator/standing.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORKERS_SHOWN_MAX = 2000 }; /* a reply has a limit; n_workers counts them all */

static const char *const ORDER_NAME[] = {
#define X(NAME, name) name,
    DESK_ORDERS(X)
#undef X
};

/* ---- telling ---- */

/* Texts of peers may hold anything: what is not printable ASCII is shown as '?'. */
static json_t *text_of(const char *text)
{
    char clean[512];
    size_t n = 0;
    for (; text[n] && n < sizeof clean - 1; n++)
        clean[n] = text[n] >= ' ' && text[n] < 0x7f ? text[n] : '?';
    clean[n] = 0;
    return json_string(clean);
}

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *desk_run_row(const char *id, const char *state, const char *reason, uint32_t priority)
{
    return json_pack("{s:s, s:s, s:s, s:i}", "run", id, "state", state, "reason", reason,
                     "priority", (int)priority);
}

static json_t *failures_of(const struct failures *failures)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < failures->n; i++)
        json_array_append_new(list, json_pack("{s:s, s:o, s:I}", "status",
                                              STATUS_NAME[failures->at[i].status], "reason",
                                              text_of(failures->at[i].reason), "cells",
                                              (json_int_t)failures->at[i].n_cells));
    if (failures->n_other)
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:I}", "status", "failed", "reason",
                                        "other messages", "cells", (json_int_t)failures->n_other));
    return list;
}

static json_t *run_row(const struct desk *desk, const struct live *live)
{
    struct run_progress p;
    live_progress(live, host_now_ms(), &p);
    uint32_t n_workers = pool_n_workers(host_pool(desk->host), live->number);
    const char *state = live->cancelled             ? "cancelling"
                        : live->paused && n_workers ? "pausing"
                        : live->paused              ? "paused"
                                                    : "running";
    json_t *row = desk_run_row(live->dir->id, state, live->reason, live->priority);
    json_t *more =
        json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:i, s:o, s:o, s:o, s:o, s:f, s:o}", "cells",
                  (json_int_t)p.n_cells, "cells_done", (json_int_t)p.cells_done, "cells_failed",
                  (json_int_t)p.cells_failed, "cells_excluded", (json_int_t)p.cells_excluded,
                  "tiles", (json_int_t)p.n_tiles, "tiles_done", (json_int_t)p.tiles_done, "workers",
                  (int)n_workers, "cells_per_s", number(p.recent_per_s), "eta_s", number(p.eta_s),
                  "eta_low_s", number(p.eta_low_s), "eta_high_s", number(p.eta_high_s), "elapsed_s",
                  p.elapsed_s, "failures", failures_of(&live->failures));
    json_object_update(row, more);
    json_decref(more);
    return row;
}

static json_t *worker_row(const struct desk *desk, const struct pool_worker *w)
{
    const struct live *live = host_run(desk->host, w->run);
    int64_t now_ms = host_now_ms();
    const char *state = w->draining ? "draining"
                        : !w->run   ? "waiting"
                        : w->moving ? "moving"
                                    : "working";
    return json_pack("{s:o, s:s, s:s?, s:i, s:i, s:I, s:I, s:o, s:f, s:f}", "name",
                     text_of(w->name), "state", state, "run", live ? live->dir->id : NULL, "slots",
                     (int)w->slots, "held", (int)w->n_held, "tiles", (json_int_t)w->tiles, "cells",
                     (json_int_t)w->cells, "cells_per_s", number(w->cells_per_s), "heard_s",
                     (double)(now_ms - w->heard_ms) / 1000, "joined_s",
                     (double)(now_ms - w->joined_ms) / 1000);
}

static json_t *status(const struct desk *desk)
{
    json_t *runs = json_array(), *workers = json_array();
    const struct pool *pool = host_pool(desk->host);
    struct pool_worker w;
    const struct live *live;
    uint32_t n_workers = pool_worker(pool, 0, &w);
    for (uint32_t i = 0; (live = host_run_at(desk->host, i)) != NULL; i++)
        json_array_append_new(runs, run_row(desk, live));
    enum err err = desk->others ? desk->others(desk->ctx, runs) : OK;
    for (uint32_t i = 0; i < n_workers && i < WORKERS_SHOWN_MAX; i++) {
        pool_worker(pool, i, &w);
        json_array_append_new(workers, worker_row(desk, &w));
    }
    json_t *reply =
        err ? control_refusal(err, NULL)
            : json_pack("{s:b, s:s, s:i, s:s, s:O, s:O, s:i}", "ok", 1, "kind", desk->kind, "pid",
                        (int)getpid(), "endpoint", host_endpoint(desk->host), "runs", runs,
                        "workers", workers, "n_workers", (int)n_workers);
    json_decref(runs);
    json_decref(workers);
    return reply;
}

/* ---- orders ---- */

static json_t *drain(const struct desk *desk, const json_t *request)
{
    const json_t *name = json_object_get(request, "name"), *run = json_object_get(request, "run");
    struct err_note note = {""};
    if ((name && !json_is_string(name)) || (run && !json_is_string(run))) {
        err_set(&note, ERR_FORMAT, "drain: name and run are texts");
        return control_refusal(ERR_FORMAT, &note);
    }
    uint32_t n = 0;
    enum err err =
        host_drain(desk->host, json_string_value(name), json_string_value(run), &n, &note);
    return err ? control_refusal(err, &note) : json_pack("{s:b, s:i}", "ok", 1, "workers", (int)n);
}

static json_t *give_order(const struct desk *desk, enum desk_what what, const json_t *request)
{
    struct err_note note = {""};
    const json_t *run = json_object_get(request, "run"),
                 *reason = json_object_get(request, "reason"),
                 *priority = json_object_get(request, "priority"),
                 *no_ledger = json_object_get(request, "no_ledger");
    json_int_t n = priority ? json_integer_value(priority) : SHARE_PRIORITY_DEFAULT;
    struct run_limits limits;
    enum err err = ERR_FORMAT;
    if (!json_is_string(run))
        err_set(&note, err, "%s: run, an id, is expected", ORDER_NAME[what]);
    else if (reason &&
             (!json_is_string(reason) || json_string_length(reason) > STANDING_REASON_MAX))
        err_set(&note, err, "%s: reason is a text of at most %d bytes", ORDER_NAME[what],
                STANDING_REASON_MAX);
    else if ((priority && !json_is_integer(priority)) || n < 1 || n > SHARE_PRIORITY_MAX)
        err_set(&note, err, "%s: priority is a whole number from 1 to %u", ORDER_NAME[what],
                SHARE_PRIORITY_MAX);
    else if (no_ledger && !json_is_boolean(no_ledger))
        err_set(&note, err, "%s: no_ledger is true or false", ORDER_NAME[what]);
    else if ((err = run_limits_read(&limits, request, &note)) == OK)
        err = desk->order(desk->ctx,
                          &(struct desk_order){.what = what,
                                               .run = json_string_value(run),
                                               .reason = reason ? json_string_value(reason) : "",
                                               .priority = (uint32_t)n,
                                               .limits = limits,
                                               .no_ledger = json_is_true(no_ledger)},
                          &note);
    return err ? control_refusal(err, &note) : json_pack("{s:b}", "ok", 1);
}

json_t *desk_answer(void *ctx, const json_t *request)
{
    const struct desk *desk = ctx;
    const char *what = json_string_value(json_object_get(request, "do"));
    struct err_note note = {""};
    if (what && strcmp(what, "status") == 0)
        return status(desk);
    if (what && strcmp(what, "drain") == 0)
        return drain(desk, request);
    for (int i = 0; what && i < N_DESK_ORDERS; i++)
        if (strcmp(what, ORDER_NAME[i]) == 0)
            return give_order(desk, (enum desk_what)i, request);
    err_set(&note, ERR_FORMAT,
            "do: one of status, drain, pause, resume, cancel, priority, submit "
            "is expected");
    return control_refusal(ERR_FORMAT, &note);
}
