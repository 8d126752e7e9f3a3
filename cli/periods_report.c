#include "cli/periods_report.h"
#include "cli/hint.h"
#include "cli/table.h"
#include "engine/metrics.h"
#include "market/market.h"
#include "review/grid.h"
#include "review/level_means.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const PERIODS_PART_NAME[] = {"metrics", "axes", "windows", "curve", "paths", NULL};

enum { EXACT = 17, SHORT = 4 };

/* For eyes a choice of metrics; programs get all of them. */
static const uint32_t SHOWN[] = {
    METRIC_total_return, METRIC_cagr,           METRIC_ann_vol,
    METRIC_sharpe,       METRIC_sortino,        METRIC_calmar,
    METRIC_mdd,          METRIC_max_underwater, METRIC_ulcer,
    METRIC_cvar,         METRIC_corr,           METRIC_n_trades,
    METRIC_win_rate,     METRIC_exposure,       METRIC_profit_factor,
    METRIC_expectancy_r, METRIC_turnover,       METRIC_top5_gross_share};
enum { N_SHOWN = sizeof SHOWN / sizeof SHOWN[0] };

struct column { /* a period of the job, in order of time */
    const char *name;
    const double *metrics; /* NULL: locked and not opened */
};

/* Eyes need no empty column and no empty row: there a period that was not opened is a line below.
 */
static uint32_t columns_of(const struct periods_report *r, bool exact, struct column *columns)
{
    const struct job *job = &r->reviewing->run.job;
    uint32_t open = 0, locked = 0, n = 0;
    for (uint32_t p = 0; p < job->n_periods; p++) {
        const double *metrics = NULL;
        if (!job->periods[p].locked)
            metrics = r->reviewing->chosen.metrics[open++];
        else if (r->opening)
            metrics = holdout_cell(r->holdout, r->opening, 0, locked++)->metrics;
        if (metrics || exact)
            columns[n++] = (struct column){job->periods[p].name, metrics};
    }
    return n;
}

/* Only a positive value can be shared: anything else makes a ratio that says nothing. */
static double ratio(double later, double train)
{
    return train > 0.0 && isfinite(train) && isfinite(later) ? later / train : (double)NAN;
}

static double value_of(const struct column *column, uint32_t metric)
{
    return column->metrics ? column->metrics[metric] : (double)NAN;
}

static bool any_value(const struct column *columns, uint32_t n, uint32_t metric)
{
    for (uint32_t p = 0; p < n; p++)
        if (!isnan(value_of(&columns[p], metric)))
            return true;
    return false;
}

static enum err metrics_part(const struct periods_report *r, bool exact, struct table **out)
{
    struct column column[JOB_PERIODS_MAX] = {{NULL, NULL}};
    char change[JOB_PERIODS_MAX][JOB_NAME_MAX + 16], over[JOB_PERIODS_MAX][JOB_NAME_MAX + 16];
    const char *heads[3 * JOB_PERIODS_MAX + 4] = {"metric", "unit"};
    uint32_t n = columns_of(r, exact, column), n_heads = 2;
    const int digits = exact ? EXACT : SHORT;
    for (uint32_t p = 0; p < n; p++)
        heads[n_heads++] = column[p].name;
    for (uint32_t p = 1; p < n; p++) {
        snprintf(change[p], sizeof change[p], "%s_change", column[p].name);
        snprintf(over[p], sizeof over[p], "%s_ratio", column[p].name);
        heads[n_heads++] = change[p];
        heads[n_heads++] = over[p];
    }
    enum err err = table_new(out, heads);
    for (uint32_t i = 0; !err && i < (exact ? (uint32_t)N_METRICS : (uint32_t)N_SHOWN); i++) {
        uint32_t m = exact ? i : SHOWN[i];
        double train = value_of(&column[0], m);
        if (!exact && !any_value(column, n, m))
            continue;
        table_text(*out, METRIC_INFO[m].name);
        table_text(*out, METRIC_INFO[m].unit);
        for (uint32_t p = 0; p < n; p++)
            table_number(*out, value_of(&column[p], m), digits);
        for (uint32_t p = 1; p < n; p++) {
            table_number(*out, value_of(&column[p], m) - train, digits);
            table_number(*out, ratio(value_of(&column[p], m), train), digits);
        }
    }
    return err;
}

/* ---- axes ---- */

static void level_name(const struct sweep *sweep, uint32_t dimension, uint32_t level, char *out,
                       size_t size)
{
    out[0] = '\0';
    for (uint32_t a = 0; a < sweep_n_axes(sweep); a++) {
        const struct sweep_axis *axis = sweep_axis(sweep, a);
        size_t used = strlen(out);
        if (axis->dimension == dimension)
            snprintf(out + used, size - used, "%s%s", used ? "+" : "", axis->texts[level]);
    }
}

