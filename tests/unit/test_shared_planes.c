/* Planes handed to an engine instead of computed by it: the same results, bit for bit; and bytes
 * that are not what they should be are refused before they are used. */
#include "engine/fast/shared.h"
#include "engine/fast/state.h"
#include "tests/lib/cm.h"
#include "tests/lib/rng.h"
#include "tests/lib/synthetic_market.h"
#include <stdlib.h>
#include <string.h>

enum { CACHE_BYTES = 64 << 20, N_POINTS = 12 };

static struct synthetic_market market;
static struct plateau_config *configs[N_POINTS];

static int set_up(void **state)
{
    (void)state;
    static const char *const lows[] = {"20", "30", "50"}, *const slows[] = {"55", "70"};
    const struct synthetic_spec spec = {.seed = 3,
                                        .kind = SYNTHETIC_DIRTY,
                                        .n_sleeves = 1,
                                        .sleeve = {{"equity", IMAGE_EQUITY, 25, 700, 16000}},
                                        .last_day = INT32_MAX};
    if (synthetic_market_new(&market, &spec))
        return 1;
    for (int i = 0; i < N_POINTS; i++)
        if (plateau_config_new(&configs[i]) ||
            plateau_config_add_sleeve(configs[i], "equity", "momentum", NULL) ||
            plateau_config_set(configs[i], "portfolio.starting_equity", "100000", NULL) ||
            plateau_config_set(configs[i], "portfolio.periods_per_year", "252", NULL) ||
            plateau_config_set(configs[i], "sleeves.equity.exit.exit_ma", lows[i % 3], NULL) ||
            plateau_config_set(configs[i], "sleeves.equity.indicators.breakout_slow", slows[i / 6],
                               NULL))
            return 1;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < N_POINTS; i++)
        plateau_config_free(&configs[i]);
    synthetic_market_free(&market);
    return 0;
}

static struct plateau_engine *engine_of(void)
{
    struct plateau_engine *engine = NULL;
    assert_int_equal(plateau_engine_new(&engine, market.bytes, market.length, CACHE_BYTES, NULL),
                     OK);
    return engine;
}

struct made {
    struct plateau_plane *planes;
    size_t n, room, length;
    void *bytes;
};

static struct made make(void)
{
    struct made m = {0};
    struct plateau_engine *engine = engine_of();
    for (int i = 0; i < N_POINTS; i++)
        assert_int_equal(plateau_planes_add(configs[i], &m.planes, &m.n, &m.room), OK);
    m.length = plateau_planes_bytes(engine, m.planes, m.n);
    m.bytes = aligned_alloc(64, (m.length + 63) / 64 * 64);
    assert_non_null(m.bytes);
    memset(m.bytes, 0x5a, m.length);
    assert_int_equal(plateau_planes_make(engine, m.planes, m.n, m.bytes), OK);
    plateau_engine_free(&engine);
    return m;
}

static void made_free(struct made *m)
{
    free(m->planes);
    free(m->bytes);
}

static void run(struct plateau_engine *engine, struct plateau_result *results)
{
    const struct plateau_period all = {0, 100000};
    const struct plateau_scenario baseline = PLATEAU_BASELINE;
    for (int i = 0; i < N_POINTS; i++)
        assert_int_equal(plateau_config_check(engine, configs[i], NULL), OK);
    assert_int_equal(plateau_run(engine, (const struct plateau_config *const *)configs, N_POINTS,
                                 &baseline, &all, results),
                     OK);
}

static void each_is_listed_once(void **state)
{
    (void)state;
    struct made m = make();
    assert_true(m.n >= 10);
    for (size_t i = 0; i < m.n; i++)
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(&m.planes[i], &m.planes[j], sizeof *m.planes);
    made_free(&m);
}

static void two_makers_make_the_same_bytes(void **state)
{
    (void)state;
    struct made a = make(), b = make();
    assert_int_equal(a.length, b.length);
    assert_memory_equal(a.bytes, b.bytes, a.length);
    made_free(&a);
    made_free(&b);
}

static void results_have_the_same_bits_and_nothing_is_computed_twice(void **state)
{
    (void)state;
    struct made m = make();
    struct plateau_engine *alone = engine_of(), *sharing = engine_of();
    struct plateau_result a[N_POINTS], b[N_POINTS];
    double mine[N_POINTS][N_METRICS];
    run(alone, a);
    for (int i = 0; i < N_POINTS; i++)
        memcpy(mine[i], a[i].metrics.v, sizeof mine[i]);
    assert_int_equal(plateau_planes_use(sharing, m.bytes, m.length), OK);
    run(sharing, b);
    for (int i = 0; i < N_POINTS; i++)
        assert_memory_equal(mine[i], b[i].metrics.v, sizeof mine[i]);
    /* Every plane it needed was there: what it keeps is less by all of them. */
    size_t planes = 0;
    for (size_t i = 0; i < m.n; i++)
        planes += (alone->views[0].n_bars + PLANE_PAD) * sizeof(double);
    assert_int_equal(cache_bytes(alone->fast->cache) - cache_bytes(sharing->fast->cache), planes);
    assert_int_equal(plateau_planes_use(sharing, NULL, 0), OK);
    run(sharing, b);
    for (int i = 0; i < N_POINTS; i++)
        assert_memory_equal(mine[i], b[i].metrics.v, sizeof mine[i]);
    plateau_engine_free(&alone);
    plateau_engine_free(&sharing);
    made_free(&m);
}

static void other_bytes_are_refused_or_harmless(void **state)
{
    (void)state;
    struct made m = make();
    struct plateau_engine *engine = engine_of();
    struct rng rng = {11};
    for (size_t n = 0; n < m.length; n += 1 + rng_below(&rng, 997)) /* cut short */
        assert_int_equal(plateau_planes_use(engine, m.bytes, n), ERR_CORRUPT);
    size_t head = 24 + m.n * 24;
    uint8_t *bytes = m.bytes;
    for (int i = 0; i < 20000; i++) { /* any damage of the tables: the sanitizers watch the reads */
        size_t at = rng_below(&rng, (uint32_t)head);
        uint8_t was = bytes[at];
        bytes[at] ^= (uint8_t)(1u << rng_below(&rng, 8));
        if (plateau_planes_use(engine, m.bytes, m.length) == OK)
            for (size_t p = 0; p < m.n; p++) {
                const double *plane = fast_shared_plane(
                    engine, 0, (enum indicator_kind)m.planes[p].kind, m.planes[p].n);
                volatile double last = plane ? plane[engine->views[0].n_bars + PLANE_PAD - 1] : 0;
                (void)last;
            }
        bytes[at] = was;
    }
    plateau_engine_free(&engine);
    made_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_listed_once),
        cmocka_unit_test(two_makers_make_the_same_bytes),
        cmocka_unit_test(results_have_the_same_bits_and_nothing_is_computed_twice),
        cmocka_unit_test(other_bytes_are_refused_or_harmless),
    };
    return cmocka_run_group_tests_name("shared_planes", tests, set_up, tear_down);
}
