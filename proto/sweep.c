#include "proto/sweep.h"
#include "proto/constraints.h"
#include "proto/sample.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define POINTS_MAX (UINT64_C(1) << 63)
/* Candidates of a constrained sample: per point wanted, in all (some ten seconds), and without a
 * hit. */
#define TRIES_MAX 1000
#define ALL_TRIES_MAX UINT64_C(100000000)
#define FIRST_TRIES_MAX 1000000

struct dimension {
    uint32_t size;
    uint64_t stride;         /* of a level in the point index */
    uint64_t ordinal_stride; /* of a level in the ordinal */
};

struct sweep {
    struct sweep_plan plan; /* axes and where belong to the sweep */
    struct sweep_axis *axes;
    char **where;
    uint32_t n_dimensions;
    struct dimension dimensions[SWEEP_AXES_MAX];
    uint64_t n_points;
    struct constraints *constraints; /* NULL without `where` */
    struct sample *sample;           /* NULL for a grid */
    uint32_t *accepted;              /* constrained sample: the design's index of each point */
};

static void free_axis(struct sweep_axis *axis)
{
    for (uint32_t l = 0; axis->texts && l < axis->n_levels; l++)
        free(axis->texts[l]);
    free(axis->texts);
    free(axis->values);
    free(axis->path);
    free(axis->label);
    free(axis->unit);
}

void sweep_free(struct sweep **sweep_p)
{
    struct sweep *self = *sweep_p;
    if (!self)
        return;
    for (uint32_t a = 0; self->axes && a < self->plan.n_axes; a++)
        free_axis(&self->axes[a]);
    for (uint32_t i = 0; self->where && i < self->plan.n_where; i++)
        free(self->where[i]);
    constraints_free(&self->constraints);
    free(self->sample);
    free(self->accepted);
    free(self->axes);
    free(self->where);
    free(self);
    *sweep_p = NULL;
}

static enum err copy_axis(struct sweep_axis *to, const struct sweep_axis *from)
{
    *to = (struct sweep_axis){.path = strdup(from->path),
                              .label = strdup(from->label),
                              .unit = strdup(from->unit),
                              .spacing = from->spacing,
                              .entry_side = from->entry_side,
                              .dimension = from->dimension,
                              .values = calloc(from->n_levels, sizeof *to->values),
                              .texts = calloc(from->n_levels, sizeof *to->texts)};
    if (!to->path || !to->label || !to->unit || !to->values || !to->texts)
        return ERR_NOMEM;
    to->n_levels = from->n_levels;
    memcpy(to->values, from->values, from->n_levels * sizeof *to->values);
    for (uint32_t l = 0; l < from->n_levels; l++)
        if (!(to->texts[l] = strdup(from->texts[l])))
            return ERR_NOMEM;
    return OK;
}

static enum err copy_plan(struct sweep *self, const struct sweep_plan *plan)
{
    self->plan = *plan;
    self->plan.n_axes = self->plan.n_where = 0; /* as many as are whole, for sweep_free */
    self->axes = calloc(plan->n_axes + 1, sizeof *self->axes);
    self->where = calloc(plan->n_where + 1, sizeof *self->where);
    if (!self->axes || !self->where)
        return ERR_NOMEM;
    self->plan.axes = self->axes;
    self->plan.where = (const char *const *)self->where;
    for (uint32_t a = 0; a < plan->n_axes; a++) {
        self->plan.n_axes = a + 1;
        if (copy_axis(&self->axes[a], &plan->axes[a]))
            return ERR_NOMEM;
    }
    for (uint32_t i = 0; i < plan->n_where; i++) {
        self->plan.n_where = i + 1;
        if (!(self->where[i] = strdup(plan->where[i])))
            return ERR_NOMEM;
    }
    return OK;
}

/* The plan may come off the wire: nothing about it is taken for granted. */
static enum err check_plan(const struct sweep_plan *plan, struct err_note *note)
{
    if (plan->n_axes > SWEEP_AXES_MAX)
        return err_set(note, ERR_SPEC, "%u axes: at most %d are taken", plan->n_axes,
                       SWEEP_AXES_MAX);
    if (plan->n_where > SWEEP_WHERE_MAX)
        return err_set(note, ERR_SPEC, "%u where constraints: at most %d are taken", plan->n_where,
                       SWEEP_WHERE_MAX);
    uint32_t n_dimensions = 0;
    for (uint32_t a = 0; a < plan->n_axes; a++) {
        const struct sweep_axis *axis = &plan->axes[a];
        if (axis->n_levels == 0 || axis->n_levels > SWEEP_LEVELS_MAX)
            return err_set(note, ERR_SPEC, "axis %s has %u levels, expected 1 .. %u", axis->path,
                           axis->n_levels, SWEEP_LEVELS_MAX);
        if (axis->dimension > n_dimensions)
            return err_set(note, ERR_SPEC, "axis %s: dimensions are not numbered in order",
                           axis->path);
        n_dimensions += axis->dimension == n_dimensions;
        for (uint32_t b = 0; b < a; b++) {
            const struct sweep_axis *other = &plan->axes[b];
            if (other->dimension == axis->dimension && other->n_levels != axis->n_levels)
                return err_set(note, ERR_SPEC, "zip: axis %s has %u levels and axis %s has %u",
                               other->path, other->n_levels, axis->path, axis->n_levels);
            if (!strcmp(other->path, axis->path) || !strcmp(other->label, axis->label))
                return err_set(note, ERR_SPEC, "axis %s appears twice", axis->path);
        }
    }
    uint64_t n_max = plan->n_where ? SWEEP_WHERE_SAMPLES_MAX : SAMPLE_POINTS_MAX;
    if (plan->method != SWEEP_GRID && (plan->n_samples == 0 || plan->n_samples > n_max))
        return err_set(note, ERR_SPEC, "sample: n is %" PRIu64 ", expected 1 .. %" PRIu64 "%s",
                       plan->n_samples, n_max, plan->n_where ? " with where" : "");
    if (plan->method != SWEEP_GRID && plan->n_axes == 0)
        return err_set(note, ERR_SPEC, "sample: there are no axes to sample");
    return OK;
}

