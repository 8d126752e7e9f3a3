/* The functions of statistics.md sections 2 to 5 and 7 behind the names of the cases; section 6:
 * golden_grid.c. */
#include "engine/metrics.h"
#include "review/statistics/cpcv.h"
#include "review/statistics/cscv.h"
#include "review/statistics/draws.h"
#include "review/statistics/entry_permutation.h"
#include "review/statistics/reality_check.h"
#include "review/statistics/sharpe.h"
#include "review/statistics/stationary.h"
#include "review/statistics/trade_bootstrap.h"
#include "review/statistics/trials.h"
#include "review/statistics/walk_forward.h"
#include "tests/golden/golden.h"
#include "tests/golden/golden_grid.h"
#include "tests/golden/golden_json.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAYS_A_YEAR 252.0

static struct sharpe_estimate estimate_of(const json_t *one)
{
    return (struct sharpe_estimate){golden_field(one, "sr", NAN), golden_field(one, "T", NAN),
                                    golden_field(one, "skew", 0.0), golden_field(one, "kurt", 3.0)};
}

static json_t *psr_set(const json_t *inputs)
{
    const json_t *cases = json_object_get(inputs, "cases");
    json_t *got = json_array();
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);
        const struct sharpe_estimate e = estimate_of(one);
        double star = golden_field(one, "sr_star", 0.0);
        json_t *row = json_object();
        golden_set(row, "psr", sharpe_psr(&e, star));
        golden_set(row, "psr_h0", sharpe_psr_h0(&e, star));
        golden_set(row, "min_trl", sharpe_min_trl(&e, star, golden_field(one, "c", 0.95)));
        json_array_append_new(got, row);
    }
    return got;
}

static json_t *dsr_set(const json_t *inputs)
{
    const json_t *cases = json_object_get(inputs, "cases");
    json_t *got = json_array();
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);
        const struct sharpe_estimate e = estimate_of(one);
        double luck =
            sharpe_luck(golden_field(one, "trial_sr_var", NAN), golden_field(one, "n_eff", NAN));
        json_t *row = json_object();
        golden_set(row, "sr0", luck);
        golden_set(row, "dsr", sharpe_psr(&e, luck));
        json_array_append_new(got, row);
    }
    return got;
}

static json_t *emax(const json_t *inputs)
{
    const json_t *n = json_object_get(inputs, "N");
    double annual = golden_field(inputs, "sr_annual", 1.0);
    json_t *got = json_array();
    for (size_t i = 0; i < json_array_size(n); i++) {
        double trials = golden_double(json_array_get(n, i));
        json_t *row = json_object();
        golden_set(row, "emax", sharpe_emax(trials));
        golden_set(row, "min_btl", sharpe_min_btl(trials, annual));
        golden_set(row, "bound", sharpe_min_btl_bound(trials, annual));
        json_array_append_new(got, row);
    }
    return got;
}

static void set_effective(json_t *got, const struct trials_effective *e)
{
    golden_set_integer(got, "n_used", (int64_t)e->n_used);
    golden_set(got, "avg_corr", e->avg_corr);
    golden_set(got, "neff_avgcorr", e->by_avg_corr);
    golden_set(got, "neff_pr", e->by_participation);
    golden_set(got, "neff_entropy", e->by_entropy);
}

static json_t *neff(const json_t *inputs)
{
    size_t n, n_days;
    double *series = golden_series(json_object_get(inputs, "returns"), &n, &n_days);
    struct trials_effective e;
    json_t *got = NULL;
    if (trials_effective(&e, series, n, n_days) == OK) {
        got = json_object();
        set_effective(got, &e);
    }
    free(series);
    return got;
}

static json_t *dsr_pipeline(const json_t *inputs)
{
    size_t n, n_days;
    double *series = golden_series(json_object_get(inputs, "returns"), &n, &n_days);
    struct trials_deflated d;
    json_t *got = NULL;
    if (trials_deflated(&d, series, n, n_days, (size_t)golden_field(inputs, "pick", 0.0)) == OK) {
        got = json_object();
        set_effective(got, &d.effective);
        golden_set(got, "sr", d.sr);
        golden_set(got, "skew", d.skew);
        golden_set(got, "kurt", d.kurt);
        golden_set(got, "trial_sr_var", d.trial_variance);
        golden_set(got, "sr0_entropy", d.luck_entropy);
        golden_set(got, "dsr_entropy", d.dsr_entropy);
        golden_set(got, "sr0_avgcorr", d.luck_avg_corr);
        golden_set(got, "dsr_avgcorr", d.dsr_avg_corr);
        golden_set(got, "sr0_raw", d.luck_raw);
        golden_set(got, "dsr_raw", d.dsr_raw);
        golden_set(got, "psr0", d.psr0);
        golden_set(got, "min_trl", d.min_trl);
    }
    free(series);
    return got;
}

