/* Steps 1 to 3 of a date: what was ordered is filled, and a flash crash strikes. */
#include "engine/backtest.h"
#include "engine/civil.h"
#include "engine/philox.h"
#include <assert.h>
#include <string.h>

enum {
    FORCED_AFTER_MISSING = 3
}; /* consecutive missing sessions after which a waiting exit is filled */

static uint32_t row_at(const struct sleeve_run *s, uint32_t symbol, uint32_t session)
{
    assert(s->bar[symbol] >= 0);
    uint32_t row = (uint32_t)s->bar[symbol];
    while (s->data->bar_session[row] > (int32_t)session)
        row--;
    assert(row >= s->data->bar_start[symbol]);
    return row;
}

/* The benchmark's last week at a session: 5 bars (equity) or 7 (crypto); 0 if undefined. */
static double weekly_return(const struct sleeve_run *s, uint32_t session)
{
    int32_t week = s->data->asset_class == IMAGE_CRYPTO ? 7 : 5;
    int32_t bar = s->bench_latest[session];
    if (bar < week)
        return 0;
    return s->data->bench_close[bar] / s->data->bench_close[bar - week] - 1;
}

double backtest_slippage(const struct backtest *b, uint32_t sleeve, uint32_t symbol,
                         uint32_t session, double quantity, int side)
{
    const struct sleeve_run *s = &b->sleeve[sleeve];
    enum slippage_model model = (enum slippage_model)b->portfolio->slippage_model;
    uint32_t row = row_at(s, symbol, session);
    struct fill_conditions conditions = {
        .multiplier = b->scenario_multiplier * (b->crash ? SLIPPAGE_CRASH : 1),
        .vol_mult = s->vol_mult[row],
        .size_penalty = fill_size_penalty(quantity, s->data->close[row], s->adv[row]),
        .weekend = s->data->asset_class == IMAGE_CRYPTO && civil_is_weekend(b->today),
        .weekly = weekly_return(s, session),
    };
    double z = 0;
    if (model == SLIPPAGE_SAMPLED)
        z = philox_fill_normal((uint64_t)b->portfolio->seed, s->symbol_hash[symbol], b->today,
                               (enum philox_side)side);
    return fill_bps(s->common, model, &conditions, z);
}

uint32_t backtest_session_before(const struct sleeve_run *s)
{
    int32_t before = s->open_today ? s->session - 1 : s->session;
    assert(before >= 0); /* a position was ordered on an earlier session */
    return (uint32_t)before;
}

void backtest_sell(struct backtest *b, uint32_t position, double reference, uint32_t session,
                   enum plateau_reason reason)
{
    struct position *p = &b->positions[position];
    struct sleeve_run *s = &b->sleeve[p->sleeve];
    struct plateau_trade *trade = &b->trades[b->n_trades++];
    assert(b->n_trades <= b->max_trades);
    *trade = p->trade;
    trade->exit_slippage_bps =
        backtest_slippage(b, p->sleeve, p->symbol, session, p->quantity, PHILOX_SELL);
    trade->exit_price = fill_price_sell(reference, trade->exit_slippage_bps);
    trade->exit_fee = fill_fee(p->quantity, trade->exit_price, s->common->fee_bps);
    trade->exit_day = b->today;
    trade->exit_index = (int32_t)b->index + 1;
    trade->stop = p->stop.stop;
    trade->tightened = p->stop.tightened;
    trade->reason = reason;
    trade->pnl = p->quantity * (trade->exit_price - trade->entry_price) -
                 (trade->entry_fee + trade->exit_fee);
    trade->r_multiple = trade->pnl / p->planned_risk;
    b->cash += p->quantity * trade->exit_price - trade->exit_fee;
    b->notional += p->quantity * trade->exit_price;
    s->state[p->symbol] = SYMBOL_FREE;
    s->n_positions--;
    memmove(p, p + 1, (--b->n_positions - position) * sizeof *p);
}

