#include "engine/fast/batch.h"
#include "engine/canonical.h"
#include "engine/fast/dates.h"
#include "engine/fast/kernels.h"
#include "engine/fast/state.h"
#include "engine/metrics.h"
#include "engine/risk.h"
#include "engine/score.h"
#include "engine/strategies/momentum.h"
#include <stdlib.h>
#include <string.h>

enum {
    /* What they share on a date comes from far away once for all of them, and what is their own
     * still stays near: 64 cost 15 % more. */
    BATCH_POINTS = 256,
    TRADES_AT_FIRST = 1024
};

struct point_memory { /* of a place in the batch, grown to what the largest point needed so far */
    struct fast_point_sleeve sleeves[PLATEAU_SLEEVES_MAX];
    size_t positions_max, days_max;
    uint32_t trades_max;
    struct fast_position *positions;
    struct fast_order *orders;
    double *equity, *vols, *pnl, *r_multiple;
    int32_t *entry, *exit;
};

struct fast_buffers {
    struct fast_run run;
    struct fast_point points[BATCH_POINTS];
    int32_t next_t[BATCH_POINTS];
    struct point_memory memory[BATCH_POINTS];
    struct fast_scratch scratch;
    size_t row_max, length_max;
    struct fast_window *windows;
    size_t windows_max;
    double *measure; /* [measure_max] scratch of the metrics */
    size_t measure_max;
    int32_t *open_entry;
    size_t open_max;
    double *returns; /* of all points of a call */
    size_t returns_max;
    struct place *places;
    size_t places_max;
};

struct place { /* a point in the order it is run in */
    uint64_t group;
    size_t index;
};

/* Grows *p to n elements, content lost. */
static bool grow(void *array_p, size_t *max, size_t n, size_t element)
{
    void **p = array_p;
    if (n <= *max)
        return true;
    free(*p);
    *max = 0;
    *p = malloc(n * element);
    if (*p)
        *max = n;
    return *p != NULL;
}

static void scratch_free(struct fast_scratch *s)
{
    free(s->n_est); /* the rows of doubles are one block */
    free(s->exact);
    for (uint32_t c = 0; c < PLATEAU_SLEEVES_MAX; c++)
        free(s->sum_z[c]);
    memset(s, 0, sizeof *s);
}

void fast_buffers_free(struct fast_buffers **buffers_p)
{
    struct fast_buffers *b = *buffers_p;
    if (!b)
        return;
    for (uint32_t i = 0; i < BATCH_POINTS; i++) {
        struct point_memory *m = &b->memory[i];
        free(m->positions);
        free(m->orders);
        free(m->equity);
        free(m->vols);
        free(m->pnl);
        free(m->r_multiple);
        free(m->entry);
        free(m->exit);
    }
    fast_dates_free(&b->run);
    scratch_free(&b->scratch);
    free(b->windows);
    free(b->measure);
    free(b->open_entry);
    free(b->returns);
    free(b->places);
    free(b);
    *buffers_p = NULL;
}

/* Scratch for rows of up to row_max candidates and windows of up to length sessions. */
static enum err scratch_fit(struct fast_buffers *b, size_t row_max, size_t length)
{
    if (row_max <= b->row_max && length <= b->length_max && b->scratch.n_est)
        return OK;
    struct fast_scratch *s = &b->scratch;
    double **rows[] = {&s->n_est,    &s->notional, &s->corr,     &s->strength,
                       &s->rank2[0], &s->rank2[1], &s->rank2[2], &s->score};
    enum { N_ROWS = sizeof rows / sizeof rows[0] };
    size_t n = row_max > b->row_max ? row_max : b->row_max,
           n_sum = length > b->length_max ? length : b->length_max;
    scratch_free(s);
    double *block = malloc(N_ROWS * (n + FAST_PAD) * sizeof(double));
    s->exact = malloc(n + 1);
    bool whole = block && s->exact;
    for (size_t r = 0; block && r < N_ROWS; r++)
        *rows[r] = block + r * (n + FAST_PAD);
    for (uint32_t c = 0; c < PLATEAU_SLEEVES_MAX; c++) {
        s->sum_z[c] = malloc((n_sum + SUM_PAD) * sizeof(double));
        whole = whole && s->sum_z[c];
    }
    b->row_max = whole ? n : 0;
    b->length_max = whole ? n_sum : 0;
    return whole ? OK : ERR_NOMEM;
}

