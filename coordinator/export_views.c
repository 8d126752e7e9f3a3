#include "coordinator/export_views.h"
#include "coordinator/benchmark_curve.h"
#include "review/projection.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool export_axis_is_log(const struct sweep_axis *axis)
{
    if (axis->spacing != SWEEP_LOG)
        return false;
    for (uint32_t l = 0; l < axis->n_levels; l++)
        if (axis->values[l] <= 0)
            return false;
    return true;
}

static uint32_t find_objective(const struct job *job)
{
    for (uint32_t m = 0; m < N_METRICS; m++)
        if (job->objective && strcmp(METRIC_INFO[m].name, job->objective) == 0)
            return m;
    return METRIC_sharpe;
}

enum err export_want_objective(struct export_columns *columns, const struct export_plan *plan,
                               struct err_note *note)
{
    columns->objective_metric = find_objective(plan->job);
    if (plan->n_points > EXPORT_HEATMAP_POINTS_MAX || plan->n_periods == 0 ||
        !job_has_baseline(plan->job))
        return OK;
    columns->objective = malloc(plan->n_points * sizeof(double));
    if (!columns->objective)
        return err_set(note, ERR_NOMEM, "out of memory for the objective of %llu points",
                       (unsigned long long)plan->n_points);
    for (uint64_t i = 0; i < plan->n_points; i++)
        columns->objective[i] = NAN;
    return OK;
}

void export_base_attributes(struct h5 *h5, hid_t root, const struct job *job)
{
    for (uint32_t v = 0; v < job->n_values; v++) {
        if (strcmp(job->values[v].path, "portfolio.seed") == 0)
            h5_attr(h5, root, "seed", H5T_NATIVE_DOUBLE, &job->values[v].value, 0);
        if (strcmp(job->values[v].path, "portfolio.periods_per_year") == 0)
            h5_attr(h5, root, "periods_per_year", H5T_NATIVE_DOUBLE, &job->values[v].value, 0);
    }
}

/* The axis that names dimension d in the file; PROJECTION_NO_AXIS in the point layout. */
static uint32_t axis_of_dimension(const struct sweep *sweep, uint32_t d)
{
    for (uint32_t a = 0; a < sweep_n_axes(sweep); a++)
        if (sweep_axis(sweep, a)->dimension == d)
            return a;
    return PROJECTION_NO_AXIS;
}

/* Name by which viewers should read an axis: "." for text (they refuse it), the logarithm for log
 * axes. */
static void viewer_name(const struct sweep_axis *axis, char *name, size_t size)
{
    if (axis->spacing == SWEEP_CATEGORICAL)
        snprintf(name, size, ".");
    else
        snprintf(name, size, "%s%s", axis->label, export_axis_is_log(axis) ? "_log10" : "");
}

static void link_root(struct h5 *h5, hid_t where, const char *name)
{
    char target[1024];
    snprintf(target, sizeof target, "/%s", name);
    h5_link(h5, where, name, target);
}

/* ---- /entry ---- */

static void write_entry(const struct export_views *v)
{
    struct h5 *h5 = v->h5;
    const struct sweep *sweep = v->job->sweep;
    char names[EXPORT_AXES_MAX + 2][300] = {".", "."}; /* scenario and period are text */
    const char *axes[EXPORT_AXES_MAX + 2] = {names[0], names[1]};
    for (uint32_t d = 0; d < v->plan->n_dims; d++) {
        uint32_t axis = v->plan->dense ? axis_of_dimension(sweep, d) : PROJECTION_NO_AXIS;
        if (axis == PROJECTION_NO_AXIS)
            strcpy(names[d + 2], "point");
        else
            viewer_name(sweep_axis(sweep, axis), names[d + 2], sizeof names[0]);
        axes[d + 2] = names[d + 2];
    }
    hid_t entry = h5_group(h5, h5->file, "entry", "NXentry");
    h5_attr_text(h5, entry, "default", METRIC_INFO[v->columns->objective_metric].name);
    for (uint32_t m = 0; m < N_METRICS; m++) {
        hid_t data = h5_group(h5, entry, METRIC_INFO[m].name, "NXdata");
        h5_attr_text(h5, data, "signal", METRIC_INFO[m].name);
        h5_attr_texts(h5, data, "axes", axes, v->plan->n_dims + 2);
        link_root(h5, data, METRIC_INFO[m].name);
        for (int d = 0; d < (int)v->plan->n_dims; d++) {
            if (strcmp(axes[d + 2], ".") == 0)
                continue;
            char indices[320];
            int index = d + 2;
            snprintf(indices, sizeof indices, "%s_indices", axes[d + 2]);
            h5_attr(h5, data, indices, H5T_NATIVE_INT, &index, 0);
            link_root(h5, data, axes[d + 2]);
        }
        if (!h5->failed)
            H5Gclose(data);
    }
    if (!h5->failed)
        H5Gclose(entry);
}

