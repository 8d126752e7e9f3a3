/* Eight lanes - the width of AVX-512 - built from the same source for the base instruction set, so
 * that every machine checks what only some can run: random points have the traced path's bits. */
#define VECTOR_LANES 8
#define RANK_ALL_MAX 3 /* rows are short here: both ways of ranking are taken */
#define KERNEL_NAME "eight lanes"
#define KERNEL_TABLE KERNEL_WIDE
#include "engine/fast/fast.h"
extern const struct fast_kernel KERNEL_WIDE;
/* after the table's declaration */
#include "engine/fast/kernel_body.h"

#include "tests/lib/cm.h"
#include "tests/lib/random_config.h"
#include <stdio.h>
#include <stdlib.h>

enum { N_MARKETS = 12, N_GROUPS = 3, N_POINTS = 5, CACHE_BYTES = 64 << 20 };
#define SEED 512u
#define TRADES_MIN 3000 /* else the configs do not trade and the test says nothing */

static void group_agrees(struct plateau_engine *engine, const struct synthetic_spec *market,
                         struct rng *rng, uint64_t *n_trades)
{
    struct plateau_config *configs[N_POINTS] = {NULL};
    struct plateau_scenario scenario;
    struct plateau_period period;
    struct plateau_result first;
    random_scenario(rng, &scenario);
    random_period(rng, market, &period);
    assert_int_equal(random_config_new(&configs[0], rng, market), OK);
    for (int i = 1; i < N_POINTS; i++) {
        assert_int_equal(plateau_config_copy(&configs[i], configs[i - 1]), OK);
        random_config_vary(configs[i], rng);
    }
    if (!engine->fast) { /* made by the first run */
        const struct plateau_period none = {0, 0};
        assert_int_equal(plateau_run(engine, (const struct plateau_config *const *)configs, 1,
                                     &scenario, &none, &first),
                         OK);
        engine->fast->kernel = &KERNEL_WIDE;
    }
    assert_true(random_config_same_bits(engine, configs, N_POINTS, &scenario, &period, n_trades));
    for (int i = 0; i < N_POINTS; i++)
        plateau_config_free(&configs[i]);
}

static void eight_lanes_have_the_same_bits(void **state)
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

CM_MAIN("fast wide", cmocka_unit_test(eight_lanes_have_the_same_bits))
