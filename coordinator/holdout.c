#include "coordinator/holdout.h"
#include "coordinator/export.h"
#include "coordinator/results.h"
#include "proto/codec.h"
#include "review/point_identity.h"
#include "worker/cell.h"
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { HOLDOUT_VERSION = 1, FILE_PATH_SIZE = 4096 + 64 };
#define HOLDOUT_CACHE_BYTES ((size_t)256 << 20)

uint32_t holdout_n_periods(const struct job *job)
{
    return job->n_periods - job_n_open_periods(job);
}

uint32_t holdout_period(const struct job *job, uint32_t i)
{
    uint32_t p = 0;
    for (uint32_t seen = 0; p + 1 < job->n_periods; p++)
        if (job->periods[p].locked && seen++ == i)
            break;
    return p;
}

uint32_t holdout_judge(const struct job *job)
{
    uint32_t n = holdout_n_periods(job);
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(job->periods[holdout_period(job, i)].name, "holdout") == 0)
            return i;
    return n ? 0 : HOLDOUT_NONE;
}

/* ---- the record in memory ---- */

static size_t n_cells(const struct holdout *holdout)
{
    return (size_t)holdout->n_scenarios * holdout->n_periods;
}

static struct holdout_opening *add_opening(struct holdout *holdout)
{
    struct holdout_opening *grown =
        realloc(holdout->openings, (holdout->n + 1) * sizeof *holdout->openings);
    if (!grown)
        return NULL;
    holdout->openings = grown;
    grown[holdout->n] = (struct holdout_opening){
        .cells = calloc(n_cells(holdout) + 1, sizeof(struct holdout_cell))};
    return grown[holdout->n].cells ? &grown[holdout->n++] : NULL;
}

void holdout_free(struct holdout *holdout)
{
    for (uint32_t i = 0; i < holdout->n; i++)
        free(holdout->openings[i].cells);
    free(holdout->openings);
    *holdout = (struct holdout){0};
}

const struct holdout_opening *holdout_find(const struct holdout *holdout, uint64_t point)
{
    for (uint32_t i = 0; i < holdout->n; i++)
        if (holdout->openings[i].point == point)
            return &holdout->openings[i];
    return NULL;
}

const struct holdout_cell *holdout_cell(const struct holdout *holdout,
                                        const struct holdout_opening *opening, uint32_t scenario,
                                        uint32_t period)
{
    return &opening->cells[(size_t)scenario * holdout->n_periods + period];
}

/* ---- the record on disk ---- */

/* JSON has no NaN and no infinity. */
static json_t *number_json(double v)
{
    if (isnan(v))
        return json_null();
    return isinf(v) ? json_string(v > 0 ? "inf" : "-inf") : json_real(v);
}

static bool read_number(const json_t *json, double *v)
{
    const char *text = json_string_value(json);
    *v = NAN;
    if (json_is_number(json))
        *v = json_number_value(json);
    else if (text && (strcmp(text, "inf") == 0 || strcmp(text, "-inf") == 0))
        *v = text[0] == '-' ? -INFINITY : INFINITY;
    else
        return json_is_null(json);
    return true;
}

static json_t *cell_json(const struct job *job, uint32_t scenario, uint32_t period,
                         const struct holdout_cell *cell)
{
    json_t *metrics = json_object();
    for (uint32_t m = 0; cell->status == STATUS_OK && m < N_METRICS; m++)
        json_object_set_new(metrics, METRIC_INFO[m].name, number_json(cell->metrics[m]));
    return json_pack("{s:s, s:s, s:s, s:s, s:i, s:o}", "scenario", job->scenarios[scenario].name,
                     "period", job->periods[holdout_period(job, period)].name, "status",
                     STATUS_NAME[cell->status], "reason", cell->reason, "flags", (int)cell->flags,
                     "metrics", metrics);
}

static json_t *record_json(const struct job *job, const struct holdout *holdout)
{
    json_t *openings = json_array();
    for (uint32_t i = 0; i < holdout->n; i++) {
        const struct holdout_opening *o = &holdout->openings[i];
        json_t *cells = json_array();
        for (uint32_t s = 0; s < holdout->n_scenarios; s++)
            for (uint32_t p = 0; p < holdout->n_periods; p++)
                json_array_append_new(cells, cell_json(job, s, p, holdout_cell(holdout, o, s, p)));
        json_array_append_new(openings, json_pack("{s:I, s:s, s:o}", "point", (json_int_t)o->point,
                                                  "opened", o->opened, "cells", cells));
    }
    return json_pack("{s:i, s:o}", "version", HOLDOUT_VERSION, "openings", openings);
}

