#include "review/statistics/surface.h"
#include <math.h>
#include <string.h>

enum err surface_check(struct surface *self)
{
    if (self->n_axes == 0 || self->n_axes > SURFACE_AXES_MAX)
        return ERR_RANGE;
    uint64_t n = 1;
    for (uint32_t a = self->n_axes; a-- > 0;) {
        self->stride[a] = (size_t)n;
        if (self->n_levels[a] == 0)
            return ERR_RANGE;
        n *= self->n_levels[a]; /* below 2^64: both factors are below 2^32 */
        if (n > UINT32_MAX)
            return ERR_RANGE;
    }
    self->n_points = (size_t)n;
    return OK;
}

uint32_t surface_level(const struct surface *self, size_t point, uint32_t axis)
{
    return (uint32_t)(point / self->stride[axis] % self->n_levels[axis]);
}

bool surface_step(const struct surface *self, size_t point, uint32_t axis, int direction,
                  size_t *neighbour)
{
    uint32_t level = surface_level(self, point, axis);
    if (self->kind[axis] == SURFACE_CAT ||
        (direction < 0 ? level == 0 : level + 1 == self->n_levels[axis]))
        return false;
    *neighbour = direction < 0 ? point - self->stride[axis] : point + self->stride[axis];
    return true;
}

size_t surface_neighbours_max(const struct surface *self)
{
    size_t n = 1;
    for (uint32_t a = 0; a < self->n_axes; a++)
        if (self->kind[a] != SURFACE_CAT)
            n *= self->n_levels[a] < 3 ? self->n_levels[a] : 3;
    return n;
}

/* Grows the list axis by axis: what is there so far, one step down and one step up. */
size_t surface_neighbours(const struct surface *self, size_t point, size_t *points)
{
    size_t n = 1, to;
    points[0] = point;
    for (uint32_t a = 0; a < self->n_axes; a++) {
        size_t so_far = n;
        for (int direction = -1; direction <= 1; direction += 2)
            for (size_t i = 0; i < so_far && surface_step(self, points[i], a, direction, &to); i++)
                points[n++] = to;
    }
    points[0] = points[--n];
    return n;
}

uint32_t surface_components(const struct surface *self, const bool *member, uint32_t *label,
                            uint32_t *size, uint32_t *queue)
{
    uint32_t n_components = 0;
    memset(label, 0, self->n_points * sizeof *label);
    for (size_t seed = 0; seed < self->n_points; seed++) {
        size_t head = 0, tail = 0, to;
        if (!member[seed] || label[seed])
            continue;
        label[seed] = ++n_components;
        queue[tail++] = (uint32_t)seed;
        while (head < tail) {
            size_t p = queue[head++];
            for (uint32_t a = 0; a < self->n_axes; a++)
                for (int direction = -1; direction <= 1; direction += 2)
                    if (surface_step(self, p, a, direction, &to) && member[to] && !label[to]) {
                        label[to] = n_components;
                        queue[tail++] = (uint32_t)to;
                    }
        }
        if (size)
            size[n_components - 1] = (uint32_t)tail;
    }
    return n_components;
}

size_t surface_best(const struct surface *self)
{
    size_t best = self->n_points;
    for (size_t p = 0; p < self->n_points; p++)
        if (!isnan(self->f[p]) && (best == self->n_points || self->f[p] > self->f[best]))
            best = p;
    return best;
}
