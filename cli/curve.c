/* curve - the equity and drawdown of one cell beside the benchmark, over all open periods. */
#include "cli/days.h"
#include "cli/view.h"
#include "coordinator/results.h"
#include "market/market.h"
#include <math.h>
#include <stdlib.h>

enum { DATE_BYTES = 11 };

struct curve {
    struct view view;
    struct days days;
    double *equity, *benchmark, *drawdown; /* [n] growth of 1, growth of 1, percent */
    char (*date)[DATE_BYTES];
    const char **labels;
    bool has_benchmark;
};

static enum err allocate(struct curve *c)
{
    size_t n = c->days.n + 1;
    c->equity = calloc(n, sizeof *c->equity);
    c->benchmark = calloc(n, sizeof *c->benchmark);
    c->drawdown = calloc(n, sizeof *c->drawdown);
    c->date = calloc(n, sizeof *c->date);
    c->labels = calloc(n, sizeof *c->labels);
    return c->equity && c->benchmark && c->drawdown && c->date && c->labels ? OK : ERR_NOMEM;
}

/* Growth of one unit, periods chained: each began flat. A benchmark's day without a return counts
 * as none. */
static void accumulate(struct curve *c)
{
    double equity = 1, peak = 1, benchmark = 1;
    for (size_t t = 0; t < c->days.n; t++) {
        equity = fmax(equity * (1 + c->days.value[t]), 0);
        peak = fmax(peak, equity);
        if (isfinite(c->days.benchmark[t])) {
            benchmark *= 1 + c->days.benchmark[t];
            c->has_benchmark = true;
        }
        c->equity[t] = equity;
        c->benchmark[t] = benchmark;
        c->drawdown[t] = 100 * (equity / peak - 1);
        market_format_day(c->days.day[t], c->date[t]);
        c->labels[t] = c->date[t];
    }
}

static enum err load(struct curve *c, struct err_note *note)
{
    const struct view *v = &c->view;
    enum err err = days_of_cell(&c->days, &v->run, v->pick.point, v->scenario, note);
    if (!err)
        err = allocate(c);
    if (!err)
        accumulate(c);
    return err;
}

static enum err draw(const struct curve *c, bool logarithmic, struct err_note *note)
{
    const struct view *v = &c->view;
    const uint32_t n = (uint32_t)c->days.n;
    uint32_t rules[JOB_PERIODS_MAX];
    const char *names[JOB_PERIODS_MAX];
    char title[128], subtitle[512];
    const struct chart_series growth[] = {{"strategy", c->equity, CHART_MAIN},
                                          {"benchmark", c->benchmark, CHART_REFERENCE}};
    const struct chart_series fall[] = {{"drawdown", c->drawdown, CHART_AREA}};
    for (uint32_t p = 1; p < c->days.n_periods; p++) {
        rules[p - 1] = (uint32_t)c->days.start[p];
        names[p - 1] = results_period_name(&v->run.job, p);
    }
    const struct chart_plot common = {.x_title = "",
                                      .labels = c->labels,
                                      .n = n,
                                      .rules = rules,
                                      .n_rules = c->days.n_periods ? c->days.n_periods - 1 : 0,
                                      .chosen = CHART_NONE};
    struct chart_plot plots[] = {common, common};
    plots[0].title = "Growth of 1";
    plots[0].y_title = logarithmic ? "equity / start (log)" : "equity / start";
    plots[0].series = growth;
    plots[0].n_series = c->has_benchmark ? 2 : 1;
    plots[0].log = logarithmic;
    plots[0].rule_titles = names; /* said once: below, the drawdown stands there */
    plots[1].title = "Drawdown";
    plots[1].y_title = "% below the peak";
    plots[1].series = fall;
    plots[1].n_series = 1;
    snprintf(title, sizeof title, "Equity of point %llu (%s)", (unsigned long long)v->pick.point,
             v->pick.how);
    snprintf(subtitle, sizeof subtitle, "%s, %s .. %s, each period from a flat start, run %s",
             v->run.job.scenarios[v->scenario].name, c->labels[0], c->labels[n - 1], v->run.id);
    const struct chart chart = {title, subtitle, plots, 2, 1, false};
    const struct drawing drawing = {.chart = &chart};
    return view_draw(v, &drawing, note);
}

static void curve_free(struct curve *c)
{
    days_free(&c->days);
    free(c->equity);
    free(c->benchmark);
    free(c->drawdown);
    free(c->date);
    free(c->labels);
}

int cli_curve(int argc, char **argv)
{
    struct curve curve = {.view = VIEW_DEFAULTS};
    struct err_note note = {""};
    struct cli_args args;
    bool logarithmic = false;
    const struct cli_option options[] = {
        VIEW_SCENARIO(curve.view),
        {"log", 0, CLI_FLAG, &logarithmic, NULL, "equity on a logarithmic axis", NULL},
        VIEW_OPTIONS(curve.view),
        CLI_OPTION_END,
    };
    int code = cli_parse(argc, argv, options, 0, 1, &args);
    if (code >= 0)
        return code;
    enum err err = view_open(&curve.view, args.at[0], &note);
    if (!err) {
        err = load(&curve, &note);
        if (!err)
            err = draw(&curve, logarithmic, &note);
        curve_free(&curve);
        view_close(&curve.view);
    }
    return err ? cli_fail(err, &note, NULL) : CLI_OK;
}
