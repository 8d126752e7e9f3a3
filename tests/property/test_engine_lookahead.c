/* Cutting off the future of the data never changes the past: returns, cash, risk and closed trades
 * up to the cut are the same bits with and without what comes after it. */
#include "tests/lib/cm.h"
#include "tests/lib/random_config.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_MARKETS = 25, N_RUNS = 4, CACHE_BYTES = 64 << 20 };
#define SEED 11u
#define TRADES_MIN 1000

static struct plateau_engine *engine_of(const struct synthetic_spec *spec,
                                        struct synthetic_market *market)
{
    struct plateau_engine *engine = NULL;
    assert_int_equal(synthetic_market_new(market, spec), OK);
    assert_int_equal(plateau_engine_new(&engine, market->bytes, market->length, CACHE_BYTES, NULL),
                     OK);
    return engine;
}

/* Regime months and crash dates are known in hindsight by their definition: no promise is made for
 * them. */
static uint64_t past_is_unchanged(struct plateau_engine *whole, struct plateau_engine *cut,
                                  const struct plateau_config *config, struct rng *rng,
                                  int32_t start, int32_t cut_day)
{
    struct plateau_scenario scenario = PLATEAU_BASELINE;
    struct plateau_period long_one = {start, cut_day + 200}, short_one = {start, cut_day};
    struct plateau_trace a, b;
    scenario.slippage_multiplier = rng_between(rng, 0, 4);
    assert_int_equal(plateau_run_traced(whole, config, &scenario, &long_one, &a), OK);
    assert_int_equal(plateau_run_traced(cut, config, &scenario, &short_one, &b), OK);
    assert_true(b.n_days <= a.n_days);
    for (uint32_t i = 0; i < b.n_days; i++) {
        assert_int_equal(a.day[i], b.day[i]);
        assert_memory_equal(&a.returns[i], &b.returns[i], sizeof(double));
        assert_memory_equal(&a.cash[i], &b.cash[i], sizeof(double));
        if (i + 1 < b.n_days) /* none is computed on the last date */
            assert_memory_equal(&a.risk_multiplier[i], &b.risk_multiplier[i], sizeof(double));
    }
    assert_true(b.n_trades <= a.n_trades);
    for (uint32_t k = 0; k < b.n_trades; k++) {
        assert_string_equal(a.trades[k].symbol, b.trades[k].symbol);
        assert_int_equal(a.trades[k].exit_day, b.trades[k].exit_day);
        assert_memory_equal(&a.trades[k].pnl, &b.trades[k].pnl, sizeof(double));
    }
    if (b.n_trades < a.n_trades)
        assert_true(a.trades[b.n_trades].exit_day > cut_day);
    return b.n_trades;
}

static void the_future_does_not_change_the_past(void **state)
{
    (void)state;
    struct rng rng = {SEED};
    uint64_t n_trades = 0;
    printf("seed %u\n", SEED);
    for (int m = 0; m < N_MARKETS; m++) {
        struct synthetic_spec spec;
        struct synthetic_market market, cut_market;
        random_market_spec(&rng, &spec);
        int32_t start = spec.sleeve[0].first_day + (int32_t)rng_below(&rng, 100);
        int32_t cut_day = start + 120 + (int32_t)rng_below(&rng, 150);
        struct plateau_engine *whole = engine_of(&spec, &market);
        spec.last_day = cut_day;
        struct plateau_engine *cut = engine_of(&spec, &cut_market);
        for (int r = 0; r < N_RUNS; r++) {
            struct plateau_config *config = NULL;
            assert_int_equal(random_config_new(&config, &rng, &spec), OK);
            n_trades += past_is_unchanged(whole, cut, config, &rng, start, cut_day);
            plateau_config_free(&config);
        }
        plateau_engine_free(&whole);
        plateau_engine_free(&cut);
        synthetic_market_free(&market);
        synthetic_market_free(&cut_market);
    }
    printf("%llu trades\n", (unsigned long long)n_trades);
    assert_true(n_trades >= TRADES_MIN);
}

CM_MAIN("engine lookahead", cmocka_unit_test(the_future_does_not_change_the_past))
