#include "cli/picture.h"
#include "coordinator/results.h"
#include "proto/where.h"
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum facet { FACET_NONE, FACET_AXIS, FACET_SCENARIO, FACET_PERIOD };

/* What the request comes to. */
struct plan {
    const struct run_dir *run;
    const struct sweep *sweep;
    const struct picture_request *request;
    uint32_t metric, objective, scenario, period;
    uint32_t x, y, facet_axis; /* axes or PROJECTION_NO_AXIS */
    enum facet facet;
    uint32_t n_panels;
    uint32_t held[SWEEP_AXES_MAX];
    uint64_t n_points, chosen; /* chosen: UINT64_MAX if there is none */
    double *values, *objective_values;
};

static enum err find_axis(const struct sweep *sweep, const char *name, uint32_t *axis,
                          struct err_note *note)
{
    return where_find_axis(sweep_plan(sweep)->axes, sweep_n_axes(sweep), name, axis, note);
}

/* A level by its exact text, or by a number equal to its value. */
static enum err find_level(const struct sweep_axis *axis, const char *text, uint32_t *level,
                           struct err_note *note)
{
    char *end, all[400] = "";
    double value = strtod(text, &end);
    bool number = *text && !*end && axis->spacing != SWEEP_CATEGORICAL;
    for (uint32_t l = 0; l < axis->n_levels; l++)
        if (strcmp(axis->texts[l], text) == 0 || (number && axis->values[l] == value)) {
            *level = l;
            return OK;
        }
    for (uint32_t l = 0;
         l < axis->n_levels && strlen(all) + strlen(axis->texts[l]) + 8 < sizeof all; l++)
        strcat(strcat(all, l ? ", " : ""), axis->texts[l]);
    return err_set(note, ERR_NOT_FOUND, "%s has no level '%s': one of %s", axis->label, text, all);
}

static enum err read_fixes(struct plan *plan, struct err_note *note)
{
    const struct cli_list *fix = plan->request->fix;
    for (unsigned i = 0; fix && i < fix->n; i++) {
        char name[256];
        const char *equals = strchr(fix->at[i], '=');
        if (!equals || equals == fix->at[i] || (size_t)(equals - fix->at[i]) >= sizeof name)
            return err_set(note, ERR_FORMAT, "--fix %s: expected AXIS=LEVEL", fix->at[i]);
        snprintf(name, sizeof name, "%.*s", (int)(equals - fix->at[i]), fix->at[i]);
        uint32_t axis = 0, level = 0;
        enum err err = find_axis(plan->sweep, name, &axis, note);
        if (!err)
            err = find_level(sweep_axis(plan->sweep, axis), equals + 1, &level, note);
        if (err)
            return err;
        plan->held[axis] = level;
    }
    return OK;
}

static enum err read_facet(struct plan *plan, struct err_note *note)
{
    const char *facet = plan->request->facet;
    plan->n_panels = 1;
    if (!facet)
        return OK;
    if (strcmp(facet, "scenario") == 0) {
        plan->facet = FACET_SCENARIO;
        plan->n_panels = plan->run->job.n_scenarios;
    } else if (strcmp(facet, "period") == 0) {
        plan->facet = FACET_PERIOD;
        plan->n_panels = job_n_open_periods(&plan->run->job);
    } else {
        plan->facet = FACET_AXIS;
        enum err err = find_axis(plan->sweep, facet, &plan->facet_axis, note);
        if (err)
            return err;
        plan->n_panels = sweep_axis(plan->sweep, plan->facet_axis)->n_levels;
    }
    if (plan->n_panels > HEATMAP_PANELS_MAX)
        return err_set(
            note, ERR_RANGE,
            "--facet %s: %u panels, at most %u fit a picture: hold levels with --fix instead",
            facet, plan->n_panels, HEATMAP_PANELS_MAX);
    return OK;
}

static bool same_dimension(const struct sweep *sweep, uint32_t a, uint32_t b)
{
    return a != PROJECTION_NO_AXIS && b != PROJECTION_NO_AXIS &&
           sweep_axis(sweep, a)->dimension == sweep_axis(sweep, b)->dimension;
}

/* The axis with the largest main effect that is still free; axes that vary come before those that
 * do not. */
