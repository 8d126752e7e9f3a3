#include "coordinator/export_stress.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NOT_KNOWN = 255 }; /* a flag of a point that was not computed */

struct stress_maps {
    struct h5 *h5;
    hid_t group;
    const struct export_plan *plan;
    const struct h5_scale *dim;
    const struct export_stress *stress;
    double *by_point; /* [n_points] room */
};

static void add_points(struct h5_shape *shape, const struct export_plan *plan,
                       const struct h5_scale *dim)
{
    for (uint32_t d = 0; d < plan->n_dims; d++)
        h5_shape_add(shape, &dim[d], plan->chunks[EXPORT_CELLS].extent[d]);
}

/* Values by sweep point in the order of the file; NULL without memory. */
static double *in_file_order(struct h5 *h5, const struct export_plan *plan, const double *by_point,
                             const char *name)
{
    double *row = malloc((plan->n_points + 1) * sizeof *row);
    h5_check(h5, row != NULL, "allocate", name);
    for (uint64_t i = 0; row && i < plan->n_points; i++)
        row[i] = by_point[export_plan_point(plan, i)];
    return row;
}

static void finish(struct h5 *h5, hid_t dataset, const char *unit, const char *long_name)
{
    h5_attr_text(h5, dataset, "long_name", long_name);
    if (unit)
        h5_attr_units(h5, dataset, unit);
    h5_done(dataset);
}

void export_map_write(struct h5 *h5, hid_t where, const struct export_plan *plan,
                      const struct h5_scale *dim, const char *name, const double *by_point,
                      const char *unit, const char *long_name)
{
    const double nothing = NAN;
    struct h5_shape shape = {0};
    double *row = in_file_order(h5, plan, by_point, name);
    add_points(&shape, plan, dim);
    hid_t dataset = h5_dataset(h5, where, name, H5T_NATIVE_DOUBLE, &shape, &nothing, true);
    h5_write(h5, dataset, H5T_NATIVE_DOUBLE, row);
    finish(h5, dataset, unit, long_name);
    free(row);
}

/* ---- under each scenario ---- */

static void write_deltas(const struct stress_maps *m, const struct h5_scale *scenario,
                         const char *unit)
{
    const struct export_stress *s = m->stress;
    const uint64_t n = m->stress->n_points;
    const double nothing = NAN;
    struct h5_shape shape = {0};
    h5_shape_add(&shape, scenario, 1);
    add_points(&shape, m->plan, m->dim);
    hid_t dataset = h5_dataset(m->h5, m->group, "delta", H5T_NATIVE_DOUBLE, &shape, &nothing, true);
    for (uint32_t row = 0; row < s->n_scenarios; row++) {
        for (uint64_t p = 0; p < n; p++)
            m->by_point[p] = s->f[row * n + p] - s->f[p];
        double *values = in_file_order(m->h5, m->plan, m->by_point, "delta");
        h5_write_row(m->h5, dataset, H5T_NATIVE_DOUBLE, s->scenario[row], values);
        free(values);
    }
    finish(m->h5, dataset, unit,
           "the objective under the scenario less that of the same point in the first, train");
}

/* ---- break-even slippage ---- */

static void write_non_monotone(const struct stress_maps *m)
{
    const uint8_t unknown = NOT_KNOWN;
    struct h5_shape shape = {0};
    add_points(&shape, m->plan, m->dim);
    uint8_t *flags = malloc(m->plan->n_points + 1);
    h5_check(m->h5, flags != NULL, "allocate", "non_monotone");
    for (uint64_t i = 0; flags && i < m->plan->n_points; i++) {
        const double *row = ladder_sample_row(&m->stress->ladder, export_plan_point(m->plan, i));
        struct ladder_break_even b = {.multiple = NAN};
        if (row)
            b = ladder_break_even(row);
        flags[i] = isnan(b.multiple) ? unknown : b.non_monotone;
    }
    hid_t dataset =
        h5_dataset(m->h5, m->group, "non_monotone", H5T_NATIVE_UINT8, &shape, &unknown, true);
    h5_write(m->h5, dataset, H5T_NATIVE_UINT8, flags);
    finish(m->h5, dataset, NULL, "total return rises somewhere on the way to dearer trading");
    free(flags);
}

static void write_break_even(const struct stress_maps *m)
{
    const struct ladder_sample *ladder = &m->stress->ladder;
    for (uint64_t p = 0; p < m->stress->n_points; p++)
        m->by_point[p] = NAN;
    for (size_t i = 0; i < ladder->n; i++)
        m->by_point[ladder->point[i]] =
            ladder_break_even(ladder->value + i * LADDER_STEPS).multiple;
    export_map_write(m->h5, m->group, m->plan, m->dim, "break_even_slippage", m->by_point, "1",
                     "multiple of the model's slippage at which total return in train is no longer "
                     "positive; inf: beyond the last step");
    write_non_monotone(m);
    const uint8_t sampled = ladder->sampled;
    h5_attr(m->h5, m->group, "break_even_steps", H5T_NATIVE_DOUBLE, LADDER_MULTIPLE, LADDER_STEPS);
    h5_attr(m->h5, m->group, "break_even_sampled", H5T_NATIVE_UINT8, &sampled, 0);
}

void export_stress_write(struct h5 *h5, hid_t where, const struct export_plan *plan,
                         const struct h5_scale *dim, const struct h5_scale *scenario,
                         const struct export_stress *stress, const char *unit)
{
    struct stress_maps m = {h5,     h5_group(h5, where, "scenarios", NULL),         plan, dim,
                            stress, malloc((stress->n_points + 1) * sizeof(double))};
    h5_check(h5, m.by_point != NULL, "allocate", "scenarios");
    if (m.by_point) {
        write_deltas(&m, scenario, unit);
        export_map_write(h5, m.group, plan, dim, "worst", stress->surfaces.worst, unit,
                         "the objective in the worst of all scenarios, train");
        export_map_write(h5, m.group, plan, dim, "regret", stress->surfaces.regret, unit,
                         "largest distance to the best point of a scenario, train");
        export_map_write(h5, m.group, plan, dim, "retention", stress->surfaces.retention, "1",
                         "smallest share left under a cost or shock scenario, train");
        if (stress->ladder.n)
            write_break_even(&m);
        else
            h5_attr_text(h5, m.group, "no_break_even", stress->missing);
    }
    free(m.by_point);
    if (m.group >= 0)
        H5Gclose(m.group);
}
