#include "review/review.h"
#include "review/statistics/robust_pick.h"
#include "review/statistics/sample.h"
#include "review/statistics/sharpe.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const double REVIEW_BLOCK_DAYS[REVIEW_BLOCK_LENGTHS] = {10.0, 5.0, 20.0};

void review_note(struct review *r, const char *format, ...)
{
    va_list arguments;
    if (r->n_notes == REVIEW_NOTES_MAX)
        return;
    va_start(arguments, format);
    vsnprintf(r->note[r->n_notes++], REVIEW_NOTE_MAX, format, arguments);
    va_end(arguments);
}

void review_free(struct review *r)
{
    free(r->splits);
    r->splits = NULL;
    fold_review_free(&r->folds);
}

/* ---- nothing known yet ---- */

static struct surface_point no_point(void)
{
    struct surface_point p = {.f = NAN,
                              .coverage = NAN,
                              .nb_mean = NAN,
                              .nb_min = NAN,
                              .nb_q25 = NAN,
                              .nb_median = NAN,
                              .plateau_ratio = NAN,
                              .worst_ratio = NAN,
                              .step_drop = NAN,
                              .basin_frac = NAN};
    for (uint32_t a = 0; a < SURFACE_AXES_MAX; a++)
        p.grad[a] = p.curv[a] = NAN;
    return p;
}

static void nothing_of_the_grid(struct review *r)
{
    r->at_robust = r->at_peak = r->at_chosen = no_point();
    r->val_robust = r->val_peak = r->val_chosen = r->robust_worst = r->val_holdout = NAN;
    r->grid = (struct surface_summary){.missing = NAN,
                                       .best_value = NAN,
                                       .mean = NAN,
                                       .median = NAN,
                                       .sd = NAN,
                                       .frac_pos = NAN,
                                       .best_z = NAN,
                                       .top_threshold = NAN,
                                       .top_concentration = NAN,
                                       .moran_i = NAN,
                                       .moran_e = NAN,
                                       .moran_z = NAN};
    r->share_profitable = r->within_sigma = r->val_frac_pos = r->stress_retention = NAN;
    r->sobol.variance = r->sobol.interaction = NAN;
    for (uint32_t a = 0; a < SURFACE_AXES_MAX; a++)
        r->sobol.first[a] = r->sobol.total[a] = NAN;
    r->agreement = (struct agreement){0, NAN, NAN, NAN, NAN};
    r->stress = (struct scenarios_robust){.maximin_value = NAN,
                                          .minimax_regret_value = NAN,
                                          .pick_worst = NAN,
                                          .pick_regret = NAN,
                                          .pick_frac_pos = NAN,
                                          .pick_retention = NAN};
}

static void nothing_of_luck(struct review *r)
{
    r->cscv = (struct cscv_result){.pbo = NAN,
                                   .logit_mean = NAN,
                                   .logit_median = NAN,
                                   .degr_slope = NAN,
                                   .degr_intercept = NAN,
                                   .degr_r2 = NAN,
                                   .mean_is = NAN,
                                   .mean_oos = NAN,
                                   .prob_loss = NAN,
                                   .ssd_min = NAN,
                                   .sd1_max_gap = NAN};
    r->pbo = NAN;
    fold_review_none(&r->folds);
    for (int i = 0; i < 5; i++)
        r->logit_quantile[i] = NAN;
    for (int i = 0; i < REVIEW_DECILES; i++)
        r->rank_share[i] = NAN;
    r->sharpe = r->skew = r->kurt = r->n_days = r->trial_sd = NAN;
    r->ledger_factor = r->trials_given = r->avg_corr = r->participation = NAN;
    for (int i = 0; i < REVIEW_N_COUNTS; i++)
        r->trial[i] = (struct review_trial){NAN, NAN, NAN, NAN};
    r->psr = r->psr_h0 = r->min_trl_days = r->min_trl_years = NAN;
    r->min_btl_years = r->min_btl_bound_years = NAN;
    for (int i = 0; i < REVIEW_BLOCK_LENGTHS; i++)
        r->reality[i] = (struct reality_check){0, NAN, NAN, NAN, NAN, NAN, NAN};
    r->n_trades = r->top5_gross_share = r->years = NAN;
    const struct bootstrap_interval none = {NAN, 0, NAN, NAN, NAN, NAN};
    r->bootstrap = (struct trade_bootstrap){0, none, none, none, none, NAN};
    r->permutation = (struct entry_permutation){ENTRY_NONE, NAN, NAN, NAN};
}

/* ---- choosing ---- */