/* ---- /heatmaps ---- */

struct heatmap {
    const struct export_views *views;
    const uint64_t *points;  /* of the point layout; NULL: dense */
    uint32_t x, y, *through; /* levels of the point slices go through, NULL if there is none */
    const char *slice;       /* what they go through, in words */
    uint64_t point;          /* and its number */
    char title[128];
};

static void write_layer(struct h5 *h5, hid_t group, const char *name, const char *long_name,
                        const char *unit, const struct h5_shape *shape, const double *values)
{
    const double fill = NAN;
    hid_t dataset = h5_dataset(h5, group, name, H5T_NATIVE_DOUBLE, shape, &fill, true);
    h5_write(h5, dataset, H5T_NATIVE_DOUBLE, values);
    h5_attr_text(h5, dataset, "long_name", long_name);
    h5_attr_units(h5, dataset, unit);
    h5_done(dataset);
}

/* In the point layout the axes of a picture have no scale in the root: it brings its own. */
static struct h5_scale local_scale(struct h5 *h5, hid_t group, const struct sweep_axis *axis)
{
    if (axis->spacing == SWEEP_CATEGORICAL)
        return h5_scale_texts(h5, group, axis->label, (const char *const *)axis->texts,
                              axis->n_levels);
    return h5_scale_numbers(h5, group, axis->label, axis->values, axis->n_levels);
}

static struct h5_shape picture_shape(const struct heatmap *map, hid_t group,
                                     struct h5_scale scales[2])
{
    struct h5_shape shape = {0};
    const struct export_views *v = map->views;
    uint32_t axes[2] = {map->y, map->x};
    const char *names[2];
    char viewer[2][300];
    for (int i = 0; i < 2; i++) {
        const struct sweep_axis *axis = sweep_axis(v->job->sweep, axes[i]);
        scales[i] = v->plan->dense ? v->dim[axis->dimension] : local_scale(v->h5, group, axis);
        h5_shape_add(&shape, &scales[i], 0);
        viewer_name(axis, viewer[i], sizeof viewer[i]);
        if (!v->plan->dense && strcmp(viewer[i], ".") != 0)
            snprintf(viewer[i], sizeof viewer[i], "%s", axis->label); /* no logarithm there */
        if (v->plan->dense && strcmp(viewer[i], ".") != 0)
            link_root(v->h5, group, viewer[i]);
        names[i] = viewer[i];
    }
    h5_attr_texts(v->h5, group, "axes", names, 2);
    return shape;
}

/* The values at the levels of every other axis of the point it goes through. */
static enum err slice(const struct heatmap *map, struct projection *out, struct err_note *note)
{
    const struct export_views *v = map->views;
    uint32_t held[SWEEP_AXES_MAX];
    const struct sweep *sweep = v->job->sweep;
    for (uint32_t a = 0; a < sweep_n_axes(sweep); a++) {
        uint32_t dimension = sweep_axis(sweep, a)->dimension;
        bool free_axis = dimension == sweep_axis(sweep, map->x)->dimension ||
                         dimension == sweep_axis(sweep, map->y)->dimension;
        held[a] = free_axis ? PROJECTION_FREE : map->through[a];
    }
    struct projection_request request = {.sweep = sweep,
                                         .x = map->x,
                                         .y = map->y,
                                         .held = held,
                                         .values = v->columns->objective,
                                         .points = map->points,
                                         .n_points = v->plan->n_points};
    return projection_make(out, &request, note);
}

