#include "review/statistics/robust_pick.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COVERAGE_MIN 0.5

/* The box of neighbours is a product of steps along the axes, so minimum and count are taken one
 * axis after the other. */
static void along_axis(const struct surface *s, uint32_t axis, const double *low,
                       const uint32_t *count, double *low_out, uint32_t *count_out)
{
    for (size_t p = 0; p < s->n_points; p++) {
        size_t to;
        low_out[p] = low[p];
        count_out[p] = count[p];
        for (int direction = -1; direction <= 1; direction += 2)
            if (surface_step(s, p, axis, direction, &to)) {
                low_out[p] = low[to] < low_out[p] ? low[to] : low_out[p];
                count_out[p] += count[to];
            }
    }
}

static size_t n_neighbours(const struct surface *s, size_t point)
{
    size_t box = 1, to;
    for (uint32_t a = 0; a < s->n_axes; a++)
        box *= 1 + (size_t)surface_step(s, point, a, -1, &to) +
               (size_t)surface_step(s, point, a, 1, &to);
    return box - 1;
}

enum err robust_pick_find(const struct surface *s, const bool *eligible, struct robust_pick *out)
{
    size_t n = s->n_points;
    double *low = malloc(2 * n * sizeof *low), *low_next = low + n;
    uint32_t *count = malloc(2 * n * sizeof *count), *count_next = count + n;
    struct robust_pick best = {n, NAN};
    if (!low || !count) {
        free(low);
        free(count);
        return ERR_NOMEM;
    }
    for (size_t p = 0; p < n; p++) {
        count[p] = isnan(s->f[p]) ? 0u : 1u;
        low[p] = count[p] ? s->f[p] : INFINITY; /* a hole is left out, not counted as bad */
    }
    for (uint32_t a = 0; a < s->n_axes; a++) {
        if (s->kind[a] == SURFACE_CAT)
            continue;
        along_axis(s, a, low, count, low_next, count_next);
        memcpy(low, low_next, n * sizeof *low);
        memcpy(count, count_next, n * sizeof *count);
    }
    for (size_t p = 0; p < n; p++) {
        if (isnan(s->f[p]) || (eligible && !eligible[p]) ||
            (double)(count[p] - 1) < COVERAGE_MIN * (double)n_neighbours(s, p))
            continue;
        if (best.point == n || low[p] > best.worst ||
            (low[p] == best.worst && s->f[p] > s->f[best.point]))
            best = (struct robust_pick){p, low[p]};
    }
    *out = best;
    free(low);
    free(count);
    return OK;
}