/* among NULL: all of them */
static uint64_t best_of(const double *f, const bool *among, uint64_t n)
{
    uint64_t best = REVIEW_NONE;
    for (uint64_t p = 0; p < n; p++)
        if (!isnan(f[p]) && (!among || among[p]) && (best == REVIEW_NONE || f[p] > f[best]))
            best = p;
    return best;
}

static enum err choose_robust(struct review *r, const struct review_input *in)
{
    struct surface surface;
    struct robust_pick pick;
    if (r->not_grid)
        return OK;
    enum err err = grid_surface(in->sweep, in->f, &surface);
    if (!err)
        err = robust_pick_find(&surface, in->eligible, &pick);
    if (!err && pick.point < surface.n_points) {
        r->robust = pick.point;
        r->robust_worst = pick.worst;
    }
    return err;
}

enum err review_choose(struct review *out, const struct review_input *in, uint64_t at,
                       struct err_note *note)
{
    memset(out, 0, sizeof *out);
    nothing_of_the_grid(out);
    nothing_of_luck(out);
    out->n_points = sweep_n_points(in->sweep);
    out->not_grid = grid_refusal(in->sweep);
    out->robust = REVIEW_NONE;
    out->peak = best_of(in->f, NULL, out->n_points);
    for (uint64_t p = 0; p < out->n_points; p++)
        out->n_valid += isnan(in->f[p]) ? 0u : 1u;
    if (out->peak == REVIEW_NONE)
        return err_set(note, ERR_EMPTY,
                       "no point has a value in train: every cell is missing, failed or undefined");
    if (at != REVIEW_NONE && isnan(in->f[at]))
        return err_set(note, ERR_EMPTY, "point %llu has no value in train: nothing to review",
                       (unsigned long long)at);
    enum err err = choose_robust(out, in);
    if (err)
        return err_set(note, err, "%s", err_text(err));
    uint64_t best = best_of(in->f, in->eligible, out->n_points);
    out->chosen = at != REVIEW_NONE            ? at
                  : out->robust != REVIEW_NONE ? out->robust
                  : best != REVIEW_NONE        ? best
                                               : out->peak;
    out->how = out->chosen == out->robust ? "the robust pick"
               : out->chosen == out->peak ? "the peak"
               : at != REVIEW_NONE        ? "chosen by --at"
                                          : "the best point that is ok in every scenario";
    if (out->not_grid)
        review_note(
            out, "%s: plateau measures and Sobol shares are undefined, and there is no robust pick",
            out->not_grid);
    else if (out->robust == REVIEW_NONE)
        review_note(out,
                    "no point is ok in every scenario with half of its neighbours valid: there is "
                    "no robust pick");
    return OK;
}

/* ---- the surface ---- */

static void profile(struct review *r, const struct review_input *in)
{
    uint64_t n = 0, positive = 0, returns = 0, profitable = 0, near = 0, val = 0, val_pos = 0;
    double sum = 0.0, squares = 0.0;
    for (uint64_t p = 0; p < r->n_points; p++) {
        n += isnan(in->f[p]) ? 0u : 1u;
        sum += isnan(in->f[p]) ? 0.0 : in->f[p];
        positive += in->f[p] > 0.0 ? 1u : 0u;
        returns += isnan(in->total_return[p]) ? 0u : 1u;
        profitable += in->total_return[p] > 0.0 ? 1u : 0u;
        val += isnan(in->validation[p]) ? 0u : 1u;
        val_pos += in->validation[p] > 0.0 ? 1u : 0u;
    }
    double mean = sum / (double)n;
    for (uint64_t p = 0; p < r->n_points; p++)
        if (!isnan(in->f[p]))
            squares += (in->f[p] - mean) * (in->f[p] - mean);
    double sd = n > 1 ? sqrt(squares / (double)(n - 1)) : NAN;
    for (uint64_t p = 0; p < r->n_points; p++)
        near += fabs(in->f[p] - mean) <= sd ? 1u : 0u;
    r->grid.frac_pos = (double)positive / (double)n;
    r->grid.mean = mean;
    r->grid.sd = sd;
    r->grid.best_value = in->f[r->peak];
    if (n > 1)
        r->within_sigma = (double)near / (double)n;
    if (returns)
        r->share_profitable = (double)profitable / (double)returns;
    if (val)
        r->val_frac_pos = (double)val_pos / (double)val;
}