static enum err write_picture(const struct heatmap *map, hid_t where, struct err_note *note)
{
    const struct export_views *v = map->views;
    struct h5 *h5 = v->h5;
    struct projection all = {0}, through = {0};
    struct projection_request request = {.sweep = v->job->sweep,
                                         .x = map->x,
                                         .y = map->y,
                                         .values = v->columns->objective,
                                         .points = map->points,
                                         .n_points = v->plan->n_points};
    enum err err = projection_make(&all, &request, note);
    if (!err && map->through)
        err = slice(map, &through, note);
    if (!err) {
        char name[600];
        const char *unit = METRIC_INFO[v->columns->objective_metric].unit;
        snprintf(name, sizeof name, "%s__%s", sweep_axis(v->job->sweep, map->y)->label,
                 sweep_axis(v->job->sweep, map->x)->label);
        hid_t group = h5_group(h5, where, name, "NXdata");
        struct h5_scale scales[2];
        struct h5_shape shape = picture_shape(map, group, scales);
        const char *others[] = {"min", "max", "slice"};
        h5_attr_text(h5, group, "signal", "median");
        h5_attr_texts(h5, group, "auxiliary_signals", others, map->through ? 3 : 2);
        h5_attr_text(h5, group, "title", map->title);
        write_layer(h5, group, "median", "median over the other axes", unit, &shape,
                    all.value[PROJECTION_MEDIAN]);
        write_layer(h5, group, "min", "minimum over the other axes", unit, &shape,
                    all.value[PROJECTION_MIN]);
        write_layer(h5, group, "max", "maximum over the other axes", unit, &shape,
                    all.value[PROJECTION_MAX]);
        if (map->through)
            write_layer(h5, group, "slice", map->slice, unit, &shape,
                        through.value[PROJECTION_MEDIAN]);
        if (map->through)
            h5_attr(h5, group, "slice_point", H5T_NATIVE_UINT64, &map->point, 0);
        for (int i = 0; i < 2 && !v->plan->dense; i++)
            h5_scale_close(&scales[i]);
        if (!h5->failed)
            H5Gclose(group);
    }
    projection_free(&all);
    projection_free(&through);
    return err;
}

static const char *first_open_period(const struct job *job)
{
    for (uint32_t p = 0; p < job->n_periods; p++)
        if (!job->periods[p].locked)
            return job->periods[p].name;
    return "";
}

static enum err write_pairs(struct heatmap *map, hid_t where, struct err_note *note)
{
    const struct sweep *sweep = map->views->job->sweep;
    uint32_t n_dims = sweep_n_dimensions(sweep);
    uint32_t n = n_dims < EXPORT_HEATMAP_AXES ? n_dims : EXPORT_HEATMAP_AXES;
    enum err err = OK;
    for (uint32_t dy = 0; dy < n; dy++)
        for (uint32_t dx = dy + 1; dx < n && !err; dx++) {
            map->y = axis_of_dimension(sweep, dy);
            map->x = axis_of_dimension(sweep, dx);
            err = write_picture(map, where, note);
        }
    return err;
}

/* The robust pick once the run is reviewed, the peak until then. levels[SWEEP_AXES_MAX]. */
static void choose_slice(struct heatmap *map, uint32_t *levels)
{
    const struct export_views *v = map->views;
    int better = METRIC_INFO[v->columns->objective_metric].better;
    uint64_t best = projection_best(v->columns->objective, v->plan->n_points, better);
    bool robust = v->robust_point != UINT64_MAX;
    if (!robust && best == UINT64_MAX)
        return;
    map->point = robust ? v->robust_point : export_plan_point(v->plan, best);
    map->slice = robust ? "slice through the robust pick" : "slice through the best point";
    sweep_levels(v->job->sweep, map->point, levels);
    map->through = levels;
}

