#include "review/statistics/sample.h"
#include "review/statistics/surface.h"
#include <math.h>
#include <stdlib.h>

#define COVERAGE_MIN 0.5
#define BASIN 0.8
#define SHARP 0.5

static double value_at(const struct surface *s, size_t point, uint32_t axis, int direction)
{
    size_t to;
    return surface_step(s, point, axis, direction, &to) ? s->f[to] : NAN;
}

/* What single steps along the axes show: slope, curvature, largest drop, edges. */
static void single_steps(const struct surface *s, size_t point, struct surface_point *out)
{
    double f = out->f, drop = -INFINITY;
    for (uint32_t a = 0; a < s->n_axes; a++) {
        double down = value_at(s, point, a, -1), up = value_at(s, point, a, 1);
        uint32_t level = surface_level(s, point, a);
        bool has_down = !isnan(down), has_up = !isnan(up);
        if (has_down && has_up) {
            out->grad[a] = 0.5 * (up - down);
            out->curv[a] = up - 2.0 * f + down;
        } else if (has_down || has_up) {
            out->grad[a] = has_up ? up - f : f - down;
        }
        if (has_down && (f - down) / f > drop)
            drop = (f - down) / f;
        if (has_up && (f - up) / f > drop)
            drop = (f - up) / f;
        if (s->kind[a] != SURFACE_CAT && s->n_levels[a] >= 3)
            out->on_edge |= level == 0 || level + 1 == s->n_levels[a];
    }
    if (f > 0.0 && isfinite(drop))
        out->step_drop = drop;
}

static enum err neighbourhood(const struct surface *s, size_t point, struct surface_point *out)
{
    size_t max = surface_neighbours_max(s), n_valid = 0;
    size_t *points = malloc(max * sizeof *points);
    double *values = malloc(max * sizeof *values);
    if (!points || !values) {
        free(points);
        free(values);
        return ERR_NOMEM;
    }
    size_t n = surface_neighbours(s, point, points);
    for (size_t i = 0; i < n; i++)
        if (!isnan(s->f[points[i]]))
            values[n_valid++] = s->f[points[i]];
    out->n_nb = (uint32_t)n;
    out->n_valid = (uint32_t)n_valid;
    if (n)
        out->coverage = (double)n_valid / (double)n;
    if (out->coverage >= COVERAGE_MIN) {
        sample_sort(values, n_valid);
        out->nb_mean = sample_mean(values, n_valid);
        out->nb_min = values[0];
        out->nb_q25 = sample_quantile(values, n_valid, 0.25);
        out->nb_median = sample_quantile(values, n_valid, 0.5);
        if (out->f > 0.0) {
            out->plateau_ratio = out->nb_median / out->f;
            out->worst_ratio = out->nb_min / out->f;
            out->sharp_peak = out->plateau_ratio < SHARP && out->f > values[n_valid - 1];
        }
    }
    free(points);
    free(values);
    return OK;
}

/* Flood from the point over {f >= 0.8 f(p)}. */
static enum err basin(const struct surface *s, size_t point, struct surface_point *out)
{
    bool *member = malloc(s->n_points * sizeof *member);
    uint32_t *label = malloc(3 * s->n_points * sizeof *label);
    size_t n_valid = 0;
    if (!member || !label) {
        free(member);
        free(label);
        return ERR_NOMEM;
    }
    for (size_t p = 0; p < s->n_points; p++) {
        member[p] = s->f[p] >= BASIN * out->f;
        n_valid += isnan(s->f[p]) ? 0 : 1;
    }
    uint32_t *size = label + s->n_points;
    surface_components(s, member, label, size, size + s->n_points);
    out->basin = size[label[point] - 1];
    out->basin_frac = (double)out->basin / (double)n_valid;
    free(member);
    free(label);
    return OK;
}

enum err surface_point_stability(const struct surface *s, size_t point, struct surface_point *out)
{
    struct surface_point p = {.coverage = NAN,
                              .nb_mean = NAN,
                              .nb_min = NAN,
                              .nb_q25 = NAN,
                              .nb_median = NAN,
                              .plateau_ratio = NAN,
                              .worst_ratio = NAN,
                              .step_drop = NAN,
                              .basin_frac = NAN};
    if (point >= s->n_points)
        return ERR_RANGE;
    p.f = s->f[point];
    for (uint32_t a = 0; a < s->n_axes; a++)
        p.grad[a] = p.curv[a] = NAN;
    single_steps(s, point, &p);
    enum err rc = neighbourhood(s, point, &p);
    if (rc == OK && p.f > 0.0) /* four fifths of a loss is no lower bar */
        rc = basin(s, point, &p);
    if (rc == OK)
        *out = p;
    return rc;
}
