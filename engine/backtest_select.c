/* Step 6 of a date: candidates, scores, selection and entry orders, engine.md section 4. */
#include "engine/backtest.h"
#include <assert.h>

#define CORRELATION_UNDEFINED __builtin_nan("")

/* Whether a sleeve may order at this close: its next session must be a date of this run. */
static bool trades_next(const struct backtest *b, const struct sleeve_run *s)
{
    if (!s->open_today || (uint32_t)s->session + 1 >= s->calendar->n)
        return false;
    uint32_t next = s->calendar->run[s->session + 1] - b->schedule->first;
    return next < b->schedule->n && (b->schedule->flags[next] & SCHEDULE_PROCESSED);
}

/* Lots by risk and by notional. */
static double estimate_lots(const struct sleeve_run *s, double equity, double multiplier,
                            double close, double stop)
{
    double by_risk = equity * s->common->risk_per_trade * multiplier / (close - stop);
    double by_notional = equity * s->common->max_position_notional / close;
    return fill_lots(by_risk < by_notional ? by_risk : by_notional, s->lots_per_unit);
}

static void consider(struct backtest *b, struct sleeve_run *s, uint32_t symbol, double multiplier)
{
    int64_t row = backtest_bar_today(s, symbol);
    if (row < 0 || s->state[symbol] != SYMBOL_FREE)
        return;
    struct candidate *c = &b->candidates[b->n_candidates];
    struct strategy_bar bar;
    backtest_strategy_bar(s, (uint32_t)row, &bar);
    if (!s->strategy->entry(s->params, &bar, &c->signal))
        return;
    if (!(c->signal.stop > 0 && c->signal.stop < bar.close))
        return;
    c->symbol = symbol;
    c->close = bar.close;
    c->lots = estimate_lots(s, b->equity[b->index], multiplier, bar.close, c->signal.stop);
    if (!(c->lots > 0))
        return;
    c->quantity = c->lots / s->lots_per_unit;
    if (!(c->quantity * c->close <= s->common->max_order_pct_adv * s->adv[row])) {
        b->rejections[PLATEAU_CAPACITY]++;
        return;
    }
    b->n_candidates++;
}

/* The windows of all open positions, summed by calendar and symbol. Positions do not change during
 * step 6. */
static void sum_positions(struct backtest *b)
{
    for (uint32_t k = 0; k < b->calendars->n_calendars; k++)
        b->calendar[k].positions.k = b->calendar[k].positions.n = 0;
    for (uint32_t i = 0; i < b->n_positions; i++) {
        const struct position *p = &b->positions[i];
        const struct sleeve_run *s = &b->sleeve[p->sleeve];
        struct calendar_run *c = &b->calendar[s->calendar_index];
        uint32_t n;
        if (correlation_window(s->data, p->symbol, (uint32_t)s->bar[p->symbol],
                               (uint32_t)s->session, c->lookback, b->window, &n))
            correlation_add(&c->positions, b->window, n);
    }
}

/* Mean correlation of a candidate with the open positions of its calendar; NaN if undefined. */
static double mean_correlation(const struct backtest *b, const struct sleeve_run *s,
                               uint32_t symbol)
{
    const struct calendar_run *c = &b->calendar[s->calendar_index];
    uint32_t n;
    if (c->positions.k == 0 ||
        !correlation_window(s->data, symbol, (uint32_t)s->bar[symbol], (uint32_t)s->session,
                            c->lookback, b->window, &n))
        return CORRELATION_UNDEFINED;
    return correlation_mean(&c->positions, b->window);
}

/* Mean pairwise correlation of the portfolio; NaN if no calendar has two defined windows. */
static double portfolio_correlation(const struct backtest *b)
{
    double sum = 0, pairs = 0;
    for (uint32_t k = 0; k < b->calendars->n_calendars; k++) {
        const struct correlation_sum *c = &b->calendar[k].positions;
        if (c->k < 2)
            continue;
        sum += correlation_pairs(c);
        pairs += (double)c->k * (c->k - 1);
    }
    return pairs > 0 ? sum / pairs : CORRELATION_UNDEFINED;
}

