/* report - one run as one HTML file that needs nothing else: the verdict, the grid to turn around,
 * and what its picks did day by day. */
#include "cli/cli.h"
#include "cli/report_cells.h"
#include "cli/report_model.h"
#include "cli/report_page.h"
#include "cli/run_image.h"
#include "coordinator/benchmark_curve.h"
#include "coordinator/import.h"
#include "review/report_json.h"
#include "review/stability_map.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CELLS_SHOWN = 10, SPLITS_SHOWN_MAX = 4000, LOGIT_BINS = 40, FAILURES_MAX = 200 };
#define MAPS_BYTES_MAX 900000u /* of the plateau maps as base64: more, and they are left out */
#define CURVES_BYTES 1400000u  /* of daily curves as base64 */
#define LOGIT_REACH 10.0       /* the histogram spans -10 .. 10; its ends hold the rest */

struct reporting {
    struct reviewing *v;
    struct report_grid grid;
    struct report_plan plan;
    struct report_cells cells;
    struct report_sections sections;
    struct market_image image;
    bool has_image;
    char why[160]; /* it has none */
    json_t *model;
};

/* ---- sections ---- */

static enum err load(void *ctx, uint32_t scenario, uint32_t period, const uint32_t *metrics,
                     uint32_t n, double *const *values, uint8_t *status, struct err_note *note)
{
    const struct reporting *r = ctx;
    const struct results_query query = {scenario, period, metrics, n};
    return results_columns(&r->v->run, &query, values, status, note);
}

static void write_map(struct reporting *r, const char *name, const double *values, uint64_t n)
{
    if (r->plan.whole)
        report_section(&r->sections, name, REPORT_F64, values, n);
    else
        report_section_u16(&r->sections, name, values, n);
}

/* The plateau measures of every point. */
static enum err write_maps(struct reporting *r)
{
    uint64_t n = r->v->data.n_points;
    struct surface surface;
    struct stability_map map = {NULL, NULL, NULL};
    if (r->v->review.not_grid || (!r->plan.whole && 3 * n * 2 / 3 * 4 > MAPS_BYTES_MAX))
        return OK;
    enum err err = grid_surface(r->v->run.job.sweep, r->v->data.f, &surface);
    if (!err)
        err = stability_map_make(&map, &surface, 0);
    if (!err) {
        write_map(r, "map/plateau_ratio", map.plateau_ratio, n);
        write_map(r, "map/worst_ratio", map.worst_ratio, n);
        write_map(r, "map/basin_frac", map.basin_frac, n);
    }
    stability_map_free(&map);
    return err;
}

/* All splits in a histogram; of the scatter every k-th, in order of the sets. */
static enum err write_splits(struct reporting *r)
{
    const struct review *review = &r->v->review;
    uint32_t n = review->splits ? review->cscv.n_splits : 0;
    uint32_t stride = (n + SPLITS_SHOWN_MAX - 1) / SPLITS_SHOWN_MAX;
    size_t shown = 0;
    int32_t bins[LOGIT_BINS] = {0};
    double *xy = malloc((2 * SPLITS_SHOWN_MAX + 2) * sizeof *xy);
    if (!xy)
        return ERR_NOMEM;
    for (uint32_t i = 0; i < n; i++) {
        double at = (review->splits[i].logit + LOGIT_REACH) / (2 * LOGIT_REACH) * LOGIT_BINS;
        int bin = (int)ceil(fmin(fmax(at, 1), LOGIT_BINS)) - 1; /* 0 itself counts as overfit */
        bins[bin]++;
        if (i % stride == 0) {
            xy[2 * shown] = review->splits[i].r_is;
            xy[2 * shown++ + 1] = review->splits[i].r_oos;
        }
    }
    if (n) {
        report_section(&r->sections, "splits/logit", REPORT_I32, bins, LOGIT_BINS);
        report_section_f32(&r->sections, "splits/scatter", xy, 2 * shown);
    }
    free(xy);
    return OK;
}

