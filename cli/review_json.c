/* A review for programs: docs/review.schema.json is its form. */
#include "cli/review_report.h"
#include "engine/metrics.h"
#include "review/figures.h"
#include <jansson.h>
#include <math.h>
#include <string.h>

/* JSON knows neither NaN (null: not known) nor infinity ("inf"). */
static json_t *number(double value)
{
    if (isnan(value))
        return json_null();
    return isinf(value) ? json_string(value > 0.0 ? "inf" : "-inf") : json_real(value);
}

static json_t *figures(const struct review *r)
{
    double values[N_FIGURES];
    json_t *groups = json_object();
    figures_of(r, values);
    for (int i = 0; i < N_FIGURES; i++) {
        json_t *group = json_object_get(groups, FIGURES[i].group);
        if (!group) {
            group = json_object();
            json_object_set_new(groups, FIGURES[i].group, group);
        }
        json_t *value = strcmp(FIGURES[i].unit, "flag") != 0 || isnan(values[i])
                            ? number(values[i])
                            : json_boolean(values[i] != 0.0);
        json_object_set_new(group, FIGURES[i].name, value);
    }
    return groups;
}

static json_t *pick(const struct review_report *report, const char *name, uint64_t point,
                    const struct surface_point *at, double validation)
{
    const struct sweep *sweep = report->run->job.sweep;
    uint32_t levels[SWEEP_AXES_MAX];
    if (point == REVIEW_NONE)
        return json_null();
    json_t *parameters = json_object();
    sweep_levels(sweep, point, levels);
    for (uint32_t a = 0; a < sweep_n_axes(sweep); a++)
        json_object_set_new(parameters, sweep_axis(sweep, a)->label,
                            json_string(sweep_axis(sweep, a)->texts[levels[a]]));
    json_t *out = json_object();
    json_object_set_new(out, "pick", json_string(name));
    json_object_set_new(out, "point", json_integer((json_int_t)point));
    json_object_set_new(out, "parameters", parameters);
    json_object_set_new(out, "train", number(report->data->f[point]));
    json_object_set_new(out, "validation", number(validation));
    json_object_set_new(out, "worst_neighbour", number(at->nb_min));
    json_object_set_new(out, "median_neighbour", number(at->nb_median));
    return out;
}

static json_t *verdict(const struct review *r)
{
    char words[512];
    json_t *reasons = json_array();
    for (uint32_t i = 0; i < review_n_reasons(r); i++) {
        json_t *reason = json_object();
        json_object_set_new(reason, "name", json_string(review_reason(r, i, words, sizeof words)));
        json_object_set_new(reason, "words", json_string(words));
        json_array_append_new(reasons, reason);
    }
    json_t *limits = json_object();
#define X(name, value, text) json_object_set_new(limits, #name, json_real(r->limits.name));
    VERDICT_LIMIT_TABLE(X)
#undef X
    json_t *out = json_object();
    json_object_set_new(out, "class", json_string(VERDICT_NAME[r->verdict.class]));
    json_object_set_new(out, "flat_good", json_boolean(r->verdict.flat_good));
    json_object_set_new(out, "reasons", reasons);
    json_object_set_new(out, "limits", limits);
    return out;
}

static json_t *axes(const struct review_report *report)
{
    const struct sweep *sweep = report->run->job.sweep;
    const struct review *r = report->review;
    json_t *out = json_array();
    for (uint32_t d = 0; d < sweep_n_dimensions(sweep) && d < SURFACE_AXES_MAX; d++) {
        char name[512];
        json_t *axis = json_object();
        grid_dimension_name(sweep, d, name, sizeof name);
        json_object_set_new(axis, "axis", json_string(name));
        json_object_set_new(axis, "sobol_first", number(r->sobol.first[d]));
        json_object_set_new(axis, "sobol_total", number(r->sobol.total[d]));
        json_object_set_new(axis, "gradient", number(r->at_chosen.grad[d]));
        json_object_set_new(axis, "curvature", number(r->at_chosen.curv[d]));
        json_array_append_new(out, axis);
    }
    return out;
}

