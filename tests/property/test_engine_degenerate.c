/* Universes in which nothing can be earned - empty, without bars, one bar, flat, a single spike -
 * leave the account as it started, on every path. */
#include "tests/lib/cm.h"
#include "tests/lib/random_config.h"
#include <math.h>
#include <string.h>

enum { N_SESSIONS = 400, FIRST_DAY = 16000, CACHE_BYTES = 64 << 20 };
#define STARTING 12345.5

static const struct plateau_period WHOLE = {FIRST_DAY, FIRST_DAY + 2 * N_SESSIONS};

struct fixture {
    struct synthetic_market market;
    struct plateau_engine *engine;
    struct plateau_config *config;
};

static void start(struct fixture *f, enum synthetic_kind kind)
{
    struct synthetic_spec spec = {
        .seed = 3,
        .kind = kind,
        .n_sleeves = 2,
        .last_day = INT32_MAX,
        .sleeve = {{"equity", IMAGE_EQUITY, 9, N_SESSIONS, FIRST_DAY},
                   {"crypto", IMAGE_CRYPTO, 7, N_SESSIONS, FIRST_DAY + 30}}};
    f->engine = NULL;
    f->config = NULL;
    assert_int_equal(synthetic_market_new(&f->market, &spec), OK);
    assert_int_equal(
        plateau_engine_new(&f->engine, f->market.bytes, f->market.length, CACHE_BYTES, NULL), OK);
    assert_int_equal(plateau_config_new(&f->config), OK);
    assert_int_equal(plateau_config_add_sleeve(f->config, "equity", "momentum", NULL), OK);
    assert_int_equal(plateau_config_add_sleeve(f->config, "crypto", "momentum", NULL), OK);
    assert_int_equal(plateau_config_set(f->config, "portfolio.periods_per_year", "252", NULL), OK);
    assert_int_equal(plateau_config_set(f->config, "portfolio.starting_equity", "12345.5", NULL),
                     OK);
    assert_int_equal(plateau_config_set(f->config,
                                        "sleeves.equity.eligibility.require_close_above_trend_ma",
                                        "false", NULL),
                     OK);
    assert_int_equal(
        plateau_config_set(f->config, "sleeves.equity.capacity.max_order_pct_adv", "1", NULL), OK);
    assert_int_equal(plateau_config_check(f->engine, f->config, NULL), OK);
}

static void stop(struct fixture *f)
{
    plateau_config_free(&f->config);
    plateau_engine_free(&f->engine);
    synthetic_market_free(&f->market);
}

/* Gives the trace for what else a case wants to see. */
static struct plateau_trace account_rests(struct fixture *f,
                                          const struct plateau_scenario *scenario)
{
    struct plateau_trace trace;
    uint64_t n_trades = 0;
    assert_true(random_config_same_bits(f->engine, &f->config, 1, scenario, &WHOLE, &n_trades));
    assert_int_equal(plateau_run_traced(f->engine, f->config, scenario, &WHOLE, &trace), OK);
    assert_int_equal(trace.n_trades + trace.n_open, 0);
    for (uint32_t i = 0; i < trace.n_days; i++) {
        assert_true(trace.equity[i] == STARTING);
        assert_true(trace.returns[i] == 0);
    }
    for (int m = 0; m < N_METRICS; m++) { /* every NaN has the one pattern */
        uint64_t bits;
        memcpy(&bits, &trace.metrics.v[m], sizeof bits);
        assert_true(!isnan(trace.metrics.v[m]) || bits == 0x7ff8000000000000u);
    }
    return trace;
}

static void nothing_to_earn_leaves_the_account_as_it_was(void **state)
{
    (void)state;
    static const enum synthetic_kind kinds[] = {SYNTHETIC_NO_SYMBOLS, SYNTHETIC_ALL_MISSING,
                                                SYNTHETIC_ONE_BAR, SYNTHETIC_FLAT};
    struct plateau_scenario stress = {3, true, PLATEAU_REGIME_NONE};
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        struct fixture f;
        start(&f, kinds[k]);
        struct plateau_trace trace = account_rests(&f, &PLATEAU_BASELINE);
        assert_true(trace.n_days > N_SESSIONS);
        account_rests(&f, &stress);
        stop(&f);
    }
}

/* A breakout that is gone at the next open is ordered and never filled. */
static void a_spike_is_a_gap_through_the_stop(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, SYNTHETIC_SPIKE);
    struct plateau_trace trace = account_rests(&f, &PLATEAU_BASELINE);
    assert_true(trace.rejections[PLATEAU_GAP_THROUGH_STOP] > 0);
    stop(&f);
}

static void a_period_outside_the_data_is_empty(void **state)
{
    (void)state;
    struct fixture f;
    struct plateau_trace trace;
    struct plateau_period outside = {100, 200};
    uint64_t n_trades = 0;
    start(&f, SYNTHETIC_DIRTY);
    assert_int_equal(plateau_run_traced(f.engine, f.config, &PLATEAU_BASELINE, &outside, &trace),
                     OK);
    assert_true(trace.empty);
    assert_int_equal(trace.n_days, 0);
    assert_int_equal(trace.metrics.flags, FLAG_EMPTY);
    assert_true(
        random_config_same_bits(f.engine, &f.config, 1, &PLATEAU_BASELINE, &outside, &n_trades));
    stop(&f);
}

CM_MAIN("engine degenerate", cmocka_unit_test(nothing_to_earn_leaves_the_account_as_it_was),
        cmocka_unit_test(a_spike_is_a_gap_through_the_stop),
        cmocka_unit_test(a_period_outside_the_data_is_empty))
