/* scenarios - a metric under every scenario: of the chosen point, of the peak and of the grid. */
#include "cli/view.h"
#include "coordinator/results.h"
#include "review/projection.h"
#include "review/statistics/sample.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>

enum line { CHOSEN, PEAK, MIDDLE, N_LINES };

struct comparison {
    uint32_t metric;
    uint64_t peak;
    double value[N_LINES][JOB_SCENARIOS_MAX];
};

static double median_of(double *values, uint64_t n)
{
    size_t kept = 0;
    for (uint64_t p = 0; p < n; p++)
        if (isfinite(values[p]))
            values[kept++] = values[p];
    if (kept == 0)
        return NAN;
    sample_sort(values, kept);
    return sample_quantile(values, kept, 0.5);
}

static enum err read_scenarios(struct comparison *c, const struct view *v, struct err_note *note)
{
    const struct run_dir *run = &v->run;
    const uint64_t n = sweep_n_points(run->job.sweep);
    const uint32_t objective = results_objective(&run->job);
    double *values = malloc((n + 1) * sizeof *values);
    struct results_query query = {
        .scenario = 0, .period = 0, .metrics = &objective, .n_metrics = 1};
    enum err err = values ? results_columns(run, &query, &values, NULL, note) : ERR_NOMEM;
    if (!err)
        c->peak = projection_best(values, n, METRIC_INFO[objective].better);
    query.metrics = &c->metric;
    query.period = v->period;
    for (uint32_t s = 0; !err && s < run->job.n_scenarios; s++) {
        query.scenario = s;
        err = results_columns(run, &query, &values, NULL, note);
        if (err)
            break;
        c->value[CHOSEN][s] = values[v->pick.point];
        c->value[PEAK][s] = c->peak < n ? values[c->peak] : NAN;
        c->value[MIDDLE][s] = median_of(values, n);
    }
    free(values);
    return err;
}

static enum err draw(const struct comparison *c, const struct view *v, struct err_note *note)
{
    const struct run_dir *run = &v->run;
    const struct metric_info *info = &METRIC_INFO[c->metric];
    const char *labels[JOB_SCENARIOS_MAX];
    char title[160], subtitle[512], chosen[64], peak[64];
    struct chart_series series[N_LINES];
    uint32_t n = 0;
    for (uint32_t s = 0; s < run->job.n_scenarios; s++)
        labels[s] = run->job.scenarios[s].name;
    snprintf(chosen, sizeof chosen, "point %llu (%s)", (unsigned long long)v->pick.point,
             v->pick.how);
    snprintf(peak, sizeof peak, "peak, point %llu", (unsigned long long)c->peak);
    series[n++] = (struct chart_series){chosen, c->value[CHOSEN], CHART_MAIN};
    if (c->peak != v->pick.point && c->peak != UINT64_MAX)
        series[n++] = (struct chart_series){peak, c->value[PEAK], CHART_OTHER};
    series[n++] = (struct chart_series){"median of the grid", c->value[MIDDLE], CHART_REFERENCE};
    snprintf(title, sizeof title, "%s under every scenario", info->text);
    title[0] = (char)toupper((unsigned char)title[0]);
    snprintf(subtitle, sizeof subtitle, "%s, run %s", results_period_name(&run->job, v->period),
             run->id);
    const struct chart_plot plot = {.title = "",
                                    .x_title = "scenario",
                                    .y_title = info->name,
                                    .labels = labels,
                                    .n = run->job.n_scenarios,
                                    .series = series,
                                    .n_series = n,
                                    .chosen = CHART_NONE,
                                    .bars = true};
    const struct chart chart = {title, subtitle, &plot, 1, 1, false};
    const struct drawing drawing = {.chart = &chart};
    return view_draw(v, &drawing, note);
}

int cli_scenarios(int argc, char **argv)
{
    struct view view = VIEW_DEFAULTS;
    struct comparison comparison = {.peak = UINT64_MAX};
    struct err_note note = {""};
    struct cli_args args;
    const struct cli_option options[] = {
        VIEW_PERIOD(view),
        VIEW_OPTIONS(view),
        CLI_OPTION_END,
    };
    int code = cli_parse(argc, argv, options, 1, 2, &args);
    if (code >= 0)
        return code;
    enum err err = results_find_metric(args.at[0], &comparison.metric, &note);
    if (!err)
        err = view_open(&view, args.at[1], &note);
    if (err)
        return cli_fail(err, &note, NULL);
    err = read_scenarios(&comparison, &view, &note);
    if (!err)
        err = draw(&comparison, &view, &note);
    view_close(&view);
    return err ? cli_fail(err, &note, NULL) : CLI_OK;
}
