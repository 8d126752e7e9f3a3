#include "engine/strategies/momentum.h"
#include "engine/strategy.h"
#include "tests/lib/cm.h"
#include <math.h>

/* A bar on which every rule is met; cases spoil one thing each. */
struct fixture {
    struct momentum_params p;
    struct strategy_bar bar;
    struct indicator_need needs[STRATEGY_INDICATORS_MAX];
    uint32_t n;
};

/* The place of an indicator among those the strategy asked for. */
static double *value(struct fixture *f, enum indicator_kind kind, uint32_t n, bool of_benchmark)
{
    for (uint32_t i = 0; i < f->n; i++)
        if (f->needs[i].kind == kind && f->needs[i].n == n &&
            f->needs[i].of_benchmark == of_benchmark)
            return &f->bar.indicator[i];
    fail_msg("the strategy asks for no indicator of kind %d, %u bars", (int)kind, n);
    return NULL;
}

static void make(struct fixture *f)
{
    const struct strategy *s = strategy_find("momentum");
    assert_non_null(s);
    assert_true(sizeof f->p == s->n_fields * sizeof(double));
    double *params = (double *)&f->p;
    for (size_t i = 0; i < s->n_fields; i++)
        params[i] = s->fields[i].default_value;
    f->p.trend_ma = 40; /* apart from the windows that are fixed */
    f->p.exit_ma = 30;
    f->p.require_ma200 = 1;
    f->p.relative_strength = 1;
    f->p.relative_strength_min = 0.01;
    f->n = s->indicators(params, f->needs);
    assert_true(f->n <= STRATEGY_INDICATORS_MAX);
    f->bar = (struct strategy_bar){.close = 110};
    *value(f, INDICATOR_MA, 20, false) = 105;
    *value(f, INDICATOR_MA, 50, false) = 100;
    *value(f, INDICATOR_MA, 200, false) = 90;
    *value(f, INDICATOR_MA, 40, false) = 101;
    *value(f, INDICATOR_MA, 30, false) = 103;
    *value(f, INDICATOR_SLOPE, 40, false) = 0.01;
    *value(f, INDICATOR_ATR, 14, false) = 2;
    *value(f, INDICATOR_HC, 20, false) = 108;
    *value(f, INDICATOR_HC, 55, false) = 108;
    *value(f, INDICATOR_ADV, 20, false) = 1e6;
    *value(f, INDICATOR_ROC, 60, false) = 0.2;
    *value(f, INDICATOR_ROC, 60, true) = 0.05;
}

static bool enters(struct fixture *f, struct entry_signal *signal)
{
    return STRATEGY_MOMENTUM.entry((const double *)&f->p, &f->bar, signal);
}

static void a_breakout_in_a_trend_is_an_entry(void **state)
{
    (void)state;
    struct fixture f;
    struct entry_signal s;
    make(&f);
    assert_true(enters(&f, &s));
    assert_string_equal(s.trigger, "slow");
    assert_true(s.stop == 110 - 2.5 * 2);
    assert_true(s.breakout == (110.0 - 100) / 2);
    assert_true(s.momentum == 0.2 - 0.05);
    *value(&f, INDICATOR_HC, 55, false) = 109.5; /* the slow one not cleared */
    assert_true(enters(&f, &s));
    assert_string_equal(s.trigger, "fast");
    assert_true(s.breakout == (110.0 - 105) / 2);
    f.p.trigger = TRIGGER_SLOW;
    assert_false(enters(&f, &s));
    *value(&f, INDICATOR_HC, 55, false) = 108;
    assert_true(enters(&f, &s));
    f.p.trigger = TRIGGER_FAST;
    assert_true(enters(&f, &s));
    assert_string_equal(s.trigger, "fast");
}