static enum err write_heatmaps(const struct export_views *v, struct err_note *note)
{
    const struct sweep *sweep = v->job->sweep;
    uint32_t metric = v->columns->objective_metric, levels[SWEEP_AXES_MAX];
    struct heatmap map = {.views = v};
    uint64_t *points = NULL;
    hid_t group = h5_group(v->h5, v->h5->file, "heatmaps", NULL);
    enum err err = OK;
    if (!v->columns->objective || sweep_n_dimensions(sweep) < 2) {
        h5_attr_text(v->h5, group, "omitted",
                     v->plan->n_points > EXPORT_HEATMAP_POINTS_MAX
                         ? "too many points"
                         : "needs a baseline and two axes");
    } else {
        choose_slice(&map, levels);
        if (!v->plan->dense) {
            points = malloc(v->plan->n_points * sizeof *points);
            for (uint64_t i = 0; points && i < v->plan->n_points; i++)
                points[i] = export_plan_point(v->plan, i);
            map.points = points;
            err = points ? OK : ERR_NOMEM;
        }
        snprintf(map.title, sizeof map.title, "%s, baseline, %s", METRIC_INFO[metric].text,
                 first_open_period(v->job));
        hid_t of_metric = h5_group(v->h5, group, METRIC_INFO[metric].name, NULL);
        if (!err)
            err = write_pairs(&map, of_metric, note);
        if (!v->h5->failed)
            H5Gclose(of_metric);
    }
    if (!v->h5->failed)
        H5Gclose(group);
    free(points);
    return err;
}

/* ---- /block_count, /benchmark, /meta ---- */

static void write_block_count(const struct export_views *v)
{
    double days = 0;
    for (uint32_t p = 0; p < v->plan->n_periods; p++)
        days += v->columns->n_days[p];
    if (!(days > 0)) /* no cell is ok yet */
        days = 0;
    uint32_t bounds[JOB_BLOCKS_MAX + 1];
    double count[JOB_BLOCKS_MAX];
    metrics_block_bounds((size_t)days, v->plan->width[EXPORT_BLOCKS], bounds);
    for (uint32_t b = 0; b < v->plan->width[EXPORT_BLOCKS]; b++)
        count[b] = bounds[b + 1] - bounds[b];
    struct h5_shape shape = {0};
    h5_shape_add(&shape, v->block, 0);
    write_layer(v->h5, v->h5->file, "block_count", "days of the selection series in a block",
                "days", &shape, count);
}

static void write_curve(struct h5 *h5, hid_t where, const char *period,
                        const struct benchmark_curve *curve)
{
    hid_t group = h5_group(h5, where, period, NULL);
    double *days = malloc((curve->n + 1) * sizeof *days);
    h5_check(h5, days != NULL, "allocate", period);
    for (uint32_t t = 0; days && t < curve->n; t++)
        days[t] = curve->day[t];
    struct h5_scale date = {.id = -1};
    if (days)
        date = h5_scale_numbers(h5, group, "date", days, curve->n);
    h5_attr_text(h5, date.id, "units", "days since 1970-01-01");
    h5_attr_text(h5, date.id, "calendar", "standard");
    struct h5_shape shape = {0};
    h5_shape_add(&shape, &date, 0);
    char text[200];
    snprintf(text, sizeof text,
             "equal money in the %u symbols with a bar on the first date, bought at that close and "
             "held; 1 = the start",
             curve->n_symbols);
    write_layer(h5, group, "buy_and_hold",
                "the first sleeve's benchmark, bought at the first close and held; 1 = the start",
                "1", &shape, curve->buy_and_hold);
    write_layer(h5, group, "equal_weight", text, "1", &shape, curve->equal_weight);
    h5_scale_close(&date);
    free(days);
    if (!h5->failed)
        H5Gclose(group);
}

