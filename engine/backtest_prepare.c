/* Everything a run needs before its first date: sleeves bound to their data and indicators, and one
 * block of memory for all arrays, so that the daily loop has nothing to ask for. */
#include "engine/backtest.h"
#include "engine/philox.h"
#include <stdlib.h>
#include <string.h>

/* Each symbol's cash engagement is one position or one pending entry, and rule 1 of the selection
 * counts both. */
static uint32_t most_positions(const struct sleeve_run *s)
{
    double limit = s->common->max_positions, n = s->data->n_symbols;
    return (uint32_t)(limit < n ? limit : n);
}

static enum err bind_sleeve(struct plateau_engine *engine, uint32_t k)
{
    struct backtest *b = engine->backtest;
    struct sleeve_run *s = &b->sleeve[k];
    *s = (struct sleeve_run){.data = &engine->views[k],
                             .strategy = b->config->sleeve[k].strategy,
                             .params = config_params(b->config, k),
                             .common = config_sleeve(b->config, k),
                             .calendar_index = engine->calendars->of_sleeve[k],
                             .lots_per_unit = engine_lots_per_unit(engine, k),
                             .bench_latest = engine->calendars->bench_latest[k],
                             .session = -1};
    s->calendar = &engine->calendars->calendar[s->calendar_index];
    s->n_needs = s->strategy->indicators(s->params, s->needs);
    const struct indicator_need adv = {INDICATOR_ADV, (uint32_t)s->common->adv_lookback, 0, false};
    const struct indicator_need vol_mult = {INDICATOR_VOL_MULT, (uint32_t)s->common->atr_period, 0,
                                            false};
    enum err e = series_get(&b->series, s->data, k, &adv, &s->adv);
    if (!e)
        e = series_get(&b->series, s->data, k, &vol_mult, &s->vol_mult);
    for (uint32_t i = 0; i < s->n_needs && !e; i++)
        e = series_get(&b->series, s->data, k, &s->needs[i], &s->indicator[i]);
    return e;
}

/* The next n * size bytes of the arena, 8-byte aligned; NULL while it is only being measured. */
static void *carve(const struct backtest *b, size_t *used, size_t n, size_t size)
{
    void *at = b->arena ? b->arena + *used : NULL;
    *used += (n * size + 7) / 8 * 8;
    return at;
}

/* Places every array; gives the bytes they take. */
static size_t lay_out(struct backtest *b)
{
    size_t used = 0, days = b->schedule->n_recorded, symbols = 1, lookback = 0;
    for (uint32_t k = 0; k < b->n_sleeves; k++) {
        struct sleeve_run *s = &b->sleeve[k];
        size_t n = s->data->n_symbols;
        s->bar = carve(b, &used, n, sizeof *s->bar);
        s->state = carve(b, &used, n, sizeof *s->state);
        s->symbol_hash = carve(b, &used, n, sizeof *s->symbol_hash);
        symbols = n + 1 > symbols ? n + 1 : symbols;
    }
    for (uint32_t c = 0; c < b->calendars->n_calendars; c++) {
        struct calendar_run *calendar = &b->calendar[c];
        size_t n = calendar->lookback;
        calendar->positions.sum = carve(b, &used, n, sizeof(double));
        lookback = n > lookback ? n : lookback;
    }
    b->positions = carve(b, &used, b->max_positions, sizeof *b->positions);
    b->orders = carve(b, &used, b->max_positions, sizeof *b->orders);
    b->trades = carve(b, &used, b->max_trades, sizeof *b->trades);
    b->open = carve(b, &used, b->max_positions, sizeof *b->open);
    b->equity = carve(b, &used, days, sizeof(double));
    b->cash_at = carve(b, &used, days, sizeof(double));
    b->returns = carve(b, &used, days, sizeof(double));
    b->multiplier = carve(b, &used, days, sizeof(double));
    b->candidates = carve(b, &used, symbols, sizeof *b->candidates);
    for (int c = 0; c < N_SCORE_COMPONENTS; c++)
        b->strength[c] = carve(b, &used, symbols, sizeof(double));
    b->score = carve(b, &used, symbols, sizeof *b->score);
    b->order = carve(b, &used, symbols, sizeof *b->order);
    b->window = carve(b, &used, lookback, sizeof(double));
    return used;
}

/* A trade starts with a bar of its symbol, so there are no more of them than bars, nor than places
 * times dates. */
static void set_limits(struct backtest *b)
{
    uint64_t bars = 0;
    b->max_positions = 0;
    for (uint32_t k = 0; k < b->n_sleeves; k++) {
        bars += b->sleeve[k].data->n_bars;
        b->max_positions += most_positions(&b->sleeve[k]);
    }
    uint64_t by_places = (uint64_t)b->max_positions * b->schedule->n_recorded;
    b->max_trades = (uint32_t)(bars < by_places ? bars : by_places);
    for (uint32_t c = 0; c < b->calendars->n_calendars; c++) {
        uint32_t first = b->calendars->calendar[c].first_sleeve;
        b->calendar[c].lookback = (uint32_t)b->sleeve[first].common->corr_lookback;
    }
}

static void start_empty(struct backtest *b)
{
    b->cash = b->portfolio->starting_equity;
    b->value = b->notional = 0;
    b->index = b->n_positions = b->n_orders = b->n_trades = 0;
    memset(b->rejections, 0, sizeof b->rejections);
    risk_start(&b->risk);
    score_weights(b->portfolio, b->weights);
    for (uint32_t k = 0; k < b->n_sleeves; k++) {
        struct sleeve_run *s = &b->sleeve[k];
        for (uint32_t i = 0; i < s->data->n_symbols; i++) {
            const char *name = s->data->symbol_name[i];
            s->bar[i] = -1;
            s->state[i] = SYMBOL_FREE;
            s->symbol_hash[i] = fnv1a64(name, strlen(name));
        }
    }
}

enum err backtest_prepare(struct plateau_engine *engine, const struct plateau_config *config,
                          const struct plateau_scenario *scenario,
                          const struct plateau_period *period)
{
    if (!engine->backtest && !(engine->backtest = calloc(1, sizeof *engine->backtest)))
        return ERR_NOMEM;
    struct backtest *b = engine->backtest;
    b->config = config;
    b->portfolio = config_portfolio(config);
    b->calendars = engine->calendars;
    b->symbol_rank = engine->symbol_rank;
    b->n_sleeves = engine->n_sleeves;
    b->scenario_multiplier = scenario->slippage_multiplier;
    schedule_free(&b->schedule);
    free(b->arena);
    b->arena = NULL;
    series_trim(&b->series, engine->cache_bytes);
    enum err e = schedule_new(&b->schedule, engine->calendars, engine->views,
                              (uint64_t)b->portfolio->seed, scenario, period);
    for (uint32_t k = 0; k < b->n_sleeves && !e; k++)
        e = bind_sleeve(engine, k);
    if (e)
        return e;
    set_limits(b);
    b->arena = malloc(lay_out(b) + 1);
    if (!b->arena)
        return ERR_NOMEM;
    lay_out(b);
    start_empty(b);
    return OK;
}
