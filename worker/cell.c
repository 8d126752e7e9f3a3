#include "worker/cell.h"
#include "proto/result.h"
#include "proto/sweep.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SERIES_BYTES_MAX                                                                           \
    (16u << 20) /* of the baseline's daily returns held at once: bounds the points of a batch */
enum { BATCH_MIN = 64 }; /* points: enough to fill the engine's lanes */

struct batch { /* one point of those computed side by side */
    uint64_t point;
    struct plateau_config *config;
    bool excluded, failed;
    char reason[RESULT_REASON_MAX + 1];
};
struct cell_engine {
    const struct job *job;
    struct plateau_engine *engine;
    struct plateau_config *base;
    uint32_t n_axes, n_periods;
    uint32_t *axis_field;                  /* [n_axes] index into the config */
    double *axis_values;                   /* [n_axes] */
    struct batch *batch;                   /* [capacity] */
    const struct plateau_config **configs; /* [capacity] of the points that run */
    uint32_t *slot;                        /* [capacity] their places in the batch */
    struct plateau_result *results;        /* [capacity] */
    double *metrics;                       /* [capacity][n_scenarios][n_periods][N_METRICS] */
    uint16_t *flags;                       /* the same without the last */
    double *blocks;                        /* [capacity][2][n_blocks] */
    uint32_t n_segments, cuts[FOLDS_SEGMENTS_MAX + 1];
    double *segments; /* [capacity][2][n_segments] */
    double *series;   /* [capacity][series_days] of the baseline, period after period */
    uint32_t capacity, series_days, series_used;
};

struct plateau_scenario cell_scenario(const struct job *job, uint32_t scenario)
{
    const struct job_scenario *s = &job->scenarios[scenario];
    return (struct plateau_scenario){s->slippage_multiplier, s->flash_crash,
                                     (enum plateau_regime)s->regime};
}

struct plateau_period cell_period(const struct job *job, uint32_t open_period)
{
    uint32_t p = 0;
    for (uint32_t seen = 0; p < job->n_periods; p++)
        if (!job->periods[p].locked && seen++ == open_period)
            break;
    assert(p < job->n_periods);
    return (struct plateau_period){job->periods[p].start_day, job->periods[p].end_day};
}

/* ---- making ---- */

/* The seed is a field of the portfolio, but a sweep names it where its users write it. */
static const char *field_path(const char *axis_path)
{
    return strcmp(axis_path, "run.seed") == 0 ? "portfolio.seed" : axis_path;
}

static enum err base_config(struct cell_engine *cells, struct err_note *note)
{
    const struct job *job = cells->job;
    enum err err = plateau_config_new(&cells->base);
    for (uint32_t s = 0; !err && s < job->n_sleeves; s++)
        err = plateau_config_add_sleeve(cells->base, job->sleeves[s].name, job->sleeves[s].strategy,
                                        note);
    for (uint32_t v = 0; !err && v < job->n_values; v++) {
        uint32_t index;
        const struct plateau_field *field;
        err =
            plateau_config_find(cells->base, field_path(job->values[v].path), &index, &field, note);
        if (!err)
            plateau_config_set_index(cells->base, index, job->values[v].value);
    }
    return err;
}

static enum err find_axes(struct cell_engine *cells, struct err_note *note)
{
    cells->n_axes = sweep_n_axes(cells->job->sweep);
    cells->axis_field = calloc(cells->n_axes + 1, sizeof *cells->axis_field);
    cells->axis_values = calloc(cells->n_axes + 1, sizeof *cells->axis_values);
    if (!cells->axis_field || !cells->axis_values)
        return ERR_NOMEM;
    enum err err = OK;
    for (uint32_t a = 0; !err && a < cells->n_axes; a++) {
        const struct plateau_field *field;
        const char *path = sweep_axis(cells->job->sweep, a)->path;
        err =
            plateau_config_find(cells->base, field_path(path), &cells->axis_field[a], &field, note);
    }
    return err;
}

/* At least as many days as the baseline's open periods can record together. */
static uint32_t series_days(const struct cell_engine *cells)
{
    uint32_t days = 0;
    for (uint32_t p = 0; job_has_baseline(cells->job) && p < cells->n_periods; p++) {
        struct plateau_period period = cell_period(cells->job, p);
        days += (uint32_t)(period.end_day - period.start_day) + 1;
    }
    return days;
}

