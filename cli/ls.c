/* ls - the runs of a folder: state, priority, progress, rate. What is under way is asked of the
 * service or the process that holds it; the rest is read. */
#include "cli/cli.h"
#include "cli/counts.h"
#include "cli/operator.h"
#include "cli/table.h"
#include "coordinator/standing.h"
#include <glob.h>
#include <math.h>
#include <string.h>

struct listing {
    const char *runs;
    json_t *service; /* its reply; NULL: there is none */
    struct table *table;
};

static const json_t *row_of(const json_t *reply, const char *id)
{
    size_t i;
    const json_t *row;
    json_array_foreach(json_object_get(reply, "runs"), i, row)
    {
        const char *name = json_string_value(json_object_get(row, "run"));
        if (name && strcmp(name, id) == 0)
            return row;
    }
    return NULL;
}

static double number_of(const json_t *row, const char *key)
{
    const json_t *value = json_object_get(row, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static const char *state_of(const json_t *row, bool held, const struct standing *standing,
                            const struct run_counts *counts)
{
    const char *state = json_string_value(json_object_get(row, "state"));
    if (state)
        return state;
    if (held)
        return "running";
    if (counts->tiles_done == counts->n_tiles)
        return "finished";
    return standing->state ? STANDING_NAME[standing->state] : "stopped";
}

static enum err list_run(struct listing *l, const struct run_dir *run, struct err_note *note)
{
    struct run_counts counts;
    struct standing standing;
    struct err_note ignored;
    struct operator op;
    json_t *holder = NULL;
    const json_t *row = row_of(l->service, run->id);
    bool held = !row && run_is_held(run, NULL);
    if (held && operator_find(&op, l->runs, run->path, &ignored) == OK &&
        operator_ask(&op, json_pack("{s:s}", "do", "status"), &holder, &ignored) == OK)
        row = row_of(holder, run->id);
    enum err err = run_count(&counts, run, note);
    if (!err)
        err = standing_read(&standing, run->path, note);
    if (!err) {
        table_text(l->table, run->id);
        table_text(l->table, state_of(row, held, &standing, &counts));
        table_whole(l->table, (int64_t)standing.priority);
        table_whole(l->table, (int64_t)counts.cells_done);
        table_whole(l->table, (int64_t)counts.cells);
        table_whole(l->table, (int64_t)counts.failed);
        table_whole(l->table, json_integer_value(json_object_get(row, "workers")));
        table_number(l->table, number_of(row, "cells_per_s"), 4);
        table_number(l->table, number_of(row, "eta_s"), 3);
        table_text(l->table, standing.reason);
    }
    json_decref(holder);
    return err;
}

/* A folder that cannot be read is told and left out. */
static void list_runs(struct listing *l)
{
    char pattern[4200];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/*/job", l->runs);
    if (glob(pattern, 0, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct run_dir run;
        struct err_note note = {""};
        *strrchr(found.gl_pathv[i], '/') = 0;
        enum err err = run_dir_open(&run, l->runs, found.gl_pathv[i], &note);
        if (!err) {
            err = list_run(l, &run, &note);
            run_dir_free(&run);
        }
        if (err)
            fprintf(stderr, "plateau: warning: %s: %s\n", found.gl_pathv[i],
                    note.text[0] ? note.text : err_text(err));
    }
    globfree(&found);
}

int cli_ls(int argc, char **argv)
{
    static const char *const COLUMNS[] = {"run",   "state",  "priority", "cells_done",
                                          "cells", "failed", "workers",  "cells_per_s",
                                          "eta_s", "reason", NULL};
    struct listing l = {.runs = "runs"};
    struct err_note note = {""};
    struct operator op;
    struct cli_args args;
    int format = CLI_TABLE;
    const struct cli_option options[] = {
        {"dir", 0, CLI_TEXT, &l.runs, "RUNS", "folder of runs (default: runs)", NULL},
        {"format", 0, CLI_CHOICE, &format, "FORM", "form of the output", CLI_FORMATS},
        CLI_OPTION_END,
    };
    int code = cli_parse(argc, argv, options, 0, 0, &args);
    if (code >= 0)
        return code;
    enum err err = table_new(&l.table, COLUMNS);
    if (!err && operator_find_service(&op, l.runs, &note) == OK)
        operator_ask(&op, json_pack("{s:s}", "do", "status"), &l.service, &note);
    if (!err) {
        list_runs(&l);
        err = table_print(l.table, (enum cli_format)format, stdout);
    }
    json_decref(l.service);
    table_free(&l.table);
    return err ? cli_fail(err, NULL, NULL) : CLI_OK;
}
