/* Everything the fast path makes once for all points, bar by bar against the plain definitions, at
 * every vector level. */
#include "engine/correlation.h"
#include "engine/fast/kernels.h"
#include "engine/fast/state.h"
#include "engine/strategies/momentum.h"
#include "tests/lib/cm.h"
#include "tests/lib/synthetic_market.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CACHE_BYTES = 64 << 20, WINDOW_MAX = 100 };
static const enum synthetic_kind KINDS[] = {SYNTHETIC_DIRTY,   SYNTHETIC_CLEAN,
                                            SYNTHETIC_FLAT,    SYNTHETIC_SPIKE,
                                            SYNTHETIC_ONE_BAR, SYNTHETIC_ALL_MISSING};
static const enum plateau_vector LEVELS[] = {PLATEAU_VECTOR_BASE, PLATEAU_VECTOR_AVX2,
                                             PLATEAU_VECTOR_AVX512};

/* Runs the check over every kind of market at every level this machine has. */
static void everywhere(void (*check)(struct fast_state *state))
{
    for (size_t k = 0; k < sizeof KINDS / sizeof KINDS[0]; k++)
        for (size_t l = 0; l < sizeof LEVELS / sizeof LEVELS[0]; l++) {
            const struct synthetic_spec spec = {
                .seed = 7,
                .kind = KINDS[k],
                .n_sleeves = 1,
                .sleeve = {{"equity", IMAGE_EQUITY, 13, 403, 16000}},
                .last_day = INT32_MAX};
            struct synthetic_market market;
            struct plateau_engine *engine = NULL;
            struct fast_state *state = NULL;
            assert_int_equal(synthetic_market_new(&market, &spec), OK);
            assert_int_equal(
                plateau_engine_new(&engine, market.bytes, market.length, CACHE_BYTES, NULL), OK);
            if (plateau_engine_force_vector(engine, LEVELS[l]) == OK) {
                assert_int_equal(fast_state_new(&state, engine), OK);
                check(state);
            }
            fast_state_free(&state);
            plateau_engine_free(&engine);
            synthetic_market_free(&market);
        }
}

static bool same(double a, double b)
{
    return a != a ? b != b : memcmp(&a, &b, sizeof a) == 0;
}

static void check_plane(struct fast_state *state, enum indicator_kind kind, uint32_t n)
{
    const struct image_view *v = state->sleeve[0].view;
    const double *plane;
    double *plain = malloc((v->n_sessions + 1u) * sizeof *plain);
    assert_non_null(plain);
    assert_int_equal(fast_plane(state, 0, kind, n, &plane), OK);
    for (uint32_t s = 0; s < v->n_symbols; s++) {
        uint32_t first = v->bar_start[s];
        const struct bars bars = {v->bar_start[s + 1] - first,
                                  v->open + first,
                                  v->high + first,
                                  v->low + first,
                                  v->close + first,
                                  v->volume + first};
        indicator_compute(&(struct indicator_need){.kind = kind, .n = n}, &bars, plain);
        for (uint32_t i = 0; i < bars.n; i++)
            if (!same(plane[first + i], plain[i]))
                fail_msg("%s: kind %d n %u symbol %u bar %u: %.17g, plain %.17g",
                         state->kernel->name, kind, n, s, i, plane[first + i], plain[i]);
    }
    free(plain);
}

static void check_planes(struct fast_state *state)
{
    static const uint32_t lengths[] = {1, 2, 7, 14, 20, 50, 55, 200, 402, 403, 404, 5000};
    static const enum indicator_kind kinds[] = {INDICATOR_MA, INDICATOR_ATR, INDICATOR_ROC,
                                                INDICATOR_HC, INDICATOR_ADV, INDICATOR_VOL_MULT};
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        for (size_t n = 0; n < sizeof lengths / sizeof lengths[0]; n++)
            check_plane(state, kinds[k], lengths[n]);
}

static void planes_are_the_indicators(void **state)
{
    (void)state;
    everywhere(check_planes);
}

/* z of engine.md section 2 from the kept moments, against the definition's window. */
static void check_window(const struct fast_state *state, const struct fast_windows *w,
                         uint32_t symbol, uint32_t bar, uint32_t session)
{
    double z[WINDOW_MAX];
    uint32_t n;
    size_t at = fast_window_at(w, symbol, session);
    bool defined =
        correlation_window(state->sleeve[0].view, symbol, bar, session, w->length, z, &n);
    assert_int_equal(defined, w->moments[at].inv_norm == w->moments[at].inv_norm);
    for (uint32_t i = 0; defined && i < w->length; i++) {
        double r = w->ret[at + i],
               mine = r == r ? (r - w->moments[at].mean) * w->moments[at].inv_norm : 0;
        double theirs = i + n < w->length ? 0 : z[i + n - w->length];
        if (!(mine == theirs))
            fail_msg("%s: symbol %u session %u: z %.17g, plain %.17g", state->kernel->name, symbol,
                     session, mine, theirs);
    }
}

static void check_windows(struct fast_state *state)
{
    static const uint32_t lengths[] = {10, 11, 20, 33, WINDOW_MAX};
    const struct image_view *v = state->sleeve[0].view;
    for (size_t l = 0; l < sizeof lengths / sizeof lengths[0]; l++) {
        const struct fast_windows *w;
        assert_int_equal(fast_windows(state, 0, lengths[l], &w), OK);
        for (uint32_t s = 0; s < v->n_symbols; s++)
            for (uint32_t i = v->bar_start[s]; i < v->bar_start[s + 1]; i++)
                check_window(state, w, s, i, (uint32_t)v->bar_session[i]);
    }
}

static void windows_are_those_of_the_correlation(void **state)
{
    (void)state;
    everywhere(check_windows);
}