/* ---- cscv ---- */

static void set_splits(json_t *got, const struct cscv_split *splits, uint32_t n,
                       const uint32_t *column)
{
    json_t *star = json_array(), *logits = json_array(), *omega = json_array(), *is = json_array(),
           *oos = json_array();
    for (uint32_t c = 0; c < n; c++) {
        json_array_append_new(star, json_integer(column[splits[c].star]));
        json_array_append_new(logits, golden_number(splits[c].logit));
        json_array_append_new(omega, golden_number(splits[c].omega));
        json_array_append_new(is, golden_number(splits[c].r_is));
        json_array_append_new(oos, golden_number(splits[c].r_oos));
    }
    json_object_set_new(got, "star", star);
    json_object_set_new(got, "logits", logits);
    json_object_set_new(got, "omega", omega);
    json_object_set_new(got, "r_is", is);
    json_object_set_new(got, "r_oos", oos);
}

static json_t *cscv_answer(const struct cscv_input *in, const uint32_t *column)
{
    struct cscv_result r;
    struct cscv_split *splits = golden_allocate(cscv_n_splits(in->n_blocks), sizeof *splits);
    json_t *got = NULL;
    if (cscv_run(in, &r, splits) == OK) {
        got = json_object();
        golden_set_integer(got, "n_splits", r.n_splits);
        golden_set(got, "pbo", r.pbo);
        golden_set(got, "logit_mean", r.logit_mean);
        golden_set(got, "logit_median", r.logit_median);
        golden_set(got, "degr_slope", r.degr_slope);
        golden_set(got, "degr_intercept", r.degr_intercept);
        golden_set(got, "degr_r2", r.degr_r2);
        golden_set(got, "mean_is", r.mean_is);
        golden_set(got, "mean_oos", r.mean_oos);
        golden_set(got, "prob_loss", r.prob_loss);
        json_object_set_new(got, "fsd", json_boolean(r.fsd));
        json_object_set_new(got, "ssd", json_boolean(r.ssd));
        golden_set(got, "ssd_min", r.ssd_min);
        golden_set(got, "sd1_max_gap", r.sd1_max_gap);
        set_splits(got, splits, r.n_splits, column);
    }
    free(splits);
    return got;
}

/* Keeps the configurations whose values are all finite; column[] = where they stood. */
static size_t drop_failed(double *v, size_t n, size_t width, uint32_t *column)
{
    size_t kept = 0;
    for (size_t k = 0; k < n; k++) {
        double check = 0.0;
        for (size_t t = 0; t < width; t++)
            check += v[k * width + t] - v[k * width + t];
        if (check != 0.0)
            continue;
        memmove(v + kept * width, v + k * width, width * sizeof *v);
        column[kept++] = (uint32_t)k;
    }
    return kept;
}

static json_t *cscv(const json_t *inputs)
{
    size_t n, n_days;
    double *series = golden_series(json_object_get(inputs, "returns"), &n, &n_days);
    double rf = golden_field(inputs, "rf", 0.0);
    uint32_t n_blocks = (uint32_t)golden_field(inputs, "S", 16.0);
    uint32_t *bounds = golden_allocate(n_blocks + 1, sizeof *bounds);
    uint32_t *column = golden_allocate(n, sizeof *column);
    double *periods = golden_allocate(n_blocks, sizeof *periods);
    double *sums = golden_allocate(2 * n * n_blocks, sizeof *sums), *squares = sums + n * n_blocks;
    json_t *got = NULL;
    n = drop_failed(series, n, n_days, column);
    for (size_t i = 0; i < n * n_days; i++)
        series[i] -= rf;
    metrics_block_bounds(n_days, n_blocks, bounds);
    for (uint32_t b = 0; b < n_blocks; b++)
        periods[b] = bounds[b + 1] - bounds[b];
    for (size_t k = 0; k < n; k++)
        metrics_block_sums(series + k * n_days, bounds, n_blocks, sums + k * n_blocks,
                           squares + k * n_blocks);
    const struct cscv_input in = {.n_configs = n,
                                  .n_blocks = n_blocks,
                                  .n_periods = periods,
                                  .sum = sums,
                                  .sumsq = squares,
                                  .periods_per_year = golden_field(inputs, "A", DAYS_A_YEAR),
                                  .loss_threshold = golden_field(inputs, "threshold", 0.0)};
    if (n_days >= 2 * (size_t)n_blocks)
        got = cscv_answer(&in, column);
    free(series);
    free(bounds);
    free(column);
    free(periods);
    free(sums);
    return got;
}

