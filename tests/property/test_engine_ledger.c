/* What the account says is what its positions and trades add up to, on every date of random runs;
 * and nothing is filled before the session after its signal. The book is kept here a second time,
 * from the list of trades alone. */
#include "engine/image.h"
#include "tests/lib/cm.h"
#include "tests/lib/random_config.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_MARKETS = 12, N_RUNS = 6, CACHE_BYTES = 64 << 20, TRADES_MAX = 1 << 16 };
#define SEED 7u
#define TRADES_MIN 1500

struct fixture {
    struct synthetic_spec spec;
    struct synthetic_market market;
    struct image_view views[IMAGE_SLEEVES_MAX];
    uint32_t n_sleeves;
    struct plateau_engine *engine;
};

static void start(struct fixture *f, struct rng *rng)
{
    random_market_spec(rng, &f->spec);
    f->engine = NULL;
    assert_int_equal(synthetic_market_new(&f->market, &f->spec), OK);
    assert_int_equal(image_check(f->market.bytes, f->market.length, f->views, &f->n_sleeves, NULL),
                     OK);
    assert_int_equal(
        plateau_engine_new(&f->engine, f->market.bytes, f->market.length, CACHE_BYTES, NULL), OK);
}

static void stop(struct fixture *f)
{
    plateau_engine_free(&f->engine);
    synthetic_market_free(&f->market);
}

static const struct image_view *view_of(const struct fixture *f, const char *sleeve)
{
    for (uint32_t s = 0; s < f->n_sleeves; s++)
        if (strcmp(f->views[s].name, sleeve) == 0)
            return &f->views[s];
    fail_msg("no sleeve %s", sleeve);
    return NULL;
}

/* Last accepted close of a symbol at or before a day. */
static double last_close(const struct image_view *v, const char *symbol, int32_t day)
{
    double close = NAN;
    for (uint32_t s = 0; s < v->n_symbols; s++) {
        if (strcmp(v->symbol_name[s], symbol) != 0)
            continue;
        for (uint32_t b = v->bar_start[s]; b < v->bar_start[s + 1]; b++)
            if (v->session_day[v->bar_session[b]] <= day)
                close = v->close[b];
    }
    return close;
}

static int by_symbol(const void *a, const void *b)
{
    const struct plateau_trade *const *x = a, *const *y = b;
    return strcmp((*x)->symbol, (*y)->symbol);
}

static bool held(const struct plateau_trade *t, int32_t index)
{
    return t->entry_index <= index && (t->exit_day < 0 || t->exit_index > index + 1);
}

static void equity_is_cash_and_positions(const struct fixture *f, const struct plateau_trace *trace)
{
    const struct plateau_trade **open = malloc(TRADES_MAX * sizeof *open);
    assert_non_null(open);
    assert_true(trace->n_trades + trace->n_open < TRADES_MAX);
    for (uint32_t i = 0; i < trace->n_days; i++) {
        size_t n = 0;
        double value = 0;
        for (uint32_t k = 0; k < trace->n_trades; k++)
            if (held(&trace->trades[k], (int32_t)i))
                open[n++] = &trace->trades[k];
        for (uint32_t k = 0; k < trace->n_open; k++)
            if (held(&trace->open[k], (int32_t)i))
                open[n++] = &trace->open[k];
        qsort(open, n, sizeof *open, by_symbol);
        for (size_t k = 0; k < n; k++)
            value += open[k]->quantity *
                     last_close(view_of(f, open[k]->sleeve), open[k]->symbol, trace->day[i]);
        assert_true(trace->equity[i] == trace->cash[i] + value);
    }
    free(open);
}

/* Cash by date from the trades: the order within a date is the engine's own affair, so to rounding.
 */
static void cash_is_what_was_traded(const struct plateau_trace *trace, double starting)
{
    for (uint32_t i = 0; i < trace->n_days; i++) {
        double cash = starting;
        for (uint32_t k = 0; k < trace->n_trades + trace->n_open; k++) {
            const struct plateau_trade *t =
                k < trace->n_trades ? &trace->trades[k] : &trace->open[k - trace->n_trades];
            if (t->entry_index <= (int32_t)i)
                cash -= t->quantity * t->entry_price + t->entry_fee;
            if (t->exit_day >= 0 && t->exit_index <= (int32_t)i + 1)
                cash += t->quantity * t->exit_price - t->exit_fee;
        }
        assert_true(fabs(cash - trace->cash[i]) <= 1e-9 * starting);
    }
}

/* The session after a day on a sleeve's calendar. */
static int32_t session_after(const struct image_view *v, int32_t day)
{
    for (uint32_t s = 0; s < v->n_sessions; s++)
        if (v->session_day[s] > day)
            return v->session_day[s];
    return INT32_MAX;
}

static void fills_follow_signals(const struct fixture *f, const struct plateau_trace *trace)
{
    for (uint32_t k = 0; k < trace->n_trades + trace->n_open; k++) {
        const struct plateau_trade *t =
            k < trace->n_trades ? &trace->trades[k] : &trace->open[k - trace->n_trades];
        assert_int_equal(t->entry_day, session_after(view_of(f, t->sleeve), t->signal_day));
        assert_int_equal(trace->day[t->entry_index], t->entry_day);
        if (t->exit_day < 0)
            continue;
        assert_int_equal(trace->day[t->exit_index - 1], t->exit_day);
        if (t->reason == PLATEAU_REGIME_END)
            assert_true(t->exit_day >= t->entry_day);
        else
            assert_true(t->exit_day > t->entry_day);
        assert_true(t->pnl ==
                    t->quantity * (t->exit_price - t->entry_price) - (t->entry_fee + t->exit_fee));
        assert_true(t->stop >= t->initial_stop);
    }
}

static void the_account_adds_up_and_fills_follow_signals(void **state)
{
    (void)state;
    struct rng rng = {SEED};
    uint64_t n_trades = 0;
    printf("seed %u\n", SEED);
    for (int m = 0; m < N_MARKETS; m++) {
        struct fixture f;
        start(&f, &rng);
        for (int r = 0; r < N_RUNS; r++) {
            struct plateau_config *config = NULL;
            struct plateau_scenario scenario;
            struct plateau_period period;
            struct plateau_trace trace;
            uint32_t starting;
            random_scenario(&rng, &scenario);
            random_period(&rng, &f.spec, &period);
            assert_int_equal(random_config_new(&config, &rng, &f.spec), OK);
            assert_int_equal(
                plateau_config_find(config, "portfolio.starting_equity", &starting, NULL, NULL),
                OK);
            assert_int_equal(plateau_run_traced(f.engine, config, &scenario, &period, &trace), OK);
            equity_is_cash_and_positions(&f, &trace);
            cash_is_what_was_traded(&trace, plateau_config_get_index(config, starting));
            fills_follow_signals(&f, &trace);
            n_trades += trace.n_trades;
            plateau_config_free(&config);
        }
        stop(&f);
    }
    printf("%llu trades\n", (unsigned long long)n_trades);
    assert_true(n_trades >= TRADES_MIN);
}

CM_MAIN("engine ledger", cmocka_unit_test(the_account_adds_up_and_fills_follow_signals))
