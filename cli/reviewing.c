#include "cli/reviewing.h"
#include "cli/cli.h"
#include "cli/run_image.h"
#include "coordinator/export_review.h"
#include "coordinator/holdout.h"
#include "coordinator/import.h"
#include "coordinator/import_series.h"
#include "coordinator/tried.h"
#include "review/ledger.h"
#include "review/point_identity.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static double base_value(const struct job *job, const char *path, double otherwise)
{
    for (uint32_t i = 0; i < job->n_values; i++)
        if (strcmp(job->values[i].path, path) == 0)
            return job->values[i].value;
    return otherwise;
}

/* "dsr_robust=0.9" */
enum err reviewing_read_limits(struct reviewing_options *options, struct verdict_limits *limits,
                               struct err_note *note)
{
    enum err err = OK;
    *limits = VERDICT_DEFAULT;
    options->limits = limits;
    for (unsigned i = 0; i < options->own_limits.n && !err; i++) {
        const char *text = options->own_limits.at[i], *equals = strchr(text, '=');
        char name[64], *end = NULL;
        double value = equals ? strtod(equals + 1, &end) : (double)NAN;
        if (!equals || !equals[1] || *end || !isfinite(value))
            return err_set(note, ERR_RANGE, "--limit %.80s: expected NAME=VALUE, a number", text);
        snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
        err = verdict_limit_set(limits, name, value, note);
    }
    return err;
}

static enum err choose_objective(struct reviewing *v, struct err_note *note)
{
    v->objective = results_objective(&v->run.job);
    enum err err = v->options->objective
                       ? results_find_metric(v->options->objective, &v->objective, note)
                       : OK;
    if (!err && METRIC_INFO[v->objective].better <= 0)
        return err_set(note, ERR_RANGE,
                       "%s is no objective for a review: it must be a metric of which more is "
                       "better, like sharpe, calmar or sqn",
                       METRIC_INFO[v->objective].name);
    return err;
}

/* ---- the ledger ---- */

/* The run's own points go in first: a run that was killed never recorded them. */
static void use_ledger(struct reviewing *v)
{
    struct ledger *ledger = NULL;
    struct err_note note = {""};
    char key[POINT_KEY_MAX], data[POINT_DATA_MAX];
    uint64_t n = 0;
    size_t own = 0;
    point_strategy_key(&v->run.job, key);
    point_data_hash(&v->run.job, data);
    enum err err = ledger_open(&ledger, v->options->ledger, &note);
    if (!err && tried_record_known(&v->run, v->data.computed, ledger, &own, &note) != OK)
        own = (size_t)v->data.n_status[STATUS_OK]; /* a ledger that is read-only still answers */
    if (!err)
        err = ledger_distinct(ledger, key, data, &n, &note);
    if (!err)
        err = holdout_times_opened(&v->run, ledger, &v->report.holdout_openings, &note);
    ledger_close(&ledger);
    if (err) {
        cli_say("plateau: the trial ledger cannot be read, only this run's trials count: %s",
                note.text);
        review_note(&v->review, "the trial ledger could not be read: only this run's trials count");
        return;
    }
    v->report.ledger_used = true;
    v->report.ledger_points = n;
    if (own && n > own)
        v->input.ledger_factor = (double)n / (double)own;
}

/* ---- what needs the engine ---- */

/* Rows that are not all numbers are taken out: they are no trials. */
static void pack(struct daily *series)
{
    size_t n = 0;
    for (size_t k = 0; k < series->n; k++)
        if (series->ok[k])
            memmove(series->value + n++ * series->n_days, series->value + k * series->n_days,
                    series->n_days * sizeof *series->value);
    series->n = n;
}

/* image NULL: an imported run, whose series are kept. */
static enum err daily_of(struct daily *out, const struct reviewing *v,
                         const struct market_image *image, const uint64_t *points, size_t n,
                         struct err_note *note)
{
    return image ? daily_compute(out, &v->run.job, image, points, n, 0, note)
                 : import_series_read(out, &v->run, points, n, note);
}

