#include "review/grid.h"
#include <stdio.h>
#include <string.h>

static enum surface_kind kind_of(const struct sweep *sweep, uint32_t dimension)
{
    for (uint32_t a = 0; a < sweep_n_axes(sweep); a++) {
        const struct sweep_axis *axis = sweep_axis(sweep, a);
        if (axis->dimension == dimension && axis->spacing != SWEEP_CATEGORICAL)
            return axis->spacing == SWEEP_LOG ? SURFACE_LOG : SURFACE_NUM;
    }
    return SURFACE_CAT;
}

const char *grid_refusal(const struct sweep *sweep)
{
    uint64_t neighbours = 1;
    if (sweep_plan(sweep)->method != SWEEP_GRID)
        return "not a grid";
    if (sweep_n_dimensions(sweep) > SURFACE_AXES_MAX)
        return "too many dimensions for neighbourhoods";
    if (sweep_n_points(sweep) > UINT32_MAX)
        return "too many points for neighbourhoods";
    for (uint32_t d = 0; d < sweep_n_dimensions(sweep); d++) {
        uint32_t n = sweep_dimension_size(sweep, d);
        if (kind_of(sweep, d) != SURFACE_CAT)
            neighbours *= n < 3 ? n : 3;
        if (neighbours > GRID_NEIGHBOURS_MAX)
            return "too many neighbours a point";
    }
    return NULL;
}

enum err grid_surface(const struct sweep *sweep, const double *f, struct surface *out)
{
    struct surface surface = {.n_axes = sweep_n_dimensions(sweep), .f = f};
    if (grid_refusal(sweep))
        return ERR_RANGE;
    for (uint32_t d = 0; d < surface.n_axes; d++) {
        surface.n_levels[d] = sweep_dimension_size(sweep, d);
        surface.kind[d] = kind_of(sweep, d);
    }
    if (surface.n_axes == 0) { /* a sweep without axes is one point */
        surface.n_axes = surface.n_levels[0] = 1;
        surface.kind[0] = SURFACE_CAT;
    }
    enum err err = surface_check(&surface);
    if (!err)
        *out = surface;
    return err;
}

void grid_dimension_name(const struct sweep *sweep, uint32_t dimension, char *out, size_t size)
{
    out[0] = '\0';
    for (uint32_t a = 0; a < sweep_n_axes(sweep); a++) {
        const struct sweep_axis *axis = sweep_axis(sweep, a);
        size_t used = strlen(out);
        if (axis->dimension == dimension)
            snprintf(out + used, size - used, "%s%s", used ? "+" : "", axis->label);
    }
}
