#include "cli/outcome.h"
#include "cli/counts.h"
#include "cli/hint.h"
#include "cli/progress.h"
#include "cli/run_image.h"
#include "cli/table.h"
#include "coordinator/benchmark_curve.h"
#include "coordinator/results.h"
#include "engine/metrics.h"
#include "market/market.h"
#include "review/overview.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Conventions of docs/statistics.md for the benchmarks' own metrics. */
#define TAIL 0.01
enum { DIGITS = 4, N_SHOWN_MAX = 5 };

struct outcome {
    const struct run_dir *run;
    FILE *out;
    uint32_t objective;
    struct overview overview;
    uint32_t shown[N_SHOWN_MAX], n_shown; /* metrics: the objective first */
};

static void choose_columns(struct outcome *r)
{
    static const uint32_t usual[] = {METRIC_sharpe, METRIC_total_return, METRIC_mdd,
                                     METRIC_n_trades};
    r->shown[r->n_shown++] = r->objective;
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        if (usual[i] != r->objective)
            r->shown[r->n_shown++] = usual[i];
}

static enum err look(struct outcome *r, struct err_note *note)
{
    const struct sweep *sweep = r->run->job.sweep;
    uint64_t n = sweep_n_points(sweep);
    const uint32_t metrics[] = {r->objective, METRIC_total_return, METRIC_n_trades};
    enum { N = sizeof metrics / sizeof metrics[0] };
    double *values[N] = {NULL};
    enum err err = OK;
    for (int i = 0; i < N; i++)
        if (!(values[i] = malloc((size_t)n * sizeof(double))))
            err = ERR_NOMEM;
    const struct results_query query = {.metrics = metrics, .n_metrics = N};
    if (!err)
        err = results_columns(r->run, &query, values, NULL, note);
    const struct overview_input input = {values[0], values[1], values[2],
                                         METRIC_INFO[r->objective].better};
    if (!err)
        err = overview_of(sweep, &input, &r->overview);
    for (int i = 0; i < N; i++)
        free(values[i]);
    return err;
}

static void add_row(struct outcome *r, struct table *table, const char *period, const char *who,
                    const double *metrics)
{
    table_text(table, period);
    table_text(table, who);
    for (uint32_t m = 0; m < r->n_shown; m++)
        table_number(table, metrics[r->shown[m]], DIGITS);
}

static enum err add_cell(struct outcome *r, struct table *table, uint32_t period, const char *who,
                         uint64_t point, struct err_note *note)
{
    struct results_cell cell;
    char name[64];
    if (point == OVERVIEW_NONE)
        return OK;
    enum err err = results_cell(r->run, point, 0, &cell, note);
    if (err)
        return err;
    snprintf(name, sizeof name, "%s: point %llu", who, (unsigned long long)point);
    add_row(r, table, results_period_name(&r->run->job, period), name, cell.metrics[period]);
    return OK;
}

static double periods_per_year(const struct job *job)
{
    for (uint32_t i = 0; i < job->n_values; i++)
        if (strcmp(job->values[i].path, "portfolio.periods_per_year") == 0)
            return job->values[i].value;
    return NAN;
}

/* A benchmark holds from the first close on; its metrics are those of the closes that follow. */
static enum err add_curve(struct outcome *r, struct table *table, uint32_t period, const char *who,
                          const double *equity, uint32_t n)
{
    struct metric_row row;
    double *returns = calloc((size_t)n * 2 + 1, sizeof *returns);
    uint32_t used = 0;
    if (!returns)
        return ERR_NOMEM;
    for (uint32_t i = 1; i < n; i++)
        if (isfinite(equity[i - 1]) && isfinite(equity[i]))
            returns[used++] = equity[i] / equity[i - 1] - 1;
    for (uint32_t m = 0; m < N_METRICS; m++)
        row.v[m] = NAN; /* trade metrics stay undefined */
    metrics_from_returns(&row, returns, used, NULL, 0, 0, periods_per_year(&r->run->job), TAIL,
                         returns + n);
    row.v[METRIC_n_trades] = NAN;
    add_row(r, table, results_period_name(&r->run->job, period), who, row.v);
    free(returns);
    return OK;
}

