/* select - step 6 of a date for one sleeve: size, scores, selection, entry orders (engine.md
 * section 4).
 *
 * Whatever cannot change what is ordered is left out: a candidate over the exposure limit now stays
 * over it (pending orders only grow), so only the others are ranked, and a lone one is not ranked
 * at all. */
#ifndef ENGINE_FAST_SELECT_H
#define ENGINE_FAST_SELECT_H
#include "engine/fast/fast.h"
#include "engine/fast/vector.h"
#include "engine/fills.h"

#define WORD_BITS 64u
#define BOUND_MARGIN                                                                               \
    1e-9 /* far above the rounding of the bounds, far below anything they could miss */

struct selection {               /* of one sleeve at one date */
    uint32_t sleeve, d, base, n; /* the row */
    int32_t due_t;
    double equity, gross, multiplier, limit, pending, reserved;
    uint32_t n_calendars;
    int32_t k[PLATEAU_SLEEVES_MAX]; /* defined windows among the positions, by calendar; -1: not
                                       summed yet */
    const struct fast_candidates *c;
};

/* Lower bound of gross exposure after any purchase from row d, over the limit already? Not even a
 * look at the row then. */
static bool nothing_fits(const struct fast_point_sleeve *ps, double equity, double gross,
                         double risk, uint32_t d)
{
    const struct fast_candidates *c = ps->candidates;
    double by_risk = equity * risk * c->least_close_per_atr[d],
           by_notional = equity * ps->p->max_position_notional;
    double notional =
        (by_risk < by_notional ? by_risk : by_notional) * (1 - BOUND_MARGIN) - c->largest_lot[d];
    return (gross + notional) * (1 - BOUND_MARGIN) > equity * ps->p->max_exposure;
}

static void clear_symbol(const struct selection *s, const struct fast_scratch *scratch,
                         int32_t symbol)
{
    const int32_t *row = s->c->symbol + s->base;
    for (uint32_t j = 0; j < s->n; j += 2 * VECTOR_LANES) {
        vi same = vi_load(row + j) == symbol;
        if (!vl_bits((vl)same | (vl)((vl)same << 32)))
            continue;
        for (uint32_t l = j; l < j + 2 * VECTOR_LANES && l < s->n; l++)
            if (row[l] == symbol) {
                scratch->valid[l / WORD_BITS] &= ~(1ull << l % WORD_BITS);
                scratch->pass[l / WORD_BITS] &= ~(1ull << l % WORD_BITS);
            }
    }
}

/* Stop, size, capacity and the exposure limit of every candidate of the row; how many are left to
 * buy. */
static uint32_t size_candidates(const struct fast_run *run, const struct fast_point *p,
                                const struct selection *s, const struct fast_scratch *scratch)
{
    const struct fast_sleeve *sl = &run->state->sleeve[s->sleeve];
    const struct fast_point_sleeve *ps = &p->sleeve[s->sleeve];
    const struct fast_candidates *c = s->c;
    const double by_risk = s->equity * ps->p->risk_per_trade * s->multiplier;
    const double by_notional = s->equity * ps->p->max_position_notional;
    const double held = s->gross + s->pending, per_unit = sl->lots_per_unit;
    uint32_t words = (s->n + WORD_BITS - 1) / WORD_BITS, left = 0;
    for (uint32_t w = 0; w < words; w++)
        scratch->valid[w] = scratch->pass[w] = 0;
    for (uint32_t j = 0; j < s->n; j += VECTOR_LANES) {
        vd close = vd_load(c->close + s->base + j);
        vd stop = close - ps->rules.stop_atr_mult * vd_load(c->atr + s->base + j);
        vl ok = (stop > 0.0) & (stop < close);
        vd lots = vd_floor(vd_min(by_risk / (close - stop), by_notional / close) * per_unit);
        vd notional = (per_unit == 1 ? lots : lots / per_unit) * close;
        ok &= (lots > 0.0) & (notional <= ps->p->max_order_pct_adv * vd_load(c->adv + s->base + j));
        vd_store(scratch->n_est + j, lots);
        vd_store(scratch->notional + j, notional);
        scratch->valid[j / WORD_BITS] |= (uint64_t)vl_bits(ok) << j % WORD_BITS;
        scratch->pass[j / WORD_BITS] |= (uint64_t)vl_bits(ok & ~(held + notional > s->limit))
                                        << j % WORD_BITS;
    }
    for (uint32_t i = 0; i < p->n_positions; i++)
        if (p->positions[i].sleeve == s->sleeve)
            clear_symbol(s, scratch, (int32_t)p->positions[i].symbol);
    for (uint32_t w = 0; w < words; w++)
        left += (uint32_t)__builtin_popcountll(scratch->pass[w]);
    return left;
}

