/* position - opening and closing, engine.md sections 3, 5 and 7.
 *
 * Nothing after its entry can change when and at what price a position leaves: stops, averages,
 * missing sessions, crash dates and the end of a stretch are all known. So the whole exit is worked
 * out at the entry, and the days between touch the position only to mark it. */
#ifndef ENGINE_FAST_POSITION_H
#define ENGINE_FAST_POSITION_H
#include "engine/fast/fast.h"
#include "engine/fast/vector.h"
#include "engine/fills.h"
#include "engine/philox.h"
#include <string.h>

enum { FORCED_AFTER = 3, LEAVE_AFTER = 2 }; /* consecutive missing sessions */

/* How a position leaves. */
struct fast_exit {
    int32_t t; /* FAST_NEVER: open at the end */
    uint8_t phase;
    double reference; /* price before slippage */
    uint32_t bar;     /* latest accepted bar at the session the exit counts as created on ... */
    uint32_t session; /* ... that session */
};

/* The fill's normal draw, made on first use: a draw is never exactly 0. */
static double draw(const struct fast_run *run, const struct fast_point_sleeve *ps, uint32_t q,
                   uint32_t symbol, uint32_t d, enum philox_side side)
{
    double *slot = &ps->draws[side][(size_t)symbol * run->state->n_run + d];
    if (*slot == 0)
        *slot = philox_fill_normal(run->seed, run->state->sleeve[q].symbol_hash[symbol],
                                   run->state->engine->calendars->run_day[d], side);
    return *slot;
}

static double slippage(const struct fast_run *run, const struct fast_point *p, uint32_t q,
                       uint32_t symbol, double quantity, uint32_t bar, uint32_t session,
                       int32_t fill_t, enum philox_side side)
{
    const struct fast_sleeve *sl = &run->state->sleeve[q];
    const struct fast_point_sleeve *ps = &p->sleeve[q];
    enum slippage_model model = (enum slippage_model)p->portfolio->slippage_model;
    if (model == SLIPPAGE_NONE)
        return 0;
    uint32_t d = (uint32_t)run->run_of_t[fill_t];
    double crash = run->crash[fill_t] ? SLIPPAGE_CRASH : 1;
    struct fill_conditions c = {
        .multiplier = run->scenario.slippage_multiplier * crash,
        .vol_mult = ps->vol_mult[bar],
        .size_penalty = fill_size_penalty(quantity, sl->close[bar], ps->adv[bar]),
        .weekend = sl->weekend_costs && run->state->weekend[d],
        .weekly = sl->weekly[session],
    };
    double z = model == SLIPPAGE_SAMPLED ? draw(run, ps, q, symbol, d, side) : 0;
    return fill_bps(ps->p, model, &c, z);
}

/* First bar of from..last whose close is at or below the stop, or below an average (one of them may
 * be NULL); last + 1 if none. */
static uint32_t first_below(const double *close, const double *ma, const double *ma2, double stop,
                            uint32_t from, uint32_t last)
{
    const vd s = vd_all(stop);
    for (uint32_t i = from; i <= last; i += VECTOR_LANES) {
        vd c = vd_load(close + i);
        vl out = (c <= s) | (c < vd_load(ma + i));
        if (ma2)
            out |= c < vd_load(ma2 + i);
        unsigned bits = vl_bits(out);
        if (bits) {
            i += (unsigned)__builtin_ctz(bits);
            return i <= last ? i : last + 1;
        }
    }
    return last + 1;
}

/* The bar at whose close the rules order an exit; last + 1 if none up to `last`. */
static uint32_t exit_bar(const struct fast_sleeve *sl, const struct fast_point_sleeve *ps,
                         double entry_price, double stop, uint32_t from, uint32_t last)
{
    if (!ps->rules.staged)
        return first_below(sl->close, ps->exit_ma, NULL, stop, from, last);
    uint32_t i = first_below(sl->close, ps->exit_ma, ps->ma20, stop, from, last);
    if (i > last)
        return i;
    double close = sl->close[i];
    if (close < ps->ma20[i]) { /* tightened at this bar, once */
        double tight = entry_price - ps->rules.tightened_atr_mult * ps->atr[i];
        stop = tight > stop ? tight : stop;
        if (close <= stop || close < ps->exit_ma[i])
            return i;
        return first_below(sl->close, ps->exit_ma, NULL, stop, i + 1, last);
    }
    return i;
}

