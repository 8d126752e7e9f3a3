/* export_fill - the tiles of one pass turned from rows (one cell, all metrics) into columns (one
 * metric, all cells). */
#ifndef COORDINATOR_EXPORT_FILL_H
#define COORDINATOR_EXPORT_FILL_H
#include "coordinator/export.h"
#include "coordinator/export_plan.h"
#include "engine/metrics.h"
#include "proto/result.h"

#define EXPORT_FAILURES_MAX 65536u /* kept with their reasons: 14 MB */

struct export_failure {
    uint64_t point;
    uint32_t scenario, attempts;
    enum status status;
    char reason[RESULT_REASON_MAX + 1];
};

/* Buffers of a pass, reused by the next. Places are those of the plan's chunkings. */
struct export_columns {
    size_t n_places[EXPORT_N_CHUNKINGS];
    size_t value_bytes; /* of the mapping */
    double *value;      /* [N_METRICS][scenario][period][cell place] */
    uint16_t *flags;    /* [scenario][period][cell place] */
    uint8_t *status;    /* [scenario][cell place] */
    double *sum[EXPORT_N_CHUNKINGS],
        *sumsq[EXPORT_N_CHUNKINGS]; /* [place][width] of blocks, folds */
    /* Gathered over all passes. */
    double *objective; /* [n_points]: of the baseline, first open period; NULL: not wanted */
    uint32_t objective_metric;
    double n_days[JOB_PERIODS_MAX]; /* recorded days of each open period; 0 while unknown */
    struct export_failure *failures;
    uint64_t n_failures, n_failures_all; /* kept; met */
    uint64_t n_status[N_STATUSES];       /* cells */
};

void export_columns_free(struct export_columns *columns);
/* All tiles of the plan's current pass. ERR_FORMAT, ERR_CORRUPT with the tile named; ERR_NOMEM. */
enum err export_fill(const struct export_plan *plan, const struct export_source *source,
                     struct export_columns *columns, struct err_note *note);
#endif
