#include "coordinator/import.h"
#include "coordinator/import_job.h"
#include "coordinator/import_series.h"
#include "engine/canonical.h"
#include "market/file_read.h"
#include "proto/codec.h"
#include "proto/result.h"
#include <assert.h>
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH_BYTES = 16 << 20, DIFFERENT_PER_MILLE = 10 };

struct import {
    const struct import_options *options;
    struct import_points points;
    struct import_returns returns;
    bool has_returns;
    struct import_job job;
    double *scratch, *series;       /* [n_days] */
    uint64_t n_failed, n_different; /* n_different: given metrics the returns contradict */
    uint32_t different_line;        /* the first of them */
};

/* ---- cells ---- */

/* Which days of the file are of a period. */
static void period_days(const struct import *im, uint32_t period, uint32_t *first, uint32_t *end)
{
    const struct job_period *p = &im->job.job.periods[period];
    const int32_t *day = im->returns.day;
    *first = 0;
    *end = im->returns.n_days;
    while (*first < *end && day[*first] < p->start_day)
        ++*first;
    while (*end > *first && day[*end - 1] > p->end_day)
        --*end;
}

/* Return metrics of one period from its days; what the returns do not give stays as it was. Appends
 * the days to the selection series. */
static void compute_period(struct import *im, const double *series, uint32_t period, uint32_t line,
                           double *values, uint16_t *flags, size_t *n_series)
{
    uint32_t first, end;
    struct metric_row row;
    period_days(im, period, &first, &end);
    metrics_from_returns(&row, series + first, end - first, NULL, 0, 0,
                         im->options->periods_per_year, METRIC_TAIL, im->scratch);
    for (uint32_t m = 0; m <= METRIC_n; m++) {
        if (m == METRIC_corr || m == METRIC_beta)
            continue; /* no benchmark here */
        if (fabs(values[m] - row.v[m]) * 1000 > DIFFERENT_PER_MILLE * fabs(row.v[m]) &&
            im->n_different++ == 0)
            im->different_line = line;
        values[m] = row.v[m];
    }
    *flags = (uint16_t)row.flags;
    memcpy(im->series + *n_series, series + first, (end - first) * sizeof *series);
    *n_series += end - first;
}

static void put_blocks(const double *series, size_t n, uint32_t n_blocks, double *sum,
                       double *sumsq)
{
    uint32_t bounds[JOB_BLOCKS_MAX + 1];
    if (n_blocks == 0)
        return;
    if (!series) {
        for (uint32_t b = 0; b < n_blocks; b++)
            sum[b] = sumsq[b] = nan_canonical();
        return;
    }
    metrics_block_bounds(n, n_blocks, bounds);
    metrics_block_sums(series, bounds, n_blocks, sum, sumsq);
    nan_canonicalise(sum, n_blocks);
    nan_canonicalise(sumsq, n_blocks);
}

/* A cell of a combination: ok if any open period has a number, failed if the file has it empty,
 * missing if the file does not have it. */
