#include "coordinator/daily.h"
#include "engine/plateau_engine.h"
#include "review/statistics/parallel.h"
#include "worker/cell.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_BYTES (256u << 20) /* of each thread's engine */
enum { BATCH = 64 };             /* points run side by side: enough to fill the engine's lanes */

struct work {
    const struct job *job;
    const struct market_image *image;
    const uint64_t *points;
    struct daily *series;
    enum err err[PARALLEL_THREADS_MAX];
    struct err_note note[PARALLEL_THREADS_MAX];
};
struct batch {
    struct plateau_config *config[BATCH];
    const struct plateau_config *view[BATCH];
    struct plateau_result result[BATCH];
    size_t place[BATCH]; /* row of the series */
    size_t n;
};

static enum err add_point(struct batch *batch, struct cell_engine *cells, uint64_t point,
                          size_t place, struct err_note *note)
{
    const struct plateau_config *config;
    bool failed;
    enum err err = cell_config(cells, point, &config, &failed, NULL);
    if (!err && !failed)
        err = plateau_config_copy(&batch->config[batch->n], config);
    if (err)
        return err_set(note, err, "%s", err_text(err));
    if (!failed) {
        batch->view[batch->n] = batch->config[batch->n];
        batch->place[batch->n++] = place;
    }
    return OK;
}

static void end_batch(struct batch *batch)
{
    for (size_t i = 0; i < batch->n; i++)
        plateau_config_free(&batch->config[i]);
    batch->n = 0;
}

static enum err run_batch(struct work *w, struct batch *batch, struct cell_engine *cells)
{
    struct daily *series = w->series;
    const struct plateau_scenario scenario = cell_scenario(w->job, 0);
    size_t at = 0;
    enum err err = OK;
    for (uint32_t p = 0; p < job_n_open_periods(w->job) && batch->n && !err; p++) {
        const struct plateau_period period = cell_period(w->job, p);
        err = plateau_run(cell_plateau_engine(cells), batch->view, batch->n, &scenario, &period,
                          batch->result);
        for (size_t i = 0; i < batch->n && !err; i++)
            if (batch->result[i].n_days == series->period_days[p] && series->period_days[p])
                memcpy(series->value + batch->place[i] * series->n_days + at,
                       batch->result[i].returns, series->period_days[p] * sizeof(double));
        at += series->period_days[p];
    }
    return err;
}

static void mark(struct daily *series, size_t k)
{
    bool ok = series->n_days > 0;
    for (size_t t = 0; t < series->n_days && ok; t++)
        ok = isfinite(series->value[k * series->n_days + t]);
    series->ok[k] = ok;
}

static void compute(void *context, unsigned i, size_t begin, size_t end)
{
    struct work *w = context;
    struct cell_engine *cells = NULL;
    struct batch batch = {.n = 0};
    w->err[i] = cell_engine_new(&cells, w->job, w->image->bytes, w->image->length, CACHE_BYTES,
                                &w->note[i]);
    for (size_t k = begin; k < end && !w->err[i]; k += BATCH) {
        for (size_t j = k; j < end && j < k + BATCH && !w->err[i]; j++)
            w->err[i] = add_point(&batch, cells, w->points[j], j, &w->note[i]);
        if (!w->err[i])
            w->err[i] = run_batch(w, &batch, cells);
        end_batch(&batch);
        for (size_t j = k; j < end && j < k + BATCH; j++)
            mark(w->series, j);
    }
    cell_engine_free(&cells);
}

static enum err add_days(struct daily *series, uint32_t period, const struct plateau_dates *dates)
{
    int32_t *more = realloc(series->day, (series->n_days + dates->n + 1) * sizeof *more);
    if (!more)
        return ERR_NOMEM;
    memcpy(more + series->n_days, dates->day, dates->n * sizeof *more);
    series->day = more;
    series->period_days[period] = dates->n;
    series->n_days += dates->n;
    return OK;
}

/* Recorded days are the same for every point of a run: any point that fits together tells them. */
static enum err count_days(struct daily *series, const struct work *w, struct err_note *note)
{
    struct cell_engine *cells = NULL;
    const struct plateau_config *config;
    bool failed = true;
    const struct plateau_scenario scenario = cell_scenario(w->job, 0);
    enum err err =
        cell_engine_new(&cells, w->job, w->image->bytes, w->image->length, CACHE_BYTES, note);
    for (size_t k = 0; k < series->n && failed && !err; k++)
        err = cell_config(cells, w->points[k], &config, &failed, NULL);
    for (uint32_t p = 0; p < job_n_open_periods(w->job) && !failed && !err; p++) {
        struct plateau_dates dates;
        const struct plateau_period period = cell_period(w->job, p);
        err = plateau_dates(cell_plateau_engine(cells), config, &scenario, &period, &dates);
        if (!err)
            err = add_days(series, p, &dates);
    }
    cell_engine_free(&cells);
    return err;
}