static enum err measure_luck(struct reviewing *v, const struct market_image *image,
                             struct err_note *note)
{
    struct daily series = {.n = 0};
    uint64_t *points = malloc((REVIEW_SAMPLE_MAX + 4) * sizeof *points);
    if (!points)
        return ERR_NOMEM;
    size_t n = review_sample(&v->review, points);
    enum err err = daily_of(&series, v, image, points, n, note);
    free(points);
    if (err)
        return err;
    pack(&series);
    const struct review_series input = {series.n, series.n_days, series.period_days[0],
                                        series.value};
    err = review_luck(&v->review, &v->input, &input);
    daily_free(&series);
    return err;
}

static enum err measure_trades(struct reviewing *v, const struct market_image *image,
                               struct err_note *note)
{
    struct daily_trades t;
    enum err err = daily_trade_list(&t, &v->run.job, image, v->review.chosen, 0, note);
    if (err)
        return err;
    struct entry_trade *trade = malloc((t.n + 1) * sizeof *trade);
    for (size_t i = 0; trade && i < t.n; i++)
        trade[i] = (struct entry_trade){t.entry[i], t.exit[i], t.weight[i]};
    const struct review_trades input = {t.n, t.n_days, t.r_multiple, trade, t.market};
    err = trade ? review_trades(&v->review, &v->input, &input) : ERR_NOMEM;
    if (!err && t.n_undefined)
        review_note(&v->review,
                    "the benchmark has no return on %zu days of train: entry "
                    "permutation takes 0 there",
                    t.n_undefined);
    free(trade);
    daily_trades_free(&t);
    return err;
}

/* The drawdown of the stitched days needs the days of the windows' picks. */
enum err reviewing_stitch(struct reviewing *v, const struct market_image *image,
                          struct daily *series, struct err_note *note)
{
    struct fold_review *folds = &v->review.folds;
    uint64_t *points = malloc((folds->walk.n_windows + 1) * sizeof *points);
    if (!points)
        return ERR_NOMEM;
    size_t n = fold_review_picks(folds, points);
    if (n == 0) /* the chosen point will do for the dates */
        points[n++] = v->review.chosen;
    enum err err = daily_compute(series, &v->run.job, image, points, n, 0, note);
    if (!err)
        err = fold_review_stitch(folds, points, n, series->value, series->n_days);
    free(points);
    return err;
}

static enum err measure_stitched(struct reviewing *v, const struct market_image *image,
                                 struct err_note *note)
{
    struct daily series = {.n = 0};
    if (v->review.folds.walk.n_windows == 0)
        return OK;
    enum err err = reviewing_stitch(v, image, &series, note);
    daily_free(&series);
    return err;
}

static enum err read_imported(struct reviewing *v, struct err_note *note)
{
    review_note(&v->review, "imported: no single trades, so that their bootstrap and the entry "
                            "permutation are unknown");
    return measure_luck(v, NULL, note);
}

/* Daily series exist only where they were imported, or this engine and the run's data can make them
 * again. */
static enum err compute_again(struct reviewing *v, struct err_note *note)
{
    struct market_image image;
    struct err_note why = {""};
    const struct job *job = &v->run.job;
    if (import_is(job) && v->data.has_baseline && import_series_are_kept(&v->run))
        return read_imported(v, note);
    if (!v->data.has_baseline)
        err_set(&why, ERR_EMPTY, "the run has no baseline scenario");
    else if (run_image_open_again(&image, &v->run, &why) == OK) {
        enum err err = measure_luck(v, &image, note);
        if (!err)
            err = measure_trades(v, &image, note);
        if (!err)
            err = measure_stitched(v, &image, note);
        market_image_free(&image);
        return err;
    }
    review_note(&v->review,
                "no daily returns and trades: effective trials, DSR by them, Reality Check, SPA, "
                "bootstrap and entry permutation are unknown: %.120s",
                why.text);
    return review_luck(&v->review, &v->input, NULL);
}

/* ---- one review ---- */