/* Sizes of the dimensions; strides of the point index (last dimension fastest) and of the ordinal
 * (entry side outermost). */
static enum err lay_out(struct sweep *self, struct err_note *note)
{
    bool entry_side[SWEEP_AXES_MAX] = {false};
    for (uint32_t a = 0; a < self->plan.n_axes; a++) {
        const struct sweep_axis *axis = &self->axes[a];
        self->dimensions[axis->dimension].size = axis->n_levels;
        entry_side[axis->dimension] |= axis->entry_side;
        if (axis->dimension >= self->n_dimensions)
            self->n_dimensions = axis->dimension + 1;
    }
    if (self->plan.method != SWEEP_GRID) {
        self->n_points = self->plan.n_samples;
        return OK;
    }
    uint64_t stride = 1;
    for (uint32_t d = self->n_dimensions; d-- > 0;) {
        self->dimensions[d].stride = stride;
        if (__builtin_mul_overflow(stride, self->dimensions[d].size, &stride) ||
            stride > POINTS_MAX)
            return err_set(note, ERR_OVERFLOW,
                           "the axes make more than 2^63 points: take fewer or shorter axes, or a "
                           "sample");
    }
    self->n_points = stride;
    stride = 1;
    for (int outer = 0; outer < 2; outer++) /* the inner dimensions first: they are the fastest */
        for (uint32_t d = self->n_dimensions; d-- > 0;)
            if (entry_side[d] == outer) {
                self->dimensions[d].ordinal_stride = stride;
                stride *= self->dimensions[d].size;
            }
    return OK;
}

static void candidate_levels(const struct sweep *self, uint64_t candidate, uint32_t *levels)
{
    uint32_t by_dimension[SWEEP_AXES_MAX];
    sample_levels(self->sample, candidate, by_dimension);
    for (uint32_t a = 0; a < self->plan.n_axes; a++)
        levels[a] = by_dimension[self->axes[a].dimension];
}

/* Rejection: the first n candidates of the design that satisfy every constraint. Which ones is
 * kept, four bytes a point. */
static enum err accept_candidates(struct sweep *self, struct err_note *note)
{
    uint64_t n = self->n_points, tries = n * TRIES_MAX, found = 0;
    uint32_t levels[SWEEP_AXES_MAX];
    if (tries > ALL_TRIES_MAX)
        tries = ALL_TRIES_MAX;
    self->accepted = calloc(n, sizeof *self->accepted);
    if (!self->accepted)
        return ERR_NOMEM;
    for (uint64_t c = 0; c < tries && found < n; c++) {
        candidate_levels(self, c, levels);
        if (constraints_hold(self->constraints, levels))
            self->accepted[found++] = (uint32_t)c;
        else if (found == 0 && c >= FIRST_TRIES_MAX)
            break;
    }
    if (found < n)
        return err_set(note, ERR_SPEC,
                       "sample: where leaves too little: %" PRIu64 " of %" PRIu64
                       " points found: loosen where, or take a grid",
                       found, n);
    return OK;
}

static enum err make_sample(struct sweep *self, struct err_note *note)
{
    uint32_t sizes[SWEEP_AXES_MAX];
    for (uint32_t d = 0; d < self->n_dimensions; d++)
        sizes[d] = self->dimensions[d].size;
    self->sample = calloc(1, sizeof *self->sample);
    if (!self->sample)
        return ERR_NOMEM;
    sample_init(self->sample, self->plan.method, self->n_points, self->plan.sample_seed,
                self->n_dimensions, sizes);
    return self->constraints ? accept_candidates(self, note) : OK;
}

