/* Candidate lists: the screen runs over each symbol's bars, the hits are dealt out to their dates,
 * and each row is ranked. */
#include "engine/fast/kernels.h"
#include "engine/fast/state.h"
#include "engine/strategies/momentum.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define KEY_CANDIDATES 4u
#define ROW_TAIL                                                                                   \
    (2 * FAST_PAD) /* elements a vector of 32-bit lanes may reach behind the last row */
#define CLOSE_PER_ATR_TRUSTED                                                                      \
    1e4 /* see risk_bound(): beyond it the bound stays a bound, only a looser one */

struct candidates_key {
    uint64_t what, sleeve;
    struct fast_entry_key entry;
};
_Static_assert(sizeof(struct candidates_key) <= CACHE_KEY_MAX, "room for the key");

struct inputs { /* of one build */
    struct fast_screen screen;
    const double *atr, *adv, *roc;
    double *bench_roc; /* [n_sessions] at the latest accepted bar; NaN where undefined */
    uint32_t warm_up;  /* bars of a symbol before its first possible candidate */
};

static void candidates_destroy(void *object)
{
    struct fast_candidates *c = object;
    free(c->member);
    free(c->start);
    free(c->n);
    free(c->close);
    free(c->atr);
    free(c->adv);
    free(c->symbol);
    free(c->bar);
    free(c->breakout_rank2);
    free(c->momentum_rank2);
    free(c->least_close_per_atr);
    free(c->largest_lot);
    free(c->has_z);
    free(c->z);
    free(c);
}

