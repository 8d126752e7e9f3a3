/* grid_view - what a page shows of one metric: two dimensions of the grid, as a slice at the levels
 * of the others or as their median, minimum or maximum. What is asked comes out of an URL, so every
 * number of it is checked here against the shape of the grid.
 *
 * Points are in row-major order of the dimensions, the last one fastest; of a sampled sweep each
 * point has its levels from the sweep, and a dimension of many levels is cut into bins. */
#ifndef REVIEW_GRID_VIEW_H
#define REVIEW_GRID_VIEW_H
#include "proto/err.h"
#include "proto/sweep.h"
#include <stdint.h>

#define GRID_VIEW_NONE UINT32_MAX
#define GRID_VIEW_CELLS_MAX (1u << 20) /* 25 bytes each on the wire */
#define GRID_VIEW_BINS_MAX 24u         /* as frontend/src/view.ts has it */
#define GRID_VIEW_NO_POINT 254u        /* of a sample: no point fell here */
#define GRID_VIEW_UNDEFINED 255u       /* status of a cell that is ok and has no number */

enum grid_view_how { GRID_VIEW_SLICE, GRID_VIEW_MEDIAN, GRID_VIEW_MIN, GRID_VIEW_MAX };
struct grid_view_shape {
    uint32_t n_dims, size[SWEEP_AXES_MAX];
    uint64_t n_points;
    const struct sweep *sampled; /* NULL: a grid */
    uint32_t n_metrics, n_scenarios, n_periods;
};
struct grid_view_request {
    uint32_t metric, scenario, period;
    uint32_t minus; /* a scenario to take away, or GRID_VIEW_NONE */
    uint32_t x, y;  /* dimensions; y GRID_VIEW_NONE: the sweep has one */
    enum grid_view_how how;
    uint32_t held[SWEEP_AXES_MAX]; /* level of every dimension */
};
/* query: value of an argument, or NULL. metric, scenario, period, minus, x, y: indices; how: slice,
 * median, min or max; held: levels with commas between. ERR_FORMAT, ERR_RANGE name the argument. */
enum err grid_view_parse(struct grid_view_request *out, const struct grid_view_shape *shape,
                         const char *(*query)(void *ctx, const char *name), void *ctx,
                         struct err_note *note);
/* A whole number of decimal digits below limit. */
enum err grid_view_number(const char *name, const char *text, uint64_t limit, uint64_t *out,
                          struct err_note *note);

struct grid_view {
    uint32_t nx, ny;
    double *value, *count, *point; /* [ny][nx]; count: numbers behind a cell; point: the best of
                                      them, -1 where there is none */
    uint8_t *status;               /* [ny][nx]: why there is no number (enum status) */
};
/* values and status [n_points]; minus: what is taken away, or NULL; better < 0: less is better. The
 * caller ends it with grid_view_free(). ERR_NOMEM, ERR_RANGE (GRID_VIEW_CELLS_MAX). */
enum err grid_view_make(struct grid_view *out, const struct grid_view_shape *shape,
                        const struct grid_view_request *request, const double *values,
                        const double *minus, const uint8_t *status, int better);
void grid_view_free(struct grid_view *view);
#endif