enum err daily_compute(struct daily *out, const struct job *job, const struct market_image *image,
                       const uint64_t *points, size_t n, unsigned n_threads, struct err_note *note)
{
    struct daily series = {.n = n};
    struct work *w = calloc(1, sizeof *w);
    if (!w)
        return ERR_NOMEM;
    *w = (struct work){.job = job, .image = image, .points = points, .series = &series};
    enum err err = count_days(&series, w, note);
    if (!err) {
        series.value = malloc((n * series.n_days + 1) * sizeof *series.value);
        series.ok = calloc(n + 1, sizeof *series.ok);
        err = series.value && series.ok ? OK : ERR_NOMEM;
    }
    if (!err) {
        unsigned threads = parallel_threads(n_threads, (n + BATCH - 1) / BATCH);
        for (size_t i = 0; i < n * series.n_days; i++)
            series.value[i] = NAN;
        err = parallel_ranges(threads, n, compute, w);
        for (unsigned i = 0; i < threads && !err; i++)
            if ((err = w->err[i]))
                err_set(note, err, "%s", w->note[i].text);
    }
    if (err)
        daily_free(&series);
    else
        *out = series;
    free(w);
    return err;
}

void daily_free(struct daily *series)
{
    free(series->day);
    free(series->value);
    free(series->ok);
    memset(series, 0, sizeof *series);
}

/* ---- trades ---- */

static double starting_equity(const struct job *job)
{
    for (uint32_t i = 0; i < job->n_values; i++)
        if (strcmp(job->values[i].path, "portfolio.starting_equity") == 0)
            return job->values[i].value;
    return NAN;
}

static enum err copy_trades(struct daily_trades *out, const struct plateau_trace *trace,
                            double starting)
{
    struct daily_trades t = {.n = trace->n_trades, .n_days = trace->n_days};
    t.r_multiple = malloc((t.n + 1) * sizeof *t.r_multiple);
    t.weight = malloc((t.n + 1) * sizeof *t.weight);
    t.entry = malloc((t.n + 1) * sizeof *t.entry);
    t.exit = malloc((t.n + 1) * sizeof *t.exit);
    t.market = malloc((t.n_days + 1) * sizeof *t.market);
    if (!t.r_multiple || !t.weight || !t.entry || !t.exit || !t.market) {
        daily_trades_free(&t);
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < t.n; i++) {
        const struct plateau_trade *trade = &trace->trades[i];
        double equity = trade->entry_index > 0 ? trace->equity[trade->entry_index - 1] : starting;
        t.r_multiple[i] = trade->r_multiple;
        t.weight[i] = trade->quantity * trade->entry_price / equity;
        t.entry[i] = trade->entry_index;
        t.exit[i] = trade->exit_index;
    }
    for (size_t d = 0; d < t.n_days; d++) {
        bool defined = isfinite(trace->bench_return[d]);
        t.n_undefined += !defined;
        t.market[d] = defined ? trace->bench_return[d] : 0.0;
    }
    *out = t;
    return OK;
}

enum err daily_trade_list(struct daily_trades *out, const struct job *job,
                          const struct market_image *image, uint64_t point, uint32_t open_period,
                          struct err_note *note)
{
    struct cell_engine *cells = NULL;
    const struct plateau_config *config;
    struct plateau_trace trace;
    bool failed = false;
    const struct plateau_scenario scenario = cell_scenario(job, 0);
    const struct plateau_period period = cell_period(job, open_period);
    enum err err = cell_engine_new(&cells, job, image->bytes, image->length, CACHE_BYTES, note);
    if (!err)
        err = cell_config(cells, point, &config, &failed, note);
    if (!err && failed)
        err = ERR_RANGE;
    if (!err) {
        err = plateau_run_traced(cell_plateau_engine(cells), config, &scenario, &period, &trace);
        if (!err)
            err = copy_trades(out, &trace, starting_equity(job));
        if (err)
            err_set(note, err, "%s", err_text(err));
    }
    cell_engine_free(&cells);
    return err;
}

void daily_trades_free(struct daily_trades *trades)
{
    free(trades->r_multiple);
    free(trades->weight);
    free(trades->entry);
    free(trades->exit);
    free(trades->market);
    memset(trades, 0, sizeof *trades);
}