static enum err make_room(struct cell_engine *cells)
{
    const struct job *job = cells->job;
    cells->series_days = series_days(cells);
    uint32_t most =
        cells->series_days ? SERIES_BYTES_MAX / 8 / cells->series_days : job->tile_points;
    if (most < BATCH_MIN)
        most = BATCH_MIN;
    cells->capacity = job->tile_points < most ? job->tile_points : most;
    if (cells->capacity == 0)
        cells->capacity = 1; /* a job before its tile size is known: calibration */
    size_t n = cells->capacity, rows = n * job->n_scenarios * cells->n_periods;
    cells->batch = calloc(n, sizeof *cells->batch);
    cells->configs = calloc(n, sizeof(const struct plateau_config *));
    cells->slot = calloc(n, sizeof *cells->slot);
    cells->results = calloc(n, sizeof *cells->results);
    cells->metrics = calloc(rows + 1, N_METRICS * sizeof *cells->metrics);
    cells->flags = calloc(rows + 1, sizeof *cells->flags);
    cells->blocks = calloc(n * job->n_blocks + 1, 2 * sizeof *cells->blocks);
    cells->segments = calloc(n * cells->n_segments + 1, 2 * sizeof *cells->segments);
    cells->series = calloc(n * cells->series_days + 1, sizeof *cells->series);
    if (!cells->batch || !cells->configs || !cells->slot || !cells->results || !cells->metrics ||
        !cells->flags || !cells->blocks || !cells->segments || !cells->series)
        return ERR_NOMEM;
    enum err err = OK;
    for (size_t i = 0; !err && i < n; i++)
        err = plateau_config_copy(&cells->batch[i].config, cells->base);
    return err;
}

enum err cell_engine_new(struct cell_engine **out, const struct job *job, const void *image,
                         size_t length, size_t cache_bytes, struct err_note *note)
{
    struct cell_engine *cells = calloc(1, sizeof *cells);
    if (!cells)
        return ERR_NOMEM;
    cells->job = job;
    cells->n_periods = job_n_open_periods(job);
    if (job_has_baseline(job))
        cells->n_segments = folds_cuts(&job->folds, cells->cuts);
    enum err err = OK;
    if (job->null_row_bytes == 0) {
        err = plateau_engine_new(&cells->engine, image, length, cache_bytes, note);
        if (!err)
            err = base_config(cells, note);
        if (!err)
            err = find_axes(cells, note);
        if (!err)
            err = make_room(cells);
    }
    if (err) {
        cell_engine_free(&cells);
        return err;
    }
    *out = cells;
    return OK;
}

void cell_engine_free(struct cell_engine **cells_p)
{
    struct cell_engine *cells = *cells_p;
    if (!cells)
        return;
    for (uint32_t i = 0; cells->batch && i < cells->capacity; i++)
        plateau_config_free(&cells->batch[i].config);
    plateau_config_free(&cells->base);
    plateau_engine_free(&cells->engine);
    free(cells->axis_field);
    free(cells->axis_values);
    free(cells->batch);
    free(cells->configs);
    free(cells->slot);
    free(cells->results);
    free(cells->metrics);
    free(cells->flags);
    free(cells->blocks);
    free(cells->segments);
    free(cells->series);
    free(cells);
    *cells_p = NULL;
}

struct plateau_engine *cell_plateau_engine(struct cell_engine *cells)
{
    return cells->engine;
}

/* ---- a batch ---- */

static void set_point(struct cell_engine *cells, struct plateau_config *config, uint64_t point)
{
    sweep_values(cells->job->sweep, point, cells->axis_values);
    for (uint32_t a = 0; a < cells->n_axes; a++)
        plateau_config_set_index(config, cells->axis_field[a], cells->axis_values[a]);
}

static void prepare(struct cell_engine *cells, struct batch *b, uint64_t point)
{
    struct err_note note = {""};
    b->point = point;
    b->excluded = sweep_excluded(cells->job->sweep, point);
    b->failed = false;
    if (b->excluded)
        return;
    set_point(cells, b->config, point);
    enum err err = plateau_config_check(cells->engine, b->config, &note);
    if (err) {
        b->failed = true;
        const char *why = note.text[0] ? note.text : err_text(err);
        size_t length = strnlen(why, RESULT_REASON_MAX);
        memcpy(b->reason, why, length);
        b->reason[length] = '\0';
    }
}

enum err cell_config(struct cell_engine *cells, uint64_t point,
                     const struct plateau_config **config, bool *failed, struct err_note *note)
{
    set_point(cells, cells->batch[0].config, point);
    *failed = plateau_config_check(cells->engine, cells->batch[0].config, note) != OK;
    *config = cells->batch[0].config;
    return OK;
}