/* S and k of a calendar: sum of the windows of the open positions of its sleeves, by symbol. */
static int32_t sum_windows(const struct fast_run *run, const struct fast_point *p,
                           struct selection *s, const struct fast_scratch *scratch,
                           uint32_t calendar)
{
    if (s->k[calendar] >= 0)
        return s->k[calendar];
    double *sum = scratch->sum_z[calendar];
    int32_t k = 0;
    for (uint32_t i = 0; i < p->n_positions; i++) {
        const struct fast_position *pos = &p->positions[i];
        const struct fast_sleeve *sl = &run->state->sleeve[pos->sleeve];
        if (sl->calendar_index != calendar)
            continue;
        const struct fast_windows *w = p->sleeve[pos->sleeve].windows;
        size_t at = (size_t)pos->symbol * w->stride + (size_t)sl->calendar->latest[s->d];
        double inv = w->inv_norm[at], mean = w->mean[at];
        if (inv != inv)
            continue;
        for (uint32_t l = 0; l < w->length; l += VECTOR_LANES) {
            vd r = vd_load(w->ret + at + l);
            vd z = (vd)((vl)((r - mean) * inv) & (r == r));
            vd_store(sum + l, k ? vd_load(sum + l) + z : z);
        }
        k++;
    }
    return s->k[calendar] = k;
}

/* The row's windows, candidates side by side: made when the row is first scored. */
static const double *row_windows(const struct fast_run *run, struct fast_candidates *c,
                                 uint32_t sleeve, uint32_t d)
{
    const struct fast_windows *w = c->windows;
    uint32_t base = c->start[d], n = c->n[d], wide = (n + FAST_PAD - 1) / FAST_PAD * FAST_PAD;
    double *z = c->z + (size_t)base * c->length;
    if (c->has_z[d])
        return z;
    for (uint32_t j = 0; j < wide; j++) {
        double inv = __builtin_nan(""), mean = 0;
        const double *r = w->ret;
        if (j < n) {
            size_t at = (size_t)c->symbol[base + j] * w->stride +
                        (size_t)run->state->sleeve[sleeve].calendar->session[d];
            inv = w->inv_norm[at];
            mean = w->mean[at];
            r = w->ret + at;
        }
        for (uint32_t i = 0; i < c->length; i++)
            z[i * wide + j] = inv != inv ? inv : r[i] == r[i] ? (r[i] - mean) * inv : 0;
    }
    c->has_z[d] = 1;
    return z;
}

/* Mean correlation of each candidate with the k positions; NaN where undefined. */
static void correlate(const struct selection *s, const double *z, uint32_t length,
                      const double *sum, int32_t k, double *corr)
{
    uint32_t wide = (s->n + FAST_PAD - 1) / FAST_PAD * FAST_PAD;
    enum { BLOCK = FAST_PAD / VECTOR_LANES };
    for (uint32_t j = 0; j < s->n; j += FAST_PAD) {
        vd dot[BLOCK] = {{0}};
        const double *at = z + j;
        for (uint32_t i = 0; i < length; i++, at += wide)
            for (int b = 0; b < BLOCK; b++)
                dot[b] += vd_load(at + b * VECTOR_LANES) * sum[i];
        for (int b = 0; b < BLOCK; b++)
            vd_store(corr + j + b * VECTOR_LANES, dot[b] / (double)k);
    }
}