static json_t *cscv_blocks(const json_t *inputs)
{
    size_t n, n_blocks;
    double *periods = golden_doubles(json_object_get(inputs, "n"));
    double *sums = golden_series(json_object_get(inputs, "s"), &n, &n_blocks);
    double *squares = golden_series(json_object_get(inputs, "q"), &n, &n_blocks);
    uint32_t *column = golden_allocate(n, sizeof *column);
    for (size_t k = 0; k < n; k++)
        column[k] = (uint32_t)k;
    const struct cscv_input in = {.n_configs = n,
                                  .n_blocks = (uint32_t)n_blocks,
                                  .n_periods = periods,
                                  .sum = sums,
                                  .sumsq = squares,
                                  .periods_per_year = golden_field(inputs, "A", DAYS_A_YEAR),
                                  .loss_threshold = golden_field(inputs, "threshold", 0.0)};
    json_t *got = cscv_answer(&in, column);
    free(periods);
    free(sums);
    free(squares);
    free(column);
    return got;
}

/* ---- resampling ---- */

static uint64_t integer_field(const json_t *inputs, const char *name)
{
    return (uint64_t)json_integer_value(json_object_get(inputs, name));
}

static json_t *rc_spa(const json_t *inputs)
{
    struct reality_check_input in = {.q = golden_field(inputs, "q", 0.1),
                                     .n_iterations = (uint32_t)golden_field(inputs, "B", 1000.0),
                                     .seed = integer_field(inputs, "seed")};
    double *excess = golden_series(json_object_get(inputs, "excess"), &in.n, &in.n_days);
    in.excess = excess;
    struct reality_check r;
    json_t *got = NULL;
    if (reality_check_run(&r, &in) == OK) {
        got = json_object();
        golden_set(got, "rc_stat", r.rc_stat);
        golden_set(got, "spa_stat", r.spa_stat);
        golden_set(got, "p_rc", r.p_rc);
        golden_set(got, "p_spa_l", r.p_spa_l);
        golden_set(got, "p_spa_c", r.p_spa_c);
        golden_set(got, "p_spa_u", r.p_spa_u);
        golden_set_integer(got, "n_used", (int64_t)r.n_used);
    }
    free(excess);
    return got;
}

static json_t *philox_words(const json_t *inputs)
{
    struct draws draws;
    json_t *got = json_array();
    draws_start(&draws, integer_field(inputs, "seed"), (uint32_t)integer_field(inputs, "tag"),
                integer_field(inputs, "unit"), (uint32_t)integer_field(inputs, "it"));
    for (uint64_t i = 0; i < integer_field(inputs, "count"); i++)
        json_array_append_new(got, json_integer(draws_word(&draws, i)));
    return got;
}

static json_t *stationary(const json_t *inputs)
{
    const json_t *iterations = json_object_get(inputs, "iterations");
    size_t n_days = (size_t)integer_field(inputs, "T");
    uint32_t *index = golden_allocate(n_days, sizeof *index);
    json_t *got = json_array();
    for (size_t i = 0; i < json_array_size(iterations); i++) {
        stationary_indices(index, n_days, golden_field(inputs, "q", 0.1),
                           integer_field(inputs, "seed"), integer_field(inputs, "unit"),
                           (uint32_t)json_integer_value(json_array_get(iterations, i)));
        json_array_append_new(got, golden_integer_list(index, n_days));
    }
    free(index);
    return got;
}

static json_t *sb_variance(const json_t *inputs)
{
    const json_t *values = json_object_get(inputs, "d");
    double *d = golden_doubles(values);
    json_t *got = json_object();
    golden_set(got, "omega2",
               stationary_variance(d, json_array_size(values), golden_field(inputs, "q", 0.1)));
    free(d);
    return got;
}