/* Latest accepted bar at or before a session, from an earlier bar of the same symbol on. */
static uint32_t bar_at(const struct fast_sleeve *sl, uint32_t from, uint32_t end, int32_t session)
{
    const int32_t *at = sl->view->bar_session;
    uint32_t i = from + (uint32_t)(session - at[from]);
    if (i >= end)
        i = end - 1;
    while (at[i] > session)
        i--;
    return i;
}

/* Exit by the rules or by missing data, as far as it is filled by the sleeve's session `limit`. */
static struct fast_exit ordered_exit(const struct fast_run *run, const struct fast_sleeve *sl,
                                     const struct fast_point_sleeve *ps, double entry_price,
                                     double stop, uint32_t entry, uint32_t end, int32_t limit)
{
    const struct fast_exit never = {.t = FAST_NEVER};
    const int32_t *session = sl->view->bar_session;
    uint32_t run_end = sl->run_end[entry], reach = entry + (uint32_t)(limit - session[entry]);
    uint32_t last = reach < run_end ? reach : run_end;
    uint32_t i = exit_bar(sl, ps, entry_price, stop, entry, last);
    int32_t ordered;
    if (i <= last)
        ordered = session[i];
    else if (last == run_end) {
        i = run_end;
        ordered = session[i] + LEAVE_AFTER;
    } else
        return never;
    if (ordered > limit)
        return never;
    bool open = i + 1 < end && session[i + 1] <= session[i] + FORCED_AFTER;
    int32_t filled = open ? session[i + 1] : session[i] + FORCED_AFTER;
    if (filled > limit)
        return never;
    return (struct fast_exit){
        .t = run->t_of_run[sl->calendar->run[filled]],
        .phase = PHASE_OPEN,
        .reference = open ? sl->view->open[i + 1] : sl->close[i],
        .bar = i,
        .session = (uint32_t)(open ? ordered : filled - 1),
    };
}

/* A crash date sells what was open before its open and has a bar. */
static void crash_exit(const struct fast_run *run, const struct fast_sleeve *sl, uint32_t entry,
                       uint32_t end, int32_t t, int32_t stretch_end, struct fast_exit *out)
{
    for (int32_t c = run->next_crash[t]; c <= stretch_end && c < out->t; c = run->next_crash[c]) {
        int32_t session = sl->calendar->session[run->run_of_t[c]];
        if (session == CALENDAR_NO_SESSION)
            continue;
        uint32_t i = bar_at(sl, entry, end, session);
        if (sl->view->bar_session[i] != session)
            continue;
        *out = (struct fast_exit){.t = c,
                                  .phase = PHASE_CRASH,
                                  .reference = sl->view->low[i],
                                  .bar = i - 1,
                                  .session = (uint32_t)session - 1};
        return;
    }
}

/* The end of a regime stretch sells what is left at the last accepted close. */
static void stretch_exit(const struct fast_run *run, const struct fast_sleeve *sl, uint32_t entry,
                         uint32_t end, int32_t stretch_end, struct fast_exit *out)
{
    if (run->scenario.regime == PLATEAU_REGIME_NONE || out->t <= stretch_end)
        return;
    uint32_t d = (uint32_t)run->run_of_t[stretch_end];
    int32_t at = sl->calendar->latest[d];
    int32_t before = sl->calendar->session[d] == CALENDAR_NO_SESSION ? at : at - 1;
    uint32_t first =
        sl->view->bar_session[entry] <= before ? entry : entry - 1; /* the signal's bar at least */
    *out = (struct fast_exit){.t = stretch_end,
                              .phase = PHASE_STRETCH_END,
                              .reference = sl->close[bar_at(sl, entry, end, at)],
                              .bar = bar_at(sl, first, end, before),
                              .session = (uint32_t)before};
}

static void plan_exit(const struct fast_run *run, struct fast_point *p, struct fast_position *pos,
                      const struct fast_order *o, double entry_price, double entry_fee)
{
    const struct fast_sleeve *sl = &run->state->sleeve[o->sleeve];
    const struct fast_point_sleeve *ps = &p->sleeve[o->sleeve];
    uint32_t entry = o->bar + 1, end = sl->view->bar_start[o->symbol + 1];
    int32_t stretch_end = run->stretch_end[pos->entry_t];
    int32_t limit = sl->calendar->latest[run->run_of_t[stretch_end]];
    struct fast_exit x = ordered_exit(run, sl, ps, entry_price, o->stop, entry, end, limit);
    if (run->next_crash[pos->entry_t] <= stretch_end)
        crash_exit(run, sl, entry, end, pos->entry_t, stretch_end, &x);
    stretch_exit(run, sl, entry, end, stretch_end, &x);
    pos->exit_t = x.t;
    pos->phase = x.phase;
    if (x.t == FAST_NEVER)
        return;
    double bps =
        slippage(run, p, o->sleeve, o->symbol, pos->quantity, x.bar, x.session, x.t, PHILOX_SELL);
    double price = fill_price_sell(x.reference, bps);
    double fee = fill_fee(pos->quantity, price, ps->p->fee_bps);
    pos->notional = pos->quantity * price;
    pos->proceeds = pos->notional - fee;
    pos->pnl = pos->quantity * (price - entry_price) - (entry_fee + fee);
    pos->r_multiple = pos->pnl / (pos->quantity * (sl->close[o->bar] - o->stop));
}