static enum err write_benchmarks(struct reporting *r, struct err_note *note)
{
    const struct job *job = &r->v->run.job;
    for (uint32_t p = 0, open = 0; p < job->n_periods && r->has_image; p++) {
        struct benchmark_curve curve;
        char name[64];
        if (job->periods[p].locked)
            continue;
        enum err err = benchmark_curve_make(&curve, &r->image, job->periods[p].start_day,
                                            job->periods[p].end_day, note);
        if (err)
            return err;
        snprintf(name, sizeof name, "bench/%u/day", open);
        report_section(&r->sections, name, REPORT_I32, curve.day, curve.n);
        snprintf(name, sizeof name, "bench/%u/hold", open);
        report_section(&r->sections, name, REPORT_F64, curve.buy_and_hold, curve.n);
        snprintf(name, sizeof name, "bench/%u/equal", open++);
        report_section(&r->sections, name, REPORT_F64, curve.equal_weight, curve.n);
        benchmark_curve_free(&curve);
    }
    return OK;
}

/* ---- cells without a number ---- */

static enum err add_failures(struct reporting *r, uint32_t scenario, json_t *list,
                             struct err_note *note)
{
    uint64_t n = r->v->data.n_points;
    uint8_t *status = malloc(n + 1);
    struct results_cell *cell = malloc(sizeof *cell);
    const struct results_query query = {.scenario = scenario};
    enum err err = status && cell ? OK : ERR_NOMEM;
    if (!err)
        err = results_columns(&r->v->run, &query, NULL, status, note);
    for (uint64_t p = 0; p < n && !err && json_array_size(list) < FAILURES_MAX; p++) {
        if (status[p] == STATUS_OK || status[p] == STATUS_EXCLUDED || status[p] == STATUS_MISSING)
            continue;
        err = results_cell(&r->v->run, p, scenario, cell, note);
        if (err)
            break;
        json_t *one = json_object();
        json_object_set_new(one, "point", json_integer((json_int_t)p));
        json_object_set_new(one, "scenario", json_integer(scenario));
        json_object_set_new(one, "status", json_integer(status[p]));
        json_object_set_new(one, "attempts", json_integer(cell->attempts));
        json_object_set_new(one, "reason", report_json_text(cell->reason));
        json_array_append_new(list, one);
    }
    free(status);
    free(cell);
    return err;
}

/* Only runs that have failures pay for looking them up. */
static enum err write_failures(struct reporting *r, struct err_note *note)
{
    struct journal *journal = NULL;
    uint64_t n_failed = 0, n_excluded;
    json_t *list = json_array();
    enum err err = journal_open(&journal, r->v->run.path, &r->v->run.job, true, note);
    if (!err)
        err = journal_counts(journal, &n_failed, &n_excluded, note);
    journal_close(&journal);
    for (uint32_t s = 0; s < r->grid.n_scenarios && n_failed && !err; s++)
        err = add_failures(r, s, list, note);
    json_object_set_new(r->model, "failures", list);
    json_object_set_new(r->model, "n_failed", json_integer((json_int_t)n_failed));
    return err;
}

/* ---- the whole ---- */

static void open_image(struct reporting *r)
{
    struct err_note why = {""};
    const struct job *job = &r->v->run.job;
    if (import_is(job))
        snprintf(r->why, sizeof r->why, "the run was imported: its trades are not here");
    else if (run_image_open_again(&r->image, &r->v->run, &why) != OK)
        snprintf(r->why, sizeof r->why, "%.150s", why.text);
    else
        r->has_image = true;
}

/* Fewer cells with curves where the days are many: 28 bytes a day before base64. */
static uint32_t cells_that_fit(const struct job *job)
{
    uint64_t days = 1;
    for (uint32_t p = 0; p < job->n_periods; p++)
        if (!job->periods[p].locked)
            days += (uint64_t)((int64_t)job->periods[p].end_day - job->periods[p].start_day) + 1;
    uint64_t fit = CURVES_BYTES / (days * 28 / 3 * 4);
    return fit < REPORT_PICKS_MAX ? REPORT_PICKS_MAX
           : fit < CELLS_SHOWN    ? (uint32_t)fit
                                  : CELLS_SHOWN;
}

