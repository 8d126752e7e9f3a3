#include "review/statistics/sample.h"
#include "review/statistics/surface.h"
#include <math.h>
#include <stdlib.h>

#define TOP 0.1
#define TOP_SLACK 1e-9 /* a tenth of 30 is 3, whatever the doubles say */
enum { MORAN_MIN = 3 };

static void moran(const struct surface *s, struct surface_summary *out, double m2)
{
    double n = (double)out->n_valid, pairs = 0.0, cross = 0.0, s2 = 0.0;
    size_t to;
    for (size_t p = 0; p < s->n_points; p++) {
        double degree = 0.0;
        if (isnan(s->f[p]))
            continue;
        for (uint32_t a = 0; a < s->n_axes; a++)
            for (int direction = -1; direction <= 1; direction += 2)
                if (surface_step(s, p, a, direction, &to) && !isnan(s->f[to])) {
                    degree += 1.0;
                    cross += (s->f[p] - out->mean) * (s->f[to] - out->mean);
                }
        pairs += degree;
        s2 += 4.0 * degree * degree;
    }
    if (out->n_valid < MORAN_MIN || pairs == 0.0 || m2 == 0.0)
        return;
    double w = pairs, s1 = 2.0 * w; /* every pair counted from both ends */
    out->moran_i = n / w * cross / m2;
    out->moran_e = -1.0 / (n - 1.0);
    double variance =
        (n * n * s1 - n * s2 + 3.0 * w * w) / (w * w * (n * n - 1.0)) - out->moran_e * out->moran_e;
    if (variance > 0.0)
        out->moran_z = (out->moran_i - out->moran_e) / sqrt(variance);
}

/* The best tenth, ties with its last one included, and how much of it hangs together. */
static void top(const struct surface *s, struct surface_summary *out, const double *sorted,
                bool *member, uint32_t *room)
{
    size_t wanted = (size_t)ceil(TOP * (double)out->n_valid - TOP_SLACK);
    uint32_t *size = room + s->n_points, largest = 0;
    out->top_threshold = sorted[out->n_valid - wanted];
    for (size_t p = 0; p < s->n_points; p++) {
        member[p] = s->f[p] >= out->top_threshold;
        out->top_count += member[p];
    }
    out->top_components = surface_components(s, member, room, size, size + s->n_points);
    for (uint32_t i = 0; i < out->top_components; i++)
        largest = size[i] > largest ? size[i] : largest;
    out->top_concentration = (double)largest / out->top_count;
}

enum err surface_summarise(const struct surface *s, struct surface_summary *out)
{
    struct surface_summary r = {.n_points = s->n_points,
                                .best = surface_best(s),
                                .best_value = NAN,
                                .mean = NAN,
                                .median = NAN,
                                .sd = NAN,
                                .frac_pos = NAN,
                                .best_z = NAN,
                                .top_threshold = NAN,
                                .top_concentration = NAN,
                                .moran_i = NAN,
                                .moran_e = NAN,
                                .moran_z = NAN};
    double *values = malloc(s->n_points * sizeof *values);
    bool *member = malloc(s->n_points * sizeof *member);
    uint32_t *room = malloc(3 * s->n_points * sizeof *room);
    enum err rc = values && member && room ? OK : ERR_NOMEM;
    size_t positive = 0;
    for (size_t p = 0; p < s->n_points && rc == OK; p++)
        if (!isnan(s->f[p])) {
            positive += s->f[p] > 0.0;
            values[r.n_valid++] = s->f[p];
        }
    r.missing = (double)(s->n_points - r.n_valid) / (double)s->n_points;
    if (rc == OK && r.n_valid > 0) {
        struct sample_moments m;
        sample_moments(&m, values, r.n_valid, 1);
        r.mean = m.mean;
        r.sd = r.n_valid < 2 ? NAN : sqrt(m.m2 / (double)(r.n_valid - 1));
        r.best_value = s->f[r.best];
        r.frac_pos = (double)positive / (double)r.n_valid;
        if (!m.flat)
            r.best_z = (r.best_value - r.mean) / r.sd;
        sample_sort(values, r.n_valid);
        r.median = sample_quantile(values, r.n_valid, 0.5);
        top(s, &r, values, member, room);
        moran(s, &r, m.m2);
    }
    if (rc == OK)
        *out = r;
    free(values);
    free(member);
    free(room);
    return rc;
}
