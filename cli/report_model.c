#include "cli/report_model.h"
#include "coordinator/export.h"
#include "coordinator/holdout.h"
#include "engine/plateau_engine.h"
#include "proto/result.h"
#include "review/figures.h"
#include "review/palette.h"
#include "review/report_json.h"
#include <dirent.h>
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TEXT_BYTES_MAX (64u << 10) /* of a file shown in the page */
#define LEVELS_MAX 4096u           /* of one axis whose texts are listed */
enum { WORKERS_MAX = 256 };

static json_t *names_of(const char *const *names, size_t n)
{
    json_t *out = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(out, report_json_text(names[i]));
    return out;
}

/* ---- metrics, axes, scenarios, periods ---- */

static json_t *metrics(void)
{
    json_t *out = json_array();
    for (uint32_t m = 0; m < N_METRICS; m++)
        json_array_append_new(out, json_pack("{s:s, s:s, s:s, s:i}", "name", METRIC_INFO[m].name,
                                             "unit", METRIC_INFO[m].unit, "text",
                                             METRIC_INFO[m].text, "better", METRIC_INFO[m].better));
    return out;
}

static json_t *axis_of(const struct sweep_axis *axis)
{
    static const char *const spacings[] = {"linear", "log", "categorical"};
    json_t *out = json_object(), *texts = json_array(), *values = json_array();
    uint32_t shown = axis->n_levels <= LEVELS_MAX ? axis->n_levels : 0;
    for (uint32_t l = 0; l < shown; l++) {
        json_array_append_new(texts, report_json_text(axis->texts[l]));
        json_array_append_new(values, report_json_number(axis->values[l]));
    }
    json_object_set_new(out, "path", report_json_text(axis->path));
    json_object_set_new(out, "label", report_json_text(axis->label));
    json_object_set_new(out, "unit", report_json_text(axis->unit ? axis->unit : ""));
    json_object_set_new(out, "spacing", json_string(spacings[axis->spacing]));
    json_object_set_new(out, "texts", texts);
    json_object_set_new(out, "values", values);
    return out;
}

static json_t *dimensions(const struct sweep *sweep)
{
    json_t *out = json_array();
    for (uint32_t d = 0; d < sweep_n_dimensions(sweep); d++) {
        json_t *axes = json_array();
        for (uint32_t a = 0; a < sweep_n_axes(sweep); a++)
            if (sweep_axis(sweep, a)->dimension == d)
                json_array_append_new(axes, axis_of(sweep_axis(sweep, a)));
        json_t *dimension = json_object();
        json_object_set_new(dimension, "n", json_integer(sweep_dimension_size(sweep, d)));
        json_object_set_new(dimension, "axes", axes);
        json_array_append_new(out, dimension);
    }
    return out;
}

static json_t *scenarios(const struct job *job)
{
    static const char *const regimes[] = {"", "bear", "range"};
    json_t *out = json_array();
    for (uint32_t s = 0; s < job->n_scenarios; s++) {
        json_t *one = json_object();
        json_object_set_new(one, "name", report_json_text(job->scenarios[s].name));
        json_object_set_new(one, "slippage", json_real(job->scenarios[s].slippage_multiplier));
        json_object_set_new(one, "flash_crash", json_boolean(job->scenarios[s].flash_crash));
        json_object_set_new(one, "regime", json_string(regimes[job->scenarios[s].regime]));
        json_array_append_new(out, one);
    }
    return out;
}

static json_t *periods(const struct job *job)
{
    json_t *out = json_array();
    for (uint32_t p = 0; p < job->n_periods; p++) {
        json_t *one = json_object();
        json_object_set_new(one, "name", report_json_text(job->periods[p].name));
        json_object_set_new(one, "start", json_integer(job->periods[p].start_day));
        json_object_set_new(one, "end", json_integer(job->periods[p].end_day));
        json_object_set_new(one, "locked", json_boolean(job->periods[p].locked));
        json_array_append_new(out, one);
    }
    return out;
}

