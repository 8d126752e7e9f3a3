#include "proto/constraints.h"
#include "proto/sample.h"
#include "proto/where.h"
#include <stdlib.h>
#include <string.h>

#define TABLE_MAX                                                                                  \
    (UINT64_C(1) << 20) /* combinations of a group decided once and kept, a bit each */
#define ESTIMATE_POINTS UINT64_C(1000000)
#define ESTIMATE_SEED UINT64_C(0x706c616e)

struct group {
    uint32_t n_dimensions, n_where;
    uint32_t dimensions[SWEEP_AXES_MAX];
    uint32_t where[SWEEP_WHERE_MAX];
    uint64_t n_combinations; /* UINT64_MAX when there are more */
    uint8_t *table; /* a bit per combination, the last dimension fastest; NULL for a large group */
};

struct constraints {
    const struct sweep_axis *axes;
    uint32_t n_axes, n_dimensions, n_where, n_groups;
    uint32_t sizes[SWEEP_AXES_MAX];
    uint32_t axis_of[SWEEP_AXES_MAX]; /* the first axis of each dimension */
    struct where *where[SWEEP_WHERE_MAX];
    struct group groups[SWEEP_WHERE_MAX];
};

void constraints_free(struct constraints **self_p)
{
    struct constraints *self = *self_p;
    if (!self)
        return;
    for (uint32_t i = 0; i < self->n_where; i++)
        where_free(&self->where[i]);
    for (uint32_t g = 0; g < self->n_groups; g++)
        free(self->groups[g].table);
    free(self);
    *self_p = NULL;
}

static uint64_t dimensions_of(const struct constraints *self, const struct where *where)
{
    uint64_t axes = where_axes(where), dimensions = 0;
    for (uint32_t a = 0; a < self->n_axes; a++)
        if (axes >> a & 1)
            dimensions |= UINT64_C(1) << self->axes[a].dimension;
    return dimensions;
}

/* Merges each constraint with every group that shares a dimension; masks[g] are the dimensions of
 * group g. */
static void build_groups(struct constraints *self)
{
    uint64_t masks[SWEEP_WHERE_MAX] = {0};
    for (uint32_t w = 0; w < self->n_where; w++) {
        struct group merged = {.n_where = 1, .where = {w}};
        uint64_t mask = dimensions_of(self, self->where[w]);
        for (uint32_t g = 0; g < self->n_groups;) {
            struct group *group = &self->groups[g];
            if (!(masks[g] & mask)) {
                g++;
                continue;
            }
            for (uint32_t i = 0; i < group->n_where; i++)
                merged.where[merged.n_where++] = group->where[i];
            mask |= masks[g];
            *group = self->groups[--self->n_groups];
            masks[g] = masks[self->n_groups];
            g = 0; /* the wider mask may meet one already passed */
        }
        masks[self->n_groups] = mask;
        self->groups[self->n_groups++] = merged;
    }
    for (uint32_t g = 0; g < self->n_groups; g++) {
        struct group *group = &self->groups[g];
        group->n_combinations = 1;
        for (uint32_t d = 0; d < self->n_dimensions; d++)
            if (masks[g] >> d & 1) {
                group->dimensions[group->n_dimensions++] = d;
                if (__builtin_mul_overflow(group->n_combinations, self->sizes[d],
                                           &group->n_combinations))
                    group->n_combinations = UINT64_MAX;
            }
    }
}

static bool group_holds(const struct constraints *self, const struct group *group,
                        const uint32_t *levels)
{
    for (uint32_t i = 0; i < group->n_where; i++)
        if (!where_holds(self->where[group->where[i]], levels))
            return false;
    return true;
}

/* The axes of a dimension take its level. */
static void spread(const struct constraints *self, const uint32_t *by_dimension, uint32_t *levels)
{
    for (uint32_t a = 0; a < self->n_axes; a++)
        levels[a] = by_dimension[self->axes[a].dimension];
}

/* Counts the combinations that hold, up to `enough`, and sets their bits where a table is given. */
static uint64_t enumerate(const struct constraints *self, const struct group *group, uint8_t *table,
                          uint64_t enough)
{
    uint32_t by_dimension[SWEEP_AXES_MAX] = {0}, levels[SWEEP_AXES_MAX];
    uint64_t n = 0;
    for (uint64_t c = 0; c < group->n_combinations && n < enough; c++) {
        spread(self, by_dimension, levels);
        if (group_holds(self, group, levels)) {
            n++;
            if (table)
                table[c / 8] |= (uint8_t)(1u << (c % 8));
        }
        for (uint32_t i = group->n_dimensions; i-- > 0;) { /* the next combination */
            uint32_t d = group->dimensions[i];
            if (++by_dimension[d] < self->sizes[d])
                break;
            by_dimension[d] = 0;
        }
    }
    return n;
}