static void insert_position(const struct fast_run *run, struct fast_point *p,
                            const struct fast_position *pos)
{
    const struct fast_sleeve *sleeve = run->state->sleeve;
    uint32_t rank = sleeve[pos->sleeve].rank[pos->symbol], at = p->n_positions++;
    for (; at > 0; at--) {
        const struct fast_position *before = &p->positions[at - 1];
        if (sleeve[before->sleeve].rank[before->symbol] < rank)
            break;
        p->positions[at] = *before;
    }
    p->positions[at] = *pos;
    p->sleeve[pos->sleeve].n_open++;
    if (pos->exit_t < p->next_exit)
        p->next_exit = pos->exit_t;
}

static void fill_order(const struct fast_run *run, struct fast_point *p, const struct fast_order *o,
                       int32_t t)
{
    const struct fast_sleeve *sl = &run->state->sleeve[o->sleeve];
    const struct fast_point_sleeve *ps = &p->sleeve[o->sleeve];
    const int32_t *session = sl->view->bar_session;
    uint32_t bar = o->bar + 1;
    if (bar >= sl->view->bar_start[o->symbol + 1] || session[bar] != session[o->bar] + 1)
        return; /* missing_data */
    double open = sl->view->open[bar];
    if (open <= o->stop)
        return; /* gap_through_stop */
    double bps = slippage(run, p, o->sleeve, o->symbol, o->quantity, o->bar,
                          (uint32_t)session[o->bar], t, PHILOX_BUY);
    double price = fill_price_buy(open, bps);
    double lots = fill_affordable(o->lots, sl->lots_per_unit, price, ps->p->fee_bps, p->cash);
    if (lots <= 0)
        return; /* insufficient_cash */
    struct fast_position pos = {.mark = sl->mark + (size_t)o->symbol * sl->mark_stride,
                                .quantity = lots / sl->lots_per_unit,
                                .symbol = o->symbol,
                                .entry_t = t,
                                .sleeve = (uint8_t)o->sleeve};
    double fee = fill_fee(pos.quantity, price, ps->p->fee_bps);
    p->cash -= pos.quantity * price + fee;
    p->traded_notional += pos.quantity * price;
    plan_exit(run, p, &pos, o, price, fee);
    insert_position(run, p, &pos);
}

/* Entry orders that are due, in the order they were made; the others stay. */
static void fill_orders(const struct fast_run *run, struct fast_point *p, int32_t t)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < p->n_orders; i++) {
        const struct fast_order o = p->orders[i];
        if (o.due_t != t) {
            p->orders[kept++] = o;
            continue;
        }
        p->sleeve[o.sleeve].n_pending--;
        fill_order(run, p, &o, t);
    }
    p->n_orders = kept;
}

/* Trades past trades_max are counted, not kept: the caller then runs the batch again with more
 * room. */
static void record_trade(struct fast_point *p, const struct fast_position *pos)
{
    uint32_t i = p->n_trades++;
    if (i >= p->trades_max)
        return;
    p->pnl[i] = pos->pnl;
    p->r_multiple[i] = pos->r_multiple;
    p->entry[i] = pos->entry_t;
    p->exit[i] = pos->exit_t + 1;
}

/* Exits due at t in this phase, by symbol. */
static void close_positions(struct fast_point *p, int32_t t, enum fast_phase phase)
{
    uint32_t kept = 0;
    int32_t next = FAST_NEVER;
    for (uint32_t i = 0; i < p->n_positions; i++) {
        const struct fast_position *pos = &p->positions[i];
        if (pos->exit_t == t && pos->phase == phase) {
            p->cash += pos->proceeds;
            p->traded_notional += pos->notional;
            p->sleeve[pos->sleeve].n_open--;
            record_trade(p, pos);
            continue;
        }
        next = pos->exit_t < next ? pos->exit_t : next;
        if (kept != i)
            p->positions[kept] = *pos;
        kept++;
    }
    p->n_positions = kept;
    p->next_exit = next;
}
#endif