static uint32_t strongest(const struct plan *plan, const double *share, uint32_t taken)
{
    uint32_t best = PROJECTION_NO_AXIS;
    double best_score = -3;
    for (uint32_t a = 0; a < sweep_n_axes(plan->sweep); a++) {
        if (same_dimension(plan->sweep, a, taken) ||
            same_dimension(plan->sweep, a, plan->facet_axis) || plan->held[a] != PROJECTION_FREE ||
            sweep_axis(plan->sweep, a)->n_levels > HEATMAP_LEVELS_MAX)
            continue;
        double score = sweep_axis(plan->sweep, a)->n_levels < 2 ? -2
                       : isnan(share[a])                        ? -1
                                                                : share[a];
        if (score > best_score) {
            best_score = score;
            best = a;
        }
    }
    return best;
}

static enum err check_axis(const struct plan *plan, uint32_t axis, const char *option,
                           struct err_note *note)
{
    if (axis == PROJECTION_NO_AXIS)
        return OK;
    const struct sweep_axis *a = sweep_axis(plan->sweep, axis);
    if (plan->held[axis] != PROJECTION_FREE)
        return err_set(note, ERR_RANGE, "--%s %s is also held by --fix: drop one of them", option,
                       a->label);
    if (same_dimension(plan->sweep, axis, plan->facet_axis))
        return err_set(note, ERR_RANGE,
                       "--%s %s does not vary inside a panel of --facet %s: choose another", option,
                       a->label, plan->request->facet);
    if (a->n_levels > HEATMAP_LEVELS_MAX)
        return err_set(note, ERR_RANGE,
                       "--%s %s has %u levels, a picture shows at most %u: choose another axis",
                       option, a->label, a->n_levels, HEATMAP_LEVELS_MAX);
    return OK;
}

static enum err choose_axes(struct plan *plan, struct err_note *note)
{
    const struct picture_request *request = plan->request;
    double share[SWEEP_AXES_MAX] = {0};
    enum err err = OK;
    if (request->x)
        err = find_axis(plan->sweep, request->x, &plan->x, note);
    if (!err && request->y)
        err = find_axis(plan->sweep, request->y, &plan->y, note);
    if (!err)
        err = projection_main_effects(plan->sweep, plan->objective_values, NULL, plan->n_points,
                                      share);
    if (err)
        return err;
    if (!request->x)
        plan->x = strongest(plan, share, plan->y);
    if (!request->y)
        plan->y = strongest(plan, share, plan->x);
    err = check_axis(plan, plan->x, "x", note);
    return err ? err : check_axis(plan, plan->y, "y", note);
}

static enum err load(const struct plan *plan, uint32_t scenario, uint32_t period, uint32_t metric,
                     double *values, struct err_note *note)
{
    struct results_query query = {
        .scenario = scenario, .period = period, .metrics = &metric, .n_metrics = 1};
    return results_columns(plan->run, &query, &values, NULL, note);
}

static enum err load_columns(struct plan *plan, struct err_note *note)
{
    plan->n_points = sweep_n_points(plan->sweep);
    if (plan->n_points <= RESULTS_POINTS_MAX) {
        plan->values = malloc(plan->n_points * sizeof(double));
        plan->objective_values = malloc(plan->n_points * sizeof(double));
    }
    if (!plan->values || !plan->objective_values)
        return err_set(note, ERR_NOMEM, "%llu points do not fit the memory: export the run instead",
                       (unsigned long long)plan->n_points);
    enum err err = load(plan, 0, 0, plan->objective, plan->objective_values, note);
    if (err)
        return err;
    if (plan->metric != plan->objective || plan->scenario != 0 || plan->period != 0)
        return load(plan, plan->scenario, plan->period, plan->metric, plan->values, note);
    memcpy(plan->values, plan->objective_values, plan->n_points * sizeof(double));
    return OK;
}

static enum err choose_mark(struct plan *plan, struct err_note *note)
{
    uint32_t scenario;
    if (plan->request->mark)
        return results_parse_cell(plan->run, plan->request->mark, &plan->chosen, &scenario, note);
    plan->chosen = projection_best(plan->objective_values, plan->n_points,
                                   METRIC_INFO[plan->objective].better);
    return OK;
}