static enum err memory_fit(struct point_memory *m, size_t n_positions, size_t n_days,
                           uint32_t n_trades)
{
    size_t max = m->positions_max;
    bool ok = grow(&m->positions, &max, n_positions + 1, sizeof *m->positions) &&
              grow(&m->orders, &m->positions_max, n_positions + 1, sizeof *m->orders);
    size_t days = n_days + PLANE_PAD;
    max = m->days_max;
    ok = ok && grow(&m->equity, &max, days, sizeof(double)) &&
         grow(&m->vols, &m->days_max, days, sizeof(double));
    if (ok && n_trades > m->trades_max) {
        size_t none[4] = {0};
        ok = grow(&m->pnl, &none[0], n_trades, sizeof(double)) &&
             grow(&m->r_multiple, &none[1], n_trades, sizeof(double)) &&
             grow(&m->entry, &none[2], n_trades, sizeof(int32_t)) &&
             grow(&m->exit, &none[3], n_trades, sizeof(int32_t));
        m->trades_max = ok ? n_trades : 0;
    }
    if (!ok)
        m->positions_max = m->days_max = 0;
    return ok ? OK : ERR_NOMEM;
}

static size_t most_positions(const struct fast_state *state, const struct plateau_config *config)
{
    size_t n = 0;
    for (uint32_t q = 0; q < state->n_sleeves; q++) {
        size_t most = (size_t)config_sleeve(config, q)->max_positions,
               symbols = state->sleeve[q].view->n_symbols;
        n += most < symbols ? most : symbols;
    }
    return n;
}

/* Everything shared that one sleeve of a point reads. */
static enum err sleeve_set(struct fast_state *state, uint64_t seed,
                           const struct plateau_config *config, uint32_t q,
                           struct fast_point_sleeve *out)
{
    *out = (struct fast_point_sleeve){.p = config_sleeve(config, q)};
    config->sleeve[q].strategy->fast->rules(config_params(config, q), &out->rules);
    const struct fast_rules *r = &out->rules;
    uint32_t atr = (uint32_t)r->entry.atr_period;
    enum err e = fast_candidates(state, q, &r->entry, &out->candidates);
    if (!e)
        e = fast_windows(state, q, (uint32_t)r->entry.corr_lookback, &out->windows);
    if (!e)
        e = fast_plane(state, q, INDICATOR_MA, r->exit_ma, &out->exit_ma);
    if (!e && r->staged)
        e = fast_plane(state, q, INDICATOR_MA, MOMENTUM_MA_FAST, &out->ma20);
    if (!e && r->staged)
        e = fast_plane(state, q, INDICATOR_ATR, atr, &out->atr);
    if (!e)
        e = fast_plane(state, q, INDICATOR_ADV, (uint32_t)r->entry.adv_lookback, &out->adv);
    if (!e)
        e = fast_plane(state, q, INDICATOR_VOL_MULT, atr, &out->vol_mult);
    if (!e)
        e = fast_draws(state, q, seed, out->draws);
    return e;
}

static enum err sleeves_set(struct fast_state *state, uint64_t seed,
                            const struct plateau_config *config, struct fast_point_sleeve *sleeves)
{
    enum err e = OK;
    for (uint32_t q = 0; q < state->n_sleeves && !e; q++)
        e = sleeve_set(state, seed, config, q, &sleeves[q]);
    for (uint32_t q = 0; q < state->n_sleeves && !e; q++)
        e = scratch_fit(state->buffers, sleeves[q].candidates->row_max, sleeves[q].windows->length);
    return e;
}

