/* fake_cells - a run without an engine: cells whose numbers are a formula of point, scenario,
 * period and metric, so that every reader of an export can compute what it should find.
 *
 *   metric m = (m + 1) * 0.5 + scenario * 0.25 + period * 0.125 + point;   NaN where (point + m) %
 * 11 == 10 flags = (point + scenario + period) % 64;   sum of block b = point + b / 8, sumsq = its
 * double point % 13 == 5, scenario 1: failed "no price at point N";   tiles in the list `absent`
 * are missing */
#ifndef TESTS_LIB_FAKE_CELLS_H
#define TESTS_LIB_FAKE_CELLS_H
#include "coordinator/export.h"
#include "engine/metrics.h"
#include "proto/codec.h"
#include "proto/result.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_run {
    struct job job;
    uint8_t **tile; /* encoded results; NULL: absent */
    size_t *length;
    uint8_t *have;
    uint64_t n_tiles;
    struct export_source source;
};

static inline double fake_nan(void)
{
    const uint64_t bits = 0x7ff8000000000000u;
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static inline double fake_metric(uint64_t point, uint32_t scenario, uint32_t period,
                                 uint32_t metric)
{
    if (metric == METRIC_n)
        return 100 + 10 * period;
    if ((point + metric) % 11 == 10)
        return fake_nan();
    return (metric + 1) * 0.5 + scenario * 0.25 + period * 0.125 + (double)point;
}

static inline void fake_cell(const struct job *job, struct codec_writer *w, uint64_t point,
                             uint32_t scenario)
{
    char reason[64];
    snprintf(reason, sizeof reason, "no price at point %llu", (unsigned long long)point);
    if (sweep_excluded(job->sweep, point)) {
        result_put_status(w, STATUS_EXCLUDED, NULL);
        return;
    }
    if (point % 13 == 5 && scenario == 1) {
        result_put_status(w, STATUS_FAILED, reason);
        return;
    }
    uint32_t n = job_n_open_periods(job);
    uint16_t flags[JOB_PERIODS_MAX];
    double metrics[JOB_PERIODS_MAX * N_METRICS], sum[JOB_BLOCKS_MAX], sumsq[JOB_BLOCKS_MAX];
    for (uint32_t p = 0; p < n; p++) {
        flags[p] = (uint16_t)((point + scenario + p) % 64);
        for (uint32_t m = 0; m < N_METRICS; m++)
            metrics[p * N_METRICS + m] = fake_metric(point, scenario, p, m);
    }
    for (uint32_t b = 0; b < job->n_blocks; b++) {
        sum[b] = (double)point + b / 8.0;
        sumsq[b] = 2 * sum[b];
    }
    bool blocks = scenario == 0 && job_has_baseline(job);
    result_put_ok(w, n, flags, N_METRICS, metrics, blocks ? job->n_blocks : 0, sum, sumsq);
    uint32_t n_segments = job_n_segments(job);
    double fold_sum[FOLDS_SEGMENTS_MAX], fold_sumsq[FOLDS_SEGMENTS_MAX];
    for (uint32_t k = 0; k < n_segments; k++) {
        fold_sum[k] = (double)point - k / 4.0;
        fold_sumsq[k] = 3 * fold_sum[k];
    }
    if (blocks)
        result_put_segments(w, n_segments, fold_sum, fold_sumsq);
}

static inline enum err fake_get(void *ctx, uint64_t tile, struct journal_row *row,
                                struct err_note *note)
{
    (void)note;
    struct fake_run *run = ctx;
    *row = (struct journal_row){.tile = tile,
                                .epoch = 3,
                                .compute_us = 1000,
                                .bytes = run->tile[tile],
                                .length = run->length[tile]};
    return OK;
}

/* Fills every tile but the absent ones (tile % absent_every == 1; 0: none). */
static inline void fake_fill(struct fake_run *run, uint64_t absent_every)
{
    struct job *job = &run->job;
    run->n_tiles = job_n_tiles(job);
    run->tile = calloc(run->n_tiles, sizeof *run->tile);
    run->length = calloc(run->n_tiles, sizeof *run->length);
    run->have = calloc(run->n_tiles / 8 + 1, 1);
    for (uint64_t t = 0; t < run->n_tiles; t++) {
        uint64_t first;
        uint32_t count;
        if (absent_every && t % absent_every == 1)
            continue;
        job_tile_span(job, t, &first, &count);
        struct codec_writer w = {0};
        for (uint32_t i = 0; i < count; i++)
            for (uint32_t s = 0; s < job->n_scenarios; s++)
                fake_cell(job, &w, sweep_point_of_ordinal(job->sweep, first + i), s);
        run->tile[t] = w.bytes;
        run->length[t] = w.length;
        run->have[t / 8] |= (uint8_t)(1u << t % 8);
    }
    run->source = (struct export_source){.have = run->have, .get = fake_get, .ctx = run};
}

/* An axis "sleeves.s.LABEL" from its texts, separated by spaces; categorical if they are no
 * numbers. */
static inline struct sweep_axis fake_axis(const char *label, const char *texts,
                                          enum sweep_spacing spacing, uint32_t dimension,
                                          bool entry_side)
{
    struct sweep_axis axis = {.spacing = spacing, .dimension = dimension, .entry_side = entry_side};
    char path[128], *copy = strdup(texts), *save = NULL;
    snprintf(path, sizeof path, "sleeves.s.%s", label);
    axis.path = strdup(path);
    axis.label = strdup(label);
    axis.unit = strdup(spacing == SWEEP_CATEGORICAL ? "" : "1");
    axis.values = malloc((strlen(texts) + 1) * sizeof *axis.values);
    axis.texts = malloc((strlen(texts) + 1) * sizeof *axis.texts);
    for (char *t = strtok_r(copy, " ", &save); t; t = strtok_r(NULL, " ", &save)) {
        axis.values[axis.n_levels] = spacing == SWEEP_CATEGORICAL ? axis.n_levels : strtod(t, NULL);
        axis.texts[axis.n_levels++] = strdup(t);
    }
    free(copy);
    return axis;
}

static inline void fake_axis_free(struct sweep_axis *axis)
{
    for (uint32_t l = 0; l < axis->n_levels; l++)
        free(axis->texts[l]);
    free(axis->texts);
    free(axis->values);
    free(axis->path);
    free(axis->label);
    free(axis->unit);
}

/* A job of two scenarios (n_scenarios), two open periods and a locked one; takes the axes. */
static inline enum err fake_job(struct job *job, struct sweep_axis *axes, uint32_t n_axes,
                                const char *where, uint64_t n_samples, uint32_t tile_points,
                                struct err_note *note)
{
    memset(job, 0, sizeof *job);
    strcpy(job->engine_id, "fake");
    job->name = strdup("fake");
    job->objective = strdup("sharpe");
    job->n_blocks = 4;
    job->folds = (struct folds){.walk = {.train = 30, .test = 20, .step = 20}, .n_days = 210};
    job->n_periods = 3;
    strcpy(job->periods[0].name, "train");
    strcpy(job->periods[1].name, "secret");
    job->periods[1].locked = true;
    strcpy(job->periods[2].name, "validation");
    job->n_scenarios = 2;
    job->scenarios[0].slippage_multiplier = 1;
    strcpy(job->scenarios[0].name, "baseline");
    strcpy(job->scenarios[1].name, "flash_crash");
    job->scenarios[1].slippage_multiplier = 1;
    job->scenarios[1].flash_crash = true;
    job->n_values = 1;
    job->values = calloc(1, sizeof *job->values);
    job->values[0] = (struct job_value){strdup("portfolio.periods_per_year"), 252};
    job->tile_points = tile_points;
    struct sweep_plan plan = {.axes = axes,
                              .n_axes = n_axes,
                              .where = &where,
                              .n_where = where ? 1 : 0,
                              .method = n_samples ? SWEEP_LHS : SWEEP_GRID,
                              .n_samples = n_samples,
                              .sample_seed = 7};
    enum err err = sweep_new(&job->sweep, &plan, note);
    for (uint32_t a = 0; a < n_axes; a++)
        fake_axis_free(&axes[a]);
    return err;
}

static inline void fake_run_free(struct fake_run *run)
{
    for (uint64_t t = 0; t < run->n_tiles; t++)
        free(run->tile[t]);
    free(run->tile);
    free(run->length);
    free(run->have);
    job_free(&run->job);
    memset(run, 0, sizeof *run);
}

/* A grid with every kind of axis; an entry-side axis last, so that tile order is not the file's
 * order. */
static inline void fake_grid(struct fake_run *run, const char *where, uint32_t tile_points,
                             uint64_t absent_every)
{
    struct sweep_axis axes[] = {
        fake_axis("stop", "2.00 2.50 3.00 3.50 4.00", SWEEP_LINEAR, 0, false),
        fake_axis("mode", "continuous regime off", SWEEP_CATEGORICAL, 1, false),
        fake_axis("risk", "0.001 0.01 0.1", SWEEP_LOG, 2, false),
        fake_axis("za", "1 2 3 4", SWEEP_LINEAR, 3, false),
        fake_axis("zb", "10 20 30 40", SWEEP_LINEAR, 3, false),
        fake_axis("fast", "10 20 40 80 160 320 640", SWEEP_LINEAR, 4, true)};
    memset(run, 0, sizeof *run);
    struct err_note note = {{0}};
    if (fake_job(&run->job, axes, 6, where, 0, tile_points, &note)) {
        fprintf(stderr, "fake_grid: %s\n", note.text);
        abort();
    }
    fake_fill(run, absent_every);
}
#endif
