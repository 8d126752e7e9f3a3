#include "cli/evidence.h"
#include "cli/run_image.h"
#include "coordinator/results.h"
#include "review/review.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_BYTES (256u << 20)

/* ---- names ---- */

/* "slippage_2.5x" */
static bool read_slippage(const char *name, double *multiple)
{
    static const char prefix[] = "slippage_";
    char *end = NULL;
    if (strncmp(name, prefix, sizeof prefix - 1) != 0)
        return false;
    name += sizeof prefix - 1;
    *multiple = strtod(name, &end);
    return *name >= '0' && *name <= '9' && strcmp(end, "x") == 0 && isfinite(*multiple);
}

/* A scenario of the run, or one of the standard names: the engine can compute those of any run. */
static enum err find_scenario(const struct evidence *e, const struct gate_line *line,
                              struct plateau_scenario *out, uint32_t *stored, struct err_note *note)
{
    const struct job *job = &e->run->job;
    const char *name = line->scenario[0] ? line->scenario : "baseline", *names[JOB_SCENARIOS_MAX];
    *stored = UINT32_MAX;
    for (uint32_t s = 0; s < job->n_scenarios; s++) {
        names[s] = job->scenarios[s].name;
        if (strcmp(names[s], name) == 0) {
            *stored = s;
            *out = cell_scenario(job, s);
            return OK;
        }
    }
    *out = PLATEAU_BASELINE;
    if (strcmp(name, "baseline") == 0)
        return OK;
    if (strcmp(name, "flash_crash") == 0)
        out->flash_crash = true;
    else if (strcmp(name, "bear_months") == 0)
        out->regime = PLATEAU_REGIME_BEAR;
    else if (strcmp(name, "range_months") == 0)
        out->regime = PLATEAU_REGIME_RANGE;
    else if (!read_slippage(name, &out->slippage_multiplier)) {
        const char *near = err_nearest(name, names, job->n_scenarios);
        return err_set(note, ERR_SPEC, "%s:%u: %s: no scenario '%s'%s%s%s", e->gate->file,
                       line->line, line->text, name, near ? " (did you mean " : "",
                       near ? near : "", near ? "?)" : "");
    }
    return OK;
}

enum where { OPEN_PERIODS, LOCKED_PERIOD, NO_LOCKED_PERIOD };

/* "selection", a period's name, or "holdout" for the first locked period whatever it is called.
 * Open: *first .. *end - 1 of the open periods; locked: *first of the locked ones. */
static enum err find_periods(const struct evidence *e, const struct gate_group *group,
                             enum where *where, uint32_t *first, uint32_t *end,
                             struct err_note *note)
{
    const struct job *job = &e->run->job;
    const char *names[JOB_PERIODS_MAX + 2];
    uint32_t n = 0, n_of[2] = {0, 0};
    for (uint32_t p = 0; p < job->n_periods; p++) {
        bool locked = job->periods[p].locked;
        names[n++] = job->periods[p].name;
        if (strcmp(job->periods[p].name, group->on) == 0) {
            *where = locked ? LOCKED_PERIOD : OPEN_PERIODS;
            *first = n_of[locked];
            *end = *first + 1;
            return OK;
        }
        n_of[locked]++;
    }
    names[n++] = "selection";
    names[n++] = "holdout";
    *first = 0;
    *end = n_of[0];
    *where = OPEN_PERIODS;
    if (strcmp(group->on, "selection") == 0)
        return OK;
    *where = n_of[1] ? LOCKED_PERIOD : NO_LOCKED_PERIOD;
    if (strcmp(group->on, "holdout") == 0)
        return OK;
    const char *near = err_nearest(group->on, names, n);
    return err_set(note, ERR_SPEC, "%s:%u: %s: the run has no period '%s'%s%s%s", e->gate->file,
                   group->line, group->name, group->on, near ? " (did you mean " : "",
                   near ? near : "", near ? "?)" : "");
}

/* ---- computed again ---- */

static double base_value(const struct job *job, const char *path)
{
    for (uint32_t i = 0; i < job->n_values; i++)
        if (strcmp(job->values[i].path, path) == 0)
            return job->values[i].value;
    return 0;
}

static bool same_scenario(const struct plateau_scenario *a, const struct plateau_scenario *b)
{
    return a->slippage_multiplier == b->slippage_multiplier && a->flash_crash == b->flash_crash &&
           a->regime == b->regime;
}