static uint32_t level_of(const struct sweep *sweep, uint32_t dimension, const uint32_t *levels)
{
    uint32_t a = 0;
    while (sweep_axis(sweep, a)->dimension != dimension)
        a++;
    return levels[a];
}

static enum err add_axis(struct table *table, const struct reviewing *v, uint32_t dimension,
                         int digits)
{
    const struct sweep *sweep = v->run.job.sweep;
    uint32_t n = sweep_dimension_size(sweep, dimension), levels[SWEEP_AXES_MAX];
    struct level_mean *mean = calloc(n, sizeof *mean);
    char name[512], level[512];
    if (!mean)
        return ERR_NOMEM;
    grid_dimension_name(sweep, dimension, name, sizeof name);
    sweep_levels(sweep, v->review.chosen, levels);
    level_means(mean, sweep, dimension, v->data.f, v->data.validation);
    for (uint32_t l = 0; l < n; l++) {
        level_name(sweep, dimension, l, level, sizeof level);
        table_text(table, name);
        table_text(table, level);
        table_text(table, l == level_of(sweep, dimension, levels) ? "yes" : "");
        table_whole(table, (int64_t)mean[l].n);
        table_number(table, mean[l].train, digits);
        table_number(table, mean[l].validation, digits);
        table_number(table, mean[l].validation - mean[l].train, digits);
        table_number(table, ratio(mean[l].validation, mean[l].train), digits);
    }
    free(mean);
    return OK;
}

static enum err axes_part(const struct periods_report *r, bool exact, struct table **out)
{
    static const char *const heads[] = {"axis",       "level",  "chosen", "points", "train",
                                        "validation", "change", "ratio",  NULL};
    const struct sweep *sweep = r->reviewing->run.job.sweep;
    enum err err = table_new(out, heads);
    for (uint32_t d = 0; !err && d < sweep_n_dimensions(sweep); d++)
        err = add_axis(*out, r->reviewing, d, exact ? EXACT : SHORT);
    return err;
}

/* ---- folds ---- */

/* The date of a row of the selection series; its number where dates are not known. */
static void add_date(struct table *table, const struct periods_report *r, size_t row)
{
    char text[24];
    if (r->day && row < r->n_days)
        market_format_day(r->day[row], text);
    else
        snprintf(text, sizeof text, "day %zu", row);
    table_text(table, text);
}

static enum err windows_part(const struct periods_report *r, bool exact, struct table **out)
{
    static const char *const heads[] = {
        "window",       "train_from",  "train_to", "test_from",  "test_to", "pick",
        "train_return", "test_return", "equity",   "parameters", NULL};
    const struct sweep *sweep = r->reviewing->run.job.sweep;
    const struct fold_review *f = &r->reviewing->review.folds;
    const int digits = exact ? EXACT : SHORT;
    double equity = f->stitched ? 1.0 : (double)NAN;
    enum err err = table_new(out, heads);
    for (size_t i = 0; !err && i < f->walk.n_windows; i++) {
        const struct walk_forward_window *w = &f->windows[i];
        uint32_t levels[SWEEP_AXES_MAX];
        char text[1024] = "";
        table_whole(*out, (int64_t)i);
        add_date(*out, r, w->is_begin);
        add_date(*out, r, w->is_end - 1);
        add_date(*out, r, w->oos_begin);
        add_date(*out, r, w->oos_end - 1);
        table_whole(*out, (int64_t)w->pick);
        table_number(*out, w->is_ann, digits);
        table_number(*out, w->oos_ann, digits);
        for (size_t t = 0; f->stitched && t < f->folds.walk.test; t++)
            equity *= 1.0 + f->stitched[i * f->folds.walk.test + t];
        table_number(*out, equity, digits);
        sweep_levels(sweep, w->pick, levels);
        for (uint32_t a = 0; a < sweep_n_axes(sweep); a++) {
            size_t used = strlen(text);
            snprintf(text + used, sizeof text - used, "%s%s", a ? " " : "",
                     sweep_axis(sweep, a)->texts[levels[a]]);
        }
        table_text(*out, text);
    }
    return err;
}