/* ---- provenance ---- */

static char *read_text(const char *folder, const char *name, size_t *length)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rbe");
    char *text = file ? malloc(TEXT_BYTES_MAX + 1) : NULL;
    *length = 0;
    if (text) {
        *length = fread(text, 1, TEXT_BYTES_MAX, file);
        text[*length] = '\0';
    }
    if (file)
        fclose(file);
    return text;
}

/* Data sources without their folders: the page travels, the paths do not. */
static json_t *sources(const struct run_dir *run)
{
    size_t length;
    char *text = read_text(run->path, "run.json", &length);
    json_t *whole = text ? json_loadb(text, length, 0, NULL) : NULL, *out = json_array(), *source;
    size_t i;
    json_array_foreach(json_object_get(whole, "sources"), i, source)
    {
        static const char *const keys[] = {"prices", "benchmark"};
        json_t *one = json_object();
        json_object_set(one, "sleeve", json_object_get(source, "sleeve"));
        for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
            const char *path = json_string_value(json_object_get(source, keys[k]));
            const char *slash = path ? strrchr(path, '/') : NULL;
            if (path)
                json_object_set_new(one, keys[k], report_json_text(slash ? slash + 1 : path));
        }
        json_array_append_new(out, one);
    }
    json_decref(whole);
    free(text);
    return out;
}

/* The strategy files the run froze, in the order of its sleeves: their names begin with a number.
 */
static json_t *strategies(const struct run_dir *run)
{
    char folder[sizeof run->path + sizeof "/strategies"];
    struct dirent **entries = NULL;
    json_t *out = json_array();
    snprintf(folder, sizeof folder, "%s/strategies", run->path);
    int n = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        size_t length;
        char *text = entries[i]->d_name[0] == '.' || json_array_size(out) >= JOB_SLEEVES_MAX
                         ? NULL
                         : read_text(folder, entries[i]->d_name, &length);
        if (text) {
            json_t *one = json_object();
            json_object_set_new(one, "name", report_json_text(entries[i]->d_name));
            json_object_set_new(one, "text", report_json_text(text));
            json_array_append_new(out, one);
        }
        free(text);
        free(entries[i]);
    }
    free(entries);
    return out;
}

static json_t *hex(const uint8_t *bytes, size_t n)
{
    char text[2 * JOB_HASH_BYTES + 1];
    return json_string(sodium_bin2hex(text, sizeof text, bytes, n));
}

/* null: not in the job (an imported run). */
static json_t *base_value(const struct job *job, const char *path)
{
    for (uint32_t i = 0; i < job->n_values; i++)
        if (strcmp(job->values[i].path, path) == 0)
            return report_json_number(job->values[i].value);
    return json_null();
}

/* What the review's figures mean: {"group.name": {"unit", "text"}}. */
static json_t *figures(void)
{
    json_t *out = json_object();
    for (int i = 0; i < N_FIGURES; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s.%s", FIGURES[i].group, FIGURES[i].name);
        json_object_set_new(
            out, name, json_pack("{s:s, s:s}", "unit", FIGURES[i].unit, "text", FIGURES[i].text));
    }
    return out;
}

