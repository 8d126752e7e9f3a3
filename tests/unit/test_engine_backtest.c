/* Single dates of the traced path, on a market of one symbol whose bars are laid out for the case.
 */
#include "tests/lib/cm.h"
#include "tests/lib/random_config.h"
#include <stdlib.h>
#include <string.h>

enum { N_SESSIONS = 300, FIRST_DAY = 16440 /* a Monday */, TURN = 100 };

/* ---- markets: one percent up a day until TURN, then each case's own way; the benchmark rests ----
 */

static void set(struct synthetic_bar *bar, double open, double close)
{
    *bar = (struct synthetic_bar){
        true,  open, (open > close ? open : close) * 1.01, (open < close ? open : close) * 0.99,
        close, 1e7};
}

static double trend(uint32_t t)
{
    double price = 20;
    for (uint32_t i = 0; i < t; i++)
        price *= 1.01;
    return price;
}

static void rising(struct synthetic_bar *bar, uint32_t symbol, uint32_t t)
{
    double at =
        t < TURN ? trend(t) : trend(TURN) * 0.85; /* one day's fall, through every average */
    if (symbol == 0)
        set(bar, at, at);
    else
        set(bar, 100, 100);
}

static void rests(struct synthetic_bar *bar, uint32_t sleeve, uint32_t symbol, uint32_t t)
{
    (void)sleeve;
    rising(bar, symbol, t);
}

/* No bar for three sessions after the fall; the benchmark falls with the first of them. */
static void vanishes_after_the_fall(struct synthetic_bar *bar, uint32_t sleeve, uint32_t symbol,
                                    uint32_t t)
{
    rests(bar, sleeve, symbol, t);
    if (symbol == 0 && t > TURN && t <= TURN + 3)
        bar->here = false;
    if (symbol == 1 && t > TURN)
        set(bar, 90, 90);
}

static void vanishes_for_two(struct synthetic_bar *bar, uint32_t sleeve, uint32_t symbol,
                             uint32_t t)
{
    rests(bar, sleeve, symbol, t);
    bar->here = symbol == 1 || (t != TURN - 10 && t != TURN - 9);
}

static void vanishes_for_one(struct synthetic_bar *bar, uint32_t sleeve, uint32_t symbol,
                             uint32_t t)
{
    rests(bar, sleeve, symbol, t);
    bar->here = symbol == 1 || t != TURN - 10;
}

static double first_stop; /* of the first entry of `rests`; its fill's session */
static uint32_t first_fill;

static void opens_at_the_stop(struct synthetic_bar *bar, uint32_t sleeve, uint32_t symbol,
                              uint32_t t)
{
    rests(bar, sleeve, symbol, t);
    if (symbol == 0 && t == first_fill) {
        bar->open = first_stop;
        bar->low = first_stop * 0.99;
    }
}

static void opens_above_the_stop(struct synthetic_bar *bar, uint32_t sleeve, uint32_t symbol,
                                 uint32_t t)
{
    opens_at_the_stop(bar, sleeve, symbol, t);
    if (symbol == 0 && t == first_fill)
        bar->open = first_stop * (1 + 1e-12);
}

struct run {
    struct synthetic_market market;
    struct plateau_engine *engine;
    struct plateau_config *config;
    struct plateau_trace trace;
};

static void run(struct run *r, void (*edit)(struct synthetic_bar *, uint32_t, uint32_t, uint32_t),
                const char *const *settings)
{
    struct synthetic_spec spec = {.kind = SYNTHETIC_FLAT,
                                  .n_sleeves = 1,
                                  .last_day = INT32_MAX,
                                  .edit = edit,
                                  .sleeve = {{"equity", IMAGE_EQUITY, 1, N_SESSIONS, FIRST_DAY}}};
    static const char *const base[] = {"portfolio.periods_per_year",
                                       "252",
                                       "portfolio.slippage_model",
                                       "expected",
                                       "sleeves.equity.eligibility.require_close_above_trend_ma",
                                       "false",
                                       "sleeves.equity.capacity.max_order_pct_adv",
                                       "1",
                                       NULL};
    const char *const *const both[] = {base, settings};
    struct plateau_period period = {FIRST_DAY, FIRST_DAY + 2 * N_SESSIONS};
    struct err_note note = {""};
    *r = (struct run){.engine = NULL};
    assert_int_equal(synthetic_market_new(&r->market, &spec), OK);
    assert_int_equal(
        plateau_engine_new(&r->engine, r->market.bytes, r->market.length, 1 << 20, NULL), OK);
    assert_int_equal(plateau_config_new(&r->config), OK);
    assert_int_equal(plateau_config_add_sleeve(r->config, "equity", "momentum", NULL), OK);
    for (int i = 0; i < 2; i++)
        for (const char *const *s = both[i]; s && *s; s += 2)
            if (plateau_config_set(r->config, s[0], s[1], &note))
                fail_msg("%s", note.text);
    assert_int_equal(plateau_config_check(r->engine, r->config, NULL), OK);
    uint64_t n_trades = 0; /* whatever the case shows holds for plateau_run as well */
    assert_true(
        random_config_same_bits(r->engine, &r->config, 1, &PLATEAU_BASELINE, &period, &n_trades));
    assert_int_equal(
        plateau_run_traced(r->engine, r->config, &PLATEAU_BASELINE, &period, &r->trace), OK);
}

