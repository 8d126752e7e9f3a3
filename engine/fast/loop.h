/* loop - the daily loop over a batch of points: all points together through a date, each visited
 * only on dates when something can happen to it. */
#ifndef ENGINE_FAST_LOOP_H
#define ENGINE_FAST_LOOP_H
#include "engine/fast/position.h"
#include "engine/fast/returns.h"
#include "engine/fast/select.h"

static double position_value(const struct fast_point *p, uint32_t d)
{
    double gross = 0;
    for (uint32_t i = 0; i < p->n_positions; i++)
        gross += p->positions[i].quantity * p->positions[i].mark[d];
    return gross;
}

/* A lower bound of risk_per_trade * multiplier / stop_atr_mult; 0 where the division could not be
 * trusted. */
static double risk_bound(const struct fast_point_sleeve *ps, double multiplier)
{
    const double trusted = 0.01; /* ATR: far from where close - stop loses its digits */
    return ps->rules.stop_atr_mult >= trusted
               ? ps->p->risk_per_trade * multiplier / ps->rules.stop_atr_mult
               : 0;
}

static bool has_slots(const struct fast_point_sleeve *ps)
{
    return ps->n_open + ps->n_pending < ps->p->max_positions;
}

/* Step 6. */
static void order_entries(const struct fast_batch *batch, struct fast_point *p, int32_t t,
                          uint32_t d, double gross)
{
    const struct fast_run *run = batch->run;
    struct selection s = {.d = d,
                          .equity = p->equity[t],
                          .gross = gross,
                          .multiplier = -1,
                          .guard = -1,
                          .n_calendars = run->state->engine->calendars->n_calendars};
    for (uint32_t q = 0; q < batch->n_sleeves; q++) {
        struct fast_point_sleeve *ps = &p->sleeve[q];
        s.due_t = run->due[q][d];
        s.n = ps->candidates->n[d];
        if (s.due_t < 0 || s.n == 0 || !has_slots(ps))
            continue;
        if (s.multiplier < 0) {
            if (nothing_fits(ps, s.equity, gross, ps->risk_floor, d))
                continue;
            s.multiplier = risk_multiplier_at(p, t);
            for (uint32_t c = 0; c < s.n_calendars; c++)
                s.k[c] = -1;
        }
        if (nothing_fits(ps, s.equity, gross, risk_bound(ps, s.multiplier), d))
            continue;
        s.sleeve = q;
        s.c = ps->candidates;
        s.base = s.c->start[d];
        s.limit = s.equity * ps->p->max_exposure;
        s.pending = s.reserved = 0;
        for (uint32_t i = 0; i < p->n_orders; i++) {
            s.pending += p->orders[i].notional;
            s.reserved += p->orders[i].reserve;
        }
        select_sleeve(run, p, &s, &batch->scratch);
    }
}

/* Lanes of dates on which some sleeve might buy. */
VECTOR_INLINE vl might_buy(const struct fast_batch *batch, const struct fast_point *p, vd equity,
                           vd gross, uint32_t d)
{
    vl might = {0};
    for (uint32_t q = 0; q < batch->n_sleeves; q++) {
        const struct fast_point_sleeve *ps = &p->sleeve[q];
        if (!has_slots(ps))
            continue;
        const struct fast_candidates *c = ps->candidates;
        vd by_risk = equity * ps->risk_floor * vd_load(c->least_close_per_atr + d);
        vd notional = vd_min(by_risk, equity * ps->p->max_position_notional) * (1 - BOUND_MARGIN) -
                      vd_load(c->largest_lot + d);
        might |= ~((gross + notional) * (1 - BOUND_MARGIN) > equity * ps->p->max_exposure);
    }
    return might;
}

/* Equity of the dates after t until something can happen; that date, or FAST_NEVER in this stretch.
 */
static int32_t mark_ahead(const struct fast_batch *batch, struct fast_point *p, int32_t t,
                          uint32_t d, int32_t stretch_end)
{
    int32_t until = p->next_exit;
    for (uint32_t i = 0; i < p->n_orders; i++)
        until = p->orders[i].due_t < until ? p->orders[i].due_t : until;
    uint32_t ahead = d - (uint32_t)t;
    for (int32_t at = t + 1; at < until && at <= stretch_end; at += VECTOR_LANES) {
        vd gross = {0};
        uint32_t date = ahead + (uint32_t)at;
        for (uint32_t i = 0; i < p->n_positions; i++)
            gross += p->positions[i].quantity * vd_load(p->positions[i].mark + date);
        vd equity = p->cash + gross;
        vd_store(p->equity + at, equity);
        unsigned bits = vl_bits(might_buy(batch, p, equity, gross, date));
        if (bits) {
            int32_t event = at + __builtin_ctz(bits);
            if (event < until && event <= stretch_end)
                return event;
        }
    }
    return until <= stretch_end ? until : FAST_NEVER;
}

/* What happens to a point at t; returns the date it is looked at next. */
static int32_t step(const struct fast_batch *batch, struct fast_point *p, int32_t t, uint32_t d,
                    int32_t stretch_end)
{
    const struct fast_run *run = batch->run;
    if (p->next_exit == t)
        close_positions(p, t, PHASE_OPEN);
    if (p->n_orders)
        fill_orders(run, p, t);
    if (p->next_exit == t)
        close_positions(p, t, PHASE_CRASH);
    if (p->next_exit == t)
        close_positions(p, t, PHASE_STRETCH_END);
    double gross = position_value(p, d);
    p->equity[t] = p->cash + gross;
    order_entries(batch, p, t, d, gross);
    return mark_ahead(batch, p, t, d, stretch_end);
}

static void run_batch(struct fast_batch *batch)
{
    const struct fast_run *run = batch->run;
    for (uint32_t i = 0; i < batch->n_points; i++)
        for (uint32_t q = 0; q < batch->n_sleeves; q++) {
            struct fast_point_sleeve *ps = &batch->points[i].sleeve[q];
            bool scaled = batch->points[i].portfolio->volatility_mode != VOLATILITY_OFF;
            ps->risk_floor = risk_bound(ps, scaled ? RISK_LEAST : 1);
        }
    for (int32_t start = 0; start < run->n_recorded;) {
        int32_t end = run->stretch_end[start];
        uint32_t ahead = (uint32_t)(run->run_of_t[start] - start);
        for (uint32_t i = 0; i < batch->n_points; i++)
            batch->next_t[i] = start;
        for (int32_t t = start; t <= end; t++)
            for (uint32_t i = 0; i < batch->n_points; i++)
                if (batch->next_t[i] == t)
                    batch->next_t[i] = step(batch, &batch->points[i], t, ahead + (uint32_t)t, end);
        start = end + 1;
    }
    for (uint32_t i = 0; i < batch->n_points; i++)
        returns_until(&batch->points[i], run->n_recorded - 1);
}
#endif
