#include "coordinator/results.h"
#include "coordinator/export.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void column_nan(double *values, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        values[i] = NAN;
}

static void take(const struct results_query *query, const struct result_cell *cell,
                 double *const *values, uint64_t point)
{
    for (uint32_t m = 0; m < query->n_metrics; m++) {
        uint32_t metric = query->metrics[m];
        values[m][point] = metric == RESULTS_FLAGS
                               ? result_flags(cell, N_METRICS, query->period)
                               : result_metric(cell, N_METRICS, query->period, metric);
    }
}

static enum err read_tile(const struct job *job, const struct results_query *query,
                          const struct journal_row *row, double *const *values, uint8_t *status)
{
    uint64_t first;
    uint32_t count;
    struct result_reader reader;
    struct result_cell cell;
    job_tile_span(job, row->tile, &first, &count);
    result_reader_init(&reader, job, N_METRICS, count, row->bytes, row->length);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t point = sweep_point_of_ordinal(job->sweep, first + i);
        for (uint32_t s = 0; s < job->n_scenarios; s++) {
            if (result_next(&reader, &cell) != OK)
                return ERR_FORMAT;
            if (s != query->scenario)
                continue;
            if (status)
                status[point] = (uint8_t)cell.status;
            if (cell.status == STATUS_OK)
                take(query, &cell, values, point);
        }
    }
    return OK;
}

static enum err not_a_result(uint64_t tile, struct err_note *note)
{
    return err_set(note, ERR_FORMAT,
                   "tile %llu of the journal is not a result of this run: run fsck",
                   (unsigned long long)tile);
}

enum err results_tile(const struct job *job, const struct results_query *query,
                      const struct journal_row *row, double *const *values, uint8_t *status,
                      struct err_note *note)
{
    enum err err = read_tile(job, query, row, values, status);
    return err ? not_a_result(row->tile, note) : OK;
}

void results_begin(const struct sweep *sweep, double *values, uint8_t *status)
{
    uint64_t n = sweep_n_points(sweep);
    for (uint64_t i = 0; values && i < n; i++)
        values[i] = NAN;
    for (uint64_t i = 0; status && i < n; i++)
        status[i] = sweep_excluded(sweep, i) ? STATUS_EXCLUDED : STATUS_MISSING;
}

enum err results_columns(const struct run_dir *run, const struct results_query *query,
                         double *const *values, uint8_t *status, struct err_note *note)
{
    const struct job *job = &run->job;
    uint64_t n = sweep_n_points(job->sweep);
    if (n > RESULTS_POINTS_MAX)
        return err_set(
            note, ERR_RANGE,
            "the grid has %llu points, more than the %llu that fit the memory: export it",
            (unsigned long long)n, RESULTS_POINTS_MAX);
    struct export_journal journal;
    enum err err = export_open(&journal, run, true, note);
    if (err)
        return err;
    for (uint32_t m = 0; m < query->n_metrics; m++)
        results_begin(job->sweep, values[m], NULL);
    results_begin(job->sweep, NULL, status);
    struct journal_row row;
    for (uint64_t tile = 0; tile < journal.n_tiles && !err; tile++) {
        if (!(journal.have[tile / 8] >> tile % 8 & 1))
            continue;
        err = journal.source.get(journal.source.ctx, tile, &row, note);
        if (!err)
            err = results_tile(job, query, &row, values, status, note);
    }
    export_close(&journal);
    return err;
}