static uint64_t count_table(const struct group *group)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < (group->n_combinations + 7) / 8; i++)
        n += (uint64_t)__builtin_popcount(group->table[i]);
    return n;
}

/* The share of a large group, from points that are spread evenly. */
static double estimate(const struct constraints *self, const struct group *group)
{
    struct sample sample;
    uint32_t by_dimension[SWEEP_AXES_MAX], levels[SWEEP_AXES_MAX];
    uint64_t n = 0;
    sample_init(&sample, SWEEP_SOBOL, ESTIMATE_POINTS, ESTIMATE_SEED, self->n_dimensions,
                self->sizes);
    for (uint64_t i = 0; i < ESTIMATE_POINTS; i++) {
        sample_levels(&sample, i, by_dimension);
        spread(self, by_dimension, levels);
        n += group_holds(self, group, levels);
    }
    return (double)n / (double)ESTIMATE_POINTS;
}

enum err constraints_new(struct constraints **out, const struct sweep_plan *plan,
                         struct err_note *note)
{
    struct constraints *self = calloc(1, sizeof *self);
    enum err err = OK;
    if (!self)
        return ERR_NOMEM;
    self->axes = plan->axes;
    self->n_axes = plan->n_axes;
    for (uint32_t a = 0; a < plan->n_axes; a++) {
        uint32_t d = plan->axes[a].dimension;
        if (d >= self->n_dimensions) {
            self->axis_of[d] = a;
            self->n_dimensions = d + 1;
        }
        self->sizes[d] = plan->axes[a].n_levels;
    }
    for (; self->n_where < plan->n_where && !err; self->n_where += !err)
        err = where_new(&self->where[self->n_where], plan->where[self->n_where], plan->axes,
                        plan->n_axes, note);
    if (!err)
        build_groups(self);
    for (uint32_t g = 0; g < self->n_groups && !err; g++) {
        struct group *group = &self->groups[g];
        if (group->n_combinations > TABLE_MAX || plan->method != SWEEP_GRID)
            continue;
        group->table = calloc((group->n_combinations + 7) / 8, 1);
        if (!group->table)
            err = ERR_NOMEM;
        else
            enumerate(self, group, group->table, UINT64_MAX);
    }
    if (err) {
        constraints_free(&self);
        return err;
    }
    *out = self;
    return OK;
}

bool constraints_hold(const struct constraints *self, const uint32_t *levels)
{
    for (uint32_t g = 0; g < self->n_groups; g++) {
        const struct group *group = &self->groups[g];
        if (!group->table) {
            if (!group_holds(self, group, levels))
                return false;
            continue;
        }
        uint64_t c = 0;
        for (uint32_t i = 0; i < group->n_dimensions; i++) {
            uint32_t d = group->dimensions[i];
            c = c * self->sizes[d] + levels[self->axis_of[d]];
        }
        if (!(group->table[c / 8] >> (c % 8) & 1))
            return false;
    }
    return true;
}

uint64_t constraints_n_included(const struct constraints *self, bool *exact)
{
    bool in_group[SWEEP_AXES_MAX] = {false};
    uint64_t n = 1;
    double share = 1;
    *exact = true;
    for (uint32_t g = 0; g < self->n_groups; g++) {
        const struct group *group = &self->groups[g];
        for (uint32_t i = 0; i < group->n_dimensions; i++)
            in_group[group->dimensions[i]] = true;
        if (group->n_combinations <= CONSTRAINTS_EXACT_MAX) {
            n *= group->table ? count_table(group) : enumerate(self, group, NULL, UINT64_MAX);
        } else {
            *exact = false;
            n *= group->n_combinations;
            share *= estimate(self, group);
        }
    }
    for (uint32_t d = 0; d < self->n_dimensions; d++)
        if (!in_group[d])
            n *= self->sizes[d];
    return *exact ? n : (uint64_t)((double)n * share);
}

bool constraints_leave_nothing(const struct constraints *self)
{
    for (uint32_t g = 0; g < self->n_groups; g++) {
        const struct group *group = &self->groups[g];
        bool some = group->table ? count_table(group) > 0
                    : group->n_combinations <= CONSTRAINTS_EXACT_MAX
                        ? enumerate(self, group, NULL, 1) > 0
                        : estimate(self, group) > 0;
        if (!some)
            return true;
    }
    return false;
}