static enum err find_row(struct evidence *e, const struct plateau_scenario *scenario,
                         uint32_t first, uint32_t end, struct evidence_row **out,
                         struct err_note *note)
{
    for (uint32_t i = 0; i < e->n_rows; i++) {
        struct evidence_row *r = &e->row[i];
        if (same_scenario(&r->scenario, scenario) && r->first_period == first &&
            r->end_period == end) {
            *out = r;
            return OK;
        }
    }
    if (e->n_rows == EVIDENCE_ROWS_MAX)
        return err_set(note, ERR_OVERFLOW,
                       "%s: speaks of more than %d pairs of scenario and period", e->gate->file,
                       EVIDENCE_ROWS_MAX);
    struct evidence_row *r = &e->row[e->n_rows];
    *r = (struct evidence_row){*scenario, first, end, {0}, NAN, NAN, false};
    enum err err =
        selection_run(&r->selection, e->cells, &e->run->job, e->point, scenario, first, end, note);
    if (err)
        return err;
    e->n_rows++;
    *out = r;
    return OK;
}

/* As `plateau review` resamples: the same iterations, risk fraction and seed. */
static enum err resample(struct evidence *e, struct evidence_row *row)
{
    const struct selection *s = &row->selection;
    const uint64_t seed = (uint64_t)base_value(&e->run->job, "portfolio.seed");
    double *r_multiple = calloc((size_t)s->n_trades + s->n_days + 1, sizeof *r_multiple);
    struct entry_trade *trades = calloc((size_t)s->n_trades + 1, sizeof *trades);
    enum err err = r_multiple && trades ? OK : ERR_NOMEM;
    for (uint32_t i = 0; !err && i < s->n_trades; i++) {
        r_multiple[i] = s->trades[i].r_multiple;
        trades[i] =
            (struct entry_trade){s->trades[i].entry, s->trades[i].exit, s->trades[i].weight};
    }
    struct trade_bootstrap bootstrap;
    struct entry_permutation permutation;
    if (!err && s->n_days) {
        double *market = r_multiple + s->n_trades;
        for (uint32_t d = 0; d < s->n_days; d++)
            market[d] = isnan(s->bench[d]) ? 0 : s->bench[d];
        err = trade_bootstrap_run(&bootstrap, r_multiple, s->n_trades,
                                  s->n_days / s->periods_per_year, REVIEW_RISK_FRACTION,
                                  REVIEW_ITERATIONS, seed, e->point);
        if (!err)
            err = entry_permutation_run(&permutation, market, s->n_days, trades, s->n_trades,
                                        REVIEW_ITERATIONS, seed, e->point);
        if (!err) {
            row->bootstrap_p05 = bootstrap.sharpe.p05;
            row->permutation_p = permutation.p;
        }
    }
    row->resampled = !err;
    free(r_multiple);
    free(trades);
    return err;
}

static enum err computed_value(struct evidence *e, uint32_t measure,
                               const struct plateau_scenario *scenario, uint32_t first,
                               uint32_t end, struct gate_value *out, struct err_note *note)
{
    struct evidence_row *row = NULL;
    enum err err = find_row(e, scenario, first, end, &row, note);
    if (!err && measure >= N_METRICS && !row->resampled)
        err = resample(e, row);
    if (!err)
        out->value = measure < N_METRICS                    ? row->selection.row.v[measure]
                     : measure == GATE_BOOTSTRAP_SHARPE_P05 ? row->bootstrap_p05
                                                            : row->permutation_p;
    return err;
}

/* ---- as stored ---- */

/* Whether a lower value is the one to fear. */
static bool fears_low(const struct gate_group *group, const struct gate_line *line)
{
    bool below = line->op == GATE_BELOW || line->op == GATE_AT_MOST;
    return below == group->reject;
}