/* Median of a list of points that is not a surface. */
static enum err median_of(const double *f, uint64_t n, double *median)
{
    double *sorted = malloc((n + 1) * sizeof *sorted);
    size_t n_valid = 0;
    if (!sorted)
        return ERR_NOMEM;
    for (uint64_t p = 0; p < n; p++)
        if (!isnan(f[p]))
            sorted[n_valid++] = f[p];
    sample_sort(sorted, n_valid);
    *median = sample_quantile(sorted, n_valid, 0.5);
    free(sorted);
    return OK;
}

static enum err look_around(const struct surface *surface, uint64_t point,
                            struct surface_point *out)
{
    return point == REVIEW_NONE ? OK : surface_point_stability(surface, point, out);
}

static enum err measure_grid(struct review *r, const struct review_input *in)
{
    struct surface surface;
    enum err err = grid_surface(in->sweep, in->f, &surface);
    if (!err)
        err = look_around(&surface, r->chosen, &r->at_chosen);
    if (!err)
        err = look_around(&surface, r->robust, &r->at_robust);
    if (!err)
        err = look_around(&surface, r->peak, &r->at_peak);
    if (!err)
        err = surface_summarise(&surface, &r->grid);
    if (!err)
        err = sobol_shares_run(&surface, &r->sobol);
    if (!err && isnan(r->sobol.interaction))
        review_note(r,
                    "Sobol shares are unknown: %llu of %llu points have no value (5 %% may be "
                    "filled in), or all are equal",
                    (unsigned long long)(r->n_points - r->n_valid),
                    (unsigned long long)r->n_points);
    return err;
}

static enum err measure_stress(struct review *r, const struct review_input *in)
{
    enum err err = scenarios_robust(&r->stress, in->f, 1 + in->n_stress, r->n_points, r->chosen);
    if (!err)
        r->stress_retention = r->stress.pick_retention;
    if (!err && in->n_stress == 0)
        review_note(r, "the run has no cost or shock scenario: stress retention is unknown");
    if (!err && in->eligible && !in->eligible[r->chosen]) {
        r->stress_retention = NAN;
        review_note(r, "the chosen point failed in a scenario: stress retention is unknown");
    }
    return err;
}

/* ---- probability of overfitting ---- */

static enum err describe_splits(struct review *r)
{
    static const double levels[5] = {0.05, 0.25, 0.5, 0.75, 0.95};
    uint32_t n = r->cscv.n_splits, count[REVIEW_DECILES] = {0};
    double *logit = malloc(n * sizeof *logit);
    if (!logit)
        return ERR_NOMEM;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t decile = (uint32_t)(r->splits[i].omega * REVIEW_DECILES);
        count[decile < REVIEW_DECILES ? decile : REVIEW_DECILES - 1]++;
        logit[i] = r->splits[i].logit;
    }
    sample_sort(logit, n);
    for (int i = 0; i < 5; i++)
        r->logit_quantile[i] = sample_quantile(logit, n, levels[i]);
    for (int i = 0; i < REVIEW_DECILES; i++)
        r->rank_share[i] = (double)count[i] / n;
    free(logit);
    return OK;
}

static const char *no_cscv(const struct review_input *in, double n_days)
{
    if (in->n_configs == 0)
        return "there are no block sums of daily returns";
    if (in->n_blocks < 2 || in->n_blocks % 2 || in->n_blocks > CSCV_BLOCKS_MAX)
        return "the number of blocks must be even and at most 20";
    return n_days < 2.0 * in->n_blocks ? "there are fewer than two days a block" : NULL;
}

static enum err measure_overfitting(struct review *r, const struct review_input *in)
{
    double n_days = 0.0;
    for (uint32_t b = 0; b < in->n_blocks && in->n_configs; b++)
        n_days += in->block_days[b];
    const char *why = no_cscv(in, n_days);
    r->n_blocks = in->n_blocks;
    r->n_configs = in->n_configs;
    if (why) {
        review_note(r, "%s: PBO and probability of loss are unknown", why);
        return OK;
    }
    const struct cscv_input input = {.n_configs = in->n_configs,
                                     .n_blocks = in->n_blocks,
                                     .n_periods = in->block_days,
                                     .sum = in->sum,
                                     .sumsq = in->sumsq,
                                     .periods_per_year = in->periods_per_year,
                                     .f_all_max = REVIEW_SAMPLE_MAX,
                                     .loss_threshold = in->loss_below,
                                     .n_threads = in->n_threads};
    r->splits = malloc(cscv_n_splits(in->n_blocks) * sizeof *r->splits);
    enum err err = r->splits ? cscv_run(&input, &r->cscv, r->splits) : ERR_NOMEM;
    if (!err)
        err = describe_splits(r);
    if (err)
        return err;
    if (in->n_configs >= REVIEW_PBO_CONFIGS_MIN)
        r->pbo = r->cscv.pbo;
    else
        review_note(r, "PBO is not applicable to %zu configurations (fewer than %u)", in->n_configs,
                    REVIEW_PBO_CONFIGS_MIN);
    if (n_days < 20.0 * in->n_blocks)
        review_note(r, "only %.0f days for %u blocks: PBO is coarse below 20 days a block", n_days,
                    in->n_blocks);
    return OK;
}