static void every_condition_can_forbid_it(void **state)
{
    (void)state;
    const struct {
        enum indicator_kind kind;
        uint32_t n;
        double bad;
    } spoilers[] = {
        {INDICATOR_MA, 20, NAN},    {INDICATOR_MA, 50, NAN},  {INDICATOR_ATR, 14, NAN},
        {INDICATOR_HC, 20, NAN},    {INDICATOR_HC, 55, NAN},  {INDICATOR_ADV, 20, NAN},
        {INDICATOR_MA, 40, 110},    {INDICATOR_MA, 40, NAN},  {INDICATOR_SLOPE, 40, 0.005},
        {INDICATOR_SLOPE, 40, NAN}, {INDICATOR_MA, 200, 110}, {INDICATOR_MA, 200, NAN},
        {INDICATOR_ROC, 60, 0.055}, {INDICATOR_ROC, 60, NAN},
    };
    for (size_t i = 0; i < sizeof spoilers / sizeof spoilers[0]; i++) {
        struct fixture f;
        struct entry_signal s;
        make(&f);
        *value(&f, spoilers[i].kind, spoilers[i].n, false) = spoilers[i].bad;
        assert_false(enters(&f, &s));
    }
    struct fixture f;
    struct entry_signal s;
    make(&f);
    *value(&f, INDICATOR_ROC, 60, true) = NAN;
    assert_false(enters(&f, &s));
    f.p.relative_strength = 0; /* what is not required is not asked: then it only ranks */
    assert_true(enters(&f, &s));
    assert_true(s.momentum == 0.2);
    *value(&f, INDICATOR_ROC, 60, false) = NAN;
    assert_true(enters(&f, &s));
    assert_true(s.momentum == 0);
    f.p.require_ma200 = 0;
    *value(&f, INDICATOR_MA, 200, false) = NAN;
    f.p.require_trend = 0;
    *value(&f, INDICATOR_MA, 40, false) = NAN;
    assert_true(enters(&f, &s));
    f.bar.close = 108 * 1.005 - 0.01;
    assert_false(enters(&f, &s));
    f.bar.close = 108 * 1.005; /* reaching the clearance is enough */
    assert_true(enters(&f, &s));
}

static int leaves(struct fixture *f, double close, struct position_stop *position)
{
    f->bar.close = close;
    STRATEGY_MOMENTUM.update_stop((const double *)&f->p, &f->bar, position);
    return STRATEGY_MOMENTUM.exit((const double *)&f->p, &f->bar, position);
}

static void ma_cross_leaves_at_the_stop_or_below_the_average(void **state)
{
    (void)state;
    struct fixture f;
    struct position_stop p = {.entry_price = 108, .stop = 100};
    make(&f);
    assert_int_equal(leaves(&f, 103, &p), STRATEGY_STAY);
    assert_int_equal(leaves(&f, 102.9, &p), PLATEAU_TRAILING_MA_CROSS);
    assert_int_equal(leaves(&f, 100, &p), PLATEAU_HARD_STOP);
    *value(&f, INDICATOR_MA, 30, false) = NAN;
    assert_int_equal(leaves(&f, 102.9, &p), STRATEGY_STAY);
    assert_true(p.stop == 100 && !p.tightened);
}

static void staged_tightens_once_and_never_lowers_a_stop(void **state)
{
    (void)state;
    struct fixture f;
    struct position_stop p = {.entry_price = 108, .stop = 100};
    make(&f);
    f.p.exit_mode = EXIT_STAGED;
    assert_int_equal(leaves(&f, 105, &p), STRATEGY_STAY); /* at the 20-bar average */
    assert_false(p.tightened);
    assert_int_equal(leaves(&f, 104.5, &p), STRATEGY_STAY);
    assert_true(p.tightened && p.stop == 108 - 2.0 * 2);
    *value(&f, INDICATOR_ATR, 14, false) = 0.1;
    assert_int_equal(leaves(&f, 104, &p), PLATEAU_TIGHTENED_STOP);
    assert_true(p.stop == 104);
    assert_int_equal(leaves(&f, 104.5, &p), STRATEGY_STAY);

    struct position_stop wide = {.entry_price = 108, .stop = 101};
    *value(&f, INDICATOR_ATR, 14, false) = 10;
    assert_int_equal(leaves(&f, 102, &wide), PLATEAU_TRAILING_MA_CROSS);
    assert_true(wide.tightened && wide.stop == 101);

    struct position_stop undefined = {.entry_price = 108, .stop = 101};
    *value(&f, INDICATOR_ATR, 14, false) = NAN;
    leaves(&f, 102, &undefined);
    assert_false(undefined.tightened);
}

static void strategies_are_found_by_name(void **state)
{
    (void)state;
    assert_ptr_equal(strategy_find("momentum"), &STRATEGY_MOMENTUM);
    assert_null(strategy_find("momentu"));
    assert_string_equal(plateau_strategies()[0], "momentum");
}

CM_MAIN("engine momentum", cmocka_unit_test(a_breakout_in_a_trend_is_an_entry),
        cmocka_unit_test(every_condition_can_forbid_it),
        cmocka_unit_test(ma_cross_leaves_at_the_stop_or_below_the_average),
        cmocka_unit_test(staged_tightens_once_and_never_lowers_a_stop),
        cmocka_unit_test(strategies_are_found_by_name))
