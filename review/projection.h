/* projection - a metric over a whole grid seen on two axes: what a heatmap draws.
 *
 * Every grid point falls into one cell (its level on y, its level on x); a cell holds the minimum,
 * median, mean and maximum of its points' values. Points with NaN (failed, missing, excluded,
 * undefined metric) count for nothing; a cell without a value is NaN and drawn as missing. Axes may
 * be held at a level, which turns the projection into a slice. Median: mean of the two middle
 * values of an even count (the one value if they are equal). */
#ifndef REVIEW_PROJECTION_H
#define REVIEW_PROJECTION_H
#include "proto/err.h"
#include "proto/sweep.h"
#include <stdint.h>

#define PROJECTION_NO_AXIS UINT32_MAX /* one row, or one column */
#define PROJECTION_FREE UINT32_MAX    /* not held */

enum projection_statistic {
    PROJECTION_MEDIAN,
    PROJECTION_MIN,
    PROJECTION_MAX,
    PROJECTION_MEAN,
    PROJECTION_N_STATISTICS
};
extern const char *const PROJECTION_NAMES[]; /* "median", "min", "max", "mean", NULL */

struct projection_request {
    const struct sweep *sweep;
    uint32_t x, y; /* axes, or PROJECTION_NO_AXIS; two members of one zip group are ERR_RANGE */
    const uint32_t *held;   /* [n_axes] level or PROJECTION_FREE; NULL: all free */
    const double *values;   /* [n_points], in point order */
    const uint64_t *points; /* the points values belong to; NULL: 0 .. n_points-1 */
    uint64_t n_points;
};
struct projection {
    uint32_t nx, ny;
    double *value[PROJECTION_N_STATISTICS]; /* [ny][nx] */
    uint32_t *count;                        /* [ny][nx]: values in the cell */
};
/* The caller ends it with projection_free(). ERR_NOMEM, ERR_RANGE. */
enum err projection_make(struct projection *out, const struct projection_request *request,
                         struct err_note *note);
void projection_free(struct projection *projection);

/* Share of the values' variance that the means along each axis explain (main effects):
 * share[n_axes] in 0..1, NaN where all values are equal or missing. Members of a zip group have
 * equal shares. */
enum err projection_main_effects(const struct sweep *sweep, const double *values,
                                 const uint64_t *points, uint64_t n_points, double *share);
/* Index of the best value (better < 0: smallest), the lowest index on ties; UINT64_MAX if all are
 * NaN. */
uint64_t projection_best(const double *values, uint64_t n, int better);
#endif