static void set_interval(json_t *got, const char *name, const struct bootstrap_interval *i)
{
    char key[64];
    const struct {
        const char *suffix;
        double value;
    } rows[] = {
        {"point", i->point}, {"lo", i->lo}, {"p05", i->p05}, {"med", i->med}, {"hi", i->hi}};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        snprintf(key, sizeof key, "%s_%s", name, rows[r].suffix);
        golden_set(got, key, rows[r].value);
    }
    snprintf(key, sizeof key, "%s_undef", name);
    golden_set_integer(got, key, i->undefined);
}

static json_t *trade_bootstrap(const json_t *inputs)
{
    const json_t *list = json_object_get(inputs, "r_mult");
    double *r = golden_doubles(list);
    struct trade_bootstrap t;
    json_t *got = NULL;
    if (trade_bootstrap_run(&t, r, json_array_size(list), golden_field(inputs, "years", 1.0),
                            golden_field(inputs, "f", 0.01),
                            (uint32_t)golden_field(inputs, "B", 1000.0),
                            integer_field(inputs, "seed"), integer_field(inputs, "unit")) == OK) {
        got = json_object();
        golden_set_integer(got, "n", (int64_t)t.n);
        set_interval(got, "sharpe", &t.sharpe);
        set_interval(got, "cagr", &t.cagr);
        set_interval(got, "mdd", &t.mdd);
        set_interval(got, "calmar", &t.calmar);
        golden_set(got, "p_nonpos", t.p_nonpos);
    }
    free(r);
    return got;
}

static json_t *entry_permutation(const json_t *inputs)
{
    const json_t *market = json_object_get(inputs, "market"),
                 *weights = json_object_get(inputs, "weight");
    size_t n = json_array_size(json_object_get(inputs, "entry"));
    double *m = golden_doubles(market);
    int32_t *entry = golden_integers(json_object_get(inputs, "entry"));
    int32_t *exit = golden_integers(json_object_get(inputs, "exit_"));
    struct entry_trade *trades = golden_allocate(n, sizeof *trades);
    struct entry_permutation e;
    json_t *got = NULL;
    for (size_t i = 0; i < n; i++) {
        const json_t *weight = json_array_get(weights, i);
        trades[i] = (struct entry_trade){entry[i], exit[i], weight ? golden_double(weight) : 1.0};
    }
    if (entry_permutation_run(&e, m, json_array_size(market), trades, n,
                              (uint32_t)golden_field(inputs, "B", 1000.0),
                              integer_field(inputs, "seed"), integer_field(inputs, "unit")) == OK) {
        got = json_object();
        golden_set(got, "stat", e.stat);
        golden_set(got, "p", e.p);
        golden_set(got, "null_mean", e.null_mean);
        json_object_set_new(got, "mode", json_string(ENTRY_MODE_NAME[e.mode]));
    }
    free(m);
    free(entry);
    free(exit);
    free(trades);
    return got;
}

/* ---- folds ---- */

static json_t *cpcv(const json_t *inputs)
{
    const struct cpcv_plan plan = {.n_groups = (uint32_t)golden_field(inputs, "n_groups", 6.0),
                                   .k = (uint32_t)golden_field(inputs, "k", 2.0),
                                   .purge = (size_t)golden_field(inputs, "purge", 0.0),
                                   .embargo = (size_t)golden_field(inputs, "embargo", 0.0),
                                   .periods_per_year = golden_field(inputs, "A", DAYS_A_YEAR)};
    size_t n, n_days;
    double *series = golden_series(json_object_get(inputs, "returns"), &n, &n_days);
    uint32_t n_splits = cpcv_n_splits(&plan), n_paths = cpcv_n_paths(&plan);
    uint32_t *picks = golden_allocate(n_splits, sizeof *picks);
    uint32_t *layout = golden_allocate((size_t)n_paths * plan.n_groups, sizeof *layout);
    double *sharpe = golden_allocate(n_paths, sizeof *sharpe);
    struct cpcv_summary s;
    json_t *got = NULL;
    if (cpcv_run(&s, picks, sharpe, layout, &plan, series, n, n_days) == OK) {
        got = json_object();
        golden_set_integer(got, "n_splits", s.n_splits);
        golden_set_integer(got, "n_paths", s.n_paths);
        golden_set(got, "mean", s.mean);
        golden_set(got, "sd", s.sd);
        golden_set(got, "minimum", s.minimum);
        golden_set(got, "prob_loss", s.prob_loss);
        json_object_set_new(got, "picks", golden_integer_list(picks, n_splits));
        json_object_set_new(got, "path_sharpe", golden_list(sharpe, n_paths));
        json_t *paths = json_array();
        for (uint32_t j = 0; j < n_paths; j++)
            json_array_append_new(paths,
                                  golden_integer_list(layout + j * plan.n_groups, plan.n_groups));
        json_object_set_new(got, "path_splits", paths);
    }
    free(series);
    free(picks);
    free(layout);
    free(sharpe);
    return got;
}