/* What the strategy's own entry() says of a bar. */
static bool plain_entry(const struct fast_state *state, const struct plateau_config *config,
                        double *const series[], const struct indicator_need *needs,
                        uint32_t n_needs, uint32_t bar, struct entry_signal *signal)
{
    const struct image_view *v = state->sleeve[0].view;
    struct strategy_bar b = {v->open[bar],  v->high[bar],   v->low[bar],
                             v->close[bar], v->volume[bar], {0}};
    int32_t bench = state->engine->calendars->bench_latest[0][v->bar_session[bar]];
    for (uint32_t k = 0; k < n_needs; k++)
        b.indicator[k] = !needs[k].of_benchmark ? series[k][bar]
                         : bench < 0            ? __builtin_nan("")
                                                : series[k][bench];
    return config->sleeve[0].strategy->entry(config_params(config, 0), &b, signal);
}

static void fill_series(const struct image_view *v, const struct indicator_need *need, double *out)
{
    if (need->of_benchmark) {
        const struct bars bars = {v->n_bench,   v->bench_open,  v->bench_high,
                                  v->bench_low, v->bench_close, v->bench_volume};
        indicator_compute(need, &bars, out);
        return;
    }
    for (uint32_t s = 0; s < v->n_symbols; s++) {
        uint32_t first = v->bar_start[s];
        const struct bars bars = {v->bar_start[s + 1] - first,
                                  v->open + first,
                                  v->high + first,
                                  v->low + first,
                                  v->close + first,
                                  v->volume + first};
        indicator_compute(need, &bars, out + first);
    }
}

static double rank2_of(const double *x, uint32_t n, uint32_t i)
{
    double rank = 1;
    for (uint32_t j = 0; j < n; j++)
        rank += 2.0 * (x[j] < x[i]) + (x[j] == x[i]);
    return rank;
}

/* Every bar with a range that entry() takes is in its date's row, in order, with its ranks; nothing
 * else is. */
static void check_rows(struct fast_state *state, const struct plateau_config *config,
                       const struct fast_candidates *c)
{
    const struct image_view *v = state->sleeve[0].view;
    struct indicator_need needs[STRATEGY_INDICATORS_MAX];
    uint32_t n_needs = config->sleeve[0].strategy->indicators(config_params(config, 0), needs);
    double *series[STRATEGY_INDICATORS_MAX], *strength[2];
    for (uint32_t k = 0; k < n_needs; k++) {
        assert_non_null(series[k] = malloc((v->n_bars + v->n_bench + 1) * sizeof(double)));
        fill_series(v, &needs[k], series[k]);
    }
    for (int r = 0; r < 2; r++)
        assert_non_null(strength[r] = malloc(v->n_symbols * sizeof(double)));
    for (uint32_t session = 0; session < v->n_sessions; session++) {
        uint32_t d = state->sleeve[0].calendar->run[session], n = 0;
        for (uint32_t s = 0; s < v->n_symbols; s++)
            for (uint32_t i = v->bar_start[s]; i < v->bar_start[s + 1]; i++) {
                struct entry_signal signal;
                if (v->bar_session[i] != (int32_t)session ||
                    !plain_entry(state, config, series, needs, n_needs, i, &signal) ||
                    !(signal.stop < v->close[i]))
                    continue;
                assert_true(n < c->n[d]);
                assert_int_equal(c->symbol[c->start[d] + n], s);
                assert_int_equal(c->bar[c->start[d] + n], i);
                strength[0][n] = signal.breakout;
                strength[1][n++] = signal.momentum;
            }
        assert_int_equal(n, c->n[d]);
        for (uint32_t j = 0; j < n; j++) {
            assert_true(c->breakout_rank2[c->start[d] + j] == rank2_of(strength[0], n, j));
            assert_true(c->momentum_rank2[c->start[d] + j] == rank2_of(strength[1], n, j));
        }
    }
    for (uint32_t k = 0; k < n_needs; k++)
        free(series[k]);
    free(strength[0]);
    free(strength[1]);
}

static uint32_t n_candidates;

static void check_candidates(struct fast_state *state)
{
    static const struct {
        const char *path, *text;
    } variants[] = {{"entry.fast_clearance", "-0.02"},
                    {"entry.trigger", "slow"},
                    {"entry.trigger", "fast"},
                    {"eligibility.require_close_above_ma200", "true"},
                    {"eligibility.relative_strength_enabled", "true"},
                    {"eligibility.require_close_above_trend_ma", "false"},
                    {"indicators.breakout_slow", "1"}};
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
        struct plateau_config *config = NULL;
        struct fast_rules rules;
        struct fast_candidates *c;
        char path[128];
        assert_int_equal(plateau_config_new(&config), OK);
        assert_int_equal(plateau_config_add_sleeve(config, "equity", "momentum", NULL), OK);
        snprintf(path, sizeof path, "sleeves.equity.%s", variants[i].path);
        assert_int_equal(plateau_config_set(config, path, variants[i].text, NULL), OK);
        MOMENTUM_FAST.rules(config_params(config, 0), &rules);
        assert_int_equal(fast_candidates(state, 0, &rules.entry, &c), OK);
        check_rows(state, config, c);
        for (uint32_t d = 0; d < state->n_run; d++)
            n_candidates += c->n[d];
        plateau_config_free(&config);
    }
}

static void candidates_are_what_the_strategy_takes(void **state)
{
    (void)state;
    n_candidates = 0;
    everywhere(check_candidates);
    assert_true(n_candidates > 1000); /* else the rows say nothing */
}

CM_MAIN("fast planes", cmocka_unit_test(planes_are_the_indicators),
        cmocka_unit_test(windows_are_those_of_the_correlation),
        cmocka_unit_test(candidates_are_what_the_strategy_takes))