/* Step 1. A sale takes the position out of the list: the next one is then in its place. */
static void fill_exits(struct backtest *b)
{
    for (uint32_t i = 0; i < b->n_positions;) {
        const struct position *p = &b->positions[i];
        const struct sleeve_run *s = &b->sleeve[p->sleeve];
        uint32_t before = b->n_positions;
        if (p->leaving && s->open_today) {
            int64_t row = backtest_bar_today(s, p->symbol);
            int64_t latest = s->bar[p->symbol];
            if (row >= 0)
                backtest_sell(b, i, s->data->open[row], p->exit_session, p->reason);
            else if (s->session - s->data->bar_session[latest] >= FORCED_AFTER_MISSING)
                backtest_sell(b, i, s->data->close[latest], backtest_session_before(s), p->reason);
        }
        i += before == b->n_positions;
    }
}

static void hold(struct backtest *b, const struct position *position)
{
    uint32_t at = b->n_positions;
    assert(b->n_positions < b->max_positions);
    while (at > 0 && b->positions[at - 1].rank > position->rank)
        at--;
    memmove(&b->positions[at + 1], &b->positions[at], (b->n_positions++ - at) * sizeof *position);
    b->positions[at] = *position;
    b->sleeve[position->sleeve].state[position->symbol] = SYMBOL_HELD;
    b->sleeve[position->sleeve].n_positions++;
}

/* A reason to reject the order, or -1: then it became a position. */
static int fill_entry(struct backtest *b, const struct order *o, uint32_t rank)
{
    const struct sleeve_run *s = &b->sleeve[o->sleeve];
    int64_t row = backtest_bar_today(s, o->symbol);
    if (row < 0)
        return PLATEAU_MISSING_DATA;
    if (s->data->open[row] <= o->stop)
        return PLATEAU_GAP_THROUGH_STOP;
    double bps = backtest_slippage(b, o->sleeve, o->symbol, o->session, o->quantity, PHILOX_BUY);
    double price = fill_price_buy(s->data->open[row], bps);
    double lots = fill_affordable(o->lots, s->lots_per_unit, price, s->common->fee_bps, b->cash);
    if (lots <= 0)
        return PLATEAU_INSUFFICIENT_CASH;
    double quantity = lots / s->lots_per_unit;
    double fee = fill_fee(quantity, price, s->common->fee_bps);
    b->cash -= quantity * price + fee;
    b->notional += quantity * price;
    hold(b, &(struct position){
                .sleeve = o->sleeve,
                .symbol = o->symbol,
                .rank = rank,
                .quantity = quantity,
                .stop = {.entry_price = price, .stop = o->stop},
                .planned_risk = quantity * (o->close - o->stop),
                .opened = b->date,
                .trade = {.symbol = s->data->symbol_name[o->symbol],
                          .sleeve = s->data->name,
                          .trigger = o->trigger,
                          .signal_day = s->data->session_day[o->session],
                          .entry_day = b->today,
                          .exit_day = -1,
                          .entry_index = (int32_t)b->index,
                          .exit_index = -1,
                          .entry_price = price,
                          .quantity = quantity,
                          .initial_stop = o->stop,
                          .entry_fee = fee,
                          .entry_slippage_bps = bps},
            });
    return -1;
}

/* Step 2. Orders of sleeves that are closed today stay, in order. */
static void fill_entries(struct backtest *b)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < b->n_orders; i++) {
        struct order o = b->orders[i];
        struct sleeve_run *s = &b->sleeve[o.sleeve];
        if (!s->open_today) {
            b->orders[kept++] = o;
            continue;
        }
        s->state[o.symbol] = SYMBOL_FREE;
        s->n_pending--;
        int rejection = fill_entry(b, &o, b->symbol_rank[o.sleeve][o.symbol]);
        if (rejection >= 0)
            b->rejections[rejection]++;
    }
    b->n_orders = kept;
}

/* Step 3. */
static void flash_crash(struct backtest *b)
{
    for (uint32_t i = 0; i < b->n_positions;) {
        const struct position *p = &b->positions[i];
        const struct sleeve_run *s = &b->sleeve[p->sleeve];
        int64_t row = backtest_bar_today(s, p->symbol);
        if (row >= 0 && p->opened != b->date)
            backtest_sell(b, i, s->data->low[row], backtest_session_before(s), PLATEAU_FLASH_CRASH);
        else
            i++;
    }
}

void backtest_open(struct backtest *b)
{
    fill_exits(b);
    fill_entries(b);
    if (b->crash)
        flash_crash(b);
}