static enum err write_benchmark(const struct export_views *v, struct err_note *note)
{
    hid_t group = h5_group(v->h5, v->h5->file, "benchmark", NULL);
    enum err err = OK;
    for (uint32_t p = 0; p < v->job->n_periods && !err; p++) {
        const struct job_period *period = &v->job->periods[p];
        struct benchmark_curve curve = {0};
        if (period->locked)
            continue;
        err = benchmark_curve_make(&curve, v->image, period->start_day, period->end_day, note);
        if (!err && curve.n > 0)
            write_curve(v->h5, group, period->name, &curve);
        benchmark_curve_free(&curve);
    }
    if (!v->h5->failed)
        H5Gclose(group);
    return err;
}

struct failure_record {
    uint64_t cell;
    const char *status;
    uint32_t attempts;
    const char *reason;
};

/* cell = point * number of scenarios + scenario. */
static enum err write_failures(const struct export_views *v, hid_t where)
{
    struct h5 *h5 = v->h5;
    hsize_t n = v->columns->n_failures;
    struct failure_record *records = calloc(n + 1, sizeof *records);
    if (!records)
        return ERR_NOMEM;
    for (hsize_t i = 0; i < n; i++) {
        const struct export_failure *failure = &v->columns->failures[i];
        records[i] = (struct failure_record){
            failure->point * v->job->n_scenarios + failure->scenario, STATUS_NAME[failure->status],
            failure->attempts, failure->reason};
    }
    hid_t type = H5Tcreate(H5T_COMPOUND, sizeof *records);
    H5Tinsert(type, "cell", HOFFSET(struct failure_record, cell), H5T_NATIVE_UINT64);
    H5Tinsert(type, "status", HOFFSET(struct failure_record, status), h5->text);
    H5Tinsert(type, "attempts", HOFFSET(struct failure_record, attempts), H5T_NATIVE_UINT32);
    H5Tinsert(type, "reason", HOFFSET(struct failure_record, reason), h5->text);
    double *numbers = calloc(n + 1, sizeof *numbers);
    h5_check(h5, numbers != NULL, "allocate", "failures");
    for (hsize_t i = 0; numbers && i < n; i++)
        numbers[i] = (double)i;
    struct h5_scale failure = {.id = -1};
    if (numbers)
        failure = h5_scale_numbers(h5, where, "failure", numbers, n);
    struct h5_shape shape = {0};
    h5_shape_add(&shape, &failure, 0);
    hid_t dataset = h5_dataset(h5, where, "failures", type, &shape, NULL, false);
    h5_write(h5, dataset, type, records);
    uint64_t scenarios = v->job->n_scenarios;
    h5_attr(h5, dataset, "scenarios", H5T_NATIVE_UINT64, &scenarios, 0);
    h5_attr(h5, dataset, "all", H5T_NATIVE_UINT64, &v->columns->n_failures_all, 0);
    h5_attr_text(
        h5, dataset, "long_name",
        "cells that failed; cell = point * scenarios + scenario; at most 65536 are listed");
    h5_done(dataset);
    h5_scale_close(&failure);
    H5Tclose(type);
    free(numbers);
    free(records);
    return OK;
}

static enum err write_meta(const struct export_views *v)
{
    hid_t meta = h5_group(v->h5, v->h5->file, "meta", NULL);
    h5_text(v->h5, meta, "spec", v->spec_text ? v->spec_text : "");
    enum err err = v->columns->n_failures ? write_failures(v, meta) : OK;
    for (int s = 0; s < N_STATUSES; s++) {
        char name[64];
        snprintf(name, sizeof name, "cells_%s", STATUS_NAME[s]);
        h5_attr(v->h5, meta, name, H5T_NATIVE_UINT64, &v->columns->n_status[s], 0);
    }
    if (!v->h5->failed)
        H5Gclose(meta);
    return err;
}

enum err export_views_write(const struct export_views *v, struct err_note *note)
{
    if (v->plan->width[EXPORT_BLOCKS])
        write_block_count(v);
    write_entry(v);
    enum err err = write_heatmaps(v, note);
    if (!err && v->image)
        err = write_benchmark(v, note);
    if (!err)
        err = write_meta(v);
    return err == ERR_NOMEM ? err_set(note, err, "out of memory for the views of results.h5") : err;
}
