#include "review/overview.h"
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct ranked {
    double value;
    uint64_t point;
};

static int by_value(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return (x->point > y->point) - (x->point < y->point);
}

/* Best: ties go to the lowest point. Median: the lower of the middle two, so that it is a cell. */
static enum err rank(const struct overview_input *input, uint64_t n, struct overview *out)
{
    struct ranked *cells = malloc((size_t)n * sizeof *cells + 1);
    uint64_t used = 0;
    if (!cells)
        return ERR_NOMEM;
    for (uint64_t p = 0; p < n; p++) {
        double value = input->better < 0 ? -input->objective[p] : input->objective[p];
        if (isnan(value))
            continue;
        cells[used++] = (struct ranked){value, p};
        if (out->best == OVERVIEW_NONE)
            out->best = p;
        double best =
            input->better < 0 ? -input->objective[out->best] : input->objective[out->best];
        if (value > best)
            out->best = p;
    }
    qsort(cells, (size_t)used, sizeof *cells, by_value);
    if (used)
        out->median = cells[(used - 1) / 2].point;
    free(cells);
    return OK;
}

static bool same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

/* Neighbours along one dimension of a full grid differ by its stride in the point index. */
static bool is_dead(const struct overview_input *input, uint64_t n, uint64_t stride, uint32_t size)
{
    bool compared = false;
    for (uint64_t p = stride; p < n; p++) {
        if (p / stride % size == 0 || isnan(input->total_return[p]) ||
            isnan(input->total_return[p - stride]))
            continue;
        compared = true;
        if (!same_bits(input->objective[p], input->objective[p - stride]))
            return false;
    }
    return compared;
}

static void find_dead_axes(const struct sweep *sweep, const struct overview_input *input,
                           struct overview *out)
{
    uint64_t n = sweep_n_points(sweep), stride = 1;
    bool dead[SWEEP_AXES_MAX] = {false};
    if (sweep_plan(sweep)->method != SWEEP_GRID)
        return;
    for (uint32_t d = sweep_n_dimensions(sweep); d-- > 0;) {
        uint32_t size = sweep_dimension_size(sweep, d);
        dead[d] = size > 1 && is_dead(input, n, stride, size);
        stride *= size;
    }
    for (uint32_t a = 0; a < sweep_n_axes(sweep); a++)
        if (dead[sweep_axis(sweep, a)->dimension])
            out->dead[out->n_dead++] = a;
}

static void find_edges(const struct sweep *sweep, struct overview *out)
{
    enum { LEVELS_MIN = 3 }; /* with two levels every optimum is at an end */
    uint32_t levels[SWEEP_AXES_MAX];
    if (out->best == OVERVIEW_NONE)
        return;
    sweep_levels(sweep, out->best, levels);
    for (uint32_t a = 0, d = 0; a < sweep_n_axes(sweep); a++) {
        const struct sweep_axis *axis = sweep_axis(sweep, a);
        bool at_end = levels[a] == 0 || levels[a] + 1 == axis->n_levels;
        while (d < out->n_dead && out->dead[d] < a)
            d++;
        bool is_dead_axis = d < out->n_dead && out->dead[d] == a;
        if (axis->spacing != SWEEP_CATEGORICAL && axis->n_levels >= LEVELS_MIN && at_end &&
            !is_dead_axis)
            out->edge[out->n_edge++] = a;
    }
}

enum err overview_of(const struct sweep *sweep, const struct overview_input *input,
                     struct overview *out)
{
    uint64_t n = sweep_n_points(sweep);
    struct overview found = {.best = OVERVIEW_NONE, .median = OVERVIEW_NONE};
    for (uint64_t p = 0; p < n; p++) {
        if (isnan(input->total_return[p]))
            continue;
        found.n_computed++;
        found.n_profitable += input->total_return[p] > 0;
        found.n_never_traded += input->n_trades[p] == 0;
    }
    enum err err = rank(input, n, &found);
    if (err)
        return err;
    find_dead_axes(sweep, input, &found);
    find_edges(sweep, &found);
    *out = found;
    return OK;
}