/* A point at the start of its run. */
static void point_start(struct fast_point *p, struct point_memory *m,
                        const struct plateau_config *config, double *returns)
{
    const struct portfolio_params *portfolio = config_portfolio(config);
    *p = (struct fast_point){.portfolio = portfolio,
                             .sleeve = m->sleeves,
                             .cash = portfolio->starting_equity,
                             .next_exit = FAST_NEVER,
                             .positions = m->positions,
                             .orders = m->orders,
                             .equity = m->equity + 1,
                             .returns = returns,
                             .vols = m->vols,
                             .n_vols = RISK_VOL_RETURNS - 1,
                             .trades_max = m->trades_max,
                             .pnl = m->pnl,
                             .r_multiple = m->r_multiple,
                             .entry = m->entry,
                             .exit = m->exit};
    int64_t weights[N_SCORE_COMPONENTS];
    score_weights(portfolio, weights);
    for (int c = 0; c < N_SCORE_COMPONENTS; c++)
        p->weight[c] = (double)weights[c];
    p->equity[-1] = portfolio->starting_equity;
    for (uint32_t q = 0; q < PLATEAU_SLEEVES_MAX; q++)
        m->sleeves[q].n_open = m->sleeves[q].n_pending = 0;
}

static enum err measure(struct fast_buffers *b, const struct fast_point *p,
                        struct plateau_result *out)
{
    size_t days = (size_t)b->run.n_recorded,
           need = p->n_trades * (size_t)2 > days ? p->n_trades * (size_t)2 : days;
    if (!grow(&b->measure, &b->measure_max, need + 1, sizeof *b->measure) ||
        !grow(&b->open_entry, &b->open_max, p->n_positions + 1u, sizeof *b->open_entry))
        return ERR_NOMEM;
    double equity = 0, per_year = p->portfolio->periods_per_year;
    for (size_t t = 0; t < days; t++)
        equity += p->equity[t];
    for (uint32_t i = 0; i < p->n_positions; i++)
        b->open_entry[i] = p->positions[i].entry_t;
    const struct metric_trades trades = {.n = p->n_trades,
                                         .pnl = p->pnl,
                                         .r_multiple = p->r_multiple,
                                         .entry = p->entry,
                                         .exit = p->exit,
                                         .n_open = p->n_positions,
                                         .open_entry = b->open_entry,
                                         .traded_notional = p->traded_notional,
                                         .mean_equity =
                                             days ? equity / (double)days : nan_canonical()};
    *out = (struct plateau_result){.n_days = (uint32_t)days, .returns = p->returns};
    metrics_from_returns(&out->metrics, p->returns, days, b->run.schedule->bench_return, 0, 0,
                         per_year, METRIC_TAIL, b->measure);
    metrics_from_trades(&out->metrics, &trades, days, per_year, b->measure);
    nan_canonicalise(out->metrics.v, N_METRICS);
    return OK;
}

/* Runs the first n places of the batch; again with more room for trades if one made more than fit.
 */
static enum err batch_run(struct fast_state *state, const struct plateau_config *const *configs,
                          const struct place *places, uint32_t n, size_t stride,
                          struct plateau_result *results)
{
    struct fast_buffers *b = state->buffers;
    for (uint32_t most = TRADES_AT_FIRST;;) {
        for (uint32_t i = 0; i < n; i++) {
            const struct plateau_config *config = configs[places[i].index];
            size_t positions = most_positions(state, config);
            if (memory_fit(&b->memory[i], positions, (size_t)b->run.n_recorded, most) ||
                !grow(&b->windows, &b->windows_max, positions + 1, sizeof *b->windows))
                return ERR_NOMEM;
            point_start(&b->points[i], &b->memory[i], config,
                        b->returns + places[i].index * stride);
        }
        struct fast_batch batch = {.run = &b->run,
                                   .points = b->points,
                                   .next_t = b->next_t,
                                   .n_points = n,
                                   .n_sleeves = state->n_sleeves,
                                   .scratch = b->scratch};
        batch.scratch.windows = b->windows;
        state->kernel->run(&batch);
        uint32_t needed = 0;
        for (uint32_t i = 0; i < n; i++)
            if (b->points[i].n_trades > b->points[i].trades_max && b->points[i].n_trades > needed)
                needed = b->points[i].n_trades;
        if (!needed)
            break;
        most = needed;
    }
    enum err e = OK;
    for (uint32_t i = 0; i < n && !e; i++)
        e = measure(b, &b->points[i], &results[places[i].index]);
    return e;
}

