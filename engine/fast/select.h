/* select - step 6 of a date for one sleeve: size, scores, selection, entry orders (engine.md
 * section 4).
 *
 * Whatever cannot change what is ordered is left out: a candidate over the exposure limit now stays
 * over it (pending orders only grow), so only the others are ranked, and a lone one is not ranked
 * at all. */
#ifndef ENGINE_FAST_SELECT_H
#define ENGINE_FAST_SELECT_H
#include "engine/fast/fast.h"
#include "engine/fast/screen.h"
#include "engine/fast/vector.h"
#include "engine/fills.h"

/* Candidates of a row up to which ranking them all costs less than ranking those that come near the
 * top, one by one: a pass over the row each, whose branches nobody can predict. */
#ifndef RANK_ALL_MAX
#define RANK_ALL_MAX 64
#endif
enum { SUM_VECTORS = SUM_PAD / FAST_PAD }; /* in flight; 20 sessions of 4 lanes are 5 */
/* Far above the rounding of the bounds, far below anything they could miss. */
#define BOUND_MARGIN 1e-9

struct selection {               /* of one sleeve at one date */
    uint32_t sleeve, d, base, n; /* the row */
    int32_t due_t;
    double equity, gross, multiplier, limit, pending, reserved;
    int32_t n_positions; /* the mean correlations are over; 0: none were made */
    double third;        /* weight of diversification where scores hold but a bound of it, else 0 */
    double top_rank2;    /* twice its highest rank */
    int guard;           /* acts: 0 or 1; -1: not found out yet */
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

/* A held symbol is no candidate. Its place in the row is the number of symbols in the row before
 * it. */
static void leave_out(const struct selection *s, const struct fast_scratch *scratch,
                      uint32_t symbol)
{
    const uint64_t *member = s->c->member + (size_t)s->d * s->c->member_words,
                   bit = 1ull << symbol % 64;
    uint32_t word = symbol / 64, place;
    if (!(member[word] & bit))
        return;
    place = (uint32_t)__builtin_popcountll(member[word] & (bit - 1));
    for (uint32_t w = 0; w < word; w++)
        place += (uint32_t)__builtin_popcountll(member[w]);
    scratch->notional[place] = __builtin_nan("");
}

/* Stop, size and capacity of every candidate of the row: n_est and q_est*close, NaN for those that
 * are out; score 0 for those that fit under the exposure limit, -1 for the rest. Returns how many
 * fit. */
static uint32_t size_candidates(const struct fast_run *run, const struct fast_point *p,
                                const struct selection *s, const struct fast_scratch *scratch)
{
    const struct fast_sleeve *sl = &run->state->sleeve[s->sleeve];
    const struct fast_point_sleeve *ps = &p->sleeve[s->sleeve];
    const struct fast_candidates *c = s->c;
    const double by_risk = s->equity * ps->p->risk_per_trade * s->multiplier;
    const double by_notional = s->equity * ps->p->max_position_notional;
    const double held = s->gross + s->pending, per_unit = sl->lots_per_unit;
    const vd out = vd_all(__builtin_nan("")), skip = vd_all(-1);
    for (uint32_t j = 0; j < s->n; j += VECTOR_LANES) {
        vd close = vd_load(c->close + s->base + j);
        vd stop = close - ps->rules.stop_atr_mult * vd_load(c->atr + s->base + j);
        vd lots = vd_floor(vd_min(by_risk / (close - stop), by_notional / close) * per_unit);
        vd notional = (per_unit == 1 ? lots : lots / per_unit) * close;
        vl ok = (stop > 0.0) & (stop < close) & (lots > 0.0) &
                (notional <= ps->p->max_order_pct_adv * vd_load(c->adv + s->base + j));
        vd_store(scratch->n_est + j, lots);
        vd_store(scratch->notional + j, vd_select(ok, notional, out));
    }
    for (uint32_t i = 0; i < p->n_positions; i++)
        if (p->positions[i].sleeve == s->sleeve)
            leave_out(s, scratch, p->positions[i].symbol);
    vd fit = {0};
    for (uint32_t j = 0; j < s->n; j += VECTOR_LANES) {
        vl fits = held + vd_load(scratch->notional + j) <= s->limit;
        vd_store(scratch->score + j, vd_select(fits, (vd){0}, skip));
        fit += vd_count(fits);
    }
    return (uint32_t)vd_sum(fit);
}

/* The windows of the open positions of a calendar's sleeves, those undefined left out, by symbol.
 */
static uint32_t list_windows(const struct fast_run *run, const struct fast_point *p,
                             const struct selection *s, struct fast_window *list, uint32_t calendar)
{
    uint32_t k = 0;
    for (uint32_t i = 0; i < p->n_positions; i++) {
        const struct fast_position *pos = &p->positions[i];
        const struct fast_sleeve *sl = &run->state->sleeve[pos->sleeve];
        if (sl->calendar_index != calendar)
            continue;
        const struct fast_windows *w = p->sleeve[pos->sleeve].windows;
        size_t at = fast_window_at(w, (uint32_t)pos->symbol, (uint32_t)sl->calendar->latest[s->d]);
        list[k] = (struct fast_window){w->ret + at, w->moments[at]};
        k += list[k].moments.inv_norm == list[k].moments.inv_norm;
    }
    return k;
}

/* S and k of a calendar: the sum of those windows and their number. */
static int32_t sum_windows(const struct fast_run *run, const struct fast_point *p,
                           struct selection *s, const struct fast_scratch *scratch,
                           uint32_t calendar)
{
    if (s->k[calendar] >= 0)
        return s->k[calendar];
    double *restrict sum = scratch->sum_z[calendar];
    const struct fast_window *restrict list = scratch->windows;
    uint32_t k = list_windows(run, p, s, scratch->windows, calendar);
    uint32_t length =
        p->sleeve[run->state->engine->calendars->calendar[calendar].first_sleeve].windows->length;
    for (uint32_t l = 0; l < length; l += SUM_VECTORS * VECTOR_LANES) {
        vd z[SUM_VECTORS] = {{0}};
        for (uint32_t i = 0; i < k; i++) {
            const vd mean = vd_all(list[i].moments.mean),
                     inv_norm = vd_all(list[i].moments.inv_norm);
#pragma GCC unroll 5
            for (size_t b = 0; b < SUM_VECTORS; b++) {
                vd r = vd_load(list[i].ret + l + b * VECTOR_LANES);
                z[b] += (vd)((vl)((r - mean) * inv_norm) & vd_defined(r));
            }
        }
#pragma GCC unroll 5
        for (size_t b = 0; b < SUM_VECTORS; b++)
            vd_store(sum + l + b * VECTOR_LANES, z[b]);
    }
    return s->k[calendar] = (int32_t)k;
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
            uint32_t session = (uint32_t)run->state->sleeve[sleeve].calendar->session[d];
            size_t at = fast_window_at(w, (uint32_t)c->symbol[base + j], session);
            inv = w->moments[at].inv_norm;
            mean = w->moments[at].mean;
            r = w->ret + at;
        }
        for (uint32_t i = 0; i < c->length; i++)
            z[i * wide + j] = inv != inv ? inv : r[i] == r[i] ? (r[i] - mean) * inv : 0;
    }
    c->has_z[d] = 1;
    return z;
}

