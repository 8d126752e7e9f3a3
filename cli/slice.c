/* slice - a metric along every axis through one point, with what its neighbours reach: how far a
 * parameter may drift. */
#include "cli/view.h"
#include "coordinator/results.h"
#include "review/grid.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>

struct slices {
    const struct view *view;
    uint32_t metric;
    double *values; /* [n_points] */
    size_t *neighbours;
    struct surface surface;
    struct chart_plot plots[CHART_PLOTS_MAX];
    struct chart_series series[CHART_PLOTS_MAX];
    double *numbers[CHART_PLOTS_MAX]; /* [3][n]: value, low, high */
    char title[CHART_PLOTS_MAX][256];
    uint32_t n_plots;
};

/* Least and greatest value among a point and its neighbours. */
static void neighbourhood(const struct slices *s, size_t point, double *low, double *high)
{
    size_t n = surface_neighbours(&s->surface, point, s->neighbours);
    *low = *high = s->values[point];
    for (size_t i = 0; i < n; i++) {
        double v = s->values[s->neighbours[i]];
        *low = isnan(*low) || v < *low ? v : *low;
        *high = isnan(*high) || v > *high ? v : *high;
    }
}

/* An axis that stands for its dimension: the first one of a zip group. */
static const struct sweep_axis *axis_of(const struct sweep *sweep, uint32_t dimension)
{
    for (uint32_t a = 0; a < sweep_n_axes(sweep); a++)
        if (sweep_axis(sweep, a)->dimension == dimension)
            return sweep_axis(sweep, a);
    return NULL;
}

/* Where no axis has steps there are no neighbours and no band. */
static bool has_band(const double *low, const double *high, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (low[i] < high[i])
            return true;
    return false;
}

static enum err add_plot(struct slices *s, uint32_t dimension)
{
    const struct sweep *sweep = s->view->run.job.sweep;
    const struct sweep_axis *axis = axis_of(sweep, dimension);
    uint32_t n = s->surface.n_levels[dimension], at = s->n_plots;
    double *numbers = malloc(3 * (size_t)n * sizeof *numbers);
    s->numbers[at] = numbers;
    if (!numbers)
        return ERR_NOMEM;
    size_t here = surface_level(&s->surface, s->view->pick.point, dimension);
    size_t first = s->view->pick.point - here * s->surface.stride[dimension];
    for (uint32_t l = 0; l < n; l++) {
        size_t point = first + l * s->surface.stride[dimension];
        numbers[l] = s->values[point];
        neighbourhood(s, point, &numbers[n + l], &numbers[2 * n + l]);
    }
    grid_dimension_name(sweep, dimension, s->title[at], sizeof s->title[at]);
    bool band = has_band(numbers + n, numbers + 2 * (size_t)n, n);
    s->series[at] = (struct chart_series){"through the point", numbers, CHART_MAIN};
    s->plots[at] = (struct chart_plot){.title = s->title[at],
                                       .x_title = axis->path,
                                       .y_title = METRIC_INFO[s->metric].name,
                                       .labels = (const char *const *)axis->texts,
                                       .n = n,
                                       .series = &s->series[at],
                                       .n_series = 1,
                                       .band_low = band ? numbers + n : NULL,
                                       .band_high = band ? numbers + 2 * (size_t)n : NULL,
                                       .band_title = "least and greatest of its neighbours",
                                       .chosen = (uint32_t)here,
                                       .dots = true};
    s->n_plots++;
    return OK;
}

static enum err load(struct slices *s, struct err_note *note)
{
    const struct sweep *sweep = s->view->run.job.sweep;
    const char *refusal = grid_refusal(sweep);
    if (refusal)
        return err_set(note, ERR_EMPTY, "run %s has no slices: %s", s->view->run.id, refusal);
    s->values = malloc((sweep_n_points(sweep) + 1) * sizeof *s->values);
    if (!s->values)
        return ERR_NOMEM;
    const struct results_query query = {.scenario = s->view->scenario,
                                        .period = s->view->period,
                                        .metrics = &s->metric,
                                        .n_metrics = 1};
    enum err err = results_columns(&s->view->run, &query, &s->values, NULL, note);
    if (!err)
        err = grid_surface(sweep, s->values, &s->surface);
    if (err)
        return err;
    if (surface_neighbours_max(&s->surface) > GRID_NEIGHBOURS_MAX)
        return err_set(note, ERR_RANGE, "a point has more than %u neighbours: too many for a band",
                       GRID_NEIGHBOURS_MAX);
    s->neighbours = malloc((surface_neighbours_max(&s->surface) + 1) * sizeof *s->neighbours);
    return s->neighbours ? OK : ERR_NOMEM;
}

static enum err draw(struct slices *s, struct err_note *note)
{
    const struct metric_info *info = &METRIC_INFO[s->metric];
    char title[160], subtitle[512];
    enum err err = OK;
    for (uint32_t d = 0; !err && d < s->surface.n_axes && s->n_plots < CHART_PLOTS_MAX; d++)
        if (s->surface.n_levels[d] > 1)
            err = add_plot(s, d);
    if (!err && s->n_plots == 0)
        err = err_set(note, ERR_EMPTY, "run %s has no axis with two levels", s->view->run.id);
    if (err)
        return err;
    snprintf(title, sizeof title, "%s along every axis", info->text);
    title[0] = (char)toupper((unsigned char)title[0]);
    snprintf(subtitle, sizeof subtitle, "through point %llu (%s), %s, %s, run %s",
             (unsigned long long)s->view->pick.point, s->view->pick.how,
             s->view->run.job.scenarios[s->view->scenario].name,
             results_period_name(&s->view->run.job, s->view->period), s->view->run.id);
    const struct chart chart = {title, subtitle, s->plots, s->n_plots, s->n_plots > 1 ? 2 : 1,
                                true};
    const struct drawing drawing = {.chart = &chart};
    return view_draw(s->view, &drawing, note);
}

static enum err show(const struct view *view, uint32_t metric, struct err_note *note)
{
    struct slices *s = calloc(1, sizeof *s);
    if (!s)
        return ERR_NOMEM;
    s->view = view;
    s->metric = metric;
    enum err err = load(s, note);
    if (!err)
        err = draw(s, note);
    for (uint32_t p = 0; p < CHART_PLOTS_MAX; p++)
        free(s->numbers[p]);
    free(s->values);
    free(s->neighbours);
    free(s);
    return err;
}

int cli_slice(int argc, char **argv)
{
    struct view view = VIEW_DEFAULTS;
    struct err_note note = {""};
    struct cli_args args;
    uint32_t metric = 0;
    const struct cli_option options[] = {
        VIEW_SCENARIO(view),
        VIEW_PERIOD(view),
        VIEW_OPTIONS(view),
        CLI_OPTION_END,
    };
    int code = cli_parse(argc, argv, options, 1, 2, &args);
    if (code >= 0)
        return code;
    enum err err = results_find_metric(args.at[0], &metric, &note);
    if (!err)
        err = view_open(&view, args.at[1], &note);
    if (err)
        return cli_fail(err, &note, NULL);
    err = show(&view, metric, &note);
    view_close(&view);
    return err ? cli_fail(err, &note, NULL) : CLI_OK;
}
