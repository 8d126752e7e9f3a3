/* import_points - a points file understood: which column is what, the levels of every parameter,
 * which row is which cell.
 *
 * A combination is a distinct tuple of parameter values; combinations are numbered in order of
 * first appearance. A cell is (combination, scenario, period). A parameter whose every field is a
 * number is numeric, its levels ascending; any other is categorical, its levels in order of first
 * appearance. Without a scenario column every row is of `baseline`, without a period column of
 * `train`; both come first in their lists, `validation` after `train`, the others as they appear.
 */
#ifndef COORDINATOR_IMPORT_POINTS_H
#define COORDINATOR_IMPORT_POINTS_H
#include "coordinator/import_metric.h"
#include "coordinator/import_table.h"
#include "proto/job.h"

#define IMPORT_CELLS_MAX (UINT64_C(1) << 24)

struct import_axis {
    uint32_t column, n_levels;
    bool categorical;
    double *values; /* [n_levels]; a categorical axis: the index */
    char **texts;   /* [n_levels], point into the table */
};
struct import_names {
    char at[JOB_SCENARIOS_MAX][JOB_NAME_MAX + 1];
    uint32_t n;
};
struct import_points {
    struct import_table table;
    struct import_meaning *meaning; /* [n_columns] */
    int id_column;                  /* -1: points go by their number */
    uint32_t n_axes;
    struct import_axis axes[SWEEP_AXES_MAX];
    struct import_names scenarios, periods;
    uint32_t *level;       /* [n_rows][n_axes] */
    uint32_t *combination; /* [n_rows] */
    uint32_t n_combinations;
    uint64_t *first_row; /* [n_combinations] */
    uint32_t *slots;     /* hash index of the combinations: number + 1, 0 = free */
    uint64_t slot_mask;
    uint32_t *row_of; /* [n_combinations][scenarios.n][periods.n]: row + 1, 0: no such row */
};
/* map: "column=meaning" of --map, NULL-terminated, or NULL. ERR_FORMAT with "path:line: ...": a
 * point twice, a metric that is no number, an empty parameter or name; no parameter or no metric
 * column at all unless has_returns. ERR_NOT_FOUND: a mapped column or meaning that is not there.
 * ERR_OVERFLOW: more axes, levels, names or cells than fit. The caller ends it with
 * import_points_free(). */
enum err import_points_read(struct import_points *out, const char *path, const char *const *map,
                            bool has_returns, struct err_note *note);
void import_points_free(struct import_points *points);
/* The row of a cell, or -1. */
int64_t import_points_row(const struct import_points *points, uint32_t combination,
                          uint32_t scenario, uint32_t period);
/* Metrics of a row: values[N_METRICS], NaN where there is no column or an empty field. Returns how
 * many are not NaN. */
uint32_t import_points_metrics(const struct import_points *points, uint64_t row, double *values);
/* The combination of levels[n_axes], or -1. */
int64_t import_points_find(const struct import_points *points, const uint32_t *levels);
/* The level of an axis by its text, or -1: numbers are compared as numbers. */
int64_t import_points_level(const struct import_points *points, uint32_t axis, const char *text);
/* The index of a name, or -1. */
int import_name_find(const struct import_names *names, const char *name);
#endif
