#include "tests/golden/golden_grid.h"
#include "review/statistics/agreement.h"
#include "review/statistics/scenarios.h"
#include "review/statistics/sobol_shares.h"
#include "review/statistics/verdict.h"
#include "tests/golden/golden.h"
#include "tests/golden/golden_json.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void free_surface(struct surface *s)
{
    free((double *)s->f);
}

/* A point as a list of level indices, or as its number. */
static size_t point_of(const struct surface *s, const json_t *value)
{
    size_t p = 0;
    if (!json_is_array(value))
        return (size_t)json_integer_value(value);
    for (uint32_t a = 0; a < s->n_axes; a++)
        p += (size_t)json_integer_value(json_array_get(value, a)) * s->stride[a];
    return p;
}

static json_t *point_json(const struct surface *s, const struct surface_point *p)
{
    json_t *got = json_object();
    golden_set(got, "f", p->f);
    golden_set_integer(got, "n_nb", p->n_nb);
    golden_set_integer(got, "n_valid", p->n_valid);
    golden_set(got, "coverage", p->coverage);
    golden_set(got, "nb_mean", p->nb_mean);
    golden_set(got, "nb_min", p->nb_min);
    golden_set(got, "nb_q25", p->nb_q25);
    golden_set(got, "nb_median", p->nb_median);
    golden_set(got, "plateau_ratio", p->plateau_ratio);
    golden_set(got, "worst_ratio", p->worst_ratio);
    golden_set(got, "step_drop", p->step_drop);
    json_object_set_new(got, "grad", golden_list(p->grad, s->n_axes));
    json_object_set_new(got, "curv", golden_list(p->curv, s->n_axes));
    json_object_set_new(got, "on_edge", json_boolean(p->on_edge));
    json_object_set_new(got, "sharp_peak", json_boolean(p->sharp_peak));
    golden_set_integer(got, "basin", p->basin);
    golden_set(got, "basin_frac", p->basin_frac);
    return got;
}

json_t *golden_point_stability(const json_t *inputs)
{
    const json_t *points = json_object_get(inputs, "points");
    struct surface s;
    struct surface_point p;
    golden_surface(json_object_get(inputs, "f"), json_object_get(inputs, "kinds"), &s);
    json_t *got = json_array();
    for (size_t i = 0; i < json_array_size(points); i++)
        if (surface_point_stability(&s, point_of(&s, json_array_get(points, i)), &p) == OK)
            json_array_append_new(got, point_json(&s, &p));
    free_surface(&s);
    return got;
}

json_t *golden_grid_summary(const json_t *inputs)
{
    struct surface s;
    struct surface_summary r;
    golden_surface(json_object_get(inputs, "f"), json_object_get(inputs, "kinds"), &s);
    json_t *got = NULL, *best = json_array();
    if (surface_summarise(&s, &r) == OK) {
        got = json_object();
        for (uint32_t a = 0; a < s.n_axes && r.best < s.n_points; a++)
            json_array_append_new(best, json_integer(surface_level(&s, r.best, a)));
        json_object_set(got, "best", best);
        golden_set_integer(got, "n_points", (int64_t)r.n_points);
        golden_set_integer(got, "n_valid", (int64_t)r.n_valid);
        golden_set(got, "missing", r.missing);
        golden_set(got, "best_value", r.best_value);
        golden_set(got, "mean", r.mean);
        golden_set(got, "median", r.median);
        golden_set(got, "sd", r.sd);
        golden_set(got, "frac_pos", r.frac_pos);
        golden_set(got, "best_z", r.best_z);
        golden_set(got, "top_threshold", r.top_threshold);
        golden_set_integer(got, "top_count", r.top_count);
        golden_set_integer(got, "top_components", r.top_components);
        golden_set(got, "top_concentration", r.top_concentration);
        golden_set(got, "moran_i", r.moran_i);
        golden_set(got, "moran_e", r.moran_e);
        golden_set(got, "moran_z", r.moran_z);
    }
    json_decref(best);
    free_surface(&s);
    return got;
}

json_t *golden_sobol_grid(const json_t *inputs)
{
    struct surface s;
    struct sobol_shares r;
    golden_surface(json_object_get(inputs, "f"), json_object_get(inputs, "kinds"), &s);
    json_t *got = NULL, *second = json_object();
    if (sobol_shares_run(&s, &r) == OK) {
        got = json_object();
        json_object_set_new(got, "first", golden_list(r.first, s.n_axes));
        json_object_set_new(got, "total", golden_list(r.total, s.n_axes));
        for (uint32_t a = 0; a < s.n_axes; a++)
            for (uint32_t b = a + 1; b < s.n_axes; b++) {
                char key[32];
                snprintf(key, sizeof key, "%u,%u", a, b);
                golden_set(second, key, r.second[a][b]);
            }
        json_object_set(got, "second", second);
        golden_set(got, "interaction", r.interaction);
        golden_set(got, "variance", r.variance);
        golden_set_integer(got, "imputed", (int64_t)r.imputed);
    }
    json_decref(second);
    free_surface(&s);
    return got;
}

