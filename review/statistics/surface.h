/* surface - a measure over a parameter grid: neighbours, components, and what they say about
 * plateau or peak. statistics.md section 6.
 *
 * Points are numbered in mixed radix, last axis fastest; a missing or failed point is NaN. Steps
 * are index steps. A categorical axis has no neighbours: each of its categories is a surface of its
 * own. Nothing wraps, nothing is padded. */
#ifndef REVIEW_STATISTICS_SURFACE_H
#define REVIEW_STATISTICS_SURFACE_H
#include "proto/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SURFACE_AXES_MAX 32u
enum surface_kind { SURFACE_NUM, SURFACE_LOG, SURFACE_CAT };

struct surface {
    uint32_t n_axes;
    uint32_t n_levels[SURFACE_AXES_MAX]; /* each >= 1 */
    enum surface_kind kind[SURFACE_AXES_MAX];
    size_t stride[SURFACE_AXES_MAX]; /* set by surface_check */
    size_t n_points;                 /* set by surface_check */
    const double *f;                 /* [n_points]; borrowed */
};
/* Derives stride and n_points. ERR_RANGE: no or too many axes, an axis without levels, more than
 * 2^32 - 1 points. */
enum err surface_check(struct surface *self);
uint32_t surface_level(const struct surface *self, size_t point, uint32_t axis);
/* The neighbour of point one step (direction -1 or 1) along an ordered axis; false beyond the edge
 * or on a categorical axis. */
bool surface_step(const struct surface *self, size_t point, uint32_t axis, int direction,
                  size_t *neighbour);
/* Points at Chebyshev distance 1, the point itself left out; points[surface_neighbours_max()].
 * Returns how many. */
size_t surface_neighbours(const struct surface *self, size_t point, size_t *points);
size_t surface_neighbours_max(const struct surface *self);
/* Labels the rook-connected components of {p : member[p]}: label[p] = 1, 2 ... or 0; size[l - 1]
 * when size is not NULL (room for n_points). Returns their number. queue[n_points] is scratch. */
uint32_t surface_components(const struct surface *self, const bool *member, uint32_t *label,
                            uint32_t *size, uint32_t *queue);
/* argmax of f, lowest index on ties; n_points when nothing is valid. */
size_t surface_best(const struct surface *self);

struct surface_point { /* statistics.md section 6; NaN where undefined */
    double f;
    uint32_t n_nb, n_valid;                    /* neighbours within the grid; those with a value */
    double coverage;                           /* n_valid / n_nb */
    double nb_mean, nb_min, nb_q25, nb_median; /* NaN below half coverage */
    double plateau_ratio, worst_ratio;         /* nb_median / f, nb_min / f, for f > 0 */
    double step_drop;                          /* largest (f - neighbour) / f over single steps */
    bool on_edge;      /* first or last level of an ordered axis of three or more */
    bool sharp_peak;   /* above all neighbours, and their median below half */
    uint32_t basin;    /* points connected to it at 0.8 f or more */
    double basin_frac; /* of all valid points */
    double grad[SURFACE_AXES_MAX],
        curv[SURFACE_AXES_MAX]; /* per index step; NaN on categorical axes and edges */
};
/* ERR_RANGE (no such point), ERR_NOMEM. */
enum err surface_point_stability(const struct surface *self, size_t point,
                                 struct surface_point *out);

struct surface_summary {
    size_t n_points, n_valid, best; /* best: n_points when nothing is valid */
    double missing;                 /* fraction */
    double best_value, mean, median, sd, frac_pos;
    double best_z;        /* (best - mean) / sd */
    double top_threshold; /* value of the last of the best tenth */
    uint32_t top_count, top_components;
    double top_concentration; /* largest component of the best tenth over its points */
    double moran_i, moran_e,
        moran_z; /* spatial autocorrelation, binary rook weights, normality variance */
};
enum err surface_summarise(const struct surface *self, struct surface_summary *out);
#endif