/* Over several periods there is no stored row: the worse of theirs, or undefined with any. */
static enum err stored_value(struct evidence *e, const struct gate_group *group,
                             const struct gate_line *line, uint32_t scenario, uint32_t first,
                             uint32_t end, struct gate_value *out, struct err_note *note)
{
    if (scenario == UINT32_MAX || line->measure >= N_METRICS) {
        snprintf(out->why, sizeof out->why, "not stored, and %s", e->why);
        return OK;
    }
    struct results_cell *cell = malloc(sizeof *cell);
    enum err err = cell ? results_cell(e->run, e->point, scenario, cell, note) : ERR_NOMEM;
    for (uint32_t p = first; !err && p < end; p++) {
        double v = cell->metrics[p][line->measure];
        bool worse = fears_low(group, line) ? v < out->value : v > out->value;
        if (p == first || isnan(v) || worse)
            out->value = v;
        if (isnan(v))
            break;
    }
    if (!err && cell->status != STATUS_OK)
        snprintf(out->why, sizeof out->why, "the cell is %s", STATUS_NAME[cell->status]);
    else if (!err && end - first > 1)
        snprintf(out->why, sizeof out->why, "the worse of %u periods: %s", end - first, e->why);
    free(cell);
    return err;
}

/* ---- the holdout ---- */

static void locked_value(const struct evidence *e, const struct gate_line *line, uint32_t scenario,
                         uint32_t period, struct gate_value *out)
{
    const struct holdout_opening *opening = holdout_find(&e->holdout, e->point);
    if (!opening) {
        out->unopened = true;
        snprintf(out->why, sizeof out->why,
                 "the holdout is not opened for point %llu: plateau holdout --point %llu",
                 (unsigned long long)e->point, (unsigned long long)e->point);
        return;
    }
    if (scenario == UINT32_MAX || line->measure >= N_METRICS) {
        snprintf(out->why, sizeof out->why, "the record of the holdout does not have it");
        return;
    }
    const struct holdout_cell *cell = holdout_cell(&e->holdout, opening, scenario, period);
    if (cell->status == STATUS_OK)
        out->value = cell->metrics[line->measure];
    else
        snprintf(out->why, sizeof out->why, "the cell is %s", STATUS_NAME[cell->status]);
}

enum err evidence_value(void *ctx, const struct gate_group *group, const struct gate_line *line,
                        struct gate_value *out, struct err_note *note)
{
    struct evidence *e = ctx;
    struct plateau_scenario scenario;
    uint32_t stored, first, end;
    enum where where;
    enum err err = find_periods(e, group, &where, &first, &end, note);
    if (!err)
        err = find_scenario(e, line, &scenario, &stored, note);
    if (err)
        return err;
    if (where == NO_LOCKED_PERIOD) {
        out->unopened = true;
        snprintf(out->why, sizeof out->why, "the run has no locked period");
        return OK;
    }
    if (where == LOCKED_PERIOD) {
        locked_value(e, line, stored, first, out);
        return OK;
    }
    return e->cells ? computed_value(e, line->measure, &scenario, first, end, out, note)
                    : stored_value(e, group, line, stored, first, end, out, note);
}

/* ---- opening ---- */

static enum err open_engine(struct evidence *e, struct err_note *note)
{
    struct err_note why = {""};
    const struct job *job = &e->run->job;
    if (run_image_open_again(&e->image, e->run, &why) != OK) {
        snprintf(e->why, sizeof e->why, "%.110s", why.text);
        return OK;
    }
    return cell_engine_new(&e->cells, job, e->image.bytes, e->image.length, CACHE_BYTES, note);
}

enum err evidence_open(struct evidence *out, const struct run_dir *run, const struct gate *gate,
                       uint64_t point, struct err_note *note)
{
    struct results_cell *cell = malloc(sizeof *cell);
    memset(out, 0, sizeof *out);
    out->run = run;
    out->gate = gate;
    out->point = point;
    enum err err = cell ? results_cell(run, point, 0, cell, note) : ERR_NOMEM;
    if (!err && cell->status != STATUS_OK)
        err = err_set(note, ERR_EMPTY, "point %llu is %s%s%s: there is nothing to judge",
                      (unsigned long long)point, STATUS_NAME[cell->status],
                      cell->reason[0] ? ": " : "", cell->reason);
    free(cell);
    if (!err)
        err = holdout_read(&out->holdout, run, note);
    if (!err)
        err = open_engine(out, note);
    if (err)
        evidence_free(out);
    return err;
}

void evidence_free(struct evidence *e)
{
    for (uint32_t i = 0; i < e->n_rows; i++)
        selection_free(&e->row[i].selection);
    holdout_free(&e->holdout);
    cell_engine_free(&e->cells);
    market_image_free(&e->image);
    memset(e, 0, sizeof *e);
}