static uint32_t later(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* Bars until every window that must be full is. */
static uint32_t warm_up(const struct fast_entry_key *k)
{
    uint32_t n = MOMENTUM_MA_SLOW - 1;
    n = later(n, (uint32_t)k->atr_period - 1);
    n = later(n, (uint32_t)k->adv_lookback - 1);
    n = later(n, (uint32_t)k->breakout_fast);
    n = later(n, (uint32_t)k->breakout_slow);
    if (k->require_trend != 0)
        n = later(n, (uint32_t)k->trend_ma - 1 + (uint32_t)k->ma_slope_lookback);
    if (k->require_ma200 != 0)
        n = later(n, MOMENTUM_MA_LONG - 1);
    return n;
}

static enum err bench_rocs(const struct fast_state *state, uint32_t sleeve, uint32_t n, double *out)
{
    const struct image_view *v = state->sleeve[sleeve].view;
    const int32_t *latest = state->engine->calendars->bench_latest[sleeve];
    const struct bars bars = {v->n_bench,   v->bench_open,  v->bench_high,
                              v->bench_low, v->bench_close, v->bench_volume};
    double *roc = malloc((v->n_bench + 1u) * sizeof *roc);
    if (!roc)
        return ERR_NOMEM;
    indicator_roc(&bars, n, 0, roc);
    for (uint32_t s = 0; s < v->n_sessions; s++)
        out[s] = latest[s] < 0 ? __builtin_nan("") : roc[latest[s]];
    free(roc);
    return OK;
}

static enum err gather(struct fast_state *state, uint32_t q, const struct fast_entry_key *k,
                       struct inputs *in)
{
    const struct {
        const double **out;
        double n;
        enum indicator_kind kind;
        bool needed;
    } planes[] = {
        {&in->screen.ma20, MOMENTUM_MA_FAST, INDICATOR_MA, true},
        {&in->screen.ma50, MOMENTUM_MA_SLOW, INDICATOR_MA, true},
        {&in->screen.ma200, MOMENTUM_MA_LONG, INDICATOR_MA, k->require_ma200 != 0},
        {&in->screen.trend, k->trend_ma, INDICATOR_MA, k->require_trend != 0},
        {&in->screen.hc_fast, k->breakout_fast, INDICATOR_HC, true},
        {&in->screen.hc_slow, k->breakout_slow, INDICATOR_HC, true},
        {&in->atr, k->atr_period, INDICATOR_ATR, true},
        {&in->adv, k->adv_lookback, INDICATOR_ADV, true},
        {&in->roc, k->roc_period, INDICATOR_ROC, true},
    };
    in->screen.close = state->sleeve[q].close;
    in->warm_up = warm_up(k);
    enum err e = OK;
    for (size_t i = 0; i < sizeof planes / sizeof planes[0] && !e; i++)
        if (planes[i].needed)
            e = fast_plane(state, q, planes[i].kind, (uint32_t)planes[i].n, planes[i].out);
    return e ? e : bench_rocs(state, q, (uint32_t)k->roc_period, in->bench_roc);
}

/* What the screen leaves to be looked at one by one. Without a range the stop is at the close:
 * never a candidate. An undefined strength makes the comparison false. */
static bool accept(const struct fast_sleeve *sl, const struct fast_entry_key *k,
                   const struct inputs *in, uint32_t bar)
{
    if (!(in->atr[bar] > 0))
        return false;
    return k->relative_strength == 0 ||
           in->roc[bar] - in->bench_roc[sl->view->bar_session[bar]] > k->relative_strength_min;
}

/* All hits of the sleeve, by symbol, into state->hits. */
static uint32_t screen_sleeve(const struct fast_state *state, uint32_t q,
                              const struct fast_entry_key *k, const struct inputs *in)
{
    const struct image_view *v = state->sleeve[q].view;
    uint32_t n = 0, kept = 0;
    for (uint32_t s = 0; s < v->n_symbols; s++) {
        uint32_t first = v->bar_start[s], end = v->bar_start[s + 1];
        if (end - first > in->warm_up)
            n += state->kernel->screen(k, &in->screen, first + in->warm_up, end, state->hits + n);
    }
    for (uint32_t h = 0; h < n; h++)
        if (accept(&state->sleeve[q], k, in, state->hits[h] / 2))
            state->hits[kept++] = state->hits[h];
    return kept;
}

static enum err candidates_alloc(struct fast_candidates *c, uint32_t n_run)
{
    size_t n = c->n_slots + ROW_TAIL;
    c->close = malloc(n * sizeof *c->close);
    c->atr = malloc(n * sizeof *c->atr);
    c->adv = malloc(n * sizeof *c->adv);
    c->symbol = malloc(n * sizeof *c->symbol);
    c->bar = malloc(n * sizeof *c->bar);
    c->breakout_rank2 = malloc(n * sizeof *c->breakout_rank2);
    c->momentum_rank2 = malloc(n * sizeof *c->momentum_rank2);
    c->least_close_per_atr = malloc((n_run + FAST_PAD) * sizeof *c->least_close_per_atr);
    c->largest_lot = malloc((n_run + FAST_PAD) * sizeof *c->largest_lot);
    c->has_z = calloc(n_run + 1u, 1);
    c->z = malloc(((size_t)c->n_slots * c->length + 1) * sizeof *c->z);
    bool whole = c->close && c->atr && c->adv && c->symbol && c->bar && c->breakout_rank2 &&
                 c->momentum_rank2 && c->least_close_per_atr && c->largest_lot && c->has_z && c->z;
    if (!whole)
        return ERR_NOMEM;
    for (size_t j = 0; j < n; j++) { /* a stop at the close: never bought */
        c->close[j] = 1;
        c->atr[j] = c->adv[j] = 0;
        c->symbol[j] = -1;
        c->bar[j] = 0;
        c->breakout_rank2[j] = c->momentum_rank2[j] = 0;
    }
    return OK;
}

static size_t candidates_bytes(const struct fast_candidates *c)
{
    return c->n_slots * (3 * sizeof(double) + 2 * sizeof(double) + 2 * sizeof(int32_t) +
                         c->length * sizeof(double)) +
           c->n_run *
               (2 * sizeof(uint32_t) + 2 * sizeof(double) + 1 + c->member_words * sizeof(uint64_t));
}

/* Row lengths from the hits, then where each row begins. */
static void lay_out(struct fast_candidates *c, const struct fast_sleeve *sl, const uint32_t *hits,
                    uint32_t n_hits)
{
    for (uint32_t h = 0; h < n_hits; h++)
        c->n[sl->calendar->run[sl->view->bar_session[hits[h] / 2]]]++;
    for (uint32_t d = 0; d < c->n_run; d++) {
        uint32_t wide = (c->n[d] + FAST_PAD - 1) / FAST_PAD * FAST_PAD;
        c->start[d] = c->n_slots;
        c->n_slots += wide;
        c->row_max = wide > c->row_max ? wide : c->row_max;
    }
}

/* Hits come by symbol, so each row fills up by symbol. strengths: [2][n_slots + ROW_TAIL], NaN in
 * the gaps. */
static void deal(struct fast_candidates *c, const struct fast_sleeve *sl, const struct inputs *in,
                 const uint32_t *hits, uint32_t n_hits, double *breakout, double *momentum)
{
    const struct image_view *v = sl->view;
    uint32_t symbol = 0;
    memset(c->n, 0, c->n_run * sizeof *c->n);
    for (size_t j = 0; j < c->n_slots + ROW_TAIL; j++)
        breakout[j] = momentum[j] = __builtin_nan("");
    for (uint32_t h = 0; h < n_hits; h++) {
        uint32_t bar = hits[h] / 2;
        bool slow = hits[h] & 1;
        while (bar >= v->bar_start[symbol + 1])
            symbol++;
        uint32_t d = sl->calendar->run[v->bar_session[bar]], j = c->start[d] + c->n[d]++;
        double close = sl->close[bar], roc = in->roc[bar],
               bench = in->bench_roc[v->bar_session[bar]];
        c->member[(size_t)d * c->member_words + symbol / 64] |= 1ull << symbol % 64;
        c->close[j] = close;
        c->atr[j] = in->atr[bar];
        c->adv[j] = in->adv[bar];
        c->symbol[j] = (int32_t)symbol;
        c->bar[j] = bar;
        breakout[j] = (close - (slow ? in->screen.ma50[bar] : in->screen.ma20[bar])) / in->atr[bar];
        momentum[j] = roc != roc ? 0 : bench == bench ? roc - bench : roc;
    }
}

static void bound_rows(struct fast_candidates *c, double lots_per_unit)
{
    for (uint32_t d = 0; d < c->n_run + FAST_PAD; d++) {
        double least = __builtin_inf(), largest = -__builtin_inf();
        for (uint32_t j = 0; d < c->n_run && j < c->n[d]; j++) {
            double close = c->close[c->start[d] + j], ratio = close / c->atr[c->start[d] + j];
            ratio = ratio < CLOSE_PER_ATR_TRUSTED ? ratio : CLOSE_PER_ATR_TRUSTED;
            least = ratio < least ? ratio : least;
            largest = close / lots_per_unit > largest ? close / lots_per_unit : largest;
        }
        c->least_close_per_atr[d] = least;
        c->largest_lot[d] = largest;
    }
}

static enum err build(struct fast_state *state, uint32_t q, const struct inputs *in,
                      struct fast_candidates *c)
{
    const struct fast_sleeve *sl = &state->sleeve[q];
    uint32_t n_hits = screen_sleeve(state, q, &c->key, in);
    c->n_run = state->n_run;
    c->n = calloc(c->n_run + 1u, sizeof *c->n);
    c->start = calloc(c->n_run + 1u, sizeof *c->start);
    c->member_words = (sl->view->n_symbols + 63) / 64;
    c->member = calloc((size_t)c->n_run * c->member_words + 1, sizeof *c->member);
    if (!c->n || !c->start || !c->member)
        return ERR_NOMEM;
    lay_out(c, sl, state->hits, n_hits);
    cache_make_room(state->cache, candidates_bytes(c));
    size_t n_strengths = c->n_slots + (size_t)ROW_TAIL;
    double *strengths = malloc(2 * n_strengths * sizeof *strengths);
    if (!strengths || candidates_alloc(c, c->n_run)) {
        free(strengths);
        return ERR_NOMEM;
    }
    double *breakout = strengths, *momentum = strengths + n_strengths;
    deal(c, sl, in, state->hits, n_hits, breakout, momentum);
    for (uint32_t d = 0; d < c->n_run; d++) {
        state->kernel->rank2(breakout + c->start[d], c->n[d], c->breakout_rank2 + c->start[d]);
        state->kernel->rank2(momentum + c->start[d], c->n[d], c->momentum_rank2 + c->start[d]);
    }
    free(strengths);
    bound_rows(c, sl->lots_per_unit);
    return OK;
}

enum err fast_candidates(struct fast_state *state, uint32_t sleeve,
                         const struct fast_entry_key *key, struct fast_candidates **out)
{
    const struct candidates_key k = {KEY_CANDIDATES, sleeve, *key};
    struct inputs in = {.warm_up = 0};
    const struct fast_windows *windows;
    enum err e = fast_windows(state, sleeve, (uint32_t)key->corr_lookback, &windows);
    if (e)
        return e;
    *out = cache_find(state->cache, &k, sizeof k);
    if (*out) {
        (*out)->windows = windows; /* may have been made anew since */
        return OK;
    }
    struct fast_candidates *c = calloc(1, sizeof *c);
    in.bench_roc = malloc((state->sleeve[sleeve].view->n_sessions + 1u) * sizeof *in.bench_roc);
    e = c && in.bench_roc ? gather(state, sleeve, key, &in) : ERR_NOMEM;
    if (!e) {
        c->key = *key;
        c->windows = windows;
        c->length = windows->length;
        e = build(state, sleeve, &in, c);
    }
    free(in.bench_roc);
    if (e) {
        if (c)
            candidates_destroy(c);
        return e;
    }
    *out = c;
    return cache_add(state->cache, &k, sizeof k, c, candidates_bytes(c), candidates_destroy);
}