static void score_candidates(struct backtest *b, const struct sleeve_run *s)
{
    for (uint32_t i = 0; i < b->n_candidates; i++) {
        struct candidate *c = &b->candidates[i];
        c->correlation = mean_correlation(b, s, c->symbol);
        b->strength[SCORE_BREAKOUT][i] = c->signal.breakout;
        b->strength[SCORE_MOMENTUM][i] = c->signal.momentum;
        b->strength[SCORE_DIVERSIFICATION][i] =
            c->correlation == c->correlation ? 1 - c->correlation : 0.5;
    }
    score_order(b->weights, (const double *const *)b->strength, b->n_candidates, b->score,
                b->order);
}

static bool guard_acts(const struct backtest *b)
{
    return b->portfolio->guard_enabled != 0 &&
           b->n_positions >= b->portfolio->guard_min_positions &&
           portfolio_correlation(b) > b->portfolio->guard_avg_pairwise;
}

/* The first rule that skips the candidate, or -1: then *lots may be ordered. */
static int refuse(const struct backtest *b, const struct sleeve_run *s, const struct candidate *c,
                  bool guarded, double *lots)
{
    double pending = 0, reserved = 0;
    for (uint32_t i = 0; i < b->n_orders; i++) {
        pending += b->orders[i].quantity * b->orders[i].close;
        reserved += b->orders[i].quantity * b->orders[i].close * RESERVE_FACTOR;
    }
    if (s->n_positions + s->n_pending >= s->common->max_positions)
        return PLATEAU_MAX_POSITIONS;
    if (b->value + pending + c->quantity * c->close > b->equity[b->index] * s->common->max_exposure)
        return PLATEAU_MAX_EXPOSURE;
    if (guarded && c->correlation > b->portfolio->guard_candidate)
        return PLATEAU_CORRELATION_GUARD;
    double most = fill_lots((b->cash - reserved) / (c->close * RESERVE_FACTOR), s->lots_per_unit);
    *lots = c->lots < most ? c->lots : most;
    return *lots > 0 ? -1 : PLATEAU_INSUFFICIENT_CASH;
}

static void select_sleeve(struct backtest *b, uint32_t sleeve, bool guarded)
{
    struct sleeve_run *s = &b->sleeve[sleeve];
    for (uint32_t i = 0; i < b->n_candidates; i++) {
        const struct candidate *c = &b->candidates[b->order[i]];
        double lots = 0;
        int rejection = refuse(b, s, c, guarded, &lots);
        if (rejection >= 0) {
            b->rejections[rejection]++;
            continue;
        }
        assert(b->n_orders + b->n_positions < b->max_positions);
        b->orders[b->n_orders++] = (struct order){.sleeve = sleeve,
                                                  .symbol = c->symbol,
                                                  .lots = lots,
                                                  .quantity = lots / s->lots_per_unit,
                                                  .close = c->close,
                                                  .stop = c->signal.stop,
                                                  .session = (uint32_t)s->session,
                                                  .trigger = c->signal.trigger};
        s->state[c->symbol] = SYMBOL_PENDING;
        s->n_pending++;
    }
}

void backtest_select(struct backtest *b)
{
    b->multiplier[b->index] =
        risk_multiplier(&b->risk, (enum volatility_mode)b->portfolio->volatility_mode);
    sum_positions(b);
    bool guarded = guard_acts(b);
    for (uint32_t k = 0; k < b->n_sleeves; k++) {
        struct sleeve_run *s = &b->sleeve[k];
        if (!trades_next(b, s))
            continue;
        b->n_candidates = 0;
        for (uint32_t symbol = 0; symbol < s->data->n_symbols; symbol++)
            consider(b, s, symbol, b->multiplier[b->index]);
        score_candidates(b, s);
        select_sleeve(b, k, guarded);
    }
}
