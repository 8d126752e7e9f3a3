/* stability_map - the plateau measures of every point of a surface: what results.h5 shows as maps.
 * Equal to surface_point_stability() of each point, but linear in the points (times neighbours)
 * where that is quadratic. */
#ifndef REVIEW_STABILITY_MAP_H
#define REVIEW_STABILITY_MAP_H
#include "review/statistics/surface.h"

#define STABILITY_MAP_VISITS_MAX 1000000000u /* points times neighbours: seconds */

struct stability_map { /* [n_points] each; NaN where undefined */
    double *plateau_ratio, *worst_ratio, *basin_frac;
};
/* Above STABILITY_MAP_VISITS_MAX the two ratios are NaN everywhere. n_threads 0: one per core; the
 * answer is the same. The caller ends it with stability_map_free(). ERR_NOMEM. */
enum err stability_map_make(struct stability_map *out, const struct surface *surface,
                            unsigned n_threads);
void stability_map_free(struct stability_map *map);
#endif