static bool read_cell(struct holdout_cell *cell, const json_t *json)
{
    const char *status = json_string_value(json_object_get(json, "status"));
    const char *reason = json_string_value(json_object_get(json, "reason"));
    const json_t *metrics = json_object_get(json, "metrics");
    unsigned s = 0;
    while (status && s < N_STATUSES && strcmp(status, STATUS_NAME[s]) != 0)
        s++;
    if (!status || s == N_STATUSES)
        return false;
    cell->status = (enum status)s;
    cell->flags = (uint16_t)json_integer_value(json_object_get(json, "flags"));
    snprintf(cell->reason, sizeof cell->reason, "%s", reason ? reason : "");
    for (uint32_t m = 0; m < N_METRICS; m++) {
        const json_t *value = json_object_get(metrics, METRIC_INFO[m].name);
        cell->metrics[m] = NAN;
        if (cell->status == STATUS_OK && !read_number(value, &cell->metrics[m]))
            return false;
    }
    return true;
}

static bool read_opening(struct holdout *holdout, const json_t *json)
{
    const json_t *point = json_object_get(json, "point"), *cells = json_object_get(json, "cells");
    const char *opened = json_string_value(json_object_get(json, "opened"));
    if (!json_is_integer(point) || !opened || json_array_size(cells) != n_cells(holdout))
        return false;
    struct holdout_opening *o = add_opening(holdout);
    if (!o)
        return false;
    o->point = (uint64_t)json_integer_value(point);
    snprintf(o->opened, sizeof o->opened, "%s", opened);
    for (size_t i = 0; i < n_cells(holdout); i++)
        if (!read_cell(&o->cells[i], json_array_get(cells, i)))
            return false;
    return true;
}

enum err holdout_read(struct holdout *out, const struct run_dir *run, struct err_note *note)
{
    char path[FILE_PATH_SIZE];
    json_error_t error;
    struct holdout found = {.n_scenarios = run->job.n_scenarios,
                            .n_periods = holdout_n_periods(&run->job)};
    snprintf(path, sizeof path, "%s/" HOLDOUT_FILE, run->path);
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        *out = found;
        return OK;
    }
    json_t *json = json_load_file(path, 0, &error);
    const json_t *openings = json_object_get(json, "openings");
    size_t n = json_array_size(openings);
    bool good = json_is_array(openings) && n <= HOLDOUT_OPENINGS_MAX &&
                json_integer_value(json_object_get(json, "version")) == HOLDOUT_VERSION;
    for (size_t i = 0; good && i < n; i++)
        good = read_opening(&found, json_array_get(openings, i));
    json_decref(json);
    if (!good) {
        holdout_free(&found);
        return err_set(note, ERR_CORRUPT,
                       "%s: damaged, or of another version of plateau: what was seen of the "
                       "holdout is not known",
                       path);
    }
    *out = found;
    return OK;
}