static enum err fill_cell(const struct job *job, const struct journal_row *row,
                          struct results_cell *out)
{
    uint64_t first, ordinal = sweep_ordinal_of_point(job->sweep, out->point);
    uint32_t count, n_periods = job_n_open_periods(job);
    struct result_reader reader;
    struct result_cell cell = {.status = STATUS_MISSING};
    job_tile_span(job, row->tile, &first, &count);
    result_reader_init(&reader, job, N_METRICS, count, row->bytes, row->length);
    for (uint64_t k = (ordinal - first) * job->n_scenarios + out->scenario + 1; k > 0; k--)
        if (result_next(&reader, &cell) != OK)
            return ERR_FORMAT;
    out->status = cell.status;
    out->attempts = row->epoch;
    out->compute_us = row->compute_us;
    snprintf(out->worker, sizeof out->worker, "%s", row->worker);
    if (cell.reason)
        snprintf(out->reason, sizeof out->reason, "%.*s", (int)cell.reason_length, cell.reason);
    for (uint32_t p = 0; cell.status == STATUS_OK && p < n_periods; p++) {
        out->flags[p] = result_flags(&cell, N_METRICS, p);
        for (uint32_t m = 0; m < N_METRICS; m++)
            out->metrics[p][m] = result_metric(&cell, N_METRICS, p, m);
    }
    if (cell.blocks) {
        out->has_blocks = true;
        memcpy(out->sum, cell.blocks, job->n_blocks * sizeof(double));
        memcpy(out->sumsq, cell.blocks + job->n_blocks * sizeof(double),
               job->n_blocks * sizeof(double));
    }
    if (cell.segments) {
        out->n_segments = job_n_segments(job);
        memcpy(out->fold_sum, cell.segments, out->n_segments * sizeof(double));
        memcpy(out->fold_sumsq, cell.segments + out->n_segments * sizeof(double),
               out->n_segments * sizeof(double));
    }
    return OK;
}

static void begin_cell(const struct job *job, uint64_t point, uint32_t scenario,
                       struct results_cell *out)
{
    memset(out, 0, sizeof *out);
    out->point = point;
    out->scenario = scenario;
    out->tile = sweep_ordinal_of_point(job->sweep, point) / job->tile_points;
    out->status = sweep_excluded(job->sweep, point) ? STATUS_EXCLUDED : STATUS_MISSING;
    for (uint32_t p = 0; p < JOB_PERIODS_MAX; p++)
        column_nan(out->metrics[p], N_METRICS);
}

enum err results_cell_of(const struct job *job, const struct journal_row *row, uint64_t point,
                         uint32_t scenario, struct results_cell *out, struct err_note *note)
{
    begin_cell(job, point, scenario, out);
    return fill_cell(job, row, out) ? not_a_result(out->tile, note) : OK;
}

enum err results_cell(const struct run_dir *run, uint64_t point, uint32_t scenario,
                      struct results_cell *out, struct err_note *note)
{
    const struct job *job = &run->job;
    struct export_journal journal;
    struct journal_row row;
    enum err err = export_open(&journal, run, true, note);
    if (err)
        return err;
    begin_cell(job, point, scenario, out);
    if (journal.have[out->tile / 8] >> out->tile % 8 & 1) {
        err = journal.source.get(journal.source.ctx, out->tile, &row, note);
        if (!err)
            err = results_cell_of(job, &row, point, scenario, out, note);
    }
    export_close(&journal);
    return err;
}

/* ---- names ---- */

static enum err find_name(const char *what, const char *name, const char *const *names, uint32_t n,
                          uint32_t *index, struct err_note *note)
{
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0) {
            *index = i;
            return OK;
        }
    const char *nearest = err_nearest(name, names, n);
    char all[512] = "";
    for (uint32_t i = 0; i < n && strlen(all) + strlen(names[i]) + 3 < sizeof all; i++)
        strcat(strcat(all, i ? ", " : ""), names[i]);
    if (nearest)
        return err_set(note, ERR_NOT_FOUND, "%s '%s' is unknown: did you mean '%s'?", what, name,
                       nearest);
    return err_set(note, ERR_NOT_FOUND, "%s '%s' is unknown: one of %s", what, name, all);
}

enum err results_find_metric(const char *name, uint32_t *metric, struct err_note *note)
{
    const char *names[N_METRICS];
    for (uint32_t m = 0; m < N_METRICS; m++)
        names[m] = METRIC_INFO[m].name;
    return find_name("metric", name, names, N_METRICS, metric, note);
}

