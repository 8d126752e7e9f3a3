#include "coordinator/import_job.h"
#include "coordinator/calibrate.h"
#include "market/market.h"
#include "market/number.h"
#include "proto/sample.h"
#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LOG_TOLERANCE 0.2     /* of a step of the logarithms: 1, 2, 5, 10 is a log axis too */
#define LINEAR_TOLERANCE 1e-6 /* of a step */
#define LOG_SPAN 4.0          /* last over first level, at least */
enum { LOG_LEVELS = 3, GRID_SHARE = 2 }; /* a grid: one of so many cells is there, at least */

/* ---- axes ---- */

static bool even_steps(const struct import_axis *a, bool of_logs, double tolerance)
{
    uint32_t n = a->n_levels;
    double first = of_logs ? log(a->values[0]) : a->values[0];
    double last = of_logs ? log(a->values[n - 1]) : a->values[n - 1];
    double step = (last - first) / (n - 1);
    for (uint32_t i = 1; i < n; i++) {
        double low = of_logs ? log(a->values[i - 1]) : a->values[i - 1];
        double high = of_logs ? log(a->values[i]) : a->values[i];
        if (fabs(high - low - step) > tolerance * fabs(step))
            return false;
    }
    return true;
}

static enum sweep_spacing spacing_of(const struct import_axis *a)
{
    if (a->categorical)
        return SWEEP_CATEGORICAL;
    if (a->n_levels < LOG_LEVELS || a->values[0] <= 0 ||
        a->values[a->n_levels - 1] < LOG_SPAN * a->values[0] ||
        even_steps(a, false, LINEAR_TOLERANCE) || !even_steps(a, true, LOG_TOLERANCE))
        return SWEEP_LINEAR;
    return SWEEP_LOG;
}

/* A column's name as a dotted path, and with '_' for '.' as a data set's name that no other of
 * results.h5 has. Longer names are cut: two that are then alike are refused by the sweep. */
static void name_axis(const char *column, char path[JOB_PATH_MAX + 1], char label[JOB_PATH_MAX + 1])
{
    static const char *const taken[] = {
        "point",     "scenario",    "period",      "status",     "flags",    "block",
        "block_sum", "entry",       "review",      "heatmaps",   "holdout",  "benchmark",
        "meta",      "block_sumsq", "block_count", "fold_begin", "fold_sum", "fold_sumsq"};
    enum { PREFIX = 6 };
    char plain[JOB_PATH_MAX + 1 - PREFIX] = "";
    size_t n = 0;
    for (; *column && n < JOB_PATH_MAX - PREFIX; column++)
        plain[n++] = isalnum((unsigned char)*column) || *column == '.' ? *column : '_';
    plain[n] = '\0';
    bool clash = !isalpha((unsigned char)plain[0]);
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
        clash |= strcmp(taken[i], plain) == 0;
    for (uint32_t m = 0; m < N_METRICS; m++)
        clash |= strcmp(METRIC_INFO[m].name, plain) == 0;
    snprintf(path, JOB_PATH_MAX + 1, "%s%s", clash ? "param_" : "", plain);
    snprintf(label, JOB_PATH_MAX + 1, "%s", path);
    for (char *c = label; *c; c++)
        if (*c == '.')
            *c = '_';
}

/* Whether to lay the combinations out as a grid. */
static enum err choose_layout(const struct import_points *p, enum import_layout wanted, bool *grid,
                              struct err_note *note)
{
    uint64_t n = 1;
    for (uint32_t a = 0; a < p->n_axes && n <= IMPORT_CELLS_MAX; a++)
        n *= p->axes[a].n_levels;
    *grid = wanted == IMPORT_GRID ||
            (wanted == IMPORT_AUTO && n <= (uint64_t)GRID_SHARE * p->n_combinations);
    if (*grid && n > IMPORT_CELLS_MAX)
        return err_set(note, ERR_OVERFLOW,
                       "%s: a grid of all levels has more than %llu points; import it as samples",
                       p->table.path, (unsigned long long)IMPORT_CELLS_MAX);
    return OK;
}