static enum status put_cell(struct import *im, uint32_t combination, uint32_t scenario,
                            struct codec_writer *w)
{
    const struct import_points *points = &im->points;
    const struct job *job = &im->job.job;
    uint64_t slot = (uint64_t)combination * points->scenarios.n + scenario;
    const double *series = im->has_returns ? im->returns.series[slot] : NULL;
    double values[JOB_PERIODS_MAX][N_METRICS], sum[JOB_BLOCKS_MAX], sumsq[JOB_BLOCKS_MAX];
    uint16_t flags[JOB_PERIODS_MAX] = {0};
    uint32_t n_open = 0, n_values = 0, line = 0;
    size_t n_series = 0;
    for (uint32_t p = 0; p < job->n_periods; p++) {
        int from = im->job.period_of[p];
        int64_t row =
            from < 0 ? -1 : import_points_row(points, combination, scenario, (uint32_t)from);
        if (job->periods[p].locked)
            continue;
        for (uint32_t m = 0; m < N_METRICS; m++)
            values[n_open][m] = nan_canonical();
        if (row >= 0) {
            n_values += import_points_metrics(points, (uint64_t)row, values[n_open]);
            line = points->table.line[row];
        }
        if (series)
            compute_period(im, series, p, line, values[n_open], &flags[n_open], &n_series);
        n_open++;
    }
    if (!series && n_values == 0) {
        char reason[64] = "";
        snprintf(reason, sizeof reason, "every metric is empty on line %u", line);
        result_put_status(w, line ? STATUS_FAILED : STATUS_MISSING, line ? reason : NULL);
        return line ? STATUS_FAILED : STATUS_MISSING;
    }
    put_blocks(series ? im->series : NULL, n_series, job->n_blocks, sum, sumsq);
    result_put_ok(w, n_open, flags, N_METRICS, values[0], job->n_blocks, scenario == 0 ? sum : NULL,
                  scenario == 0 ? sumsq : NULL);
    return STATUS_OK;
}

static enum err put_tile(struct import *im, uint64_t tile, struct codec_writer *w,
                         struct journal_row *row)
{
    const struct job *job = &im->job.job;
    uint64_t first;
    uint32_t count;
    assert(im->job.combination_of); /* import_job_make() was well */
    job_tile_span(job, tile, &first, &count);
    *row = (struct journal_row){.tile = tile, .epoch = 1, .worker = IMPORT_ENGINE_ID};
    for (uint32_t i = 0; i < count; i++) {
        uint32_t combination =
            im->job.combination_of[sweep_point_of_ordinal(job->sweep, first + i)];
        for (uint32_t s = 0; s < job->n_scenarios; s++) {
            enum status status = STATUS_MISSING;
            if (combination)
                status = put_cell(im, combination - 1, s, w);
            else
                result_put_status(w, STATUS_MISSING, NULL);
            row->n_failed += status != STATUS_OK;
            im->n_failed += status == STATUS_FAILED;
        }
    }
    row->bytes = w->bytes;
    row->length = w->length;
    return w->failed ? ERR_NOMEM : OK;
}

/* A transaction holds many tiles: each costs the disk one wait. */
static enum err put_tiles(struct import *im, struct journal *journal, struct err_note *note)
{
    enum { ROWS_MAX = 256 };
    struct journal_row rows[ROWS_MAX];
    struct codec_writer writers[ROWS_MAX] = {0};
    uint64_t n_tiles = job_n_tiles(&im->job.job);
    size_t n = 0, bytes = 0;
    enum err err = OK;
    for (uint64_t tile = 0; tile < n_tiles && !err; tile++) {
        err = put_tile(im, tile, &writers[n], &rows[n]);
        bytes += writers[n].length;
        n++;
        if (!err && (n == ROWS_MAX || bytes > BATCH_BYTES || tile + 1 == n_tiles)) {
            err = journal_commit(journal, rows, n, note);
            for (size_t i = 0; i < n; i++)
                free(writers[i].bytes);
            memset(writers, 0, sizeof writers);
            n = bytes = 0;
        }
    }
    for (size_t i = 0; i < n; i++)
        free(writers[i].bytes);
    return err;
}

/* ---- daily returns ---- */

/* The days of all open periods, in order. */
static enum err make_calendar(struct daily *out, const struct import *im)
{
    const struct job *job = &im->job.job;
    *out = (struct daily){.n = 0};
    out->day = calloc((size_t)im->returns.n_days * job->n_periods + 1, sizeof *out->day);
    if (!out->day)
        return ERR_NOMEM;
    for (uint32_t p = 0, open = 0; p < job->n_periods; p++) {
        uint32_t first, end;
        if (job->periods[p].locked)
            continue;
        period_days(im, p, &first, &end);
        memcpy(out->day + out->n_days, im->returns.day + first, (end - first) * sizeof *out->day);
        out->period_days[open++] = end - first;
        out->n_days += end - first;
    }
    return OK;
}