/* Mean correlation of each candidate with the k positions; NaN where undefined. */
static inline __attribute__((always_inline)) void correlate_block(const double *z, uint32_t wide,
                                                                  uint32_t length,
                                                                  const double *sum, double k,
                                                                  double *corr, size_t vectors)
{
    vd dot[4] = {{0}};
    for (uint32_t i = 0; i < length; i++, z += wide)
#pragma GCC unroll 4
        for (size_t b = 0; b < vectors; b++)
            dot[b] += vd_load(z + b * VECTOR_LANES) * sum[i];
#pragma GCC unroll 4
    for (size_t b = 0; b < vectors; b++)
        vd_store(corr + b * VECTOR_LANES, dot[b] / k);
}

static void correlate(const struct selection *s, const double *z, uint32_t length,
                      const double *sum, int32_t k, double *corr)
{
    enum { PAD_VECTORS = FAST_PAD / VECTOR_LANES, MOST = 4 };
    uint32_t wide = (s->n + FAST_PAD - 1) / FAST_PAD * FAST_PAD, j = 0;
    for (; j + MOST * VECTOR_LANES <= wide; j += MOST * VECTOR_LANES)
        correlate_block(z + j, wide, length, sum, k, corr + j, MOST);
    for (; j < wide; j += PAD_VECTORS * VECTOR_LANES)
        correlate_block(z + j, wide, length, sum, k, corr + j, PAD_VECTORS);
}