static enum err add_benchmarks(struct outcome *r, struct table *table, uint32_t period,
                               const struct market_image *image, struct err_note *note)
{
    const struct job *job = &r->run->job;
    struct benchmark_curve curve;
    uint32_t open = 0, p = 0;
    for (; p < job->n_periods; p++)
        if (!job->periods[p].locked && open++ == period)
            break;
    enum err err = benchmark_curve_make(&curve, image, job->periods[p].start_day,
                                        job->periods[p].end_day, note);
    if (err)
        return err;
    char equal[64];
    snprintf(equal, sizeof equal, "equal weight of %u symbols", curve.n_symbols);
    err = add_curve(r, table, period, "buy and hold the benchmark", curve.buy_and_hold, curve.n);
    if (!err)
        err = add_curve(r, table, period, equal, curve.equal_weight, curve.n);
    benchmark_curve_free(&curve);
    return err;
}

static enum err tell_table(struct outcome *r, struct err_note *note)
{
    const char *columns[N_SHOWN_MAX + 3] = {"period", "portfolio"};
    struct table *table = NULL;
    struct market_image image;
    struct err_note unused;
    memset(&image, 0, sizeof image);
    for (uint32_t m = 0; m < r->n_shown; m++)
        columns[2 + m] = METRIC_INFO[r->shown[m]].name;
    enum err err = table_new(&table, columns);
    bool has_image = run_image_open(&image, r->run, &unused) == OK;
    for (uint32_t p = 0; !err && p < job_n_open_periods(&r->run->job); p++) {
        err = add_cell(r, table, p, "best", r->overview.best, note);
        if (!err)
            err = add_cell(r, table, p, "median", r->overview.median, note);
        if (!err && has_image)
            err = add_benchmarks(r, table, p, &image, note);
    }
    if (!err)
        err = table_print(table, CLI_TABLE, r->out);
    table_free(&table);
    market_image_free(&image);
    return err;
}

static void tell_best_point(const struct outcome *r)
{
    const struct sweep *sweep = r->run->job.sweep;
    uint32_t levels[SWEEP_AXES_MAX];
    if (r->overview.best == OVERVIEW_NONE)
        return;
    sweep_levels(sweep, r->overview.best, levels);
    fprintf(r->out, "\nbest point %llu:", (unsigned long long)r->overview.best);
    for (uint32_t a = 0; a < sweep_n_axes(sweep); a++) {
        const struct sweep_axis *axis = sweep_axis(sweep, a);
        const char *last = strrchr(axis->path, '.');
        fprintf(r->out, "%s %s = %s", a ? "," : "", last ? last + 1 : axis->path,
                axis->texts[levels[a]]);
    }
    fprintf(r->out, "\n");
}

static void tell_warnings(const struct outcome *r, const struct run_progress *done)
{
    const struct overview *o = &r->overview;
    const struct job *job = &r->run->job;
    for (uint32_t i = 0; i < o->n_dead; i++)
        fprintf(r->out, "warning: dead axis: %s never changes %s\n",
                sweep_axis(job->sweep, o->dead[i])->path, METRIC_INFO[r->objective].name);
    for (uint32_t i = 0; i < o->n_edge; i++)
        fprintf(r->out, "warning: the best cell is at an end of %s: the optimum may lie beyond\n",
                sweep_axis(job->sweep, o->edge[i])->path);
    if (o->n_never_traded)
        fprintf(r->out, "warning: %llu of %llu cells never traded\n",
                (unsigned long long)o->n_never_traded, (unsigned long long)o->n_computed);
    if (done->cells_failed)
        fprintf(r->out, "warning: %llu cells failed: plateau cells %s --where 'status != ok'\n",
                (unsigned long long)done->cells_failed, hint_run(r->run->id));
    for (uint32_t p = 0; p < job->n_periods; p++)
        if (job->periods[p].locked)
            fprintf(r->out, "locked: period %s was not computed\n", job->periods[p].name);
}