static void select_days(const struct import *im, const double *series, double *out)
{
    const struct job *job = &im->job.job;
    for (uint32_t p = 0; p < job->n_periods; p++) {
        uint32_t first, end;
        if (job->periods[p].locked)
            continue;
        period_days(im, p, &first, &end);
        memcpy(out, series + first, (end - first) * sizeof *out);
        out += end - first;
    }
}

static enum err put_series(const struct import *im, struct import_series *file, double *value,
                           struct err_note *note)
{
    enum err err = OK;
    for (uint64_t p = 0; p < sweep_n_points(im->job.job.sweep) && !err; p++) {
        uint32_t combination = im->job.combination_of[p];
        const double *series =
            combination ? im->returns.series[(uint64_t)(combination - 1) * im->points.scenarios.n]
                        : NULL;
        if (!series)
            continue;
        select_days(im, series, value);
        err = import_series_put(file, p, value, note);
    }
    return err;
}

static enum err keep_series(const struct import *im, const char *run_dir, struct err_note *note)
{
    struct daily calendar;
    struct import_series *file = NULL;
    enum err err = make_calendar(&calendar, im);
    double *value = err ? NULL : malloc((calendar.n_days + 1) * sizeof *value);
    if (!err && !value)
        err = ERR_NOMEM;
    if (!err)
        err = import_series_begin(&file, run_dir, &calendar, note);
    if (!err)
        err = put_series(im, file, value, note);
    if (!err)
        err = import_series_commit(file, note);
    import_series_free(&file);
    daily_free(&calendar);
    free(value);
    return err;
}

/* ---- what is said about it ---- */

static void tell_columns(FILE *out, const struct import_points *p, enum import_role role,
                         const char *title)
{
    bool any = false;
    for (uint32_t c = 0; c < p->table.n_columns; c++) {
        const struct import_meaning *m = &p->meaning[c];
        if (m->role != role)
            continue;
        fprintf(out, "%s%s", any ? ", " : title, p->table.header[c]);
        if (role == IMPORT_METRIC && strcmp(METRIC_INFO[m->metric].name, p->table.header[c]) != 0)
            fprintf(out, " (as %s%s)", METRIC_INFO[m->metric].name, m->percent ? ", per cent" : "");
        any = true;
    }
    if (any)
        fputc('\n', out);
}

static void tell_axes(FILE *out, const struct import *im)
{
    static const char *const spacing[] = {"linear", "log", "categorical"};
    const struct import_points *p = &im->points;
    bool grid = sweep_plan(im->job.job.sweep)->method == SWEEP_GRID;
    fprintf(out, "%u points: %s of", p->n_combinations, grid ? "a grid" : "samples, no grid,");
    for (uint32_t a = 0; a < p->n_axes; a++)
        fprintf(out, "%s %s (%u %s)", a ? "," : "", sweep_axis(im->job.job.sweep, a)->label,
                p->axes[a].n_levels, spacing[sweep_axis(im->job.job.sweep, a)->spacing]);
    if (im->job.n_missing)
        fprintf(out, "; %llu points of the grid are missing",
                (unsigned long long)im->job.n_missing);
    fputc('\n', out);
    for (uint32_t a = 0; a < p->n_axes && p->n_axes > 1; a++)
        if (p->axes[a].n_levels == p->n_combinations && p->n_combinations > 2)
            fprintf(out,
                    "note: '%s' has another value at every point: if it is a result and no "
                    "parameter, --map '%s=ignore'\n",
                    p->table.header[p->axes[a].column], p->table.header[p->axes[a].column]);
}