static enum err write_record(const struct run_dir *run, const struct holdout *holdout,
                             struct err_note *note)
{
    char path[FILE_PATH_SIZE], temporary[FILE_PATH_SIZE + 8];
    snprintf(path, sizeof path, "%s/" HOLDOUT_FILE, run->path);
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    json_t *json = record_json(&run->job, holdout);
    if (!json)
        return err_set(note, ERR_NOMEM, "out of memory");
    FILE *file = fopen(temporary, "we");
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

/* ---- computing ---- */

static void take(struct holdout *holdout, struct holdout_opening *o, uint32_t scenario,
                 const struct result_cell *cell)
{
    for (uint32_t p = 0; p < holdout->n_periods; p++) {
        struct holdout_cell *out = &o->cells[(size_t)scenario * holdout->n_periods + p];
        bool ok = cell->status == STATUS_OK;
        out->status = cell->status;
        out->flags = ok ? result_flags(cell, N_METRICS, p) : 0;
        for (uint32_t m = 0; m < N_METRICS; m++)
            out->metrics[m] = ok ? result_metric(cell, N_METRICS, p, m) : NAN;
        if (cell->reason)
            snprintf(out->reason, sizeof out->reason, "%.*s", (int)cell->reason_length,
                     cell->reason);
    }
}

static enum err compute_scenario(struct cell_engine *cells, const struct job *job,
                                 struct holdout *holdout, struct holdout_opening *o,
                                 uint32_t scenario)
{
    struct codec_writer bytes = {0};
    struct result_cell cell;
    enum err err = cell_compute_point(cells, o->point, scenario, &bytes);
    if (!err) {
        /* One cell stands alone: a tile of one point, read from the scenario on. */
        struct result_reader reader;
        result_reader_init(&reader, job, N_METRICS, 1, bytes.bytes, bytes.length);
        reader.scenario = scenario;
        reader.cells_left = 1;
        err = result_next(&reader, &cell);
    }
    if (!err)
        take(holdout, o, scenario, &cell);
    free(bytes.bytes);
    return err;
}

/* The worker's own computation on the job with its locks turned round: what was locked is open and
 * the rest is not computed again. */
static enum err compute(const struct run_dir *run, const struct market_image *image,
                        struct holdout *holdout, struct holdout_opening *o, struct err_note *note)
{
    struct job job = run->job; /* shares everything it points to */
    struct cell_engine *cells = NULL;
    for (uint32_t p = 0; p < job.n_periods; p++)
        job.periods[p].locked = !job.periods[p].locked;
    job.folds = (struct folds){.n_days = 0}; /* they are of the open periods */
    enum err err =
        cell_engine_new(&cells, &job, image->bytes, image->length, HOLDOUT_CACHE_BYTES, note);
    for (uint32_t s = 0; !err && s < job.n_scenarios; s++)
        err = compute_scenario(cells, &job, holdout, o, s);
    cell_engine_free(&cells);
    return err;
}

static enum err check_point(const struct run_dir *run, uint64_t point, struct err_note *note)
{
    const struct job *job = &run->job;
    if (holdout_n_periods(job) == 0 || job->null_row_bytes)
        return err_set(note, ERR_NOT_FOUND,
                       "run %s has no locked period: give one `locked: true` in the sweep file",
                       run->id);
    enum err err = run_dir_check_engine(run, note);
    if (err)
        return err;
    struct results_cell *cell = calloc(1, sizeof *cell);
    if (!cell)
        return err_set(note, ERR_NOMEM, "out of memory");
    err = results_cell(run, point, 0, cell, note);
    if (!err && cell->status != STATUS_OK)
        err = err_set(note, ERR_EMPTY,
                      "point %llu is %s%s%s: the holdout is for a point that was chosen by its "
                      "numbers",
                      (unsigned long long)point, STATUS_NAME[cell->status],
                      cell->reason[0] ? ": " : "", cell->reason);
    free(cell);
    return err;
}

static enum err open_locked(const struct run_dir *run, const struct market_image *image,
                            uint64_t point, struct err_note *note)
{
    struct holdout holdout;
    time_t now = time(NULL);
    struct tm tm;
    enum err err = holdout_read(&holdout, run, note);
    if (err)
        return err;
    struct holdout_opening *o = NULL;
    if (holdout_find(&holdout, point))
        err = err_set(note, ERR_EXISTS, "point %llu is on record", (unsigned long long)point);
    else if (holdout.n >= HOLDOUT_OPENINGS_MAX)
        err = err_set(note, ERR_RANGE, "the holdout of run %s was opened for %d points: enough",
                      run->id, HOLDOUT_OPENINGS_MAX);
    else if (!(o = add_opening(&holdout)))
        err = err_set(note, ERR_NOMEM, "out of memory");
    if (o) {
        o->point = point;
        strftime(o->opened, sizeof o->opened, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
        err = compute(run, image, &holdout, o, note);
        if (!err)
            err = write_record(run, &holdout, note);
    }
    holdout_free(&holdout);
    return err;
}

enum err holdout_open(const struct run_dir *run, const struct market_image *image, uint64_t point,
                      struct err_note *note)
{
    int lock = -1;
    enum err err = check_point(run, point, note);
    if (!err)
        err = run_lock(run, &lock, note);
    if (!err)
        err = open_locked(run, image, point, note);
    run_unlock(lock);
    return err;
}

/* ---- the ledger ---- */

enum err holdout_record(const struct run_dir *run, struct ledger *ledger, uint64_t point,
                        struct err_note *note)
{
    const struct job *job = &run->job;
    struct point_identity *identity = NULL;
    char strategy[POINT_KEY_MAX], data[POINT_DATA_MAX];
    enum err err = point_identity_new(&identity, job);
    if (err)
        return err;
    point_strategy_key(job, strategy);
    point_data_hash(job, data);
    for (uint32_t i = 0; !err && i < holdout_n_periods(job); i++) {
        const struct job_period *period = &job->periods[holdout_period(job, i)];
        const struct ledger_opening opening = {.start_day = period->start_day,
                                               .end_day = period->end_day,
                                               .point_hash = point_identity_hash(identity, point),
                                               .run_id = run->id};
        err = ledger_record_opening(ledger, strategy, data, &opening, note);
    }
    point_identity_free(&identity);
    return err;
}

enum err holdout_times_opened(const struct run_dir *run, struct ledger *ledger, uint64_t *n,
                              struct err_note *note)
{
    const struct job *job = &run->job;
    struct holdout holdout;
    char strategy[POINT_KEY_MAX], data[POINT_DATA_MAX];
    enum err err = holdout_read(&holdout, run, note);
    if (err)
        return err;
    uint64_t most = holdout.n;
    holdout_free(&holdout);
    point_strategy_key(job, strategy);
    point_data_hash(job, data);
    for (uint32_t i = 0; ledger && !err && i < holdout_n_periods(job); i++) {
        const struct job_period *period = &job->periods[holdout_period(job, i)];
        uint64_t times = 0;
        err = ledger_openings(ledger, strategy, data, period->start_day, period->end_day, &times,
                              note);
        most = times > most ? times : most;
    }
    if (!err)
        *n = most;
    return err;
}
