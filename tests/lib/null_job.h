/* null_job - a job whose workers answer with rows of a given size and compute nothing: what is left
 * is coordinator, journal and wire. */
#ifndef TESTS_LIB_NULL_JOB_H
#define TESTS_LIB_NULL_JOB_H
#include "engine/metrics.h"
#include "engine/plateau_engine.h"
#include "proto/job.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NULL_JOB_BLOCKS 16

/* Bytes of a computed baseline cell of one period: a null row of this size passes the same checks
 * as a real one. */
static inline uint32_t null_job_full_row(void)
{
    return 1 + 2 + 8 * N_METRICS + 16 * NULL_JOB_BLOCKS;
}

static inline void null_job_axis(struct sweep_axis *axis, uint32_t dimension, uint32_t n_levels)
{
    char text[32];
    *axis =
        (struct sweep_axis){.spacing = SWEEP_LINEAR, .dimension = dimension, .n_levels = n_levels};
    snprintf(text, sizeof text, "portfolio.axis%u", dimension);
    axis->path = strdup(text);
    axis->label = strdup(text + 10);
    axis->unit = strdup("1");
    axis->values = calloc(n_levels, sizeof *axis->values);
    axis->texts = calloc(n_levels, sizeof *axis->texts);
    for (uint32_t l = 0; l < n_levels; l++) {
        snprintf(text, sizeof text, "%u", l);
        axis->values[l] = l;
        axis->texts[l] = strdup(text);
    }
}

static inline void null_job_axis_free(struct sweep_axis *axis)
{
    for (uint32_t l = 0; l < axis->n_levels; l++)
        free(axis->texts[l]);
    free(axis->texts);
    free(axis->values);
    free(axis->path);
    free(axis->label);
    free(axis->unit);
}

/* n_points = a * b, both at most 10,000 for round numbers up to 10^8; the caller ends it with
 * job_free(). */
static inline void null_job_make(struct job *job, const char *name, uint32_t a, uint32_t b,
                                 uint32_t tile_points, uint32_t n_scenarios, uint32_t row_bytes)
{
    struct sweep_axis axes[2];
    struct err_note note = {""};
    null_job_axis(&axes[0], 0, a);
    null_job_axis(&axes[1], 1, b);
    *job = (struct job){.name = strdup(name),
                        .objective = strdup("sharpe"),
                        .n_blocks = NULL_JOB_BLOCKS,
                        .n_sleeves = 1,
                        .n_periods = 1,
                        .n_scenarios = n_scenarios,
                        .sleeves = {{"equity", "momentum"}},
                        .periods = {{"train", 15000, 16000, false}},
                        .tile_points = tile_points,
                        .null_row_bytes = row_bytes};
    for (uint32_t s = 0; s < n_scenarios; s++) {
        job->scenarios[s] = (struct job_scenario){.slippage_multiplier = 1.0 + s};
        snprintf(job->scenarios[s].name, sizeof job->scenarios[s].name, "slippage_%ux", s + 1);
    }
    snprintf(job->engine_id, sizeof job->engine_id, "%s", plateau_engine_id());
    struct sweep_plan plan = {.axes = axes, .n_axes = 2, .method = SWEEP_GRID};
    if (sweep_new(&job->sweep, &plan, &note)) {
        fprintf(stderr, "null job: %s\n", note.text);
        abort();
    }
    null_job_axis_free(&axes[0]);
    null_job_axis_free(&axes[1]);
}
#endif
