/* grid - a sweep as a surface: one surface axis per dimension of the sweep, so that the members of
 * a zip group move together, and points keep their numbers. */
#ifndef REVIEW_GRID_H
#define REVIEW_GRID_H
#include "proto/sweep.h"
#include "review/statistics/surface.h"

#define GRID_NEIGHBOURS_MAX (1u << 22) /* of one point: 96 MB while they are looked at */

/* Why grid measures are undefined for a sweep; NULL if they are not. */
const char *grid_refusal(const struct sweep *sweep);
/* A dimension is ordered unless all its axes are categorical; logarithmic when its first ordered
 * axis is. f[sweep_n_points] is borrowed. ERR_RANGE: grid_refusal() has the reason. */
enum err grid_surface(const struct sweep *sweep, const double *f, struct surface *out);
/* Name of a dimension: the labels of its axes joined by '+'. */
void grid_dimension_name(const struct sweep *sweep, uint32_t dimension, char *out, size_t size);
#endif
