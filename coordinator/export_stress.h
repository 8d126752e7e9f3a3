/* export_stress - the group /review/scenarios of results.h5: what every scenario does to every
 * point, as `plateau stress` says it, as maps over the axes (docs/results.md). */
#ifndef COORDINATOR_EXPORT_STRESS_H
#define COORDINATOR_EXPORT_STRESS_H
#include "coordinator/export_plan.h"
#include "coordinator/h5.h"
#include "review/stress.h"
#include "worker/ladder_sample.h"

struct export_stress { /* arrays by sweep point */
    uint64_t n_points;
    uint32_t n_scenarios;
    const double *f;          /* [n_scenarios][n_points]; row 0 the base */
    const uint32_t *scenario; /* [n_scenarios]: of the job, a row's */
    struct stress_surfaces surfaces;
    struct ladder_sample ladder; /* n 0: none, missing says why */
    const char *missing;
};
/* Of dim[plan->n_dims], the scales of the points, and the file's /scenario. */
void export_stress_write(struct h5 *h5, hid_t where, const struct export_plan *plan,
                         const struct h5_scale *dim, const struct h5_scale *scenario,
                         const struct export_stress *stress, const char *unit);
/* One map: a value a point of the file, chunked and compressed as the cells are. */
void export_map_write(struct h5 *h5, hid_t where, const struct export_plan *plan,
                      const struct h5_scale *dim, const char *name, const double *by_point,
                      const char *unit, const char *long_name);
#endif