enum err review_surface(struct review *r, const struct review_input *in)
{
    r->at_chosen.f = in->f[r->chosen];
    r->at_peak.f = in->f[r->peak];
    r->val_chosen = in->validation[r->chosen];
    r->val_peak = in->validation[r->peak];
    if (r->robust != REVIEW_NONE)
        r->val_robust = in->validation[r->robust];
    profile(r, in);
    enum err err =
        r->not_grid ? median_of(in->f, r->n_points, &r->grid.median) : measure_grid(r, in);
    if (!err)
        err = agreement_measure(&r->agreement, in->f, in->validation, r->n_points, r->chosen);
    if (!err && isnan(r->val_chosen))
        review_note(r, "the chosen point has no value in validation");
    if (!err)
        err = measure_stress(r, in);
    if (!err)
        err = measure_overfitting(r, in);
    return err;
}

enum err review_folds(struct review *r, const struct review_input *in,
                      const struct fold_choice *choice)
{
    struct surface surface;
    enum err err = OK;
    if (!choice)
        return OK;
    if (!r->not_grid)
        err = grid_surface(in->sweep, in->f, &surface);
    if (!err)
        err = fold_review_make(&r->folds, choice, in->periods_per_year,
                               r->not_grid ? NULL : &surface);
    if (!err && r->folds.n_configs == 0)
        review_note(r, "no point has sums of the fold segments: walk-forward and CPCV are unknown");
    return err;
}

size_t review_sample(const struct review *r, uint64_t *points)
{
    uint64_t stride = (r->n_points + REVIEW_SAMPLE_MAX - 1) / REVIEW_SAMPLE_MAX;
    const uint64_t picks[] = {r->chosen, r->robust, r->peak};
    size_t n = 0;
    for (uint64_t p = 0; p < r->n_points; p++) {
        bool wanted = p % stride == 0 || p == picks[0] || p == picks[1] || p == picks[2];
        if (wanted)
            points[n++] = p;
    }
    return n;
}

/* ---- luck ---- */

/* Sample variance of the per-period Sharpe ratios of all trials, and their number. */
static double trial_variance(const struct review *r, const struct review_input *in, double *n)
{
    double sum = 0.0, squares = 0.0, count = 0.0;
    for (uint64_t p = 0; p < r->n_points; p++)
        if (isfinite(in->sharpe[p])) {
            sum += in->sharpe[p];
            count += 1.0;
        }
    double mean = sum / count;
    for (uint64_t p = 0; p < r->n_points; p++)
        if (isfinite(in->sharpe[p]))
            squares += (in->sharpe[p] - mean) * (in->sharpe[p] - mean);
    *n = count;
    return count >= 2.0 ? squares / (count - 1.0) / in->periods_per_year : NAN;
}

static void deflate(struct review *r, const struct review_input *in,
                    const struct sharpe_estimate *chosen, double variance)
{
    for (int c = 0; c < REVIEW_N_COUNTS; c++) {
        struct review_trial *t = &r->trial[c];
        t->n = in->trials > 0.0 ? in->trials : t->effective * in->ledger_factor;
        if (isnan(t->n) || isnan(variance))
            continue;
        double luck = sharpe_luck(variance, t->n);
        t->luck = luck * sqrt(in->periods_per_year);
        t->dsr = sharpe_psr(chosen, luck);
    }
}

static enum err count_trials(struct review *r, const struct review_series *series)
{
    struct trials_effective effective;
    double *train = malloc((series->n * series->n_train_days + 1) * sizeof *train);
    if (!train)
        return ERR_NOMEM;
    for (size_t k = 0; k < series->n; k++)
        memcpy(train + k * series->n_train_days, series->value + k * series->n_days,
               series->n_train_days * sizeof *train);
    enum err err = trials_effective(&effective, train, series->n, series->n_train_days);
    free(train);
    if (err)
        return err;
    r->n_series = series->n;
    r->sampled = series->n < r->n_points && r->n_points > REVIEW_SAMPLE_MAX;
    r->trial[REVIEW_BY_ENTROPY].effective = effective.by_entropy;
    r->trial[REVIEW_BY_AVG_CORR].effective = effective.by_avg_corr;
    r->participation = effective.by_participation;
    r->avg_corr = effective.avg_corr;
    return OK;
}