enum err results_find_scenario(const struct job *job, const char *name, uint32_t *scenario,
                               struct err_note *note)
{
    const char *names[JOB_SCENARIOS_MAX] = {NULL};
    for (uint32_t s = 0; s < job->n_scenarios; s++)
        names[s] = job->scenarios[s].name;
    if (!name) {
        *scenario = 0;
        return OK;
    }
    return find_name("scenario", name, names, job->n_scenarios, scenario, note);
}

enum err results_find_period(const struct job *job, const char *name, uint32_t *period,
                             struct err_note *note)
{
    const char *names[JOB_PERIODS_MAX] = {NULL};
    uint32_t n = 0;
    for (uint32_t p = 0; p < job->n_periods; p++) {
        if (name && job->periods[p].locked && strcmp(job->periods[p].name, name) == 0)
            return err_set(note, ERR_NOT_FOUND, "period '%s' is locked: a run does not compute it",
                           name);
        if (!job->periods[p].locked)
            names[n++] = job->periods[p].name;
    }
    if (!name && n > 0) {
        *period = 0;
        return OK;
    }
    return find_name("period", name ? name : "", names, n, period, note);
}

const char *results_period_name(const struct job *job, uint32_t period)
{
    for (uint32_t p = 0; p < job->n_periods; p++)
        if (!job->periods[p].locked && period-- == 0)
            return job->periods[p].name;
    return "";
}

uint32_t results_objective(const struct job *job)
{
    uint32_t metric;
    return job->objective && results_find_metric(job->objective, &metric, NULL) == OK
               ? metric
               : METRIC_sharpe;
}

/* ---- cells by name ---- */

static enum err best_point(const struct run_dir *run, uint32_t scenario, uint64_t *point,
                           struct err_note *note)
{
    uint64_t n = sweep_n_points(run->job.sweep);
    uint32_t objective = results_objective(&run->job);
    struct results_query query = {.scenario = scenario, .metrics = &objective, .n_metrics = 1};
    double *values = n <= RESULTS_POINTS_MAX ? calloc(n, sizeof *values) : NULL;
    if (!values)
        return err_set(note, ERR_NOMEM,
                       "out of memory for %llu points: name the cell by its number",
                       (unsigned long long)n);
    enum err err = results_columns(run, &query, &values, NULL, note);
    uint64_t best = UINT64_MAX;
    int better = METRIC_INFO[objective].better;
    for (uint64_t i = 0; !err && i < n; i++)
        if (!isnan(values[i]) && (best == UINT64_MAX || (better < 0 ? values[i] < values[best]
                                                                    : values[i] > values[best])))
            best = i;
    free(values);
    if (!err && best == UINT64_MAX)
        err = err_set(note, ERR_EMPTY, "no cell has a %s yet: name the cell by its number",
                      METRIC_INFO[objective].name);
    if (!err)
        *point = best;
    return err;
}

enum err results_parse_cell(const struct run_dir *run, const char *text, uint64_t *point,
                            uint32_t *scenario, struct err_note *note)
{
    const struct job *job = &run->job;
    const char *colon = strchr(text, ':');
    uint32_t s = 0;
    enum err err = results_find_scenario(job, colon ? colon + 1 : NULL, &s, note);
    if (err)
        return err;
    size_t length = colon ? (size_t)(colon - text) : strlen(text);
    uint64_t p = 0;
    if (length == 4 && strncmp(text, "best", 4) == 0) {
        err = best_point(run, 0, &p, note);
        if (err)
            return err;
    } else {
        char *end;
        errno = 0;
        p = strtoull(text, &end, 10);
        if (length == 0 || end != text + length || *text < '0' || *text > '9')
            return err_set(
                note, ERR_FORMAT,
                "'%s' is no cell: expected POINT or POINT:SCENARIO, like 1234:%s, or best", text,
                job->scenarios[0].name);
        uint64_t n = sweep_n_points(job->sweep);
        if (errno == ERANGE || p >= n)
            return err_set(note, ERR_RANGE,
                           "point %.*s does not exist: the grid has points 0 .. %llu", (int)length,
                           text, (unsigned long long)(n - 1));
    }
    *point = p;
    *scenario = s;
    return OK;
}