static void end(struct run *r)
{
    plateau_config_free(&r->config);
    plateau_engine_free(&r->engine);
    synthetic_market_free(&r->market);
}

/* Weekday sessions: the session of a day. */
static uint32_t session_of(int32_t day)
{
    int32_t d = day - FIRST_DAY;
    return (uint32_t)(d / 7 * 5 + d % 7);
}

static void an_exit_is_filled_at_the_next_open(void **state)
{
    (void)state;
    struct run r;
    run(&r, rests, NULL);
    assert_int_equal(r.trace.n_trades, 1);
    const struct plateau_trade *t = &r.trace.trades[0];
    assert_int_equal(session_of(t->exit_day), TURN + 1);
    assert_int_equal(session_of(t->entry_day), session_of(t->signal_day) + 1);
    assert_true(t->entry_price > trend(session_of(t->entry_day)));
    first_stop = t->initial_stop;
    first_fill = session_of(t->entry_day);
    end(&r);
}

/* A waiting exit is forced on the third missing session, at the last close, with the costs of an
 * order of the session before: the benchmark fell after the exit was ordered, so only a forced fill
 * pays for the stress. */
static void a_waiting_exit_is_forced_on_the_third_missing_session(void **state)
{
    (void)state;
    static const char *const calm[] = {"sleeves.equity.costs.stress_slippage_mult", "1", NULL};
    static const char *const harsh[] = {"sleeves.equity.costs.stress_slippage_mult", "2", NULL};
    struct run a, b;
    run(&a, vanishes_after_the_fall, calm);
    run(&b, vanishes_after_the_fall, harsh);
    assert_int_equal(a.trace.n_trades, 1);
    const struct plateau_trade *t = &a.trace.trades[0];
    assert_int_equal(session_of(t->exit_day), TURN + 3);
    assert_int_equal(t->reason, PLATEAU_TRAILING_MA_CROSS); /* what it was ordered for */
    assert_true(t->exit_slippage_bps > 0);
    assert_true(t->exit_price == trend(TURN) * 0.85 * (1 - t->exit_slippage_bps / 1e4));
    assert_true(b.trace.trades[0].exit_slippage_bps == 2 * t->exit_slippage_bps);
    assert_true(b.trace.trades[0].entry_slippage_bps == t->entry_slippage_bps);
    end(&a);
    end(&b);
}

static void two_missing_sessions_order_an_exit_and_one_does_not(void **state)
{
    (void)state;
    struct run r;
    run(&r, vanishes_for_two, NULL);
    assert_true(r.trace.n_trades >= 1);
    assert_int_equal(r.trace.trades[0].reason, PLATEAU_DATA_MISSING);
    assert_int_equal(session_of(r.trace.trades[0].exit_day),
                     TURN - 8); /* its bar is back: at the open */
    end(&r);
    run(&r, vanishes_for_one, NULL);
    assert_int_equal(r.trace.n_trades, 1);
    assert_int_equal(r.trace.trades[0].reason, PLATEAU_TRAILING_MA_CROSS);
    end(&r);
}

static void an_open_at_the_stop_is_a_gap_through_it(void **state)
{
    (void)state;
    struct run r;
    run(&r, opens_at_the_stop, NULL);
    assert_int_equal(r.trace.rejections[PLATEAU_GAP_THROUGH_STOP], 1);
    end(&r);
    run(&r, opens_above_the_stop, NULL);
    assert_int_equal(r.trace.rejections[PLATEAU_GAP_THROUGH_STOP], 0);
    assert_int_equal(session_of(r.trace.trades[0].entry_day), first_fill);
    end(&r);
}

CM_MAIN("engine backtest", cmocka_unit_test(an_exit_is_filled_at_the_next_open),
        cmocka_unit_test(a_waiting_exit_is_forced_on_the_third_missing_session),
        cmocka_unit_test(two_missing_sessions_order_an_exit_and_one_does_not),
        cmocka_unit_test(an_open_at_the_stop_is_a_gap_through_it))