/* Levels of one axis of a sample: one for each combination, where the design visits it in the
 * file's order. */
static void spread_levels(const struct import_points *p, uint32_t a, struct sweep_axis *axis)
{
    struct sample sample;
    sample_init(&sample, SWEEP_LHS, p->n_combinations, 0, 1, &p->n_combinations);
    for (uint32_t i = 0; i < p->n_combinations; i++) {
        uint32_t place, level = p->level[p->first_row[i] * p->n_axes + a];
        sample_levels(&sample, i, &place);
        axis->values[place] = p->axes[a].values[level];
        axis->texts[place] = p->axes[a].texts[level];
    }
}

static enum err make_sweep(struct import_job *j, const struct import_points *p, bool grid,
                           struct err_note *note)
{
    struct sweep_axis axes[SWEEP_AXES_MAX] = {0};
    static char no_unit[] = "";
    char(*names)[2][JOB_PATH_MAX + 1] = calloc(p->n_axes, sizeof *names);
    enum err err = names ? OK : ERR_NOMEM;
    for (uint32_t a = 0; a < p->n_axes && !err; a++) {
        uint32_t n = grid ? p->axes[a].n_levels : p->n_combinations;
        name_axis(p->table.header[p->axes[a].column], names[a][0], names[a][1]);
        axes[a] = (struct sweep_axis){.path = names[a][0],
                                      .label = names[a][1],
                                      .unit = no_unit,
                                      .spacing = spacing_of(&p->axes[a]),
                                      .dimension = grid ? a : 0,
                                      .n_levels = n,
                                      .values = p->axes[a].values,
                                      .texts = p->axes[a].texts};
        if (grid)
            continue;
        axes[a].values = calloc(n, sizeof(double));
        axes[a].texts = calloc(n, sizeof(char *));
        if (!axes[a].values || !axes[a].texts)
            err = ERR_NOMEM;
        else
            spread_levels(p, a, &axes[a]);
    }
    struct sweep_plan plan = {.axes = axes, .n_axes = p->n_axes};
    if (!grid) {
        plan.method = SWEEP_LHS;
        plan.n_samples = p->n_combinations;
    }
    if (!err)
        err = sweep_new(&j->job.sweep, &plan, note);
    for (uint32_t a = 0; a < p->n_axes && !grid; a++) {
        free(axes[a].values);
        free(axes[a].texts);
    }
    free(names);
    return err;
}

static enum err place_combinations(struct import_job *j, const struct import_points *p, bool grid)
{
    uint64_t n = sweep_n_points(j->job.sweep);
    j->combination_of = calloc(n, sizeof *j->combination_of);
    if (!j->combination_of)
        return ERR_NOMEM;
    for (uint32_t i = 0; i < p->n_combinations; i++) {
        uint64_t point = i;
        if (grid) {
            enum err err =
                sweep_point_of_levels(j->job.sweep, p->level + p->first_row[i] * p->n_axes, &point);
            assert(err == OK); /* every level is there */
        }
        j->combination_of[point] = i + 1;
    }
    j->n_missing = n - p->n_combinations;
    return OK;
}

/* ---- periods and scenarios ---- */

static enum err read_period(const char *text, struct job_period *out, struct err_note *note)
{
    const char *equals = strchr(text, '='), *dots = equals ? strstr(equals, "..") : NULL;
    char from[11] = "", to[11] = "";
    struct job_period period = {.locked = false};
    if (!dots || equals == text || equals - text > JOB_NAME_MAX || dots - equals - 1 != 10 ||
        strlen(dots + 2) != 10)
        return err_set(note, ERR_FORMAT, "--period: '%.80s', expected NAME=YYYY-MM-DD..YYYY-MM-DD",
                       text);
    memcpy(period.name, text, (size_t)(equals - text));
    memcpy(from, equals + 1, 10);
    memcpy(to, dots + 2, 10);
    if (market_parse_day(from, &period.start_day) || market_parse_day(to, &period.end_day) ||
        period.start_day > period.end_day)
        return err_set(note, ERR_FORMAT,
                       "--period: '%.80s': the dates are no days, or not in order", text);
    *out = period;
    return OK;
}

