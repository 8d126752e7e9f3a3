/* sweep - a parameter grid as an index function: nothing is expanded, a grid of 10^18 points costs
 * what its axes cost.
 *
 * A dimension is one axis, or a zip group of axes that move together; axes and dimensions are in
 * the sweep file's order.
 *
 *   point    0 .. n_points-1: mixed radix over the dimensions, the last one fastest
 *   ordinal  position in tile order: the same radix with the entry-side dimensions outermost, so
 *            that the points of a tile share candidate lists
 *
 * Point and ordinal are two numberings of the same points. Of a sampled sweep (random, lhs, sobol)
 * point i is the i-th sample and its ordinal is i. Points excluded by `where` keep their numbers;
 * sweep_excluded() tells. */
#ifndef PROTO_SWEEP_H
#define PROTO_SWEEP_H
#include "proto/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SWEEP_AXES_MAX 64
#define SWEEP_LEVELS_MAX (1u << 20) /* of one axis */
#define SWEEP_WHERE_MAX 64          /* constraints */
#define SWEEP_WHERE_TEXT_MAX 1000   /* of one constraint */
#define SWEEP_WHERE_SAMPLES_MAX                                                                    \
    (UINT64_C(1) << 22)   /* points of a sample with constraints: which were accepted is kept */
#define SWEEP_TEXT_MAX 63 /* exact decimal or enumeration name of a level */

enum sweep_spacing { SWEEP_LINEAR, SWEEP_LOG, SWEEP_CATEGORICAL };
enum sweep_method { SWEEP_GRID, SWEEP_RANDOM, SWEEP_LHS, SWEEP_SOBOL };

struct sweep_axis {
    char *path;  /* dotted path of the field: "sleeves.equity.exit.exit_ma", "run.seed" */
    char *label; /* dataset name: `as:` or the path with '_' for '.' */
    char *unit;
    enum sweep_spacing spacing;
    bool entry_side;
    uint32_t dimension; /* index of its dimension; axes of one zip group share it */
    uint32_t n_levels;
    double *values; /* [n_levels]; an enumeration's index, a boolean 0/1 */
    char **texts;   /* [n_levels] exact text beside its value */
};

struct sweep;
/* Takes the axes (deep-copied), `where` expressions and the sampling method. ERR_OVERFLOW: the
 * count passes 2^63; ERR_SPEC: with the line in note. n_samples is used unless method is
 * SWEEP_GRID. */
struct sweep_plan {
    const struct sweep_axis *axes;
    uint32_t n_axes;
    const char *const *where;
    uint32_t n_where;
    enum sweep_method method;
    uint64_t n_samples, sample_seed;
};
enum err sweep_new(struct sweep **out, const struct sweep_plan *plan, struct err_note *note);
void sweep_free(struct sweep **sweep_p);

uint64_t sweep_n_points(const struct sweep *sweep);
uint32_t sweep_n_axes(const struct sweep *sweep);
uint32_t sweep_n_dimensions(const struct sweep *sweep);
uint32_t sweep_dimension_size(const struct sweep *sweep, uint32_t dimension);
const struct sweep_axis *sweep_axis(const struct sweep *sweep, uint32_t axis);
const struct sweep_plan *sweep_plan(const struct sweep *sweep);

uint64_t sweep_point_of_ordinal(const struct sweep *sweep, uint64_t ordinal);
uint64_t sweep_ordinal_of_point(const struct sweep *sweep, uint64_t point);
/* Level of every axis at a point: levels[n_axes]; and back (ERR_RANGE; zip members must agree). */
void sweep_levels(const struct sweep *sweep, uint64_t point, uint32_t *levels);
enum err sweep_point_of_levels(const struct sweep *sweep, const uint32_t *levels, uint64_t *point);
/* Values of every axis at a point: values[n_axes]. */
void sweep_values(const struct sweep *sweep, uint64_t point, double *values);
bool sweep_excluded(const struct sweep *sweep, uint64_t point);
/* Points that `where` leaves: exact up to 10^8 combinations of the axes it names, else *exact =
 * false and an estimate. */
uint64_t sweep_n_included(const struct sweep *sweep, bool *exact);
/* Whether that is none: exact where the count is, else as far as a million points show. */
bool sweep_nothing_left(const struct sweep *sweep);
#endif