/* The one NaN that is stored, whatever the payload it was computed with. */
static double canonical(double v)
{
    return v == v ? v : __builtin_nan("");
}

static size_t row_of(const struct cell_engine *cells, uint32_t i, uint32_t scenario,
                     uint32_t period)
{
    return ((size_t)i * cells->job->n_scenarios + scenario) * cells->n_periods + period;
}

static void keep_row(struct cell_engine *cells, uint32_t i, uint32_t scenario, uint32_t period,
                     const struct plateau_result *result)
{
    size_t row = row_of(cells, i, scenario, period);
    cells->flags[row] = (uint16_t)result->metrics.flags;
    for (uint32_t m = 0; m < N_METRICS; m++)
        cells->metrics[row * N_METRICS + m] = canonical(result->metrics.v[m]);
}

/* Only the baseline's daily returns are kept, and only until their block sums are made. */
static void keep_series(struct cell_engine *cells, uint32_t i, const struct plateau_result *result)
{
    assert(cells->series_used + result->n_days <= cells->series_days);
    if (result->n_days)
        memcpy(cells->series + (size_t)i * cells->series_days + cells->series_used, result->returns,
               result->n_days * sizeof *cells->series);
}

static enum err run_period(struct cell_engine *cells, uint32_t n_run, uint32_t scenario,
                           uint32_t period)
{
    struct plateau_scenario s = cell_scenario(cells->job, scenario);
    struct plateau_period p = cell_period(cells->job, period);
    bool series = scenario == 0 && job_has_baseline(cells->job);
    enum err err = plateau_run(cells->engine, cells->configs, n_run, &s, &p, cells->results);
    for (uint32_t r = 0; !err && r < n_run; r++) {
        keep_row(cells, cells->slot[r], scenario, period, &cells->results[r]);
        if (series)
            keep_series(cells, cells->slot[r], &cells->results[r]);
    }
    if (!err && series && n_run)
        cells->series_used += cells->results[0].n_days;
    return err;
}

/* NaN where the series is not the one the folds were laid over: never of a run whose data are those
 * it was planned with. */
static void sum_segments(struct cell_engine *cells, size_t i)
{
    uint32_t n = cells->n_segments;
    double *sums = cells->segments + i * 2 * n;
    if (cells->series_used == cells->job->folds.n_days)
        metrics_block_sums(cells->series + i * cells->series_days, cells->cuts, n, sums, sums + n);
    for (uint32_t k = 0; k < 2 * n; k++)
        sums[k] =
            cells->series_used == cells->job->folds.n_days ? canonical(sums[k]) : __builtin_nan("");
}

static void sum_blocks(struct cell_engine *cells, uint32_t n_run)
{
    uint32_t bounds[JOB_BLOCKS_MAX + 1], n_blocks = cells->job->n_blocks;
    metrics_block_bounds(cells->series_used, n_blocks, bounds);
    for (uint32_t r = 0; r < n_run; r++) {
        size_t i = cells->slot[r];
        double *sums = cells->blocks + i * 2 * n_blocks;
        metrics_block_sums(cells->series + i * cells->series_days, bounds, n_blocks, sums,
                           sums + n_blocks);
        for (uint32_t b = 0; b < 2 * n_blocks; b++)
            sums[b] = canonical(sums[b]);
        if (cells->n_segments)
            sum_segments(cells, i);
    }
}

/* Scenario outermost: the engine keeps what the points of one scenario and period share. */
static enum err run_batch(struct cell_engine *cells, uint32_t n, uint32_t first_scenario,
                          uint32_t end_scenario)
{
    uint32_t n_run = 0;
    for (uint32_t i = 0; i < n; i++)
        if (!cells->batch[i].excluded && !cells->batch[i].failed) {
            cells->configs[n_run] = cells->batch[i].config;
            cells->slot[n_run++] = i;
        }
    cells->series_used = 0;
    enum err err = OK;
    for (uint32_t s = first_scenario; !err && n_run && s < end_scenario; s++)
        for (uint32_t p = 0; !err && p < cells->n_periods; p++)
            err = run_period(cells, n_run, s, p);
    if (!err && n_run && first_scenario == 0 && job_has_baseline(cells->job))
        sum_blocks(cells, n_run);
    return err;
}