/* Twice the ranks by breakout and momentum within the row, less those of the candidates that are
 * out. */
static void ranks_without_out(const struct selection *s, const struct fast_scratch *scratch)
{
    const double *breakout = s->c->breakout_rank2 + s->base,
                 *momentum = s->c->momentum_rank2 + s->base;
    double *rank0 = scratch->rank2[0], *rank1 = scratch->rank2[1];
    for (uint32_t j = 0; j < s->n; j += VECTOR_LANES) {
        vd_store(rank0 + j, vd_load(breakout + j));
        vd_store(rank1 + j, vd_load(momentum + j));
    }
    for (uint32_t i = 0; i < s->n; i += VECTOR_LANES) {
        vd notional = vd_load(scratch->notional + i);
        for (unsigned bits = vl_bits(~vd_defined(notional)); bits; bits &= bits - 1) {
            uint32_t e = i + (unsigned)__builtin_ctz(bits);
            if (e >= s->n)
                break;
            for (uint32_t j = 0; j < s->n; j += VECTOR_LANES) {
                vd mine0 = vd_load(breakout + j), mine1 = vd_load(momentum + j);
                vd_store(rank0 + j, vd_load(rank0 + j) - vd_count(breakout[e] < mine0) -
                                        vd_count(breakout[e] <= mine0));
                vd_store(rank1 + j, vd_load(rank1 + j) - vd_count(momentum[e] < mine1) -
                                        vd_count(momentum[e] <= mine1));
            }
        }
    }
}

/* Strengths by diversification: 1 - mean correlation, 0.5 where that is undefined, NaN for those
 * out. Returns how many there are. */
static double diversify(const struct selection *s, const struct fast_scratch *scratch)
{
    const vd out = vd_all(__builtin_nan(""));
    vd n = {0};
    for (uint32_t j = 0; j < s->n; j += VECTOR_LANES) {
        vd corr = vd_load(scratch->corr + j), notional = vd_load(scratch->notional + j);
        vd strength = vd_select(vd_defined(corr), 1 - corr, vd_all(0.5));
        vl valid = vd_defined(notional);
        vd_store(scratch->strength + j, vd_select(valid, strength, out));
        n += vd_count(valid);
    }
    return vd_sum(n);
}

/* Twice the rank of one strength among them. */
static double diversification_rank2(const struct selection *s, const struct fast_scratch *scratch,
                                    uint32_t of)
{
    const vd mine = vd_all(scratch->strength[of]);
    vl smaller = {0}, not_above = {0}; /* minus their numbers */
    for (uint32_t j = 0; j < s->n; j += VECTOR_LANES) {
        vd theirs = vd_load(scratch->strength + j);
        smaller += theirs < mine;
        not_above += theirs <= mine;
    }
    return (double)(1 - vl_sum(smaller + not_above));
}

/* Scores of the candidates that fit. In a long row diversification counts with its highest rank for
 * all, a bound that take_best() makes exact for the few that come near the top. */
