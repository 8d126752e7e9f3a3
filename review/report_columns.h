/* report_columns - which numbers of a grid a report carries, and in which form, so that a page
 * stays small however large the grid is.
 *
 * A column is a metric in a scenario and a period. A small grid goes whole: every column, every
 * bit. Of a larger one the columns are ranked (the objective first, then what people ask for), and
 * as many as fit the budget get
 *
 *   a cube:        every point, as floats or quantised to 16 bits
 *   projections:   median, minimum and maximum over the other axes, for every pair of axes
 *   slices:        the pair of axes through each pick, where there is no cube to cut them from
 *
 * Sections (report_section.h), D1 < D2 dimensions of the sweep, indices of names:
 *   status/S              u8  [n_points]        enum status
 *   flags/S/P             u16 [n_points]        whole grids only
 *   cube/M/S/P            f64, f32 or u16 [n_points]
 *   proj/M/S/P/D1/D2      f32 [3][n1][n2]
 *   slice/I/M/S/P/D1/D2   f32 [n1][n2]          I: index of the pick
 *   level/D               i32 [n_points]        sampled sweeps: no grid to count along */
#ifndef REVIEW_REPORT_COLUMNS_H
#define REVIEW_REPORT_COLUMNS_H
#include "engine/metrics.h"
#include "proto/sweep.h"
#include "review/report_section.h"
#include <stdbool.h>

#define REPORT_WHOLE_BYTES 4800000u  /* base64 of every column as doubles: more is no whole grid */
#define REPORT_CUBES_BYTES 2900000u  /* of cubes */
#define REPORT_PARTS_BYTES 2300000u  /* of projections and slices */
#define REPORT_STATUS_BYTES 400000u  /* statuses of every point, before packing: else left out */
#define REPORT_PAIR_CELLS_MAX 65536u /* of one projection: more cannot be told apart */
#define REPORT_PICKS_MAX 3u

struct report_grid {
    const struct sweep *sweep;
    uint32_t n_scenarios, n_periods, objective;
    const uint64_t *picks; /* [n_picks], distinct */
    uint32_t n_picks;
};
struct report_plan {
    bool whole;                    /* every column, f64 */
    enum report_type cubes;        /* of the cubes */
    uint32_t n_cubes, n_projected; /* of the ranked columns, the first ones */
    uint64_t pair_cells;           /* over all pairs that are small enough */
};
struct report_column {
    uint32_t metric, scenario, period;
};
struct report_plan report_plan_of(const struct report_grid *grid);
/* The k-th of N_METRICS * n_scenarios * n_periods columns by rank. */
struct report_column report_column_of(const struct report_grid *grid, uint32_t k);

struct report_source {
    void *ctx;
    /* values[n][n_points], status[n_points] or NULL; metric N_METRICS: the flags */
    enum err (*load)(void *ctx, uint32_t scenario, uint32_t period, const uint32_t *metrics,
                     uint32_t n, double *const *values, uint8_t *status, struct err_note *note);
};
enum err report_columns_write(struct report_sections *out, const struct report_grid *grid,
                              const struct report_plan *plan, const struct report_source *source,
                              struct err_note *note);
#endif