static enum err read_run(struct reviewing *v, const char *which, uint64_t *at,
                         struct err_note *note)
{
    uint32_t scenario;
    *at = REVIEW_NONE;
    enum err err = run_dir_open(&v->run, v->options->runs, which, note);
    if (!err)
        err = choose_objective(v, note);
    if (!err && v->options->at)
        err = results_parse_cell(&v->run, v->options->at, at, &scenario, note);
    if (!err)
        err = review_data_read(&v->data, &v->run, v->objective, note);
    if (err)
        return err;
    const struct review_data *data = &v->data;
    const struct job *job = &v->run.job;
    const struct verdict_limits *limits =
        v->options->limits ? v->options->limits : &VERDICT_DEFAULT;
    v->input = (struct review_input){.sweep = job->sweep,
                                     .periods_per_year =
                                         base_value(job, "portfolio.periods_per_year", 252.0),
                                     .f = data->f,
                                     .n_stress = data->n_stress,
                                     .validation = data->validation,
                                     .sharpe = data->sharpe,
                                     .total_return = data->total_return,
                                     .eligible = data->eligible,
                                     .n_configs = data->n_configs,
                                     .n_blocks = data->n_blocks,
                                     .block_days = data->block_days,
                                     .sum = data->sum,
                                     .sumsq = data->sumsq,
                                     .loss_below = limits->loss_below,
                                     .ledger_factor = 1.0,
                                     .trials = (double)v->options->trials,
                                     .seed = (uint64_t)base_value(job, "portfolio.seed", 0.0)};
    return OK;
}

static void note_holes(struct reviewing *v)
{
    const uint64_t *n = v->data.n_status;
    uint64_t bad = n[STATUS_FAILED] + n[STATUS_CRASHED] + n[STATUS_TIMEOUT] + n[STATUS_DISPUTED];
    if (n[STATUS_MISSING])
        review_note(&v->review, "%llu points are not computed yet: plateau resume",
                    (unsigned long long)n[STATUS_MISSING]);
    if (bad)
        review_note(&v->review, "%llu points failed and are left out", (unsigned long long)bad);
    if (job_n_open_periods(&v->run.job) < 2)
        review_note(&v->review, "the run has one open period only: nothing validates the choice");
}

/* Looked at when the verdict stands. */
static enum err read_holdout(struct reviewing *v, struct err_note *note)
{
    struct holdout holdout;
    uint32_t period = holdout_judge(&v->run.job);
    if (period == HOLDOUT_NONE)
        return OK;
    v->report.holdout = v->run.job.periods[holdout_period(&v->run.job, period)].name;
    enum err err = holdout_read(&holdout, &v->run, note);
    if (err)
        return err;
    const struct holdout_opening *opening = holdout_find(&holdout, v->review.chosen);
    if (opening) {
        const struct holdout_cell *cell =
            holdout_cell(&holdout, opening, v->data.scenario[0], period);
        v->review.holdout_opened = true;
        if (cell->status == STATUS_OK)
            v->review.val_holdout =
                review_data_objective(cell->metrics[v->objective], cell->metrics[METRIC_exposure]);
        snprintf(v->report.opened, sizeof v->report.opened, "%s", opening->opened);
    }
    holdout_free(&holdout);
    return OK;
}

static enum err make_review(struct reviewing *v, uint64_t at, struct err_note *note)
{
    struct review *r = &v->review;
    enum err err = review_choose(r, &v->input, at, note);
    if (!err)
        err = results_cell(&v->run, r->chosen, v->data.scenario[0], &v->chosen, note);
    if (err)
        return err;
    note_holes(v);
    v->input.chosen_train = v->chosen.metrics[0];
    if (v->options->no_ledger)
        err = holdout_times_opened(&v->run, NULL, &v->report.holdout_openings, note);
    else
        use_ledger(v);
    if (err)
        return err;
    err = review_surface(r, &v->input);
    review_data_drop_sums(&v->data);
    if (!err)
        err = review_folds(r, &v->input, v->data.folds);
    if (!err)
        err = compute_again(v, note);
    if (err)
        return err;
    review_judge(r, v->options->limits ? v->options->limits : &VERDICT_DEFAULT);
    return read_holdout(v, note);
}

enum err reviewing_make(struct reviewing *v, const struct reviewing_options *options,
                        const char *which, struct err_note *note)
{
    uint64_t at;
    v->options = options;
    enum err err = read_run(v, which, &at, note);
    if (!err)
        err = make_review(v, at, note);
    v->report.run = &v->run;
    v->report.review = &v->review;
    v->report.data = &v->data;
    v->report.objective = v->objective;
    return err;
}