static void score_candidates(const struct fast_point *p, struct selection *s,
                             const struct fast_scratch *scratch)
{
    const double third = s->third;
    ranks_without_out(s, scratch);
    s->top_rank2 = third != 0 ? 2 * diversify(s, scratch) : 0;
    if (third != 0 && s->n <= RANK_ALL_MAX) {
        rank2(scratch->strength, s->n, scratch->rank2[2]);
        s->third = 0;
    } else {
        for (uint32_t j = 0; j < s->n; j += VECTOR_LANES)
            vd_store(scratch->rank2[2] + j, vd_all(s->top_rank2));
        memset(scratch->exact, 0, s->n);
    }
    for (uint32_t j = 0; j < s->n; j += VECTOR_LANES) {
        vd score = p->weight[0] * vd_load(scratch->rank2[0] + j) +
                   p->weight[1] * vd_load(scratch->rank2[1] + j) +
                   third * vd_load(scratch->rank2[2] + j);
        vd_store(scratch->score + j,
                 vd_select(vd_load(scratch->score + j) >= 0.0, score, vd_all(-1)));
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

/* Place of the highest score, the first of equal ones; n: none is left. */
static uint32_t highest(const struct selection *s, const double *score)
{
    vd high = vd_all(-1);
    for (uint32_t j = 0; j < s->n; j += VECTOR_LANES)
        high = vd_max(vd_load(score + j), high);
    double best = vd_highest(high);
    if (best < 0)
        return s->n;
    for (uint32_t j = 0;; j += VECTOR_LANES) {
        unsigned bits = vl_bits(vd_load(score + j) == best);
        if (bits)
            return j + (unsigned)__builtin_ctz(bits);
    }
}

/* The best candidate left, the first of equal ones; n: none. It will not come again. A bound at the
 * top is made exact and has to come out on top again: all others are then below it, or equal and
 * behind it. */
static uint32_t take_best(const struct selection *s, const struct fast_scratch *scratch)
{
    for (;;) {
        uint32_t j = highest(s, scratch->score);
        if (j == s->n)
            return j;
        if (s->third == 0 || scratch->exact[j]) {
            scratch->score[j] = -1;
            return j;
        }
        scratch->score[j] -= s->third * (s->top_rank2 - diversification_rank2(s, scratch, j));
        scratch->exact[j] = 1;
    }
}

/* After an order: what no longer fits under the exposure limit. */
static void drop_oversized(const struct selection *s, const struct fast_scratch *scratch)
{
    double held = s->gross + s->pending;
    for (uint32_t j = 0; j < s->n; j += VECTOR_LANES) {
        vl over = held + vd_load(scratch->notional + j) > s->limit;
        vd_store(scratch->score + j, vd_select(over, vd_all(-1), vd_load(scratch->score + j)));
    }
}

/* Skipped by the correlation guard? Whether the portfolio moves together is found out when a
 * candidate would. */
static bool guarded(const struct fast_run *run, const struct fast_point *p, struct selection *s,
                    const struct fast_scratch *scratch, uint32_t j)
{
    if (s->n_positions < 1 || !(scratch->corr[j] > p->portfolio->guard_candidate))
        return false;
    if (s->guard < 0)
        s->guard = guard_acts(run, p, s, scratch);
    return s->guard;
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
    s->n_positions = 0;
    if (guardable || (left > 1 && p->weight[SCORE_DIVERSIFICATION] != 0)) {
        s->n_positions = sum_windows(run, p, s, scratch, sl->calendar_index);
        if (s->n_positions > 0)
            correlate(s, row_windows(run, ps->candidates, s->sleeve, s->d), s->c->length,
                      scratch->sum_z[sl->calendar_index], s->n_positions, scratch->corr);
    }
    s->third = left > 1 && s->n_positions > 0 ? p->weight[SCORE_DIVERSIFICATION] : 0;
    if (left > 1)
        score_candidates(p, s, scratch);
    while (ps->n_open + ps->n_pending < ps->p->max_positions) {
        uint32_t j = take_best(s, scratch);
        if (j == s->n)
            return;
        if (guardable && guarded(run, p, s, scratch, j))
            continue;
        double close = s->c->close[s->base + j];
        double most =
            fill_lots((p->cash - s->reserved) / (close * RESERVE_FACTOR), sl->lots_per_unit);
        double lots = scratch->n_est[j] < most ? scratch->n_est[j] : most;
        if (lots <= 0)
            continue;
        make_order(run, p, s, j, lots);
        drop_oversized(s, scratch);
    }
}
#endif