/* Twice the ranks within the row, less those of the candidates that are out. */
static void ranks_of_valid(const struct selection *s, const struct fast_scratch *scratch)
{
    const int32_t *full[2] = {s->c->breakout_rank2 + s->base, s->c->momentum_rank2 + s->base};
    uint32_t words = (s->n + WORD_BITS - 1) / WORD_BITS;
    for (int r = 0; r < 2; r++)
        for (uint32_t j = 0; j < s->n; j += 2 * VECTOR_LANES)
            vi_store(scratch->rank2[r] + j, vi_load(full[r] + j));
    for (uint32_t w = 0; w < words; w++) {
        uint64_t out = ~scratch->valid[w];
        if (w + 1 == words && s->n % WORD_BITS)
            out &= (1ull << s->n % WORD_BITS) - 1;
        for (; out; out &= out - 1) {
            uint32_t e = w * WORD_BITS + (uint32_t)__builtin_ctzll(out);
            for (int r = 0; r < 2; r++) {
                vi theirs = vi_all(full[r][e]);
                for (uint32_t j = 0; j < s->n; j += 2 * VECTOR_LANES) {
                    vi mine = vi_load(full[r] + j);
                    vi_store(scratch->rank2[r] + j,
                             vi_load(scratch->rank2[r] + j) + (theirs < mine) + (theirs <= mine));
                }
            }
        }
    }
}

/* Diversification strengths into corr's place would lose what the guard needs: strengths[] beside
 * it, NaN where out. */
static void diversification(const struct selection *s, const struct fast_scratch *scratch,
                            int32_t k)
{
    for (uint32_t j = 0; j < s->n; j += VECTOR_LANES) {
        vd strength = vd_all(0.5);
        if (k > 0) {
            vd corr = vd_load(scratch->corr + j);
            strength = vd_select(corr == corr, 1 - corr, strength);
        }
        vd_store(scratch->strength + j, strength);
    }
    uint32_t words = (s->n + WORD_BITS - 1) / WORD_BITS;
    for (uint32_t w = 0; w < words; w++)
        for (uint64_t out = ~scratch->valid[w]; out; out &= out - 1)
            scratch->strength[w * WORD_BITS + (uint32_t)__builtin_ctzll(out)] = __builtin_nan("");
}

static int64_t rank2_within(const double *x, uint32_t n, uint32_t i)
{
    vd mine = vd_all(x[i]);
    vl not_above = {0};
    for (uint32_t j = 0; j < n; j += VECTOR_LANES) {
        vd other = vd_load(x + j);
        not_above += (other < mine);
        not_above += (other <= mine);
    }
    return 1 - vl_sum(not_above);
}

/* Integer scores of the candidates left to buy. */
static void score_candidates(const struct fast_point *p, const struct selection *s,
                             const struct fast_scratch *scratch, int32_t k)
{
    bool flat = k <= 0 || p->weight[2] == 0; /* all alike: the rank cannot decide */
    ranks_of_valid(s, scratch);
    if (!flat)
        diversification(s, scratch, k);
    for (uint32_t w = 0; w < (s->n + WORD_BITS - 1) / WORD_BITS; w++)
        for (uint64_t left = scratch->pass[w]; left; left &= left - 1) {
            uint32_t j = w * WORD_BITS + (uint32_t)__builtin_ctzll(left);
            int64_t third = flat ? 0 : rank2_within(scratch->strength, s->n, j);
            scratch->score[j] = p->weight[0] * scratch->rank2[0][j] +
                                p->weight[1] * scratch->rank2[1][j] + p->weight[2] * third;
        }
}

