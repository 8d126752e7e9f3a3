#include "cli/review_record.h"
#include "cli/cli.h"
#include "coordinator/export.h"
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORD_FORMAT "plateau review record 1"

struct record { /* the options with what they point to */
    struct reviewing_options options;
    struct verdict_limits limits;
    char objective[64], at[32], ledger[4096];
};

static void record_path(const struct run_dir *run, char *path, size_t size)
{
    snprintf(path, size, "%s/" REVIEW_RECORD_FILE, run->path);
}

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *record_json(const struct reviewing_options *o, uint64_t chosen)
{
    json_t *limits = json_object();
    const struct verdict_limits *l = o->limits ? o->limits : &VERDICT_DEFAULT;
#define X(name, value, text) json_object_set_new(limits, #name, json_real(l->name));
    VERDICT_LIMIT_TABLE(X)
#undef X
    return json_pack("{s:s, s:o, s:o, s:I, s:b, s:o, s:o}", "format", RECORD_FORMAT, "objective",
                     text_or_null(o->objective), "point",
                     o->at ? json_integer((json_int_t)chosen) : json_null(), "trials",
                     (json_int_t)o->trials, "no_ledger", o->no_ledger, "ledger",
                     text_or_null(o->ledger), "limits", limits);
}

enum err review_record_write(const struct run_dir *run, const struct reviewing_options *options,
                             uint64_t chosen, struct err_note *note)
{
    char path[4200], temporary[4210];
    record_path(run, path, sizeof path);
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    json_t *json = record_json(options, chosen);
    FILE *file = json ? fopen(temporary, "we") : NULL;
    bool good = file && json_dumpf(json, file, JSON_INDENT(1) | JSON_REAL_PRECISION(17)) == 0 &&
                fputc('\n', file) != EOF && fflush(file) == 0 && fsync(fileno(file)) == 0;
    int why = errno;
    if (file && fclose(file) != 0)
        good = false;
    json_decref(json);
    if (good)
        return export_rename(temporary, path, note);
    unlink(temporary);
    return err_set(note, ERR_IO, "%s: cannot write: %s", path, strerror(why));
}

static const char *read_text(const json_t *json, const char *name, char *room, size_t size)
{
    const char *text = json_string_value(json_object_get(json, name));
    if (!text)
        return NULL;
    snprintf(room, size, "%s", text);
    return room;
}

/* false: there is none, or it is not one. */
static bool record_read(struct record *r, const struct run_dir *run)
{
    char path[4200];
    record_path(run, path, sizeof path);
    json_t *json = json_load_file(path, 0, NULL);
    const char *format = json_string_value(json_object_get(json, "format"));
    bool good = format && strcmp(format, RECORD_FORMAT) == 0;
    if (good) {
        const json_t *point = json_object_get(json, "point"),
                     *limits = json_object_get(json, "limits");
        struct reviewing_options *o = &r->options;
        r->limits = VERDICT_DEFAULT;
#define X(name, value, text)                                                                       \
    if (json_is_number(json_object_get(limits, #name)))                                            \
        r->limits.name = json_number_value(json_object_get(limits, #name));
        VERDICT_LIMIT_TABLE(X)
#undef X
        *o = (struct reviewing_options){.limits = &r->limits};
        o->objective = read_text(json, "objective", r->objective, sizeof r->objective);
        o->ledger = read_text(json, "ledger", r->ledger, sizeof r->ledger);
        o->no_ledger = json_is_true(json_object_get(json, "no_ledger"));
        o->trials = (uint64_t)json_integer_value(json_object_get(json, "trials"));
        if (json_is_integer(point)) {
            snprintf(r->at, sizeof r->at, "%lld", (long long)json_integer_value(point));
            o->at = r->at;
        }
    }
    json_decref(json);
    return good;
}

enum err review_record_export(const struct run_dir *run, const char *path, bool partial,
                              struct err_note *note)
{
    struct record *record = calloc(1, sizeof *record);
    struct reviewing *v = calloc(1, sizeof *v);
    struct err_note why = {""};
    struct export_journal journal;
    enum err err = export_open(&journal, run, partial, note); /* whole, where it must be */
    bool reviewed = !err && record && v && record_read(record, run);
    if (!err)
        export_close(&journal);
    if (reviewed) {
        record->options.runs = run->path;
        err = reviewing_make(v, &record->options, run->path, &why);
        if (!err)
            err = reviewing_export(v, path, note);
        else
            cli_say("plateau: the run's review cannot be made again and is left out: %s\n  next: "
                    "plateau review %s",
                    why.text, run->id);
    }
    if ((!err && !reviewed) || why.text[0])
        err = export_h5(run, path, partial, note);
    if (v)
        reviewing_end(v);
    free(v);
    free(record);
    return err;
}

enum err review_record_judge(struct reviewing *v, const struct run_dir *run,
                             const struct reviewing_options *otherwise, const char *path,
                             struct err_note *note)
{
    struct record *record = calloc(1, sizeof *record);
    if (!record)
        return ERR_NOMEM;
    bool was = record_read(record, run);
    record->options.runs = run->path;
    const struct reviewing_options *options = was ? &record->options : otherwise;
    enum err err = reviewing_make(v, options, run->path, note);
    if (!err)
        err = reviewing_export(v, path, note);
    if (!err && !was)
        err = review_record_write(run, options, v->review.chosen, note);
    v->options = otherwise;
    free(record);
    return err;
}