static enum err make_plan(struct plan *plan, struct err_note *note)
{
    const struct picture_request *request = plan->request;
    const struct job *job = &plan->run->job;
    plan->sweep = job->sweep;
    plan->x = plan->y = plan->facet_axis = PROJECTION_NO_AXIS;
    plan->objective = results_objective(job);
    for (uint32_t a = 0; a < SWEEP_AXES_MAX; a++)
        plan->held[a] = PROJECTION_FREE;
    enum err err = results_find_metric(request->metric, &plan->metric, note);
    if (!err)
        err = results_find_scenario(job, request->scenario, &plan->scenario, note);
    if (!err)
        err = results_find_period(job, request->period, &plan->period, note);
    if (!err)
        err = read_fixes(plan, note);
    if (!err)
        err = read_facet(plan, note);
    if (!err)
        err = load_columns(plan, note);
    if (!err)
        err = choose_axes(plan, note);
    return err ? err : choose_mark(plan, note);
}

/* ---- panels ---- */

static uint32_t best_cell(const struct plan *plan, const double *values, uint64_t n)
{
    uint64_t best = projection_best(values, n, METRIC_INFO[plan->metric].better);
    return best == UINT64_MAX ? HEATMAP_NO_CELL : (uint32_t)best;
}

/* The chosen point's cell, unless it lies on another level of a held axis. */
static uint32_t chosen_cell(const struct plan *plan, const uint32_t *held, uint32_t nx)
{
    uint32_t levels[SWEEP_AXES_MAX];
    if (plan->chosen == UINT64_MAX)
        return HEATMAP_NO_CELL;
    sweep_levels(plan->sweep, plan->chosen, levels);
    for (uint32_t a = 0; a < sweep_n_axes(plan->sweep); a++)
        if (held[a] != PROJECTION_FREE && held[a] != levels[a])
            return HEATMAP_NO_CELL;
    uint32_t x = plan->x == PROJECTION_NO_AXIS ? 0 : levels[plan->x],
             y = plan->y == PROJECTION_NO_AXIS ? 0 : levels[plan->y];
    return y * nx + x;
}

static enum err make_panel(struct picture *picture, struct plan *plan, uint32_t p,
                           struct err_note *note)
{
    uint32_t held[SWEEP_AXES_MAX], scenario = plan->scenario, period = plan->period;
    const struct job *job = &plan->run->job;
    char *title = picture->panel_title[p];
    const size_t size = sizeof picture->panel_title[p];
    memcpy(held, plan->held, sizeof held);
    if (plan->facet == FACET_AXIS) {
        const struct sweep_axis *axis = sweep_axis(plan->sweep, plan->facet_axis);
        held[plan->facet_axis] = p;
        snprintf(title, size, "%s = %s", axis->label, axis->texts[p]);
    } else if (plan->facet == FACET_SCENARIO) {
        scenario = p;
        snprintf(title, size, "%s", job->scenarios[p].name);
    } else if (plan->facet == FACET_PERIOD) {
        period = p;
        snprintf(title, size, "%s", results_period_name(job, p));
    }
    enum err err = OK;
    if (scenario != plan->scenario || period != plan->period ||
        ((plan->facet == FACET_SCENARIO || plan->facet == FACET_PERIOD) && p > 0))
        err = load(plan, scenario, period, plan->metric, plan->values, note);
    struct projection_request request = {.sweep = plan->sweep,
                                         .x = plan->x,
                                         .y = plan->y,
                                         .held = held,
                                         .values = plan->values,
                                         .n_points = plan->n_points};
    struct projection *projection = &picture->panel[p];
    if (!err)
        err = projection_make(projection, &request, note);
    if (err)
        return err;
    const double *values = projection->value[plan->request->statistic];
    picture->panels[p] = (struct heatmap_panel){
        .title = title,
        .value = values,
        .best = best_cell(plan, values, (uint64_t)projection->nx * projection->ny),
        .chosen = chosen_cell(plan, held, projection->nx),
    };
    return OK;
}

/* ---- words ---- */

static const char *const no_axis_labels[] = {""};

static struct heatmap_axis picture_axis(const struct sweep *sweep, uint32_t axis)
{
    if (axis == PROJECTION_NO_AXIS)
        return (struct heatmap_axis){.title = "", .labels = no_axis_labels, .n = 1};
    const struct sweep_axis *a = sweep_axis(sweep, axis);
    return (struct heatmap_axis){.title = a->path,
                                 .labels = (const char *const *)a->texts,
                                 .n = a->n_levels,
                                 .categorical = a->spacing == SWEEP_CATEGORICAL};
}

