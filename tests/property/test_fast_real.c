/* The fast path on the shipped prices gives the traced path's bits whatever shares a call or a
 * cache with a point: batches, other entry fields, other seeds, a cache too small for one batch,
 * more trades and positions than there was room for at first. */
#include "engine/plateau_engine.h"
#include "market/market.h"
#include "tests/lib/cm.h"
#include "tests/lib/rng.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_POINTS = 150, N_TRACED = 6, CACHE_BYTES = 256 << 20, SMALL_CACHE_BYTES = 1 << 20 };
#define SEED 42u

static struct market_image image;
static struct plateau_period period;
static struct plateau_config *configs[N_POINTS];

static void set(struct plateau_config *config, const char *path, double value)
{
    uint32_t index;
    assert_int_equal(plateau_config_find(config, path, &index, NULL, NULL), OK);
    plateau_config_set_index(config, index, value);
}

static void vary(struct plateau_config *c, struct rng *rng)
{
    set(c, "sleeves.equity.entry.fast_clearance", 0.005 * rng_below(rng, 4));
    set(c, "sleeves.equity.exit.exit_ma", 10 + 10 * rng_below(rng, 4));
    set(c, "sleeves.equity.exit.hard_stop_atr_mult", 2 + 0.25 * rng_below(rng, 9));
    set(c, "sleeves.equity.exit.mode", rng_chance(rng, 0.3));
    set(c, "portfolio.volatility_scaling.mode", rng_below(rng, 3));
    set(c, "portfolio.seed", rng_chance(rng, 0.2) ? 7 : 42);
    if (rng_chance(rng, 0.2)) { /* many small positions: long rows are walked far, more trades than
                                   fit at first */
        set(c, "sleeves.equity.risk.max_positions", 40);
        set(c, "sleeves.equity.risk.max_position_notional", 0.02);
        set(c, "sleeves.equity.exit.hard_stop_atr_mult", 0.5);
    }
}

static int setup(void **state)
{
    (void)state;
    const struct market_source source = {
        .sleeve = "equity",
        .asset_class = IMAGE_EQUITY,
        .prices = PLATEAU_SOURCE_DIR "/data/sp500/sp500_2013_2018.csv.zst",
        .benchmark = PLATEAU_SOURCE_DIR "/data/benchmarks/SPY.csv"};
    struct rng rng = {SEED};
    struct err_note note = {""};
    if (market_build(&source, 1, MARKET_MAX_DAILY_MOVE, &image, NULL, &note)) {
        fprintf(stderr, "%s\n", note.text);
        return -1;
    }
    if (market_parse_day("2013-02-08", &period.start_day) ||
        market_parse_day("2018-02-07", &period.end_day))
        return -1;
    for (int i = 0; i < N_POINTS; i++) {
        if (plateau_config_new(&configs[i]) ||
            plateau_config_add_sleeve(configs[i], "equity", "momentum", NULL))
            return -1;
        set(configs[i], "portfolio.periods_per_year", 252);
        vary(configs[i], &rng);
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (int i = 0; i < N_POINTS; i++)
        plateau_config_free(&configs[i]);
    market_image_free(&image);
    return 0;
}

static struct plateau_engine *engine_new(size_t cache_bytes)
{
    struct plateau_engine *engine = NULL;
    assert_int_equal(plateau_engine_new(&engine, image.bytes, image.length, cache_bytes, NULL), OK);
    return engine;
}

/* Metric rows and returns of n points in one call; *returns is the caller's. */
static void run(struct plateau_engine *engine, const struct plateau_config *const *points, size_t n,
                const struct plateau_scenario *scenario, struct plateau_result *results,
                double **returns)
{
    assert_int_equal(plateau_run(engine, points, n, scenario, &period, results), OK);
    size_t days = results[0].n_days;
    assert_non_null(*returns = malloc((n * days + 1) * sizeof(double)));
    for (size_t i = 0; i < n; i++)
        memcpy(*returns + i * days, results[i].returns, days * sizeof(double));
}

static void assert_same(const struct plateau_result *a, const struct plateau_result *b,
                        const double *ra, const double *rb)
{
    assert_int_equal(a->n_days, b->n_days);
    assert_int_equal(a->metrics.flags, b->metrics.flags);
    assert_memory_equal(a->metrics.v, b->metrics.v, sizeof a->metrics.v);
    assert_memory_equal(ra, rb, a->n_days * sizeof(double));
}

static const struct plateau_scenario SCENARIOS[] = {{1, false, PLATEAU_REGIME_NONE},
                                                    {3, true, PLATEAU_REGIME_NONE},
                                                    {1, true, PLATEAU_REGIME_RANGE}};

static void a_call_of_many_is_many_calls(void **state)
{
    (void)state;
    static struct plateau_result together[N_POINTS], alone;
    for (size_t s = 0; s < sizeof SCENARIOS / sizeof SCENARIOS[0]; s++) {
        struct plateau_engine *engine = engine_new(CACHE_BYTES),
                              *small = engine_new(SMALL_CACHE_BYTES);
        double *all = NULL;
        run(engine, (const struct plateau_config *const *)configs, N_POINTS, &SCENARIOS[s],
            together, &all);
        for (size_t i = 0; i < N_POINTS; i += 1 + 4 * s) {
            const struct plateau_config *one = configs[i];
            double *mine = NULL;
            run(i % 10 == 0 ? small : engine, &one, 1, &SCENARIOS[s], &alone, &mine);
            assert_same(&together[i], &alone, all + i * alone.n_days, mine);
            free(mine);
        }
        free(all);
        plateau_engine_free(&small);
        plateau_engine_free(&engine);
    }
}

static void real_prices_have_the_bits_of_the_traced_path(void **state)
{
    (void)state;
    struct plateau_engine *engine = engine_new(CACHE_BYTES);
    uint32_t most_trades = 0;
    for (int i = 0; i < N_TRACED; i++) {
        const struct plateau_config *one = configs[i];
        struct plateau_trace trace;
        struct plateau_result result;
        const struct plateau_scenario *scenario = &SCENARIOS[i % 3];
        assert_int_equal(plateau_run_traced(engine, one, scenario, &period, &trace), OK);
        assert_int_equal(plateau_run(engine, &one, 1, scenario, &period, &result), OK);
        assert_same(&result, &(struct plateau_result){trace.metrics, trace.n_days, NULL},
                    result.returns, trace.returns);
        most_trades = trace.n_trades > most_trades ? trace.n_trades : most_trades;
    }
    printf("%u trades at most\n", most_trades);
    assert_true(most_trades > 1024); /* more than a point has room for at first */
    plateau_engine_free(&engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_of_many_is_many_calls),
        cmocka_unit_test(real_prices_have_the_bits_of_the_traced_path)};
    return cmocka_run_group_tests_name("fast real", tests, setup, teardown);
}
