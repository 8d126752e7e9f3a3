#include "cli/site_file.h"
#include "cli/report_model.h"
#include "engine/metrics.h"
#include "engine/plateau_engine.h"
#include "review/report_json.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

void site_file_shape(const struct h5_grid *grid, struct grid_view_shape *shape)
{
    *shape = (struct grid_view_shape){
        .n_dims = grid->n_axes,
        .n_points = grid->n_points,
        .n_metrics = N_METRICS,
        .n_scenarios = grid->scenarios.n,
        .n_periods = grid->periods.n < JOB_PERIODS_MAX ? grid->periods.n : JOB_PERIODS_MAX};
    for (uint32_t a = 0; a < grid->n_axes; a++)
        shape->size[a] = grid->axes[a].texts.n;
}

uint32_t site_file_objective(const struct h5_grid *grid)
{
    uint32_t metric = 0;
    struct err_note ignored = {""};
    return results_find_metric(grid->objective, &metric, &ignored) ? 0 : metric;
}

uint32_t site_file_base_scenario(const struct h5_grid *grid)
{
    for (uint32_t s = 0; s < grid->scenarios.n; s++)
        if (strcmp(grid->scenarios.at[s], "baseline") == 0)
            return s;
    return 0;
}

static json_t *axis_of(const struct h5_grid_axis *axis)
{
    json_t *texts = json_array(), *values = json_array();
    for (uint32_t l = 0; l < axis->texts.n; l++) {
        json_array_append_new(texts, report_json_text(axis->texts.at[l]));
        json_array_append_new(values, report_json_number(axis->values[l]));
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "path", report_json_text(axis->path),
                     "label", report_json_text(axis->label), "unit", report_json_text(axis->unit),
                     "spacing", report_json_text(axis->spacing), "texts", texts, "values", values);
}

/* Every axis of a zip group. */
static json_t *dimension_of(const struct h5_grid *grid, uint32_t d)
{
    json_t *axes = json_array();
    json_array_append_new(axes, axis_of(&grid->axes[d]));
    for (uint32_t z = 0; z < grid->n_zipped; z++)
        if (grid->zipped[z].dimension == d)
            json_array_append_new(axes, axis_of(&grid->zipped[z]));
    return json_pack("{s:i, s:o}", "n", (int)grid->axes[d].texts.n, "axes", axes);
}

static json_t *run_of(const struct h5_grid *grid)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:s, s:s, s:s, s:[], s:s}", "id",
                     report_json_text(grid->run_id), "name", report_json_text(grid->run_id),
                     "created", report_json_text(grid->created), "build",
                     report_json_text(grid->build), "engine_id", report_json_text(grid->engine_id),
                     "spec_sha256", report_json_text(grid->spec_sha256), "image_blake2b", "",
                     "report_version", PLATEAU_VERSION, "report_engine_id", plateau_engine_id(),
                     "made", "", "sources", "spec", "");
}

json_t *site_file_model(const struct h5_grid *grid)
{
    json_t *out = report_model_common(), *dimensions = json_array(), *scenarios = json_array(),
           *periods = json_array();
    for (uint32_t a = 0; a < grid->n_axes; a++)
        json_array_append_new(dimensions, dimension_of(grid, a));
    for (uint32_t s = 0; s < grid->scenarios.n; s++)
        json_array_append_new(scenarios,
                              json_pack("{s:o, s:f, s:b, s:s}", "name",
                                        report_json_text(grid->scenarios.at[s]), "slippage", 1.0,
                                        "flash_crash", 0, "regime", ""));
    for (uint32_t p = 0; p < grid->periods.n; p++) /* the page knows no dates of these */
        json_array_append_new(periods, json_pack("{s:o, s:i, s:i, s:b}", "name",
                                                 report_json_text(grid->periods.at[p]), "start",
                                                 INT_MAX, "end", INT_MAX, "locked", 0));
    json_object_set_new(out, "run", run_of(grid));
    json_object_set_new(out, "objective", json_integer(site_file_objective(grid)));
    json_object_set_new(out, "dimensions", dimensions);
    json_object_set_new(out, "sampled", json_false());
    json_object_set_new(out, "n_points", json_integer((json_int_t)grid->n_points));
    json_object_set_new(out, "scenarios", scenarios);
    json_object_set_new(out, "base_scenario", json_integer(site_file_base_scenario(grid)));
    json_object_set_new(out, "periods", periods);
    return out;
}

static enum err count(const struct h5_grid *grid, uint64_t n[N_STATUSES], struct err_note *note)
{
    uint8_t *status = malloc(grid->n_points);
    enum err err = status ? OK : ERR_NOMEM;
    for (uint32_t s = 0; !err && s < grid->scenarios.n; s++) {
        err = h5_grid_status(grid, s, status, note);
        for (uint64_t p = 0; !err && p < grid->n_points; p++)
            n[status[p] < N_STATUSES ? status[p] : STATUS_MISSING]++;
    }
    free(status);
    return err;
}

enum err site_file_state(const struct h5_grid *grid, const char *key, json_t **out,
                         struct err_note *note)
{
    uint64_t n[N_STATUSES] = {0}, cells = grid->n_points * grid->scenarios.n;
    enum err err = count(grid, n, note);
    if (err)
        return err;
    uint64_t done = cells - n[STATUS_MISSING];
    uint64_t failed = done - n[STATUS_OK] - n[STATUS_EXCLUDED];
    *out = json_pack("{s:o, s:o, s:s, s:s, s:s, s:o, s:I, s:I, s:I, s:I, s:i, s:i, s:i, s:i, s:[]}",
                     "key", report_json_text(key), "run", report_json_text(grid->run_id), "name",
                     "", "state", done == cells ? "finished" : "stopped", "reason", "", "created",
                     report_json_text(grid->created), "cells", (json_int_t)cells, "cells_done",
                     (json_int_t)done, "cells_failed", (json_int_t)failed, "cells_excluded",
                     (json_int_t)n[STATUS_EXCLUDED], "tiles", 1, "tiles_done", 1, "disputes", 0,
                     "version", 1, "workers");
    return *out ? OK : ERR_NOMEM;
}

enum err site_file_cell(const struct h5_grid *grid, uint64_t point, uint32_t scenario,
                        struct results_cell *out, struct err_note *note)
{
    uint8_t *status = malloc(grid->n_points);
    enum err err = status ? h5_grid_status(grid, scenario, status, note) : ERR_NOMEM;
    memset(out, 0, sizeof *out);
    out->point = point;
    out->scenario = scenario;
    out->status = !err && status[point] < N_STATUSES ? (enum status)status[point] : STATUS_MISSING;
    free(status);
    for (uint32_t p = 0; p < grid->periods.n && p < JOB_PERIODS_MAX; p++)
        for (uint32_t m = 0; m < N_METRICS && !err; m++)
            err = h5_grid_value(grid, METRIC_INFO[m].name, scenario, p, point, &out->metrics[p][m],
                                note);
    return err;
}