static void add(char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void add(char *text, size_t size, const char *format, ...)
{
    va_list args;
    size_t used = strlen(text);
    va_start(args, format);
    vsnprintf(text + used, size - used, format, args);
    va_end(args);
}

/* "baseline, train, median over exit_ma and 2 other axes, stop = 2.50, run sp500-1a2b3c4d" */
static void write_subtitle(struct picture *picture, const struct plan *plan)
{
    char *text = picture->subtitle, last[128] = "";
    const size_t size = sizeof picture->subtitle;
    uint32_t n_free = 0;
    text[0] = '\0';
    if (plan->facet != FACET_SCENARIO)
        add(text, size, "%s, ", plan->run->job.scenarios[plan->scenario].name);
    if (plan->facet != FACET_PERIOD)
        add(text, size, "%s, ", results_period_name(&plan->run->job, plan->period));
    for (uint32_t a = 0; a < sweep_n_axes(plan->sweep); a++) {
        const struct sweep_axis *axis = sweep_axis(plan->sweep, a);
        if (plan->held[a] != PROJECTION_FREE) {
            add(text, size, "%s = %s, ", axis->label, axis->texts[plan->held[a]]);
        } else if (!same_dimension(plan->sweep, a, plan->x) &&
                   !same_dimension(plan->sweep, a, plan->y) &&
                   !same_dimension(plan->sweep, a, plan->facet_axis) && axis->n_levels > 1) {
            n_free++;
            snprintf(last, sizeof last, "%s", axis->label);
        }
    }
    const char *statistic = PROJECTION_NAMES[plan->request->statistic];
    if (n_free == 1)
        add(text, size, "%s over %s, ", statistic, last);
    else if (n_free > 1)
        add(text, size, "%s over the %u other axes, ", statistic, n_free);
    add(text, size, "run %s", plan->run->id);
}

static void write_words(struct picture *picture, const struct plan *plan)
{
    const struct metric_info *info = &METRIC_INFO[plan->metric];
    snprintf(picture->title, sizeof picture->title, "%s", info->text);
    picture->title[0] = (char)toupper((unsigned char)picture->title[0]);
    snprintf(picture->value_title, sizeof picture->value_title, "%s%s%s%s%s", info->name,
             strcmp(info->unit, "1") ? " (" : "", strcmp(info->unit, "1") ? info->unit : "",
             strcmp(info->unit, "1") ? ")" : "",
             info->better > 0   ? ", higher is better"
             : info->better < 0 ? ", lower is better"
                                : "");
    if (plan->request->mark)
        snprintf(picture->chosen_title, sizeof picture->chosen_title, "point %llu",
                 (unsigned long long)plan->chosen);
    else if (plan->chosen != UINT64_MAX)
        snprintf(picture->chosen_title, sizeof picture->chosen_title,
                 "point %llu, best %s of all (%s, %s)", (unsigned long long)plan->chosen,
                 METRIC_INFO[plan->objective].name, plan->run->job.scenarios[0].name,
                 results_period_name(&plan->run->job, 0));
    write_subtitle(picture, plan);
    picture->map =
        (struct heatmap){.title = picture->title,
                         .subtitle = picture->subtitle,
                         .value_title = picture->value_title,
                         .chosen_title = plan->chosen == UINT64_MAX ? NULL : picture->chosen_title,
                         .x = picture_axis(plan->sweep, plan->x),
                         .y = picture_axis(plan->sweep, plan->y),
                         .panels = picture->panels,
                         .n_panels = plan->n_panels};
}

enum err picture_make(struct picture *out, const struct run_dir *run,
                      const struct picture_request *request, struct err_note *note)
{
    struct plan plan = {.run = run, .request = request};
    memset(out, 0, sizeof *out);
    enum err err = make_plan(&plan, note);
    for (uint32_t p = 0; p < plan.n_panels && !err; p++)
        err = make_panel(out, &plan, p, note);
    if (err)
        picture_free(out);
    else {
        out->metric = plan.metric;
        write_words(out, &plan);
    }
    free(plan.values);
    free(plan.objective_values);
    return err;
}

void picture_free(struct picture *picture)
{
    for (uint32_t p = 0; p < HEATMAP_PANELS_MAX; p++)
        projection_free(&picture->panel[p]);
}
