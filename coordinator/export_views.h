/* export_views - what results.h5 holds beside the cells: NXdata for viewers, heatmaps, benchmark
 * curves, the spec, failures. */
#ifndef COORDINATOR_EXPORT_VIEWS_H
#define COORDINATOR_EXPORT_VIEWS_H
#include "coordinator/export_fill.h"
#include "coordinator/export_plan.h"
#include "coordinator/h5.h"
#include <stdbool.h>

#define EXPORT_HEATMAP_AXES 6u
#define EXPORT_HEATMAP_POINTS_MAX                                                                  \
    (1ull << 26) /* a projection holds all values of the objective: 512 MB */

struct export_views {
    struct h5 *h5;
    const struct job *job;
    const struct export_plan *plan;
    struct export_columns *columns;
    const struct h5_scale *dim, *block;
    const struct market_image *image; /* NULL: no benchmark curves */
    uint64_t robust_point; /* slices go through this sweep point; UINT64_MAX: through the peak */
    const char *spec_text;
};
enum err export_views_write(const struct export_views *views, struct err_note *note);
/* Makes room for the objective's values, which the heatmaps need. */
enum err export_want_objective(struct export_columns *columns, const struct export_plan *plan,
                               struct err_note *note);
/* A log axis whose logarithms exist gets a companion LABEL_log10. */
bool export_axis_is_log(const struct sweep_axis *axis);
/* Root attributes seed and periods_per_year from the base config. */
void export_base_attributes(struct h5 *h5, hid_t root, const struct job *job);
#endif