static bool shape_of(const json_t *inputs, struct surface *grid)
{
    const json_t *shape = json_object_get(inputs, "shape"),
                 *kinds = json_object_get(inputs, "kinds");
    *grid = (struct surface){.n_axes = (uint32_t)json_array_size(shape)};
    for (uint32_t a = 0; a < grid->n_axes; a++) {
        const char *kind = json_string_value(json_array_get(kinds, a));
        grid->n_levels[a] = (uint32_t)json_integer_value(json_array_get(shape, a));
        grid->kind[a] = kind && strcmp(kind, "cat") == 0 ? SURFACE_CAT : SURFACE_NUM;
    }
    return surface_check(grid) == OK;
}

static json_t *walk_forward(const json_t *inputs)
{
    const struct walk_forward_plan plan = {
        .is_len = (size_t)golden_field(inputs, "is_len", 0.0),
        .oos_len = (size_t)golden_field(inputs, "oos_len", 0.0),
        .step = (size_t)golden_field(inputs, "step", 0.0),
        .gap = (size_t)golden_field(inputs, "gap", 0.0),
        .anchored = json_is_true(json_object_get(inputs, "anchored")),
        .periods_per_year = golden_field(inputs, "A", DAYS_A_YEAR)};
    size_t n, n_days;
    double *series = golden_series(json_object_get(inputs, "returns"), &n, &n_days);
    struct surface grid;
    bool has_grid = shape_of(inputs, &grid);
    struct walk_forward r;
    struct walk_forward_window *w =
        golden_allocate(walk_forward_n_windows(&plan, n_days), sizeof *w);
    json_t *got = NULL;
    if (walk_forward_run(&r, w, &plan, series, n, n_days, has_grid ? &grid : NULL) == OK) {
        got = json_object();
        golden_set_integer(got, "n_windows", (int64_t)r.n_windows);
        json_t *picks = json_array(), *is = json_array(), *oos = json_array();
        for (size_t i = 0; i < r.n_windows; i++) {
            json_array_append_new(picks, json_integer((json_int_t)w[i].pick));
            json_array_append_new(is, golden_number(w[i].is_ann));
            json_array_append_new(oos, golden_number(w[i].oos_ann));
        }
        json_object_set_new(got, "picks", picks);
        json_object_set_new(got, "is_ann", is);
        json_object_set_new(got, "oos_ann", oos);
        golden_set(got, "wfe", r.wfe);
        golden_set(got, "consistency", r.consistency);
        golden_set(got, "max_share", r.max_share);
        golden_set(got, "stitched_sharpe", r.stitched_sharpe);
        golden_set(got, "stitched_mean_ann", r.stitched_mean_ann);
        golden_set(got, "stitched_mdd", r.stitched_mdd);
        golden_set(got, "param_drift", r.param_drift);
    }
    free(series);
    free(w);
    return got;
}

json_t *golden_review(const char *function, const json_t *inputs)
{
    static const struct {
        const char *name;
        json_t *(*answer)(const json_t *inputs);
    } functions[] = {
        {"psr_set", psr_set},
        {"dsr_set", dsr_set},
        {"emax", emax},
        {"neff", neff},
        {"neff_from_returns", neff},
        {"dsr_pipeline", dsr_pipeline},
        {"cscv", cscv},
        {"cscv_brute", cscv}, /* the page's two names for one answer */
        {"cscv_blocks", cscv_blocks},
        {"rc_spa", rc_spa},
        {"philox_words", philox_words},
        {"stationary_indices", stationary},
        {"sb_variance", sb_variance},
        {"trade_bootstrap", trade_bootstrap},
        {"entry_permutation", entry_permutation},
        {"cpcv", cpcv},
        {"walk_forward", walk_forward},
        {"point_stability", golden_point_stability},
        {"grid_summary", golden_grid_summary},
        {"sobol_grid", golden_sobol_grid},
        {"scenario_robust", golden_scenario_robust},
        {"train_val", golden_train_val},
        {"verdict", golden_verdict},
    };
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        if (strcmp(function, functions[i].name) == 0)
            return functions[i].answer(inputs);
    return NULL;
}