static enum err find_periods(struct job *job, struct import_points *p,
                             const struct import_options *o, struct err_note *note)
{
    bool has_column = false;
    for (uint32_t c = 0; c < p->table.n_columns; c++)
        has_column |= p->meaning[c].role == IMPORT_PERIOD;
    for (size_t i = 0; o->periods && o->periods[i]; i++) {
        struct job_period period = {.locked = false};
        enum err err = read_period(o->periods[i], &period, note);
        if (err)
            return err;
        for (uint32_t k = 0; k < job->n_periods; k++)
            if (strcmp(job->periods[k].name, period.name) == 0 ||
                (period.start_day <= job->periods[k].end_day &&
                 job->periods[k].start_day <= period.end_day))
                return err_set(note, ERR_FORMAT,
                               "--period: '%s' and '%s' are the same, or share days", period.name,
                               job->periods[k].name);
        if (job->n_periods == JOB_PERIODS_MAX)
            return err_set(note, ERR_OVERFLOW, "--period: at most %d periods", JOB_PERIODS_MAX);
        job->periods[job->n_periods++] = period;
    }
    if (!has_column && job->n_periods)
        memcpy(p->periods.at[0], job->periods[0].name, sizeof p->periods.at[0]);
    for (uint32_t k = 0; k < p->periods.n; k++) {
        bool there = false;
        for (uint32_t q = 0; q < job->n_periods; q++)
            there |= strcmp(job->periods[q].name, p->periods.at[k]) == 0;
        if (there)
            continue;
        if (job->n_periods == JOB_PERIODS_MAX)
            return err_set(note, ERR_OVERFLOW, "at most %d periods", JOB_PERIODS_MAX);
        struct job_period *period = &job->periods[job->n_periods++];
        snprintf(period->name, sizeof period->name, "%s", p->periods.at[k]);
        period->start_day = period->end_day = INT32_MIN; /* not known */
    }
    return OK;
}

/* What the returns say about the periods, and what periods the file knows. */
static enum err bind_periods(struct import_job *j, const struct import_points *p,
                             const struct import_returns *returns, struct err_note *note)
{
    struct job *job = &j->job;
    uint32_t n_open = 0;
    for (uint32_t k = 0; k < job->n_periods; k++) {
        struct job_period *period = &job->periods[k];
        j->period_of[k] = import_name_find(&p->periods, period->name);
        if (j->period_of[k] < 0 && !returns)
            return err_set(note, ERR_FORMAT,
                           "--period: '%s' is unknown: %s has no row of it, and there are no "
                           "returns",
                           period->name, p->table.path);
        if (returns && period->start_day == INT32_MIN && job->n_periods > 1)
            return err_set(note, ERR_FORMAT,
                           "period '%s': its dates are needed to cut the returns: --period "
                           "%s=YYYY-MM-DD..YYYY-MM-DD",
                           period->name, period->name);
        if (returns && period->start_day == INT32_MIN) {
            period->start_day = returns->day[0];
            period->end_day = returns->day[returns->n_days - 1];
        }
        period->locked = strcmp(period->name, "holdout") == 0;
        n_open += !period->locked;
    }
    return n_open ? OK
                  : err_set(note, ERR_FORMAT,
                            "%s: nothing but a holdout: a run needs a period to select on",
                            p->table.path);
}

