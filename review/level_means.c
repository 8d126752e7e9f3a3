#include "review/level_means.h"
#include <math.h>

void level_means(struct level_mean *out, const struct sweep *sweep, uint32_t dimension,
                 const double *train, const double *validation)
{
    uint32_t axis = 0, levels[SWEEP_AXES_MAX], n = sweep_dimension_size(sweep, dimension);
    while (sweep_axis(sweep, axis)->dimension != dimension)
        axis++;
    for (uint32_t l = 0; l < n; l++)
        out[l] = (struct level_mean){0, 0.0, 0.0};
    for (uint64_t p = 0; p < sweep_n_points(sweep); p++) {
        if (isnan(train[p]) || isnan(validation[p]))
            continue;
        sweep_levels(sweep, p, levels);
        struct level_mean *at = &out[levels[axis]];
        at->n++;
        at->train += train[p];
        at->validation += validation[p];
    }
    for (uint32_t l = 0; l < n; l++) {
        out[l].train = out[l].n ? out[l].train / (double)out[l].n : NAN;
        out[l].validation = out[l].n ? out[l].validation / (double)out[l].n : NAN;
    }
}