static void put_cell(struct cell_engine *cells, uint32_t i, uint32_t scenario,
                     struct codec_writer *out)
{
    const struct batch *b = &cells->batch[i];
    uint32_t n_blocks = cells->job->n_blocks;
    if (b->excluded) {
        result_put_status(out, STATUS_EXCLUDED, NULL);
    } else if (b->failed) {
        result_put_status(out, STATUS_FAILED, b->reason);
    } else {
        size_t row = row_of(cells, i, scenario, 0);
        const double *sums = cells->blocks + (size_t)i * 2 * n_blocks;
        bool baseline = scenario == 0 && job_has_baseline(cells->job);
        result_put_ok(out, cells->n_periods, cells->flags + row, N_METRICS,
                      cells->metrics + row * N_METRICS, n_blocks, baseline ? sums : NULL,
                      baseline ? sums + n_blocks : NULL);
        const double *segments = cells->segments + (size_t)i * 2 * cells->n_segments;
        if (baseline)
            result_put_segments(out, cells->n_segments, segments, segments + cells->n_segments);
    }
}

/* ---- spans ---- */

static enum err null_cells(const struct cell_engine *cells, uint32_t n_cells,
                           struct codec_writer *out)
{
    static const uint8_t zeros[4096];
    size_t row = cells->job->null_row_bytes;
    for (uint32_t c = 0; c < n_cells; c++) {
        codec_u8(out, STATUS_OK);
        for (size_t left = row - 1; left > 0;) {
            size_t n = left < sizeof zeros ? left : sizeof zeros;
            codec_bytes(out, zeros, n);
            left -= n;
        }
    }
    return out->failed ? ERR_NOMEM : OK;
}

/* Points i .. i + n - 1 of a run of ordinals, all with the same scenarios. */
static enum err compute_points(struct cell_engine *cells, uint64_t first_ordinal, uint32_t n,
                               uint32_t first_scenario, uint32_t end_scenario,
                               struct codec_writer *out)
{
    const struct sweep *sweep = cells->job->sweep;
    enum err err = OK;
    for (uint32_t done = 0; !err && done < n;) {
        uint32_t take = n - done < cells->capacity ? n - done : cells->capacity;
        for (uint32_t i = 0; i < take; i++)
            prepare(cells, &cells->batch[i],
                    sweep_point_of_ordinal(sweep, first_ordinal + done + i));
        err = run_batch(cells, take, first_scenario, end_scenario);
        for (uint32_t i = 0; !err && i < take; i++)
            for (uint32_t s = first_scenario; s < end_scenario; s++)
                put_cell(cells, i, s, out);
        done += take;
    }
    return err ? err : out->failed ? ERR_NOMEM : OK;
}

enum err cell_compute_span(struct cell_engine *cells, uint64_t tile, uint32_t first_cell,
                           uint32_t n_cells, struct codec_writer *out)
{
    const struct job *job = cells->job;
    uint32_t count, n_scenarios = job->n_scenarios;
    uint64_t first;
    if (tile >= job_n_tiles(job))
        return ERR_RANGE;
    job_tile_span(job, tile, &first, &count);
    if (n_cells == 0 || first_cell >= count * n_scenarios ||
        n_cells > count * n_scenarios - first_cell)
        return ERR_RANGE;
    if (job->null_row_bytes)
        return null_cells(cells, n_cells, out);
    first += first_cell / n_scenarios;
    uint32_t scenario = first_cell % n_scenarios;
    if (scenario == 0 && n_cells % n_scenarios == 0)
        return compute_points(cells, first, n_cells / n_scenarios, 0, n_scenarios, out);
    if (scenario + n_cells > n_scenarios)
        return ERR_RANGE; /* halves are of points, then of one point's scenarios: never across */
    return compute_points(cells, first, 1, scenario, scenario + n_cells, out);
}

enum err cell_compute_tile(struct cell_engine *cells, uint64_t tile, struct codec_writer *out)
{
    uint32_t count;
    uint64_t first;
    if (tile >= job_n_tiles(cells->job))
        return ERR_RANGE;
    job_tile_span(cells->job, tile, &first, &count);
    return cell_compute_span(cells, tile, 0, count * cells->job->n_scenarios, out);
}

enum err cell_compute_point(struct cell_engine *cells, uint64_t point, uint32_t scenario,
                            struct codec_writer *out)
{
    if (point >= sweep_n_points(cells->job->sweep) || scenario >= cells->job->n_scenarios)
        return ERR_RANGE;
    if (cells->job->null_row_bytes)
        return null_cells(cells, 1, out);
    uint64_t ordinal = sweep_ordinal_of_point(cells->job->sweep, point);
    return compute_points(cells, ordinal, 1, scenario, scenario + 1, out);
}