/* The mean pairwise correlation of the portfolio is above the guard's threshold. */
static bool guard_acts(const struct fast_run *run, const struct fast_point *p, struct selection *s,
                       const struct fast_scratch *scratch)
{
    double sum = 0, pairs = 0;
    for (uint32_t c = 0; c < s->n_calendars; c++) {
        int32_t k = sum_windows(run, p, s, scratch, c);
        if (k < 2)
            continue;
        const struct fast_windows *w =
            p->sleeve[run->state->engine->calendars->calendar[c].first_sleeve].windows;
        double squares = 0;
        for (uint32_t i = 0; i < w->length; i++)
            squares += scratch->sum_z[c][i] * scratch->sum_z[c][i];
        sum += squares - k;
        pairs += (double)k * (k - 1);
    }
    return pairs > 0 && sum / pairs > p->portfolio->guard_avg_pairwise;
}

static void make_order(const struct fast_run *run, struct fast_point *p, struct selection *s,
                       uint32_t j, double lots)
{
    const struct fast_candidates *c = s->c;
    struct fast_point_sleeve *ps = &p->sleeve[s->sleeve];
    double close = c->close[s->base + j],
           quantity = lots / run->state->sleeve[s->sleeve].lots_per_unit;
    struct fast_order *o = &p->orders[p->n_orders++];
    *o = (struct fast_order){.sleeve = s->sleeve,
                             .symbol = (uint32_t)c->symbol[s->base + j],
                             .bar = c->bar[s->base + j],
                             .due_t = s->due_t,
                             .lots = lots,
                             .quantity = quantity,
                             .stop = close - ps->rules.stop_atr_mult * c->atr[s->base + j],
                             .notional = quantity * close,
                             .reserve = quantity * close * RESERVE_FACTOR};
    s->pending += o->notional;
    s->reserved += o->reserve;
    ps->n_pending++;
}

/* Highest score first, ties by symbol: takes it out of `pass`. False: none is left. */
static bool take_best(const struct selection *s, const struct fast_scratch *scratch, bool lone,
                      uint32_t *best)
{
    bool any = false;
    for (uint32_t w = 0; w < (s->n + WORD_BITS - 1) / WORD_BITS; w++)
        for (uint64_t left = scratch->pass[w]; left; left &= left - 1) {
            uint32_t j = w * WORD_BITS + (uint32_t)__builtin_ctzll(left);
            if (!any || (!lone && scratch->score[j] > scratch->score[*best]))
                *best = j;
            any = true;
        }
    if (any)
        scratch->pass[*best / WORD_BITS] &= ~(1ull << *best % WORD_BITS);
    return any;
}

/* Candidate by candidate; the sleeve's row, limits and multiplier are in s. */
static void select_sleeve(const struct fast_run *run, struct fast_point *p, struct selection *s,
                          const struct fast_scratch *scratch)
{
    const struct fast_sleeve *sl = &run->state->sleeve[s->sleeve];
    struct fast_point_sleeve *ps = &p->sleeve[s->sleeve];
    uint32_t left = size_candidates(run, p, s, scratch);
    run->state->n_scored++;
    if (left == 0)
        return;
    bool guardable =
        p->portfolio->guard_enabled != 0 && p->n_positions >= p->portfolio->guard_min_positions;
    bool guarded = guardable && guard_acts(run, p, s, scratch);
    int32_t k = 0;
    if (guarded || left > 1)
        k = sum_windows(run, p, s, scratch, sl->calendar_index);
    if (k > 0 && (guarded || p->weight[2] != 0))
        correlate(s, row_windows(run, ps->candidates, s->sleeve, s->d), s->c->length,
                  scratch->sum_z[sl->calendar_index], k, scratch->corr);
    if (left > 1)
        score_candidates(p, s, scratch, k);
    for (uint32_t j; ps->n_open + ps->n_pending < ps->p->max_positions &&
                     take_best(s, scratch, left == 1, &j);) {
        if (s->gross + s->pending + scratch->notional[j] > s->limit)
            continue;
        if (guarded && k > 0 && scratch->corr[j] > p->portfolio->guard_candidate)
            continue;
        double close = s->c->close[s->base + j];
        double most =
            fill_lots((p->cash - s->reserved) / (close * RESERVE_FACTOR), sl->lots_per_unit);
        double lots = scratch->n_est[j] < most ? scratch->n_est[j] : most;
        if (lots > 0)
            make_order(run, p, s, j, lots);
    }
}
#endif