static uint64_t mix(uint64_t h, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    for (size_t i = 0; i < n; i += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, p + i, sizeof word);
        h = (h ^ word) * 0x9e3779b97f4a7c15u;
        h ^= h >> 29;
    }
    return h;
}

/* Points with equal numbers share candidate lists, dates and draws; a collision costs time only. */
static uint64_t group_of(const struct plateau_config *config)
{
    uint64_t h = mix(1, &config_portfolio(config)->seed, sizeof(double));
    for (uint32_t q = 0; q < config->n_sleeves; q++) {
        struct fast_rules r;
        config->sleeve[q].strategy->fast->rules(config_params(config, q), &r);
        h = mix(h, &r.entry, sizeof r.entry);
    }
    return h;
}

static int by_group(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* Fills the batch from places[0] on: as many as fit, share the seed and stay under the cache's
 * limit. */
static enum err batch_fill(struct fast_state *state, const struct plateau_config *const *configs,
                           const struct place *places, size_t n_places, uint32_t *n)
{
    struct fast_buffers *b = state->buffers;
    double seed = config_portfolio(configs[places[0].index])->seed;
    *n = 0;
    cache_begin(state->cache);
    while (*n < BATCH_POINTS && *n < n_places) {
        const struct plateau_config *config = configs[places[*n].index];
        if (config_portfolio(config)->seed != seed)
            return OK;
        enum err e = sleeves_set(state, (uint64_t)seed, config, b->memory[*n].sleeves);
        if (e)
            return e;
        ++*n;
        if (cache_in_use(state->cache) > state->engine->cache_bytes)
            return OK;
    }
    return OK;
}

enum err fast_run_points(struct fast_state *state, const struct plateau_config *const *configs,
                         size_t n_points, const struct plateau_scenario *scenario,
                         const struct plateau_period *period, struct plateau_result *results)
{
    if (n_points == 0)
        return OK;
    if (!state->buffers && !(state->buffers = calloc(1, sizeof *state->buffers)))
        return ERR_NOMEM;
    struct fast_buffers *b = state->buffers;
    if (!grow(&b->places, &b->places_max, n_points, sizeof *b->places))
        return ERR_NOMEM;
    for (size_t i = 0; i < n_points; i++)
        b->places[i] = (struct place){group_of(configs[i]), i};
    qsort(b->places, n_points, sizeof *b->places, by_group);
    size_t stride = 0;
    for (size_t at = 0; at < n_points;) {
        const struct place *places = b->places + at;
        uint64_t seed = (uint64_t)config_portfolio(configs[places[0].index])->seed;
        enum err e = fast_dates_set(&b->run, state, scenario, period, seed);
        if (e)
            return e;
        if (stride == 0) {
            stride = (size_t)b->run.n_recorded + FAST_PAD;
            if (!grow(&b->returns, &b->returns_max, n_points * stride, sizeof *b->returns))
                return ERR_NOMEM;
        }
        uint32_t n;
        e = batch_fill(state, configs, places, n_points - at, &n);
        if (!e)
            e = batch_run(state, configs, places, n, stride, results);
        if (e)
            return e;
        at += n;
    }
    return OK;
}