static enum err check_reality(struct review *r, const struct review_input *in,
                              const struct review_series *series)
{
    enum err err = OK;
    for (int i = 0; i < REVIEW_BLOCK_LENGTHS && !err; i++) {
        const struct reality_check_input input = {.excess = series->value,
                                                  .n = series->n,
                                                  .n_days = series->n_days,
                                                  .q = 1.0 / REVIEW_BLOCK_DAYS[i],
                                                  .n_iterations = REVIEW_ITERATIONS,
                                                  .seed = in->seed,
                                                  .n_threads = in->n_threads};
        err = reality_check_run(&r->reality[i], &input);
    }
    return err;
}

enum err review_luck(struct review *r, const struct review_input *in,
                     const struct review_series *series)
{
    enum err err = OK;
    double variance = trial_variance(r, in, &r->trial[REVIEW_RAW].effective);
    double root = sqrt(in->periods_per_year);
    r->trial_sd = sqrt(variance) * root;
    r->ledger_factor = in->ledger_factor;
    r->trials_given = in->trials > 0.0 ? in->trials : NAN;
    if (series && series->n) {
        err = count_trials(r, series);
        if (!err)
            err = check_reality(r, in, series);
    }
    if (err || !in->chosen_train)
        return err;
    const double *m = in->chosen_train;
    r->sharpe = m[METRIC_sharpe];
    r->skew = m[METRIC_skew];
    r->kurt = m[METRIC_kurt];
    r->n_days = m[METRIC_n];
    r->years = m[METRIC_n] / in->periods_per_year;
    r->n_trades = m[METRIC_n_trades];
    r->top5_gross_share = m[METRIC_top5_gross_share];
    const struct sharpe_estimate chosen = {r->sharpe / root, r->n_days, r->skew, r->kurt};
    r->psr = sharpe_psr(&chosen, 0.0);
    r->psr_h0 = sharpe_psr_h0(&chosen, 0.0);
    deflate(r, in, &chosen, variance);
    if (isfinite(r->sharpe)) {
        r->min_trl_days = sharpe_min_trl(&chosen, 0.0, REVIEW_CONFIDENCE);
        r->min_trl_years = r->min_trl_days / in->periods_per_year;
    }
    double n = r->trial[REVIEW_BY_ENTROPY].n;
    if (isfinite(n) && r->sharpe > 0.0) {
        r->min_btl_years = sharpe_min_btl(n, r->sharpe);
        r->min_btl_bound_years = sharpe_min_btl_bound(n, r->sharpe);
    }
    return OK;
}

enum err review_trades(struct review *r, const struct review_input *in,
                       const struct review_trades *t)
{
    double years = (double)t->n_days / in->periods_per_year;
    if (t->n_days == 0)
        return OK;
    enum err err =
        trade_bootstrap_run(&r->bootstrap, t->r_multiple, t->n, years, REVIEW_RISK_FRACTION,
                            REVIEW_ITERATIONS, in->seed, r->chosen);
    if (!err)
        err = entry_permutation_run(&r->permutation, t->market, t->n_days, t->trade, t->n,
                                    REVIEW_ITERATIONS, in->seed, r->chosen);
    return err;
}

/* ---- the verdict ---- */

void review_judge(struct review *r, const struct verdict_limits *limits)
{
    r->limits = *limits;
    r->evidence = (struct verdict_evidence){.n_trades = r->n_trades,
                                            .coverage = r->at_chosen.coverage,
                                            .pbo = r->pbo,
                                            .prob_loss = r->cscv.prob_loss,
                                            .val_frac_pos = r->val_frac_pos,
                                            .dsr = r->trial[REVIEW_BY_ENTROPY].dsr,
                                            .val_perf = r->val_chosen,
                                            .spearman = r->agreement.spearman,
                                            .plateau_ratio = r->at_chosen.plateau_ratio,
                                            .worst_ratio = r->at_chosen.worst_ratio,
                                            .basin_frac = r->at_chosen.basin_frac,
                                            .stress_retention = r->stress_retention,
                                            .top5_gross_share = r->top5_gross_share,
                                            .on_edge = r->at_chosen.on_edge};
    verdict_judge(&r->verdict, &r->evidence, limits);
}
