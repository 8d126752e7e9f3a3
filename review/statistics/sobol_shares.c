#include "review/statistics/sobol_shares.h"
#include "review/statistics/sample.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MISSING_MAX 0.05

/* f with its holes filled. */
static enum err fill_holes(const struct surface *s, double *filled)
{
    size_t *points = malloc(surface_neighbours_max(s) * sizeof *points), n_valid = 0;
    double sum = 0.0;
    if (!points)
        return ERR_NOMEM;
    for (size_t p = 0; p < s->n_points; p++)
        if (!isnan(s->f[p])) {
            sum += s->f[p];
            n_valid++;
        }
    for (size_t p = 0; p < s->n_points; p++) {
        filled[p] = s->f[p];
        if (!isnan(s->f[p]))
            continue;
        double near = 0.0;
        size_t n = surface_neighbours(s, p, points), n_near = 0;
        for (size_t i = 0; i < n; i++)
            if (!isnan(s->f[points[i]])) {
                near += s->f[points[i]];
                n_near++;
            }
        filled[p] = n_near ? near / (double)n_near : sum / (double)n_valid;
    }
    free(points);
    return OK;
}

/* Population variance of the means of f over the cells of the axes in `kept` (a bit each).
 * means[n_points] is scratch. */
static double variance_of_means(const struct surface *s, const double *f, double mean,
                                uint32_t kept, double *means)
{
    size_t n_cells = 1, stride[SURFACE_AXES_MAX];
    for (uint32_t a = s->n_axes; a-- > 0;) {
        stride[a] = kept >> a & 1u ? n_cells : 0;
        n_cells *= kept >> a & 1u ? s->n_levels[a] : 1;
    }
    memset(means, 0, n_cells * sizeof *means);
    uint32_t level[SURFACE_AXES_MAX] = {0};
    size_t cell = 0;
    for (size_t p = 0; p < s->n_points; p++) {
        means[cell] += f[p];
        for (uint32_t a = s->n_axes; a-- > 0;) { /* the next point, as an odometer */
            cell += stride[a];
            if (++level[a] < s->n_levels[a])
                break;
            cell -= stride[a] * s->n_levels[a];
            level[a] = 0;
        }
    }
    double sum = 0.0, per_cell = (double)s->n_points / (double)n_cells;
    for (size_t c = 0; c < n_cells; c++)
        sum += (means[c] / per_cell - mean) * (means[c] / per_cell - mean);
    return sum / (double)n_cells;
}

static void decompose(const struct surface *s, const double *f, double mean, double *scratch,
                      struct sobol_shares *out)
{
    uint32_t everything = s->n_axes == 32 ? UINT32_MAX : (1u << s->n_axes) - 1;
    out->interaction = 1.0;
    for (uint32_t a = 0; a < s->n_axes; a++) {
        out->first[a] = variance_of_means(s, f, mean, 1u << a, scratch) / out->variance;
        out->total[a] =
            1.0 - variance_of_means(s, f, mean, everything ^ 1u << a, scratch) / out->variance;
        out->interaction -= out->first[a];
    }
    for (uint32_t a = 0; a < s->n_axes; a++)
        for (uint32_t b = a + 1; b < s->n_axes; b++)
            out->second[a][b] =
                variance_of_means(s, f, mean, 1u << a | 1u << b, scratch) / out->variance -
                out->first[a] - out->first[b];
}

enum err sobol_shares_run(const struct surface *s, struct sobol_shares *out)
{
    struct sobol_shares r = {.variance = NAN, .interaction = NAN};
    for (uint32_t a = 0; a < SURFACE_AXES_MAX; a++) {
        r.first[a] = r.total[a] = NAN;
        for (uint32_t b = 0; b < SURFACE_AXES_MAX; b++)
            r.second[a][b] = NAN;
    }
    for (size_t p = 0; p < s->n_points; p++)
        r.imputed += isnan(s->f[p]) ? 1 : 0;
    if ((double)r.imputed > MISSING_MAX * (double)s->n_points) {
        *out = r;
        return OK;
    }
    double *filled = malloc(2 * s->n_points * sizeof *filled);
    enum err rc = filled ? fill_holes(s, filled) : ERR_NOMEM;
    if (rc == OK) {
        struct sample_moments m;
        sample_moments(&m, filled, s->n_points, 1);
        r.variance = m.m2 / (double)s->n_points;
        if (!m.flat)
            decompose(s, filled, m.mean, filled + s->n_points, &r);
        *out = r;
    }
    free(filled);
    return rc;
}