static json_t *folds(const struct fold_review *f)
{
    json_t *windows = json_array(), *paths = json_array(), *picks = json_array();
    for (size_t i = 0; i < f->walk.n_windows; i++) {
        const struct walk_forward_window *w = &f->windows[i];
        json_array_append_new(
            windows,
            json_pack("{s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "is_begin", (json_int_t)w->is_begin,
                      "is_end", (json_int_t)w->is_end, "oos_begin", (json_int_t)w->oos_begin,
                      "oos_end", (json_int_t)w->oos_end, "pick", (json_int_t)w->pick, "is_return",
                      number(w->is_ann), "oos_return", number(w->oos_ann)));
    }
    for (uint32_t j = 0; j < f->cpcv.n_paths; j++)
        json_array_append_new(paths, number(f->path_sharpe[j]));
    for (uint32_t s = 0; s < f->cpcv.n_splits; s++)
        json_array_append_new(picks, json_integer((json_int_t)f->split_pick[s]));
    return json_pack("{s:o, s:o, s:o}", "windows", windows, "path_sharpe", paths, "split_picks",
                     picks);
}

static json_t *scenarios(const struct review_report *report)
{
    const struct review_data *data = report->data;
    json_t *out = json_array();
    double base = data->f[report->review->chosen];
    for (uint32_t s = 0; s <= data->n_stress; s++) {
        double value = data->f[s * data->n_points + report->review->chosen];
        json_t *scenario = json_object();
        json_object_set_new(scenario, "scenario",
                            json_string(report->run->job.scenarios[data->scenario[s]].name));
        json_object_set_new(scenario, "train", number(value));
        json_object_set_new(scenario, "retained", number(base > 0.0 ? value / base : (double)NAN));
        json_array_append_new(out, scenario);
    }
    return out;
}

static json_t *ledger(const struct review_report *report)
{
    json_t *out = json_object();
    json_object_set_new(out, "used", json_boolean(report->ledger_used));
    json_object_set_new(out, "distinct_points", json_integer((json_int_t)report->ledger_points));
    json_object_set_new(out, "holdout_opened",
                        report->opened[0] ? json_string(report->opened) : json_null());
    json_object_set_new(out, "holdout_openings",
                        json_integer((json_int_t)report->holdout_openings));
    return out;
}

static json_t *picks(const struct review_report *report)
{
    const struct review *r = report->review;
    json_t *out = json_object();
    json_object_set_new(out, "chosen",
                        pick(report, "chosen", r->chosen, &r->at_chosen, r->val_chosen));
    json_object_set_new(out, "robust",
                        pick(report, "robust", r->robust, &r->at_robust, r->val_robust));
    json_object_set_new(out, "peak", pick(report, "peak", r->peak, &r->at_peak, r->val_peak));
    return out;
}

json_t *review_report_tree(const struct review_report *report)
{
    const struct review *r = report->review;
    json_t *root = json_object(), *notes = json_array(), *ranks = json_array();
    for (uint32_t i = 0; i < r->n_notes; i++)
        json_array_append_new(notes, json_string(r->note[i]));
    for (int i = 0; i < REVIEW_DECILES; i++)
        json_array_append_new(ranks, number(r->rank_share[i]));
    json_object_set_new(root, "format", json_string("plateau review 1"));
    json_object_set_new(root, "run", json_string(report->run->id));
    json_object_set_new(root, "objective", json_string(METRIC_INFO[report->objective].name));
    json_object_set_new(root, "verdict", verdict(r));
    json_object_set_new(root, "picks", picks(report));
    json_object_set_new(root, "figures", figures(r));
    json_object_set_new(root, "folds", folds(&r->folds));
    json_object_set_new(root, "axes", axes(report));
    json_object_set_new(root, "scenarios", scenarios(report));
    json_object_set_new(root, "rank_share", ranks);
    json_object_set_new(root, "ledger", ledger(report));
    json_object_set_new(root, "notes", notes);
    return root;
}

enum err review_report_json(const struct review_report *report, FILE *out)
{
    json_t *root = review_report_tree(report);
    bool ok = root && json_dumpf(root, out, JSON_INDENT(1) | JSON_REAL_PRECISION(17)) == 0 &&
              fputc('\n', out) != EOF;
    json_decref(root);
    return ok ? OK : ERR_IO;
}
