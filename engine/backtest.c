#include "engine/backtest.h"
#include "engine/canonical.h"
#include <stdlib.h>

#define X(id, name) name,
const char *const PLATEAU_REASON_NAME[] = {PLATEAU_REASON_TABLE(X)};
const char *const PLATEAU_REJECTION_NAME[] = {PLATEAU_REJECTION_TABLE(X)};
#undef X

void backtest_free(struct backtest **backtest_p)
{
    struct backtest *b = *backtest_p;
    if (!b)
        return;
    schedule_free(&b->schedule);
    series_free(&b->series);
    free(b->arena);
    free(b);
    *backtest_p = NULL;
}

int64_t backtest_bar_today(const struct sleeve_run *s, uint32_t symbol)
{
    int64_t row = s->bar[symbol];
    return s->open_today && row >= 0 && s->data->bar_session[row] == s->session ? row : -1;
}

void backtest_strategy_bar(const struct sleeve_run *s, uint32_t row, struct strategy_bar *out)
{
    int32_t bench = s->bench_latest[s->session];
    out->open = s->data->open[row];
    out->high = s->data->high[row];
    out->low = s->data->low[row];
    out->close = s->data->close[row];
    out->volume = s->data->volume[row];
    for (uint32_t i = 0; i < s->n_needs; i++) {
        if (!s->needs[i].of_benchmark)
            out->indicator[i] = s->indicator[i][row];
        else
            out->indicator[i] = bench < 0 ? nan_canonical() : s->indicator[i][bench];
    }
}

/* Every sleeve sees its latest session and each symbol's latest bar, and nothing later. */
static void arrive(struct backtest *b)
{
    uint32_t t = b->schedule->first + b->date;
    b->today = b->calendars->run_day[t];
    b->crash = b->schedule->flags[b->date] & SCHEDULE_CRASH;
    for (uint32_t k = 0; k < b->n_sleeves; k++) {
        struct sleeve_run *s = &b->sleeve[k];
        s->open_today = s->calendar->session[t] != CALENDAR_NO_SESSION;
        s->session = s->calendar->latest[t];
        for (uint32_t i = 0; i < s->data->n_symbols; i++) {
            int64_t next = s->bar[i] < 0 ? s->data->bar_start[i] : s->bar[i] + 1;
            for (; next < s->data->bar_start[i + 1] && s->data->bar_session[next] <= s->session;
                 next++)
                s->bar[i] = next;
        }
    }
}

static void run_dates(struct backtest *b)
{
    for (b->date = 0; b->date < b->schedule->n; b->date++) {
        if (!(b->schedule->flags[b->date] & SCHEDULE_PROCESSED))
            continue;
        arrive(b);
        backtest_open(b);
        backtest_close(b);
        b->multiplier[b->index] = nan_canonical();
        if (b->date + 1 < b->schedule->n)
            backtest_select(b);
        b->index++;
    }
}

static enum err measure(const struct backtest *b, struct metric_row *row)
{
    size_t n = b->n_trades, days = b->schedule->n_recorded, n_open = b->n_positions;
    size_t scratch = 2 * n > days ? 2 * n : days;
    double *numbers = malloc((2 * n + scratch + 1) * sizeof *numbers);
    int32_t *indices = malloc((2 * n + n_open + 1) * sizeof *indices);
    double equity = 0;
    if (!numbers || !indices) {
        free(numbers);
        free(indices);
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        numbers[i] = b->trades[i].pnl;
        numbers[n + i] = b->trades[i].r_multiple;
        indices[i] = b->trades[i].entry_index;
        indices[n + i] = b->trades[i].exit_index;
    }
    for (size_t i = 0; i < n_open; i++)
        indices[2 * n + i] = b->positions[i].trade.entry_index;
    for (size_t i = 0; i < days; i++)
        equity += b->equity[i];
    struct metric_trades trades = {.n = n,
                                   .pnl = numbers,
                                   .r_multiple = numbers + n,
                                   .entry = indices,
                                   .exit = indices + n,
                                   .n_open = n_open,
                                   .open_entry = indices + 2 * n,
                                   .traded_notional = b->notional,
                                   .mean_equity = days ? equity / (double)days : nan_canonical()};
    double per_year = b->portfolio->periods_per_year;
    *row = (struct metric_row){.flags = 0};
    metrics_from_returns(row, b->returns, days, b->schedule->bench_return, 0, 0, per_year,
                         METRIC_TAIL, numbers + 2 * n);
    metrics_from_trades(row, &trades, days, per_year, numbers + 2 * n);
    nan_canonicalise(row->v, N_METRICS);
    free(numbers);
    free(indices);
    return OK;
}

static void list_open(struct backtest *b)
{
    for (uint32_t i = 0; i < b->n_positions; i++) {
        const struct position *p = &b->positions[i];
        b->open[i] = p->trade;
        b->open[i].stop = p->stop.stop;
        b->open[i].tightened = p->stop.tightened;
        b->open[i].exit_price = b->open[i].exit_fee = b->open[i].exit_slippage_bps =
            b->open[i].pnl = b->open[i].r_multiple = nan_canonical();
    }
}

enum err plateau_run_traced(struct plateau_engine *engine, const struct plateau_config *config,
                            const struct plateau_scenario *scenario,
                            const struct plateau_period *period, struct plateau_trace *out)
{
    enum err e = backtest_prepare(engine, config, scenario, period);
    if (e)
        return e;
    struct backtest *b = engine->backtest;
    struct metric_row metrics;
    run_dates(b);
    nan_canonicalise(b->returns, b->schedule->n_recorded);
    e = measure(b, &metrics);
    if (e)
        return e;
    list_open(b);
    *out = (struct plateau_trace){.metrics = metrics,
                                  .n_days = b->schedule->n_recorded,
                                  .n_trades = b->n_trades,
                                  .n_open = b->n_positions,
                                  .n_crash = b->schedule->n_crash,
                                  .day = b->schedule->day,
                                  .equity = b->equity,
                                  .cash = b->cash_at,
                                  .returns = b->returns,
                                  .risk_multiplier = b->multiplier,
                                  .bench_return = b->schedule->bench_return,
                                  .trades = b->trades,
                                  .open = b->open,
                                  .crash_day = b->schedule->crash_day,
                                  .empty = b->schedule->n_recorded == 0};
    for (int i = 0; i < PLATEAU_N_REJECTIONS; i++)
        out->rejections[i] = b->rejections[i];
    return OK;
}