static void prepare(struct reporting *r)
{
    const struct job *job = &r->v->run.job;
    report_cells_choose(&r->cells, r->v, cells_that_fit(job));
    r->grid = (struct report_grid){.sweep = job->sweep,
                                   .n_scenarios = job->n_scenarios,
                                   .n_periods = job_n_open_periods(job),
                                   .objective = r->v->objective,
                                   .picks = r->cells.point};
    while (r->grid.n_picks < r->cells.n && r->grid.n_picks < REPORT_PICKS_MAX &&
           (r->cells.point[r->grid.n_picks] == r->v->review.chosen ||
            r->cells.point[r->grid.n_picks] == r->v->review.robust ||
            r->cells.point[r->grid.n_picks] == r->v->review.peak))
        r->grid.n_picks++;
    r->plan = report_plan_of(&r->grid);
    open_image(r);
}

static enum err write_facts(struct reporting *r, struct err_note *note)
{
    json_t *holdout = NULL, *workers = NULL, *cells = NULL;
    enum err err = report_model_holdout(r->v, &holdout, note);
    if (!err)
        err = report_model_workers(r->v, &workers, note);
    if (!err)
        err = report_cells_write(&r->sections, &r->cells, r->v, r->has_image ? &r->image : NULL,
                                 &cells, note);
    json_object_set_new(r->model, "holdout", holdout);
    json_object_set_new(r->model, "workers", workers);
    json_object_set_new(r->model, "cells", cells);
    json_object_set_new(r->model, "no_curves",
                        r->has_image ? json_null() : report_json_text(r->why));
    return err ? err : write_failures(r, note);
}

static enum err write_sections(struct reporting *r, FILE *out, struct err_note *note)
{
    const struct report_source source = {r, load};
    json_t *table = NULL;
    enum err err = report_sections_begin(&r->sections, out);
    if (!err)
        err = report_columns_write(&r->sections, &r->grid, &r->plan, &source, note);
    if (!err)
        err = write_maps(r);
    if (!err)
        err = write_splits(r);
    if (!err)
        err = write_benchmarks(r, note);
    if (!err)
        err = write_facts(r, note);
    enum err ended = report_sections_end(&r->sections, &table);
    json_object_set_new(r->model, "sections", table);
    return err ? err : ended;
}

static enum err write_page(struct reporting *r, FILE *out, struct err_note *note)
{
    enum err err = report_page_head(out, r->v, note);
    if (!err && !report_page_is_static()) {
        prepare(r);
        r->model = report_model_make(r->v, &r->grid, &r->plan);
        err = r->model ? write_sections(r, out, note) : ERR_NOMEM;
        if (!err)
            err = report_json_write(out, "model", r->model);
        json_decref(r->model);
        market_image_free(&r->image);
    }
    return err ? err : report_page_tail(out);
}

static enum err write_report(struct reviewing *v, const char *path, struct err_note *note)
{
    struct cli_output out;
    struct reporting *r = calloc(1, sizeof *r);
    if (!r)
        return ERR_NOMEM;
    r->v = v;
    enum err err = cli_output_open(&out, path, true, note); /* megabytes: not to a terminal */
    if (!err) {
        err = write_page(r, out.file, note);
        if (!err)
            err = cli_output_commit(&out, note);
        cli_output_discard(&out);
    }
    free(r);
    return err;
}

int cli_report(int argc, char **argv)
{
    struct reviewing_options o = {.runs = "runs"};
    struct verdict_limits limits;
    const char *path = NULL;
    const struct cli_option options[] = {
        {"output", 'o', CLI_TEXT, &path, "FILE", "where to write (default: standard output)", NULL},
        REVIEWING_OPTIONS(o),
        CLI_OPTION_END,
    };
    struct cli_args args;
    int code = cli_parse(argc, argv, options, 0, 1, &args);
    if (code >= 0)
        return code;
    struct err_note note = {""};
    if (reviewing_read_limits(&o, &limits, &note))
        return cli_usage("plateau review --format json lists verdict.limits by name", "%s",
                         note.text);
    struct reviewing *v = calloc(1, sizeof *v);
    if (!v)
        return cli_fail(ERR_NOMEM, NULL, NULL);
    enum err err = reviewing_make(v, &o, args.n ? args.at[0] : "last", &note);
    if (!err)
        err = write_report(v, path, &note);
    if (!err && report_page_is_static())
        cli_say("plateau: this program was built without Node.js: the page has the verdict and "
                "pictures, no explorer");
    if (!err && path)
        cli_say("report   %s", path);
    reviewing_end(v);
    free(v);
    return err ? cli_fail(err, &note, NULL) : CLI_OK;
}