static void tell_missing(FILE *out, const struct import *im)
{
    const struct job *job = &im->job.job;
    bool trades = false;
    for (uint32_t c = 0; c < im->points.table.n_columns; c++)
        trades |= im->points.meaning[c].role == IMPORT_METRIC &&
                  im->points.meaning[c].metric == METRIC_n_trades;
    fprintf(out,
            "missing: %strades, prices and the engine: no trade bootstrap, no replay, no "
            "resume, no further scenario\n",
            trades ? "single " : "");
    if (!im->has_returns)
        fprintf(out, "missing: daily returns (--returns): no block sums, hence no PBO; nothing "
                     "that needs a daily series\n");
    else if (im->returns.n_series < (uint64_t)im->points.n_combinations * job->n_scenarios)
        fprintf(out, "missing: daily returns of %llu of %llu cells: their metrics are the file's\n",
                (unsigned long long)im->points.n_combinations * job->n_scenarios -
                    im->returns.n_series,
                (unsigned long long)im->points.n_combinations * job->n_scenarios);
    if (im->has_returns && trades && job->n_periods > 1 && im->points.periods.n == 1)
        fprintf(out, "note: no period column: trades are of all days, and stand under period %s\n",
                im->points.periods.at[0]);
    if (!trades)
        fprintf(out, "missing: a number of trades (n_trades)\n");
    for (uint32_t p = 0; p < job->n_periods; p++) {
        if (job->periods[p].start_day == INT32_MIN)
            fprintf(out, "missing: the dates of period %s (--period %s=FROM..TO)\n",
                    job->periods[p].name, job->periods[p].name);
        if (job->periods[p].locked)
            fprintf(out, "left out: period holdout is locked: it takes no part in a choice\n");
    }
    if (im->n_failed)
        fprintf(out, "failed: %llu cells have no number at all\n",
                (unsigned long long)im->n_failed);
    if (im->n_different)
        fprintf(out,
                "note: %llu metrics of the points file are more than 1 %% off what the "
                "returns give (first: %s:%u); those of the returns are kept\n",
                (unsigned long long)im->n_different, im->points.table.path, im->different_line);
}

static char *report(const struct import *im)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return NULL;
    tell_axes(out, im);
    tell_columns(out, &im->points, IMPORT_METRIC, "metrics: ");
    tell_columns(out, &im->points, IMPORT_IGNORE, "ignored: ");
    if (im->has_returns)
        fprintf(out, "returns: %u days of %llu cells; their metrics at %g periods a year\n",
                im->returns.n_days, (unsigned long long)im->returns.n_series,
                im->options->periods_per_year);
    tell_missing(out, im);
    if (fclose(out)) {
        free(text);
        return NULL;
    }
    return text;
}

/* ---- the run ---- */

static enum err hash_file(crypto_hash_sha256_state *state, const char *path, struct err_note *note)
{
    char *bytes;
    size_t length;
    enum err err = file_read(path, &bytes, &length, note);
    if (err)
        return err;
    crypto_hash_sha256_update(state, (const unsigned char *)&length, sizeof length);
    crypto_hash_sha256_update(state, (const unsigned char *)bytes, length);
    free(bytes);
    return OK;
}

static enum err set_hashes(struct import *im, struct err_note *note)
{
    struct job *job = &im->job.job;
    crypto_hash_sha256_state state;
    static const char prefix[] = "imported data of ";
    if (sodium_init() < 0)
        return err_set(note, ERR_IO, "libsodium does not start");
    crypto_hash_sha256_init(&state);
    enum err err = hash_file(&state, im->options->points, note);
    if (!err && im->options->returns)
        err = hash_file(&state, im->options->returns, note);
    for (size_t i = 0; im->options->map && im->options->map[i]; i++)
        crypto_hash_sha256_update(&state, (const unsigned char *)im->options->map[i],
                                  strlen(im->options->map[i]) + 1);
    crypto_hash_sha256_final(&state, job->spec_sha256);
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const unsigned char *)prefix, sizeof prefix - 1);
    crypto_hash_sha256_update(&state, (const unsigned char *)job->name, strlen(job->name));
    crypto_hash_sha256_final(&state, job->image_hash);
    return err;
}