static enum err curve_part(const struct periods_report *r, bool exact, struct table **out)
{
    static const char *const heads[] = {"date", "window", "pick", "return", "equity", NULL};
    const struct fold_review *f = &r->reviewing->review.folds;
    double equity = 1.0;
    enum err err = table_new(out, heads);
    for (size_t i = 0; !err && f->stitched && i < f->walk.n_windows; i++)
        for (size_t t = 0; t < f->folds.walk.test; t++) {
            double earned = f->stitched[i * f->folds.walk.test + t];
            equity = 1.0 + earned > 0.0 ? equity * (1.0 + earned) : 0.0;
            add_date(*out, r, f->windows[i].oos_begin + t);
            table_whole(*out, (int64_t)i);
            table_whole(*out, (int64_t)f->windows[i].pick);
            table_number(*out, earned, exact ? EXACT : SHORT);
            table_number(*out, equity, exact ? EXACT : SHORT);
        }
    return err;
}

static enum err paths_part(const struct periods_report *r, bool exact, struct table **out)
{
    static const char *const heads[] = {"path", "sharpe", "picks", NULL};
    const struct fold_review *f = &r->reviewing->review.folds;
    enum err err = table_new(out, heads);
    for (uint32_t j = 0; !err && j < f->cpcv.n_paths; j++) {
        char text[512] = "";
        table_whole(*out, j);
        table_number(*out, f->path_sharpe[j], exact ? EXACT : SHORT);
        for (uint32_t g = 0; g < f->folds.cpcv.groups; g++) {
            size_t used = strlen(text);
            uint32_t split = f->path_splits[j * f->folds.cpcv.groups + g];
            snprintf(text + used, sizeof text - used, "%s%llu", g ? " " : "",
                     (unsigned long long)f->split_pick[split]);
        }
        table_text(*out, text);
    }
    return err;
}

/* ---- the whole ---- */

static enum err (*const PART[PERIODS_N_PARTS])(const struct periods_report *, bool,
                                               struct table **) = {
    metrics_part, axes_part, windows_part, curve_part, paths_part};

static enum err print_part(const struct periods_report *r, int part, enum cli_format format,
                           FILE *out)
{
    struct table *table = NULL;
    enum err err = PART[part](r, format != CLI_TABLE, &table);
    if (!err)
        err = table_print(table, format, out);
    table_free(&table);
    return err;
}

static const char *shown(double value, char text[32])
{
    if (!isfinite(value))
        return "not known";
    snprintf(text, 32, "%.4g", value);
    return text;
}

static void sum_up_walk(const struct fold_review *f, FILE *out)
{
    const struct walk_forward *w = &f->walk;
    char a[32], b[32], c[32], d[32];
    fprintf(out,
            "\nwalk-forward: %zu windows, train %u, test %u, step %u, gap %u sessions%s; best of "
            "%llu points in each\n",
            w->n_windows, f->folds.walk.train, f->folds.walk.test, f->folds.walk.step,
            f->folds.walk.gap, f->folds.walk.anchored ? ", anchored" : "",
            (unsigned long long)f->n_configs);
    fprintf(out,
            "  efficiency %s (return out of sample over in sample), consistency %s (windows that "
            "earned)\n  largest window's share of the profit %s, parameter drift %s\n",
            shown(w->wfe, a), shown(w->consistency, b), shown(w->max_share, c),
            shown(w->param_drift, d));
    fprintf(out, "  stitched: Sharpe ratio %s, mean return %s a year, drawdown %s%s\n",
            shown(w->stitched_sharpe, a), shown(w->stitched_mean_ann, b), shown(w->stitched_mdd, c),
            w->overlapping ? "; days repeat, as step < test" : "");
}

static void sum_up_paths(const struct fold_review *f, FILE *out)
{
    const struct cpcv_summary *c = &f->cpcv;
    char mean[32], sd[32], least[32], loss[32];
    fprintf(out,
            "\ncpcv: %u groups, %u tested, purge %u, embargo %u sessions: %u splits, %u paths\n  "
            "Sharpe ratio of the paths: mean %s, sd %s, least %s; below zero: %s\n",
            f->folds.cpcv.groups, f->folds.cpcv.test, f->folds.cpcv.purge, f->folds.cpcv.embargo,
            c->n_splits, c->n_paths, shown(c->mean, mean), shown(c->sd, sd),
            shown(c->minimum, least), shown(c->prob_loss, loss));
}

static void print_locked(const struct periods_report *r, FILE *out)
{
    const struct job *job = &r->reviewing->run.job;
    for (uint32_t p = 0; p < job->n_periods; p++)
        if (job->periods[p].locked && !r->opening)
            fprintf(out,
                    "%s is locked and was not opened for this point: plateau holdout %s --point "
                    "%llu\n",
                    job->periods[p].name, hint_run(r->reviewing->run.id),
                    (unsigned long long)r->reviewing->review.chosen);
}