static json_t *run_facts(const struct run_dir *run)
{
    const struct job *job = &run->job;
    char made[32], *spec;
    size_t length;
    struct tm tm;
    time_t now = time(NULL);
    strftime(made, sizeof made, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
    json_t *out = json_object();
    json_object_set_new(out, "id", report_json_text(run->id));
    json_object_set_new(out, "name", report_json_text(job->name));
    json_object_set_new(out, "created", report_json_text(run->created));
    json_object_set_new(out, "build", report_json_text(run->build));
    json_object_set_new(out, "engine_id", report_json_text(job->engine_id));
    json_object_set_new(out, "spec_sha256", hex(job->spec_sha256, JOB_HASH_BYTES));
    json_object_set_new(out, "image_blake2b", hex(job->image_hash, JOB_HASH_BYTES));
    json_object_set_new(out, "report_version", json_string(PLATEAU_VERSION));
    json_object_set_new(out, "report_engine_id", json_string(plateau_engine_id()));
    json_object_set_new(out, "made", json_string(made));
    json_object_set_new(out, "starting_equity", base_value(job, "portfolio.starting_equity"));
    json_object_set_new(out, "sources", sources(run));
    spec = read_text(run->path, "spec.yaml", &length);
    json_object_set_new(out, "spec", report_json_text(spec ? spec : ""));
    json_object_set_new(out, "strategies", strategies(run));
    free(spec);
    return out;
}

static json_t *point_or_null(uint64_t point)
{
    return point == REVIEW_NONE ? json_null() : json_integer((json_int_t)point);
}

static json_t *plan_facts(const struct report_grid *grid, const struct report_plan *plan)
{
    json_t *out = json_object(), *picks = json_array();
    for (uint32_t i = 0; i < grid->n_picks; i++)
        json_array_append_new(picks, point_or_null(grid->picks[i]));
    json_object_set_new(out, "whole", json_boolean(plan->whole));
    json_object_set_new(out, "cubes", json_integer(plan->n_cubes));
    json_object_set_new(out, "projected", json_integer(plan->n_projected));
    json_object_set_new(out, "picks", picks);
    return out;
}

static json_t *palette(enum palette which)
{
    enum { STOPS = 17 };
    json_t *out = json_array();
    for (int i = 0; i < STOPS; i++) {
        struct palette_rgb c = palette_at(which, i / (double)(STOPS - 1));
        json_array_append_new(out, json_pack("[i,i,i]", c.r, c.g, c.b));
    }
    return out;
}

json_t *report_model_common(void)
{
    json_t *out = json_object();
    json_object_set_new(out, "format", json_string("plateau report 1"));
    json_object_set_new(out, "metrics", metrics());
    json_object_set_new(out, "statuses", names_of(STATUS_NAME, N_STATUSES));
    json_object_set_new(out, "flags", names_of(METRIC_FLAG_NAME, N_METRIC_FLAGS));
    json_object_set_new(out, "reasons", names_of(PLATEAU_REASON_NAME, PLATEAU_N_REASONS));
    json_object_set_new(out, "sequential", palette(PALETTE_SEQUENTIAL));
    json_object_set_new(out, "diverging", palette(PALETTE_DIVERGING));
    return out;
}

json_t *report_model_run(const struct run_dir *run, uint32_t objective, uint32_t base_scenario)
{
    const struct job *job = &run->job;
    json_t *out = report_model_common();
    json_object_set_new(out, "run", run_facts(run));
    json_object_set_new(out, "objective", json_integer(objective));
    json_object_set_new(out, "dimensions", dimensions(job->sweep));
    json_object_set_new(out, "sampled", json_boolean(sweep_plan(job->sweep)->method != SWEEP_GRID));
    json_object_set_new(out, "n_points", json_integer((json_int_t)sweep_n_points(job->sweep)));
    json_object_set_new(out, "scenarios", scenarios(job));
    json_object_set_new(out, "base_scenario", json_integer(base_scenario));
    json_object_set_new(out, "periods", periods(job));
    return out;
}

json_t *report_model_make(const struct reviewing *v, const struct report_grid *grid,
                          const struct report_plan *plan)
{
    const struct review *r = &v->review;
    json_t *out = report_model_run(&v->run, v->objective, v->data.scenario[0]);
    json_t *run = json_object_get(out, "run"), *counts = json_array();
    for (int s = 0; s < N_STATUSES; s++)
        json_array_append_new(counts, json_integer((json_int_t)v->data.n_status[s]));
    json_object_set_new(run, "periods_per_year", report_json_number(v->input.periods_per_year));
    json_object_set_new(run, "seed", json_integer((json_int_t)v->input.seed));
    json_object_set_new(out, "figures", figures());
    json_object_set_new(out, "status_counts", counts);
    json_object_set_new(out, "chosen", point_or_null(r->chosen));
    json_object_set_new(out, "robust", point_or_null(r->robust));
    json_object_set_new(out, "peak", point_or_null(r->peak));
    json_object_set_new(out, "not_grid", r->not_grid ? json_string(r->not_grid) : json_null());
    json_object_set_new(out, "plan", plan_facts(grid, plan));
    json_object_set_new(out, "review", review_report_tree(&v->report));
    return out;
}

/* ---- holdout ---- */

static json_t *opening_of(const struct holdout *holdout, const struct holdout_opening *opening,
                          uint32_t n_scenarios)
{
    json_t *out = json_object(), *cells = json_array();
    for (uint32_t s = 0; s < n_scenarios; s++)
        for (uint32_t p = 0; p < holdout->n_periods; p++) {
            const struct holdout_cell *cell = holdout_cell(holdout, opening, s, p);
            json_t *one = json_object(), *values = json_array();
            for (uint32_t m = 0; m < N_METRICS; m++)
                json_array_append_new(values, report_json_number(cell->metrics[m]));
            json_object_set_new(one, "scenario", json_integer(s));
            json_object_set_new(one, "period", json_integer(p));
            json_object_set_new(one, "status", json_integer(cell->status));
            json_object_set_new(one, "reason", report_json_text(cell->reason));
            json_object_set_new(one, "metrics", values);
            json_array_append_new(cells, one);
        }
    json_object_set_new(out, "point", json_integer((json_int_t)opening->point));
    json_object_set_new(out, "opened", report_json_text(opening->opened));
    json_object_set_new(out, "cells", cells);
    return out;
}

enum err report_model_holdout(const struct reviewing *v, json_t **out, struct err_note *note)
{
    struct holdout holdout;
    enum err err = holdout_read(&holdout, &v->run, note);
    if (err)
        return err;
    json_t *openings = json_array();
    for (uint32_t i = 0; i < holdout.n; i++)
        json_array_append_new(openings,
                              opening_of(&holdout, &holdout.openings[i], v->run.job.n_scenarios));
    holdout_free(&holdout);
    *out = json_object();
    json_object_set_new(*out, "times_opened", json_integer((json_int_t)v->report.holdout_openings));
    json_object_set_new(*out, "openings", openings);
    return OK;
}

/* ---- workers ---- */

static enum err count_worker(void *ctx, const struct journal_row *row)
{
    json_t *workers = ctx, *one = json_object_get(workers, row->worker);
    if (!one) {
        if (json_object_size(workers) >= WORKERS_MAX)
            return OK;
        one = json_pack("{s:i, s:f, s:i}", "tiles", 0, "compute_s", 0.0, "failed", 0);
        if (json_object_set_new(workers, row->worker, one) != 0)
            return OK; /* a name that is no UTF-8 is not shown */
    }
    json_int_t tiles = json_integer_value(json_object_get(one, "tiles"));
    json_int_t failed = json_integer_value(json_object_get(one, "failed"));
    double seconds = json_real_value(json_object_get(one, "compute_s"));
    json_object_set_new(one, "tiles", json_integer(tiles + 1));
    json_object_set_new(one, "failed", json_integer(failed + row->n_failed));
    json_object_set_new(one, "compute_s", json_real(seconds + row->compute_us / 1e6));
    return OK;
}

enum err report_model_workers(const struct reviewing *v, json_t **out, struct err_note *note)
{
    struct journal *journal = NULL;
    json_t *workers = json_object();
    enum err err = journal_open(&journal, v->run.path, &v->run.job, true, note);
    if (!err)
        err = journal_each(journal, count_worker, workers, note);
    journal_close(&journal);
    if (err)
        json_decref(workers);
    else
        *out = workers;
    return err;
}