/* Stands where a run has its sweep file: what was read, as comments. */
static char *spec_text(const struct import *im, const char *lines)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return NULL;
    fprintf(out, "# imported by plateau import; there is no sweep to run\n# points: %s\n",
            im->options->points);
    if (im->options->returns)
        fprintf(out, "# returns: %s\n", im->options->returns);
    for (const char *at = lines; *at;) {
        size_t n = strcspn(at, "\n");
        fprintf(out, "# %.*s\n", (int)n, at);
        at += n + (at[n] == '\n');
    }
    if (fclose(out)) {
        free(text);
        return NULL;
    }
    return text;
}

static enum err write_run(struct import *im, struct run_dir *out, const char *lines, bool *existed,
                          struct err_note *note)
{
    struct spec spec = {.job = im->job.job, .text = spec_text(im, lines)};
    struct journal *journal = NULL;
    if (!spec.text)
        return ERR_NOMEM;
    enum err err = run_dir_create(out, im->options->runs_dir, &spec, existed, note);
    free(spec.text);
    if (err == ERR_OVERFLOW && note && !note->text[0])
        err_set(note, err, "%s: the values of all parameters take more than %u MiB",
                im->options->points, JOB_BYTES_MAX >> 20);
    if (err)
        return err;
    err = journal_open(&journal, out->path, &out->job, false, note);
    if (!err)
        err = put_tiles(im, journal, note);
    if (!err && im->has_returns)
        err = keep_series(im, out->path, note);
    journal_close(&journal);
    if (err)
        run_dir_free(out);
    return err;
}

static enum err read_files(struct import *im, struct err_note *note)
{
    const struct import_options *o = im->options;
    if (!(o->periods_per_year > 0))
        return err_set(note, ERR_RANGE, "--periods-per-year: expected more than 0");
    enum err err = import_points_read(&im->points, o->points, o->map, o->returns != NULL, note);
    if (!err && o->returns) {
        err = import_returns_read(&im->returns, o->returns, &im->points, note);
        im->has_returns = !err;
    }
    if (!err)
        err =
            import_job_make(&im->job, &im->points, im->has_returns ? &im->returns : NULL, o, note);
    if (err)
        return err;
    im->scratch = calloc((size_t)im->returns.n_days + 1, sizeof *im->scratch);
    im->series = calloc((size_t)im->returns.n_days + 1, sizeof *im->series);
    return im->scratch && im->series ? set_hashes(im, note) : ERR_NOMEM;
}

enum err import_run(struct run_dir *out, const struct import_options *options, char **report_p,
                    bool *existed, struct err_note *note)
{
    struct import im = {.options = options, .points.id_column = -1};
    struct codec_writer w = {0};
    struct journal_row row;
    enum err err = read_files(&im, note);
    for (uint64_t t = 0; !err && t < job_n_tiles(&im.job.job); t++) { /* once, for the counts */
        w.length = 0;
        err = put_tile(&im, t, &w, &row);
    }
    free(w.bytes);
    char *lines = err ? NULL : report(&im);
    if (!err)
        err = lines ? write_run(&im, out, lines, existed, note) : ERR_NOMEM;
    if (err)
        free(lines);
    else
        *report_p = lines;
    import_job_free(&im.job);
    import_returns_free(&im.returns);
    import_points_free(&im.points);
    free(im.scratch);
    free(im.series);
    return err;
}

bool import_is(const struct job *job)
{
    return strcmp(job->engine_id, IMPORT_ENGINE_ID) == 0;
}

enum err import_refuse(const struct run_dir *run, const char *verb, struct err_note *note)
{
    return err_set(note, ERR_EMPTY,
                   "run %s was imported: %s needs the engine that computed it, which is not here",
                   run->id, verb);
}