static enum err print_text(const struct periods_report *r, FILE *out)
{
    const struct reviewing *v = r->reviewing;
    const struct fold_review *f = &v->review.folds;
    fprintf(out, "run    %s\npoint  %llu, %s\n\n", v->run.id, (unsigned long long)v->review.chosen,
            v->review.how);
    enum err err = print_part(r, PERIODS_METRICS, CLI_TABLE, out);
    if (columns_of(r, false, (struct column[JOB_PERIODS_MAX]){{NULL, NULL}}) > 1)
        fputs(
            "change: less the first period; ratio: over the first period, where that is positive\n",
            out);
    else
        fputs("one period: nothing to compare it with\n", out);
    print_locked(r, out);
    if (!err && job_n_open_periods(&v->run.job) > 1 && sweep_n_axes(v->run.job.sweep)) {
        fprintf(out, "\n%s, mean over the points at each level\n", METRIC_INFO[v->objective].name);
        err = print_part(r, PERIODS_AXES, CLI_TABLE, out);
    }
    if (!err && f->walk.n_windows) {
        sum_up_walk(f, out);
        err = print_part(r, PERIODS_WINDOWS, CLI_TABLE, out);
    }
    if (!err && f->cpcv.n_paths) {
        sum_up_paths(f, out);
        err = print_part(r, PERIODS_PATHS, CLI_TABLE, out);
    }
    if (!folds_any(&v->run.job.folds))
        fputs("\nno folds: walk_forward and cpcv in the sweep file ask for them\n", out);
    else if (f->n_configs == 0)
        fputs("\nno point has sums of the folds: walk-forward and CPCV are not known\n", out);
    if (*r->missing)
        fprintf(out, "\nno dates, no stitched curve and drawdown: %s\n", r->missing);
    return err;
}

static void json_number(FILE *out, const char *name, double value, const char *end)
{
    if (isfinite(value))
        fprintf(out, "\"%s\": %.17g%s", name, value, end);
    else
        fprintf(out, "\"%s\": null%s", name, end);
}

static void json_folds(const struct fold_review *f, FILE *out)
{
    fprintf(out, "\"walk_forward\": {\"n_windows\": %zu, \"overlapping\": %s, ", f->walk.n_windows,
            f->walk.overlapping ? "true" : "false");
    json_number(out, "efficiency", f->walk.wfe, ", ");
    json_number(out, "consistency", f->walk.consistency, ", ");
    json_number(out, "max_share", f->walk.max_share, ", ");
    json_number(out, "sharpe", f->walk.stitched_sharpe, ", ");
    json_number(out, "mean_return", f->walk.stitched_mean_ann, ", ");
    json_number(out, "mdd", f->walk.stitched_mdd, ", ");
    json_number(out, "param_drift", f->walk.param_drift, "},\n");
    fprintf(out, "\"cpcv\": {\"n_splits\": %u, \"n_paths\": %u, ", f->cpcv.n_splits,
            f->cpcv.n_paths);
    json_number(out, "mean_sharpe", f->cpcv.mean, ", ");
    json_number(out, "sd_sharpe", f->cpcv.sd, ", ");
    json_number(out, "min_sharpe", f->cpcv.minimum, ", ");
    json_number(out, "prob_loss", f->cpcv.prob_loss, "}");
}

static enum err print_json(const struct periods_report *r, FILE *out)
{
    const struct reviewing *v = r->reviewing;
    enum err err = OK;
    fputs("{\"format\": \"plateau periods 1\", \"run\": ", out);
    table_json_string(out, v->run.id);
    fprintf(out, ", \"objective\": \"%s\", \"point\": %llu,\n", METRIC_INFO[v->objective].name,
            (unsigned long long)v->review.chosen);
    json_folds(&v->review.folds, out);
    for (int part = 0; part < PERIODS_N_PARTS && !err; part++) {
        fprintf(out, ",\n\"%s\": ", PERIODS_PART_NAME[part]);
        err = print_part(r, part, CLI_JSON, out);
    }
    fputs("}\n", out);
    return err;
}

enum err periods_print(const struct periods_report *r, int part, enum cli_format format, FILE *out)
{
    enum err err = part < PERIODS_N_PARTS ? print_part(r, part, format, out)
                   : format == CLI_JSON   ? print_json(r, out)
                   : format == CLI_CSV    ? print_part(r, PERIODS_METRICS, format, out)
                                          : print_text(r, out);
    return err ? err : ferror(out) ? ERR_IO : OK;
}