static enum err tell_overview(struct outcome *r, const struct run_progress *done,
                              struct err_note *note)
{
    enum err err = look(r, note);
    if (err == ERR_RANGE) { /* too many points for arrays: results.h5 has them all */
        note->text[0] = '\0';
        return OK;
    }
    if (err)
        return err;
    choose_columns(r);
    const struct overview *o = &r->overview;
    fprintf(r->out, "\nobjective %s, %s, %s\n\n", METRIC_INFO[r->objective].name,
            results_period_name(&r->run->job, 0), r->run->job.scenarios[0].name);
    if ((err = tell_table(r, note)) != OK)
        return err;
    tell_best_point(r);
    if (o->n_computed)
        fprintf(r->out, "profitable: %.1f %% of %llu cells\n",
                100.0 * (double)o->n_profitable / (double)o->n_computed,
                (unsigned long long)o->n_computed);
    tell_warnings(r, done);
    return OK;
}

/* The heatmap verb draws both pictures as a user would ask for them. */
static void draw(const struct outcome *r, char *png, size_t size)
{
    char metric[64], run[4096], verb[] = "heatmap", format[] = "--format", tty[] = "tty",
                                picture[] = "png", output[] = "-o";
    png[0] = '\0';
    if (r->overview.best == OVERVIEW_NONE)
        return;
    snprintf(metric, sizeof metric, "%s", METRIC_INFO[r->objective].name);
    snprintf(run, sizeof run, "%s", r->run->path);
    fputc('\n', r->out);
    fflush(r->out);
    char *on_terminal[] = {verb, metric, run, format, tty, NULL};
    cli_heatmap(5, on_terminal);
    snprintf(png, size, "%s/%s.png", run, metric);
    char *to_file[] = {verb, metric, run, format, picture, output, png, NULL};
    if (cli_heatmap(7, to_file) != CLI_OK)
        png[0] = '\0';
}

static void tell_verdict(const struct outcome_files *files, FILE *out)
{
    if (!files->review && !files->no_review)
        return;
    fputc('\n', out);
    if (files->review)
        review_report_verdict(files->review, out);
    else
        fprintf(out, "verdict    none: %s\n", files->no_review);
}

/* As the run's first line has them: what was computed, and what `where` excludes beside it. */
static enum err tell_counts(const struct run_dir *run, const struct run_progress *done, FILE *out,
                            struct err_note *note)
{
    char n[32], excluded[32], all[32], span[32];
    struct run_counts counts; /* of the journal: *done counts a sample by its tiles */
    enum err err = run_count(&counts, run, note);
    if (err)
        return err;
    progress_count(n, sizeof n, counts.cells_done - counts.excluded);
    progress_count(excluded, sizeof excluded, counts.excluded);
    progress_count(all, sizeof all, counts.cells_done);
    progress_span(span, sizeof span, done->elapsed_s);
    fprintf(out, "run %s: %s cells", run->id, n);
    if (counts.excluded)
        fprintf(out, "; %s excluded by where, %s in all", excluded, all);
    if (done->cells_per_s > 0)
        fprintf(out, "; %s, %.0f cells/s", span, done->cells_per_s);
    fputc('\n', out);
    return OK;
}

enum err outcome_tell(const struct run_dir *run, const struct run_progress *done,
                      const struct outcome_files *files, FILE *out, struct err_note *note)
{
    struct outcome r = {.run = run, .out = out, .objective = results_objective(&run->job)};
    char png[4200];
    r.overview.best = r.overview.median = OVERVIEW_NONE;
    enum err err = tell_counts(run, done, out, note);
    if (!err)
        err = tell_overview(&r, done, note);
    if (err)
        return err;
    draw(&r, png, sizeof png);
    tell_verdict(files, out);
    fputc('\n', out);
    if (png[0])
        fprintf(out, "heatmap    %s\n", png);
    fprintf(out, "results    %s\n", files->results);
    if (files->review)
        fprintf(out,
                "next       plateau review %s    every number behind the verdict\n"
                "           plateau report %s -o report.html\n",
                hint_run(run->id), hint_run(run->id));
    return fflush(out) == 0 ? OK : ERR_IO;
}
