#include "review/stability_map.h"
#include "review/statistics/parallel.h"
#include "review/statistics/sample.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COVERAGE_MIN 0.5
#define BASIN 0.8

struct work {
    const struct surface *surface;
    struct stability_map *map;
    bool failed[PARALLEL_THREADS_MAX];
};

/* Puts the k-th smallest in its place, nothing larger before it (Hoare's selection). */
static void place(double *v, size_t n, size_t k)
{
    size_t low = 0, high = n - 1;
    while (low < high) {
        double pivot = v[low + (high - low) / 2];
        size_t i = low, j = high;
        for (;;) {
            while (i < high && v[i] < pivot)
                i++;
            while (j > low && v[j] > pivot)
                j--;
            if (i >= j)
                break;
            double swap = v[i];
            v[i++] = v[j];
            v[j--] = swap;
        }
        if (k <= j)
            high = j;
        else
            low = j + 1;
    }
}

/* Type 7 as sample_quantile() has it, without sorting the rest. */
static double median(double *v, size_t n)
{
    double middle[2];
    place(v, n, n / 2);
    middle[1] = v[n / 2];
    if (n % 2)
        return middle[1];
    middle[0] = v[0];
    for (size_t i = 1; i < n / 2; i++)
        middle[0] = v[i] > middle[0] ? v[i] : middle[0];
    return sample_quantile(middle, 2, 0.5);
}

static void ratios_of(const struct surface *s, size_t p, size_t *points, double *values,
                      struct stability_map *map)
{
    size_t n_valid = 0, n = surface_neighbours(s, p, points);
    double worst = INFINITY;
    for (size_t i = 0; i < n; i++)
        if (!isnan(s->f[points[i]])) {
            worst = fmin(worst, s->f[points[i]]);
            values[n_valid++] = s->f[points[i]];
        }
    if (n_valid == 0 || (double)n_valid < COVERAGE_MIN * (double)n)
        return;
    map->plateau_ratio[p] = median(values, n_valid) / s->f[p];
    map->worst_ratio[p] = worst / s->f[p];
}

static void ratios(void *context, unsigned i, size_t begin, size_t end)
{
    struct work *work = context;
    const struct surface *s = work->surface;
    size_t max = surface_neighbours_max(s), *points = malloc((max + 1) * sizeof *points);
    double *values = malloc((max + 1) * sizeof *values);
    work->failed[i] = !points || !values;
    for (size_t p = begin; p < end && !work->failed[i]; p++)
        if (s->f[p] > 0.0)
            ratios_of(s, p, points, values, work->map);
    free(points);
    free(values);
}

/* ---- basins ---- */

struct ranked {
    double value;
    uint32_t point;
};

static int descending(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->value != y->value)
        return x->value > y->value ? -1 : 1;
    return x->point < y->point ? -1 : x->point > y->point;
}

static uint32_t root_of(uint32_t *parent, uint32_t p)
{
    while (parent[p] != p)
        p = parent[p] = parent[parent[p]];
    return p;
}

static void join(uint32_t *parent, uint32_t *size, uint32_t a, uint32_t b)
{
    a = root_of(parent, a);
    b = root_of(parent, b);
    if (a == b)
        return;
    if (size[a] < size[b]) {
        uint32_t swap = a;
        a = b;
        b = swap;
    }
    parent[b] = a;
    size[a] += size[b];
}

/* The bar of a point, 0.8 f, falls with f: the points are let in from the best downwards, joined
 * with their neighbours that are in, and each asks for its component when its own bar is reached.
 */
static void flood(const struct surface *s, const struct ranked *order, size_t n, uint32_t *parent,
                  uint32_t *size, double *basin_frac)
{
    size_t in = 0;
    for (size_t i = 0; i < n && order[i].value > 0.0; i++) {
        for (; in < n && order[in].value >= BASIN * order[i].value; in++) {
            uint32_t p = order[in].point;
            size_t to;
            parent[p] = p;
            size[p] = 1;
            for (uint32_t a = 0; a < s->n_axes; a++)
                for (int direction = -1; direction <= 1; direction += 2)
                    if (surface_step(s, p, a, direction, &to) && parent[to] != UINT32_MAX)
                        join(parent, size, p, (uint32_t)to);
        }
        basin_frac[order[i].point] = (double)size[root_of(parent, order[i].point)] / (double)n;
    }
}

static enum err basins(const struct surface *s, double *basin_frac)
{
    size_t n = 0;
    struct ranked *order = malloc((s->n_points + 1) * sizeof *order);
    uint32_t *parent = malloc((s->n_points + 1) * sizeof *parent);
    uint32_t *size = malloc((s->n_points + 1) * sizeof *size);
    enum err err = order && parent && size ? OK : ERR_NOMEM;
    if (!err) {
        for (size_t p = 0; p < s->n_points; p++)
            if (!isnan(s->f[p]))
                order[n++] = (struct ranked){s->f[p], (uint32_t)p};
        qsort(order, n, sizeof *order, descending);
        memset(parent, 0xff, s->n_points * sizeof *parent);
        flood(s, order, n, parent, size, basin_frac);
    }
    free(order);
    free(parent);
    free(size);
    return err;
}

enum err stability_map_make(struct stability_map *out, const struct surface *surface,
                            unsigned n_threads)
{
    size_t n = surface->n_points;
    struct stability_map map = {malloc((n + 1) * sizeof(double)), malloc((n + 1) * sizeof(double)),
                                malloc((n + 1) * sizeof(double))};
    struct work work = {.surface = surface, .map = &map};
    unsigned threads = parallel_threads(n_threads, n);
    enum err err = map.plateau_ratio && map.worst_ratio && map.basin_frac ? OK : ERR_NOMEM;
    for (size_t p = 0; p < n && !err; p++)
        map.plateau_ratio[p] = map.worst_ratio[p] = map.basin_frac[p] = NAN;
    if (!err && surface_neighbours_max(surface) <= STABILITY_MAP_VISITS_MAX / (n + 1))
        err = parallel_ranges(threads, n, ratios, &work);
    for (unsigned i = 0; i < threads && !err; i++)
        err = work.failed[i] ? ERR_NOMEM : OK;
    if (!err)
        err = basins(surface, map.basin_frac);
    if (err)
        stability_map_free(&map);
    else
        *out = map;
    return err;
}

void stability_map_free(struct stability_map *map)
{
    free(map->plateau_ratio);
    free(map->worst_ratio);
    free(map->basin_frac);
    *map = (struct stability_map){NULL, NULL, NULL};
}
