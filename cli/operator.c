#include "cli/operator.h"
#include "cli/counts.h"
#include "cli/hint.h"
#include "coordinator/control.h"
#include "coordinator/run_socket.h"
#include "coordinator/service.h"
#include <stdlib.h>
#include <string.h>

/* Somebody answers there: a record may be left behind by a kill. */
static bool is_alive(const struct operator* op)
{
    struct err_note ignored;
    return operator_ask(op, json_pack("{s:s}", "do", "status"), NULL, &ignored) == OK;
}

enum err operator_find_service(struct operator* out, const char *runs_dir, struct err_note *note)
{
    char folder[4200];
    struct operator op = {.run = ""};
    snprintf(folder, sizeof folder, "%s/" SERVICE_FOLDER, runs_dir);
    if (run_socket_find(folder, op.endpoint, sizeof op.endpoint, note) || !is_alive(&op))
        return err_set(note, ERR_NOT_FOUND,
                       "%s: no service is at work there; `plateau coordinator` starts one",
                       runs_dir);
    *out = op;
    return OK;
}

/* The folder a run lies in: its service may hold it. */
static void folder_of(const char *path, char *folder, size_t size)
{
    const char *slash = strrchr(path, '/');
    snprintf(folder, size, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
}

static enum err tell_unheld(const struct run_dir *run, struct err_note *note)
{
    struct run_counts counts;
    enum err err = run_count(&counts, run, note);
    if (err)
        return err;
    if (counts.tiles_done == counts.n_tiles)
        return err_set(note, ERR_EMPTY, "run %s is finished: nobody works on it any more", run->id);
    return err_set(note, ERR_NOT_FOUND,
                   "run %s: no process is at work on it; `plateau resume %s` goes on with it",
                   run->id, hint_run(run->id));
}

static enum err find_holder(struct operator* op, const struct run_dir *run, struct err_note *note)
{
    struct operator service;
    char runs[4200];
    if (run_socket_find(op->path, op->endpoint, sizeof op->endpoint, note) == OK && is_alive(op))
        return OK;
    folder_of(op->path, runs, sizeof runs);
    if (operator_find_service(&service, runs, note))
        return tell_unheld(run, note);
    memcpy(op->endpoint, service.endpoint, sizeof op->endpoint);
    return OK;
}

enum err operator_find(struct operator* out, const char *runs_dir, const char *which,
                       struct err_note *note)
{
    struct run_dir run;
    struct operator op = {.run = ""};
    if (!which && operator_find_service(out, runs_dir, note) == OK)
        return OK;
    enum err err = run_dir_open(&run, runs_dir, which ? which : "last", note);
    if (err)
        return err;
    snprintf(op.run, sizeof op.run, "%s", run.id);
    snprintf(op.path, sizeof op.path, "%s", run.path);
    err = find_holder(&op, &run, note);
    run_dir_free(&run);
    if (!err || err == ERR_EMPTY)
        *out = op;
    return err;
}

enum err operator_ask(const struct operator* op, json_t *request, json_t **reply,
                      struct err_note *note)
{
    json_t *answer = NULL;
    enum err err =
        request ? control_ask(op->endpoint, request, CONTROL_TIMEOUT_MS, &answer, note) : ERR_NOMEM;
    json_decref(request);
    if (!err && reply)
        *reply = answer;
    else
        json_decref(answer);
    return err;
}

enum err operator_order(const struct operator* op, const char *what, json_t *more,
                        struct err_note *note)
{
    json_t *request = json_pack("{s:s, s:s}", "do", what, "run", op->run);
    if (request && more)
        json_object_update(request, more);
    json_decref(more);
    return operator_ask(op, request, NULL, note);
}