/* Names of the shipped scenarios mean what they mean there; of any other only the name is known. */
static void define_scenario(struct job_scenario *s, const char *name)
{
    static const char prefix[] = "slippage_";
    size_t skip = sizeof prefix - 1, length = strlen(name);
    double times;
    *s = (struct job_scenario){.slippage_multiplier = 1};
    snprintf(s->name, sizeof s->name, "%s", name);
    if (length > skip && strncmp(name, prefix, skip) == 0 && name[length - 1] == 'x' &&
        number_parse(name + skip, length - skip - 1, &times) && isfinite(times) && times >= 0)
        s->slippage_multiplier = times;
    s->flash_crash = strcmp(name, "flash_crash") == 0;
    s->regime = strcmp(name, "bear_months") == 0 ? 1 : strcmp(name, "range_months") == 0 ? 2 : 0;
}

/* ---- the whole ---- */

static char *stem(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *name = strdup(slash ? slash + 1 : path);
    static const char *const endings[] = {".zst", ".csv"};
    for (size_t i = 0; name && i < sizeof endings / sizeof endings[0]; i++) {
        size_t n = strlen(name), m = strlen(endings[i]);
        if (n > m && strcasecmp(name + n - m, endings[i]) == 0)
            name[n - m] = '\0';
    }
    if (name && strlen(name) > JOB_NAME_MAX)
        name[JOB_NAME_MAX] = '\0';
    return name;
}

static const char *objective_of(const struct import_points *p, bool has_returns)
{
    const char *first = NULL;
    if (has_returns)
        return METRIC_INFO[METRIC_sharpe].name;
    for (uint32_t c = 0; c < p->table.n_columns; c++) {
        if (p->meaning[c].role != IMPORT_METRIC)
            continue;
        if (p->meaning[c].metric == METRIC_sharpe || !first)
            first = METRIC_INFO[p->meaning[c].metric].name;
        if (p->meaning[c].metric == METRIC_sharpe)
            break;
    }
    return first;
}

static enum err fill_head(struct job *job, const struct import_points *points, bool has_returns,
                          const struct import_options *options)
{
    strcpy(job->engine_id, IMPORT_ENGINE_ID);
    job->n_blocks = has_returns ? IMPORT_BLOCKS : 0;
    job->n_sleeves = 1;
    strcpy(job->sleeves[0].name, IMPORT_ENGINE_ID);
    strcpy(job->sleeves[0].strategy, IMPORT_ENGINE_ID);
    for (uint32_t s = 0; s < points->scenarios.n; s++)
        define_scenario(&job->scenarios[s], points->scenarios.at[s]);
    job->n_scenarios = points->scenarios.n;
    job->name = options->name ? strdup(options->name) : stem(options->points);
    job->objective = strdup(objective_of(points, has_returns));
    job->values = calloc(1, sizeof *job->values);
    if (!job->values)
        return ERR_NOMEM;
    job->n_values = 1;
    job->values[0].path = strdup("portfolio.periods_per_year");
    job->values[0].value = options->periods_per_year;
    return job->name && job->objective && job->values[0].path ? OK : ERR_NOMEM;
}

enum err import_job_make(struct import_job *out, struct import_points *points,
                         const struct import_returns *returns, const struct import_options *options,
                         struct err_note *note)
{
    struct import_job j = {.n_missing = 0};
    bool grid = false;
    enum err err = fill_head(&j.job, points, returns != NULL, options);
    if (!err)
        err = find_periods(&j.job, points, options, note);
    if (!err)
        err = bind_periods(&j, points, returns, note);
    if (!err)
        err = choose_layout(points, options->layout, &grid, note);
    if (!err)
        err = make_sweep(&j, points, grid, note);
    if (!err)
        err = place_combinations(&j, points, grid);
    if (err) {
        import_job_free(&j);
        return err;
    }
    j.job.tile_points = calibrate_tile_points(&j.job, 0);
    *out = j;
    return OK;
}

void import_job_free(struct import_job *job)
{
    job_free(&job->job);
    free(job->combination_of);
    *job = (struct import_job){0};
}