enum err reviewing_open(struct reviewing *v, const struct reviewing_options *options,
                        const char *which, struct err_note *note)
{
    uint64_t at;
    v->options = options;
    enum err err = read_run(v, which, &at, note);
    if (!err)
        err = review_choose(&v->review, &v->input, at, note);
    review_data_drop_sums(&v->data);
    if (!err)
        err = results_cell(&v->run, v->review.chosen, v->data.scenario[0], &v->chosen, note);
    return err ? err : review_folds(&v->review, &v->input, v->data.folds);
}

void reviewing_end(struct reviewing *v)
{
    review_free(&v->review);
    review_data_free(&v->data);
    run_dir_free(&v->run);
}

/* ---- results.h5 ---- */

static double *column(uint64_t n)
{
    return malloc((n + 1) * sizeof(double));
}

static void worst_of_scenarios(const struct review_data *data, double *worst)
{
    uint64_t n = data->n_points;
    for (uint64_t p = 0; p < n; p++) {
        worst[p] = data->f[p];
        for (uint32_t s = 1; s <= data->n_stress; s++) {
            double f = data->f[s * n + p];
            worst[p] = isnan(f) || isnan(worst[p]) ? (double)NAN : fmin(worst[p], f);
        }
    }
}

/* Every scenario against the baseline; the caller frees it in any case. */
static enum err make_surfaces(struct export_stress *out, const struct reviewing *v)
{
    const struct review_data *data = &v->data;
    bool kept[JOB_SCENARIOS_MAX];
    for (uint32_t s = 0; s < data->n_scenarios; s++)
        kept[s] = s <= data->n_stress;
    *out = (struct export_stress){.n_points = data->n_points,
                                  .n_scenarios = data->n_scenarios,
                                  .f = data->f,
                                  .scenario = data->scenario,
                                  .surfaces = {.worst = column(data->n_points),
                                               .regret = column(data->n_points),
                                               .retention = column(data->n_points)}};
    if (!out->surfaces.worst || !out->surfaces.regret || !out->surfaces.retention)
        return ERR_NOMEM;
    stress_surfaces(&out->surfaces, data->f, kept, data->n_scenarios, data->n_points);
    return OK;
}

/* Which points break even where. A run that cannot be computed again has no ladder; that is said.
 */
static enum err climb(struct export_stress *out, const struct reviewing *v, struct err_note *why,
                      struct err_note *note)
{
    struct market_image image;
    if (run_image_open_again(&image, &v->run, why) != OK) {
        out->missing = why->text;
        return OK;
    }
    enum err err =
        ladder_sample_choose(&out->ladder, v->data.f, v->data.n_points, v->review.chosen, false);
    if (!err)
        err = ladder_sample_compute(&out->ladder, &v->run.job, image.bytes, image.length, 0, note);
    market_image_free(&image);
    return err;
}

static enum err write_file(struct reviewing *v, const char *path,
                           const struct export_review *review, struct err_note *note)
{
    struct export_review whole = *review;
    struct export_stress stress;
    struct err_note why = {""};
    enum err err = make_surfaces(&stress, v);
    if (!err)
        err = climb(&stress, v, &why, note);
    whole.stress = &stress;
    if (!err)
        err = export_h5_review(&v->run, path, &whole, note);
    free(stress.surfaces.worst);
    free(stress.surfaces.regret);
    free(stress.surfaces.retention);
    ladder_sample_free(&stress.ladder);
    return err;
}

enum err reviewing_export(struct reviewing *v, const char *path, struct err_note *note)
{
    struct stability_map map = {NULL, NULL, NULL};
    struct surface surface;
    double *worst = column(v->data.n_points);
    bool grid = !v->review.not_grid;
    enum err err = worst ? OK : ERR_NOMEM;
    if (!err && grid)
        err = grid_surface(v->run.job.sweep, v->data.f, &surface);
    if (!err && grid)
        err = stability_map_make(&map, &surface, 0);
    if (!err) {
        worst_of_scenarios(&v->data, worst);
        const struct export_review review = {.review = &v->review,
                                             .objective = METRIC_INFO[v->objective].name,
                                             .unit = METRIC_INFO[v->objective].unit,
                                             .map = grid ? &map : NULL,
                                             .worst = worst,
                                             .ledger_used = v->report.ledger_used,
                                             .ledger_points = v->report.ledger_points,
                                             .holdout_openings = v->report.holdout_openings};
        err = write_file(v, path, &review, note);
    }
    stability_map_free(&map);
    free(worst);
    return err;
}
