/* stress - every scenario against the baseline: what is left of the chosen point and of the grid,
 * how dear trading may get, and whether positions move together when it hurts. */
#include "cli/cli.h"
#include "cli/run_image.h"
#include "cli/stress_report.h"
#include "coordinator/results.h"
#include "review/statistics/sample.h"
#include "worker/selection.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_BYTES (128u << 20)

struct asked {
    const char *runs, *metric, *period, *at, *path;
    bool all;
    int format;
};
struct stressing {
    const struct asked *asked;
    struct run_dir run;
    struct stress_report report;
};

static double *column(size_t n)
{
    return calloc(n + 1, sizeof(double));
}

/* ---- the grid ---- */

static enum err choose(struct stressing *s, struct err_note *note)
{
    struct stress_report *r = &s->report;
    const struct asked *asked = s->asked;
    r->run = &s->run;
    r->metric = results_objective(&s->run.job);
    enum err err = asked->metric ? results_find_metric(asked->metric, &r->metric, note) : OK;
    if (!err && METRIC_INFO[r->metric].better == 0)
        err = err_set(note, ERR_RANGE, "%s is neither better high nor low", asked->metric);
    if (!err)
        err = results_find_period(&s->run.job, asked->period, &r->period, note);
    if (!err)
        err = pick_point(&r->pick, &s->run, asked->at, note);
    return err;
}

static enum err read_objective(struct stressing *s, struct err_note *note)
{
    struct stress_report *r = &s->report;
    const uint32_t n_scenarios = s->run.job.n_scenarios;
    r->n_points = sweep_n_points(s->run.job.sweep);
    if (r->n_points > RESULTS_POINTS_MAX / n_scenarios)
        return err_set(note, ERR_RANGE, "%llu points under %u scenarios do not fit in memory",
                       (unsigned long long)r->n_points, n_scenarios);
    r->f = column(r->n_points * n_scenarios);
    r->surfaces.worst = column(r->n_points);
    r->surfaces.regret = column(r->n_points);
    r->surfaces.retention = column(r->n_points);
    if (!r->f || !r->surfaces.worst || !r->surfaces.regret || !r->surfaces.retention)
        return ERR_NOMEM;
    enum err err = OK;
    for (uint32_t i = 0; !err && i < n_scenarios; i++)
        err = pick_objective(&s->run, r->metric, i, r->period, r->f + i * r->n_points, NULL, note);
    return err;
}

static double median(double *values, size_t n)
{
    sample_sort(values, n);
    return sample_quantile(values, n, 0.5);
}

static enum err summarise(struct stressing *s, struct err_note *note)
{
    struct stress_report *r = &s->report;
    const struct job *job = &s->run.job;
    bool kept[JOB_SCENARIOS_MAX];
    double *values = column(r->n_points);
    if (!values)
        return ERR_NOMEM;
    for (uint32_t i = 0; i < job->n_scenarios; i++) {
        const double *f = r->f + i * r->n_points;
        size_t n = 0;
        kept[i] = job->scenarios[i].regime == 0;
        for (uint64_t p = 0; p < r->n_points; p++)
            if (!isnan(f[p]))
                values[n++] = f[p];
        r->median[i] = median(values, n);
        n = 0;
        for (uint64_t p = 0; p < r->n_points; p++)
            if (!isnan(f[p]) && !isnan(r->f[p]))
                values[n++] = f[p] - r->f[p];
        r->paired_median[i] = median(values, n);
    }
    free(values);
    stress_surfaces(&r->surfaces, r->f, kept, job->n_scenarios, r->n_points);
    enum err err = scenarios_robust(&r->robust, r->f, job->n_scenarios, r->n_points, r->pick.point);
    return err ? err_set(note, err, "%s", err_text(err)) : OK;
}

/* ---- limits ---- */

static enum err judge_scenario(struct stressing *s, uint32_t scenario, double *const *values,
                               struct err_note *note)
{
    struct stress_report *r = &s->report;
    const struct plateau_scenario shock = cell_scenario(&s->run.job, scenario);
    const uint32_t metrics[] = {STRESS_METRIC[0], STRESS_METRIC[1], STRESS_METRIC[2],
                                STRESS_METRIC[3], RESULTS_FLAGS};
    const struct results_query query = {scenario, r->period, metrics, STRESS_METRICS + 1};
    bool any = false;
    for (uint32_t l = 0; l < STRESS_LIMITS; l++)
        any |= stress_limit_is_of(&STRESS_LIMIT[l], &shock);
    enum err err = any ? results_columns(&s->run, &query, values, NULL, note) : OK;
    for (uint32_t l = 0; any && !err && l < STRESS_LIMITS; l++) {
        const struct stress_limit *limit = &STRESS_LIMIT[l];
        if (!stress_limit_is_of(limit, &shock))
            continue;
        struct stress_judged *j = &r->judged[r->n_judged++];
        *j = (struct stress_judged){.limit = l, .scenario = scenario};
        for (uint64_t p = 0; p < r->n_points; p++) {
            double flags = values[STRESS_METRICS][p], value = values[limit->metric][p];
            enum stress_outcome outcome =
                stress_limit_judge(limit, value, isnan(flags) ? 0 : (uint32_t)flags);
            j->n_pass += outcome == STRESS_PASS;
            j->n_known += outcome != STRESS_UNKNOWN;
            if (p == r->pick.point) {
                j->value = value;
                j->outcome = outcome;
            }
        }
    }
    return err;
}