enum err sweep_new(struct sweep **out, const struct sweep_plan *plan, struct err_note *note)
{
    enum err err = check_plan(plan, note);
    if (err)
        return err;
    struct sweep *self = calloc(1, sizeof *self);
    if (!self)
        return ERR_NOMEM;
    err = copy_plan(self, plan);
    if (!err)
        err = lay_out(self, note);
    if (!err && plan->n_where)
        err = constraints_new(&self->constraints, &self->plan, note);
    if (!err && plan->method != SWEEP_GRID)
        err = make_sample(self, note);
    if (err) {
        sweep_free(&self);
        return err;
    }
    *out = self;
    return OK;
}

uint64_t sweep_n_points(const struct sweep *sweep)
{
    return sweep->n_points;
}

uint32_t sweep_n_axes(const struct sweep *sweep)
{
    return sweep->plan.n_axes;
}

uint32_t sweep_n_dimensions(const struct sweep *sweep)
{
    return sweep->n_dimensions;
}

uint32_t sweep_dimension_size(const struct sweep *sweep, uint32_t dimension)
{
    return sweep->dimensions[dimension].size;
}

const struct sweep_axis *sweep_axis(const struct sweep *sweep, uint32_t axis)
{
    return &sweep->axes[axis];
}

const struct sweep_plan *sweep_plan(const struct sweep *sweep)
{
    return &sweep->plan;
}

uint64_t sweep_point_of_ordinal(const struct sweep *sweep, uint64_t ordinal)
{
    if (sweep->sample)
        return ordinal;
    uint64_t point = 0;
    for (uint32_t d = 0; d < sweep->n_dimensions; d++) {
        const struct dimension *dim = &sweep->dimensions[d];
        point += ordinal / dim->ordinal_stride % dim->size * dim->stride;
    }
    return point;
}

uint64_t sweep_ordinal_of_point(const struct sweep *sweep, uint64_t point)
{
    if (sweep->sample)
        return point;
    uint64_t ordinal = 0;
    for (uint32_t d = 0; d < sweep->n_dimensions; d++) {
        const struct dimension *dim = &sweep->dimensions[d];
        ordinal += point / dim->stride % dim->size * dim->ordinal_stride;
    }
    return ordinal;
}

void sweep_levels(const struct sweep *sweep, uint64_t point, uint32_t *levels)
{
    assert(point < sweep->n_points);
    if (sweep->sample) {
        candidate_levels(sweep, sweep->accepted ? sweep->accepted[point] : point, levels);
        return;
    }
    for (uint32_t a = 0; a < sweep->plan.n_axes; a++) {
        const struct dimension *dim = &sweep->dimensions[sweep->axes[a].dimension];
        levels[a] = (uint32_t)(point / dim->stride % dim->size);
    }
}

static enum err find_sample(const struct sweep *sweep, const uint32_t *levels, uint64_t *point)
{
    uint32_t here[SWEEP_AXES_MAX];
    for (uint64_t p = 0; p < sweep->n_points; p++) {
        sweep_levels(sweep, p, here);
        if (!memcmp(here, levels, sweep->plan.n_axes * sizeof *levels)) {
            *point = p;
            return OK;
        }
    }
    return ERR_NOT_FOUND;
}

enum err sweep_point_of_levels(const struct sweep *sweep, const uint32_t *levels, uint64_t *point)
{
    uint32_t by_dimension[SWEEP_AXES_MAX], n_seen = 0;
    uint64_t p = 0;
    for (uint32_t a = 0; a < sweep->plan.n_axes; a++) {
        uint32_t d = sweep->axes[a].dimension;
        if (levels[a] >= sweep->dimensions[d].size)
            return ERR_RANGE;
        if (d < n_seen) {
            if (by_dimension[d] != levels[a])
                return ERR_RANGE;
            continue;
        }
        by_dimension[n_seen++] = levels[a]; /* dimensions are numbered in order of appearance */
        p += levels[a] * sweep->dimensions[d].stride;
    }
    if (sweep->sample)
        return find_sample(sweep, levels, point);
    *point = p;
    return OK;
}

void sweep_values(const struct sweep *sweep, uint64_t point, double *values)
{
    uint32_t levels[SWEEP_AXES_MAX];
    sweep_levels(sweep, point, levels);
    for (uint32_t a = 0; a < sweep->plan.n_axes; a++)
        values[a] = sweep->axes[a].values[levels[a]];
}

bool sweep_excluded(const struct sweep *sweep, uint64_t point)
{
    uint32_t levels[SWEEP_AXES_MAX];
    if (!sweep->constraints || sweep->sample) /* a sample holds only points that are allowed */
        return false;
    sweep_levels(sweep, point, levels);
    return !constraints_hold(sweep->constraints, levels);
}

uint64_t sweep_n_included(const struct sweep *sweep, bool *exact)
{
    *exact = true;
    if (!sweep->constraints || sweep->sample)
        return sweep->n_points;
    return constraints_n_included(sweep->constraints, exact);
}

bool sweep_nothing_left(const struct sweep *sweep)
{
    return sweep->constraints && !sweep->sample && constraints_leave_nothing(sweep->constraints);
}
