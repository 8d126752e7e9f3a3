#include "worker/selection.h"
#include "engine/config.h"
#include "worker/held_correlation.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct sums { /* over the periods, for the metrics of trades */
    double notional, equity;
    uint32_t n_open;
    int32_t *open_entry;
};

static bool grow_numbers(double **array, size_t n)
{
    double *more = realloc(*array, (n + 1) * sizeof *more);
    if (more)
        *array = more;
    return more != NULL;
}

static bool grow_indices(int32_t **array, size_t n)
{
    int32_t *more = realloc(*array, (n + 1) * sizeof *more);
    if (more)
        *array = more;
    return more != NULL;
}

static bool make_room(struct selection *s, struct sums *sums, const struct plateau_trace *t)
{
    size_t days = (size_t)s->n_days + t->n_days, trades = (size_t)s->n_trades + t->n_trades;
    struct selection_trade *more = realloc(s->trades, (trades + 1) * sizeof *more);
    if (more)
        s->trades = more;
    return more && grow_numbers(&s->returns, days) && grow_numbers(&s->bench, days) &&
           grow_numbers(&s->equity, days) && grow_numbers(&s->correlation, days) &&
           grow_indices(&s->day, days) &&
           grow_indices(&sums->open_entry, (size_t)sums->n_open + t->n_open);
}

static void append(struct selection *s, struct sums *sums, const struct plateau_trace *t,
                   double starting_equity)
{
    const int32_t before = (int32_t)s->n_days;
    for (uint32_t d = 0; d < t->n_days; d++) {
        s->returns[s->n_days] = t->returns[d];
        s->bench[s->n_days] = t->bench_return[d];
        s->equity[s->n_days] = t->equity[d];
        s->day[s->n_days++] = t->day[d];
        sums->equity += t->equity[d];
    }
    for (uint32_t i = 0; i < t->n_trades; i++) {
        const struct plateau_trade *trade = &t->trades[i];
        double value = trade->quantity * trade->entry_price;
        double equity =
            trade->entry_index > 0 ? t->equity[trade->entry_index - 1] : starting_equity;
        s->trades[s->n_trades++] =
            (struct selection_trade){before + trade->entry_index, before + trade->exit_index,
                                     trade->pnl, trade->r_multiple, value / equity};
        sums->notional += value + trade->quantity * trade->exit_price;
    }
    for (uint32_t i = 0; i < t->n_open; i++) {
        sums->open_entry[sums->n_open++] = before + t->open[i].entry_index;
        sums->notional += t->open[i].quantity * t->open[i].entry_price;
    }
}

static enum err trace_period(struct selection *s, struct sums *sums, struct cell_engine *cells,
                             const struct plateau_config *config,
                             const struct plateau_scenario *scenario,
                             const struct plateau_period *period)
{
    struct plateau_engine *engine = cell_plateau_engine(cells);
    struct plateau_trace trace;
    enum err err = plateau_run_traced(engine, config, scenario, period, &trace);
    if (err)
        return err;
    if (!make_room(s, sums, &trace))
        return ERR_NOMEM;
    err = held_correlation(engine, config, &trace, s->correlation + s->n_days);
    if (!err)
        append(s, sums, &trace, config_portfolio(config)->starting_equity);
    return err;
}

static enum err fill_row(struct selection *s, const struct sums *sums)
{
    struct metric_row row = {.flags = 0};
    size_t n = s->n_trades;
    double *numbers = calloc(2 * n + s->n_days + 1, sizeof *numbers);
    int32_t *indices = calloc(2 * n + 1, sizeof *indices);
    if (numbers && indices) {
        for (size_t i = 0; i < n; i++) {
            numbers[i] = s->trades[i].pnl;
            numbers[n + i] = s->trades[i].r_multiple;
            indices[i] = s->trades[i].entry;
            indices[n + i] = s->trades[i].exit;
        }
        struct metric_trades trades = {.n = n,
                                       .pnl = numbers,
                                       .r_multiple = numbers + n,
                                       .entry = indices,
                                       .exit = indices + n,
                                       .n_open = sums->n_open,
                                       .open_entry = sums->open_entry,
                                       .traded_notional = sums->notional,
                                       .mean_equity = s->n_days ? sums->equity / s->n_days : NAN};
        metrics_from_returns(&row, s->returns, s->n_days, s->bench, 0, 0, s->periods_per_year,
                             METRIC_TAIL, numbers + 2 * n);
        metrics_from_trades(&row, &trades, s->n_days, s->periods_per_year, NULL);
        s->row = row;
    }
    bool done = numbers && indices;
    free(numbers);
    free(indices);
    return done ? OK : ERR_NOMEM;
}

enum err selection_run(struct selection *out, struct cell_engine *cells, const struct job *job,
                       uint64_t point, const struct plateau_scenario *scenario,
                       uint32_t first_period, uint32_t end_period, struct err_note *note)
{
    struct selection s = {0};
    struct sums sums = {0};
    const struct plateau_config *config;
    bool failed = false;
    enum err err = cell_config(cells, point, &config, &failed, note);
    if (!err && failed)
        err = ERR_RANGE;
    if (!err)
        s.periods_per_year = config_portfolio(config)->periods_per_year;
    for (uint32_t p = first_period; !err && p < end_period; p++) {
        struct plateau_period period = cell_period(job, p);
        err = trace_period(&s, &sums, cells, config, scenario, &period);
        /* What is open at the end of a period is not held in the next one. */
        if (!err && p + 1 < end_period)
            sums.n_open = 0;
    }
    if (!err)
        err = fill_row(&s, &sums);
    free(sums.open_entry);
    if (err)
        selection_free(&s);
    else
        *out = s;
    return err;
}

void selection_free(struct selection *s)
{
    free(s->returns);
    free(s->bench);
    free(s->equity);
    free(s->correlation);
    free(s->day);
    free(s->trades);
    memset(s, 0, sizeof *s);
}
