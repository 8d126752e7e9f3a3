/* results - cells of a run read back from its journal, finished or not: what verbs list, draw and
 * compare.
 *
 * Columns are arrays by grid point index; a cell without a number (failed, missing, excluded) is
 * NaN there and its status says why. */
#ifndef COORDINATOR_RESULTS_H
#define COORDINATOR_RESULTS_H
#include "coordinator/run.h"
#include "engine/metrics.h"
#include "proto/result.h"
#include <stdint.h>

#define RESULTS_POINTS_MAX (1ull << 27) /* a column of doubles: 1 GiB */
#define RESULTS_FLAGS N_METRICS         /* a pseudo-metric: the flags, as a number */

struct results_query {
    uint32_t scenario, period; /* period: index among the open ones */
    const uint32_t *metrics;   /* enum metric, or RESULTS_FLAGS */
    uint32_t n_metrics;
};
/* values[n_metrics], each [sweep_n_points]; status[sweep_n_points] or NULL. ERR_RANGE: more than
 * RESULTS_POINTS_MAX points. */
enum err results_columns(const struct run_dir *run, const struct results_query *query,
                         double *const *values, uint8_t *status, struct err_note *note);

/* The same in steps: columns without any tile (either may be NULL), then what a row says.
 * ERR_FORMAT names the tile. */
void results_begin(const struct sweep *sweep, double *values, uint8_t *status);
enum err results_tile(const struct job *job, const struct results_query *query,
                      const struct journal_row *row, double *const *values, uint8_t *status,
                      struct err_note *note);

/* One cell, whole. */
struct results_cell {
    uint64_t point, tile;
    uint32_t scenario, attempts, compute_us; /* compute_us: of its tile; attempts 0: never run */
    enum status status;
    char worker[64], reason[RESULT_REASON_MAX + 1];
    uint16_t flags[JOB_PERIODS_MAX];
    double metrics[JOB_PERIODS_MAX][N_METRICS]; /* NaN unless ok; open periods */
    double sum[JOB_BLOCKS_MAX], sumsq[JOB_BLOCKS_MAX];
    bool has_blocks;
    uint32_t n_segments; /* of the folds (proto/folds.h); 0: none */
    double fold_sum[FOLDS_SEGMENTS_MAX], fold_sumsq[FOLDS_SEGMENTS_MAX];
};
enum err results_cell(const struct run_dir *run, uint64_t point, uint32_t scenario,
                      struct results_cell *out, struct err_note *note);

/* The same of a row of the cell's tile, wherever it is from; ERR_FORMAT names the tile. */
enum err results_cell_of(const struct job *job, const struct journal_row *row, uint64_t point,
                         uint32_t scenario, struct results_cell *out, struct err_note *note);

/* Names to indices; ERR_NOT_FOUND names the nearest. A locked period is ERR_NOT_FOUND and says so.
 * NULL: the first. */
enum err results_find_metric(const char *name, uint32_t *metric, struct err_note *note);
enum err results_find_scenario(const struct job *job, const char *name, uint32_t *scenario,
                               struct err_note *note);
enum err results_find_period(const struct job *job, const char *name, uint32_t *period,
                             struct err_note *note);
/* Name of an open period. */
const char *results_period_name(const struct job *job, uint32_t period);
/* The objective's metric. */
uint32_t results_objective(const struct job *job);
/* "POINT" or "POINT:SCENARIO", "best" or "best:SCENARIO" being the best point of the objective
 * (baseline or else scenario 0, first open period). ERR_FORMAT, ERR_RANGE, ERR_NOT_FOUND. */
enum err results_parse_cell(const struct run_dir *run, const char *text, uint64_t *point,
                            uint32_t *scenario, struct err_note *note);
#endif
