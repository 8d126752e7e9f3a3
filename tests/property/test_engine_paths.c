/* 300 seeded random parameter sets - both exits, all models and scenarios, one to three sleeves,
 * fields at the ends of their ranges - give the same bits by the traced path and by plateau_run at
 * every vector level this machine has. */
#include "tests/lib/cm.h"
#include "tests/lib/random_config.h"
#include <stdio.h>
#include <stdlib.h>

enum { N_MARKETS = 15, N_GROUPS = 4, N_POINTS = 5, CACHE_BYTES = 64 << 20 };
#define SEED 20240917u
#define TRADES_MIN 2000 /* else the configs do not trade and the test says nothing */

static void group_agrees(struct plateau_engine *engine, const struct synthetic_spec *market,
                         struct rng *rng, uint64_t *n_trades)
{
    static const enum plateau_vector levels[] = {PLATEAU_VECTOR_BASE, PLATEAU_VECTOR_AVX2,
                                                 PLATEAU_VECTOR_AVX512, PLATEAU_VECTOR_AUTO};
    struct plateau_config *configs[N_POINTS] = {NULL};
    struct plateau_scenario scenario;
    struct plateau_period period;
    random_scenario(rng, &scenario);
    random_period(rng, market, &period);
    assert_int_equal(random_config_new(&configs[0], rng, market), OK);
    for (int i = 1; i < N_POINTS; i++) {
        assert_int_equal(plateau_config_copy(&configs[i], configs[i - 1]), OK);
        random_config_vary(configs[i], rng);
    }
    for (int i = 0; i < N_POINTS; i++) {
        struct err_note note = {""};
        if (plateau_config_check(engine, configs[i], &note))
            fail_msg("%s", note.text);
    }
    for (size_t l = 0; l < sizeof levels / sizeof levels[0]; l++) {
        uint64_t again = 0, *count = levels[l] == PLATEAU_VECTOR_AUTO ? n_trades : &again;
        if (plateau_engine_force_vector(engine, levels[l]) == OK)
            assert_true(
                random_config_same_bits(engine, configs, N_POINTS, &scenario, &period, count));
    }
    for (int i = 0; i < N_POINTS; i++)
        plateau_config_free(&configs[i]);
}

static void random_points_have_the_same_bits_on_every_path(void **state)
{
    (void)state;
    const char *text = getenv("PLATEAU_TEST_SEED");
    struct rng rng = {text ? strtoull(text, NULL, 10) : SEED};
    uint64_t n_trades = 0;
    printf("seed %llu\n", (unsigned long long)rng.state);
    for (int m = 0; m < N_MARKETS; m++) {
        struct synthetic_spec spec;
        struct synthetic_market market;
        struct plateau_engine *engine = NULL;
        random_market_spec(&rng, &spec);
        assert_int_equal(synthetic_market_new(&market, &spec), OK);
        assert_int_equal(
            plateau_engine_new(&engine, market.bytes, market.length, CACHE_BYTES, NULL), OK);
        for (int g = 0; g < N_GROUPS; g++)
            group_agrees(engine, &spec, &rng, &n_trades);
        plateau_engine_free(&engine);
        synthetic_market_free(&market);
    }
    printf("%llu trades\n", (unsigned long long)n_trades);
    assert_true(n_trades >= TRADES_MIN);
}

CM_MAIN("engine paths", cmocka_unit_test(random_points_have_the_same_bits_on_every_path))