json_t *golden_scenario_robust(const json_t *inputs)
{
    size_t n_points, n_scenarios;
    const json_t *rows = json_object_get(inputs, "F");
    n_scenarios = json_array_size(rows);
    n_points = json_array_size(json_array_get(rows, 0));
    double *f = golden_allocate(n_scenarios * n_points, sizeof *f);
    for (size_t s = 0; s < n_scenarios; s++)
        for (size_t p = 0; p < n_points; p++)
            f[s * n_points + p] = golden_double(json_array_get(json_array_get(rows, s), p));
    struct scenarios_robust r;
    json_t *got = NULL;
    if (scenarios_robust(&r, f, n_scenarios, n_points, (size_t)golden_field(inputs, "pick", 0.0)) ==
        OK) {
        int64_t none = r.n_eligible ? 0 : -1;
        got = json_object();
        golden_set_integer(got, "n_eligible", (int64_t)r.n_eligible);
        json_object_set_new(got, "pick_eligible", json_boolean(r.pick_eligible));
        golden_set_integer(got, "maximin_point", none ? none : (int64_t)r.maximin_point);
        golden_set_integer(got, "minimax_regret_point",
                           none ? none : (int64_t)r.minimax_regret_point);
        golden_set(got, "maximin_value", r.maximin_value);
        golden_set(got, "minimax_regret_value", r.minimax_regret_value);
        golden_set(got, "pick_worst", r.pick_worst);
        golden_set(got, "pick_regret", r.pick_regret);
        golden_set(got, "pick_frac_pos", r.pick_frac_pos);
        golden_set(got, "pick_retention", r.pick_retention);
    }
    free(f);
    return got;
}

json_t *golden_train_val(const json_t *inputs)
{
    struct surface train, validation;
    struct agreement r;
    golden_surface(json_object_get(inputs, "ftrain"), NULL, &train);
    golden_surface(json_object_get(inputs, "fval"), NULL, &validation);
    const json_t *pick = json_object_get(inputs, "pick");
    size_t at = pick && !json_is_null(pick) ? point_of(&train, pick) : AGREEMENT_PICK_BEST;
    json_t *got = NULL;
    if (agreement_measure(&r, train.f, validation.f, train.n_points, at) == OK) {
        got = json_object();
        golden_set_integer(got, "n", (int64_t)r.n);
        golden_set(got, "spearman", r.spearman);
        golden_set(got, "top_overlap", r.top_overlap);
        golden_set(got, "pick_val_pct", r.pick_val_pct);
        golden_set(got, "shrink", r.shrink);
    }
    free_surface(&train);
    free_surface(&validation);
    return got;
}

json_t *golden_verdict(const json_t *inputs)
{
    const json_t *cases = json_object_get(inputs, "cases");
    json_t *got = json_array();
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);
        const struct verdict_evidence e = {
            .n_trades = golden_field(one, "n_trades", NAN),
            .coverage = golden_field(one, "coverage", NAN),
            .pbo = golden_field(one, "pbo", NAN),
            .prob_loss = golden_field(one, "prob_loss", NAN),
            .val_frac_pos = golden_field(one, "val_frac_pos", NAN),
            .dsr = golden_field(one, "dsr", NAN),
            .val_perf = golden_field(one, "val_perf", NAN),
            .spearman = golden_field(one, "spearman", NAN),
            .plateau_ratio = golden_field(one, "plateau_ratio", NAN),
            .worst_ratio = golden_field(one, "worst_ratio", NAN),
            .basin_frac = golden_field(one, "basin_frac", NAN),
            .stress_retention = golden_field(one, "stress_retention", NAN),
            .top5_gross_share = golden_field(one, "top5_gross_share", NAN),
            .on_edge = json_is_true(json_object_get(one, "on_edge"))};
        struct verdict v;
        verdict_judge(&v, &e, &VERDICT_DEFAULT);
        json_t *reasons = json_array();
        for (uint32_t r = 0; r < v.n_reasons; r++)
            json_array_append_new(reasons, json_string(VERDICT_REASON_NAME[v.reason[r]]));
        json_array_append_new(
            got, json_pack("{s:s, s:o}", "verdict", VERDICT_NAME[v.class], "reasons", reasons));
    }
    return got;
}