static enum err judge_limits(struct stressing *s, struct err_note *note)
{
    double *values[STRESS_METRICS + 1] = {NULL};
    enum err err = OK;
    for (uint32_t i = 0; i <= STRESS_METRICS; i++)
        if (!(values[i] = column(s->report.n_points)))
            err = ERR_NOMEM;
    for (uint32_t i = 0; !err && i < s->run.job.n_scenarios; i++)
        err = judge_scenario(s, i, values, note);
    for (uint32_t i = 0; i <= STRESS_METRICS; i++)
        free(values[i]);
    return err;
}

/* ---- computed again ---- */

static enum err measure_correlation(struct stressing *s, const struct market_image *image,
                                    struct err_note *note)
{
    const struct job *job = &s->run.job;
    const struct plateau_scenario baseline = PLATEAU_BASELINE;
    struct cell_engine *cells = NULL;
    struct selection selection;
    enum err err = cell_engine_new(&cells, job, image->bytes, image->length, CACHE_BYTES, note);
    if (!err)
        err = selection_run(&selection, cells, job, s->report.pick.point, &baseline, 0,
                            job_n_open_periods(job), note);
    cell_engine_free(&cells);
    if (err)
        return err;
    stress_correlation(&s->report.correlation, selection.returns, selection.correlation,
                       selection.n_days);
    s->report.traced = true;
    selection_free(&selection);
    return OK;
}

static enum err compute_again(struct stressing *s, struct err_note *note)
{
    struct stress_report *r = &s->report;
    const struct job *job = &s->run.job;
    struct market_image image;
    struct err_note why = {""};
    if (isnan(r->f[r->pick.point]))
        err_set(&why, ERR_EMPTY, "the point has no number");
    else if (run_image_open_again(&image, &s->run, &why) == OK) {
        enum err err =
            ladder_sample_choose(&r->ladder, r->f, r->n_points, r->pick.point, s->asked->all);
        if (!err)
            err =
                ladder_sample_compute(&r->ladder, job, image.bytes, image.length, r->period, note);
        if (!err)
            err = measure_correlation(s, &image, note);
        market_image_free(&image);
        return err;
    }
    snprintf(r->missing, sizeof r->missing, "%.190s", why.text);
    return OK;
}

/* ---- the verb ---- */

static enum err print(const struct stressing *s, struct err_note *note)
{
    struct cli_output out;
    enum err err = cli_output_open(&out, s->asked->path, false, note);
    if (err)
        return err;
    err = s->asked->format == CLI_JSON  ? stress_report_json(&s->report, out.file)
          : s->asked->format == CLI_CSV ? stress_report_csv(&s->report, out.file)
                                        : stress_report_text(&s->report, out.file);
    if (!err)
        err = cli_output_commit(&out, note);
    cli_output_discard(&out);
    return err;
}

static enum err stress(struct stressing *s, const char *which, struct err_note *note)
{
    enum err err = run_dir_open(&s->run, s->asked->runs, which, note);
    if (!err)
        err = choose(s, note);
    if (!err)
        err = read_objective(s, note);
    if (!err)
        err = summarise(s, note);
    if (!err)
        err = judge_limits(s, note);
    if (!err)
        err = compute_again(s, note);
    if (!err)
        err = print(s, note);
    return err;
}

static void stressing_free(struct stressing *s)
{
    free(s->report.f);
    free(s->report.surfaces.worst);
    free(s->report.surfaces.regret);
    free(s->report.surfaces.retention);
    ladder_sample_free(&s->report.ladder);
    run_dir_free(&s->run);
    free(s);
}

int cli_stress(int argc, char **argv)
{
    struct asked asked = {.runs = "runs"};
    const struct cli_option options[] = {
        {"at", 0, CLI_TEXT, &asked.at, "CELL", "the point to look at (default: the robust pick)",
         NULL},
        {"objective", 0, CLI_TEXT, &asked.metric, "NAME",
         "metric to compare (default: the run's objective)", NULL},
        {"period", 0, CLI_TEXT, &asked.period, "NAME", "period (default: the first)", NULL},
        {"all", 0, CLI_FLAG, &asked.all, NULL,
         "break-even slippage of every point, however many (else 2,048 of them)", NULL},
        {"format", 0, CLI_CHOICE, &asked.format, "FORM",
         "table: the chosen point; csv, json: also every point", CLI_FORMATS},
        {"output", 'o', CLI_TEXT, &asked.path, "FILE", "where it goes (default: stdout)", NULL},
        {"dir", 0, CLI_TEXT, &asked.runs, "RUNS", "folder of runs (default: runs)", NULL},
        CLI_OPTION_END,
    };
    struct cli_args args;
    int code = cli_parse(argc, argv, options, 0, 1, &args);
    if (code >= 0)
        return code;
    struct err_note note = {""};
    struct stressing *s = calloc(1, sizeof *s);
    if (!s)
        return cli_fail(ERR_NOMEM, NULL, NULL);
    s->asked = &asked;
    enum err err = stress(s, args.n ? args.at[0] : "last", &note);
    stressing_free(s);
    return err ? cli_fail(err, &note, NULL) : CLI_OK;
}
