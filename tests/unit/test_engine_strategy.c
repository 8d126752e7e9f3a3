/* Another strategy than the one shipped: one struct of functions runs through the same portfolio,
 * and, without the fast capability, plateau_run takes the general path by itself. */
#include "engine/config.h"
#include "tests/lib/cm.h"
#include "tests/lib/random_config.h"

enum { FIRST_DAY = 16440, N_SESSIONS = 300 };

/* Mean reversion: buys a close below its five-bar average, leaves above it. */
static const struct plateau_field FIELDS[] = {
    SLEEVE_TABLE(PARAMETER_FIELD){.path = "entry.depth",
                                  .type = PLATEAU_NUMBER,
                                  .min = 0,
                                  .max = 1,
                                  .default_value = 0.01,
                                  .unit = "1",
                                  .text = "share below the average that is cheap"}};
struct reversion_params {
    struct sleeve_params sleeve;
    double depth;
};

static uint32_t indicators(const double *params, struct indicator_need *needs)
{
    (void)params;
    needs[0] = (struct indicator_need){INDICATOR_MA, 5, 0, false};
    return 1;
}

static bool entry(const double *params, const struct strategy_bar *bar, struct entry_signal *out)
{
    const struct reversion_params *p = (const struct reversion_params *)params;
    if (!(bar->close < bar->indicator[0] * (1 - p->depth)))
        return false;
    *out = (struct entry_signal){
        .trigger = "cheap", .stop = bar->close * 0.8, .breakout = bar->indicator[0] / bar->close};
    return true;
}

static void update_stop(const double *params, const struct strategy_bar *bar,
                        struct position_stop *position)
{
    (void)params, (void)bar, (void)position;
}

static int leaves(const double *params, const struct strategy_bar *bar,
                  const struct position_stop *position)
{
    (void)params;
    if (bar->close <= position->stop)
        return PLATEAU_HARD_STOP;
    return bar->close > bar->indicator[0] ? PLATEAU_TRAILING_MA_CROSS : STRATEGY_STAY;
}

static const struct strategy REVERSION = {.name = "reversion",
                                          .fields = FIELDS,
                                          .n_fields = sizeof FIELDS / sizeof FIELDS[0],
                                          .indicators = indicators,
                                          .entry = entry,
                                          .update_stop = update_stop,
                                          .exit = leaves};

/* A sleeve of a strategy that is in no table: what plateau_config_add_sleeve does by name. */
static struct plateau_config *config_of(const struct strategy *strategy)
{
    struct plateau_config *config = NULL;
    assert_int_equal(plateau_config_new(&config), OK);
    assert_int_equal(plateau_config_set(config, "portfolio.periods_per_year", "252", NULL), OK);
    assert_int_equal(plateau_config_add_sleeve(config, "equity", "momentum", NULL), OK);
    config->sleeve[0].strategy = strategy;
    for (size_t i = 0; i < strategy->n_fields; i++)
        config->values[config->sleeve[0].first + i] = strategy->fields[i].default_value;
    return config;
}

static void another_strategy_is_one_struct_of_functions(void **state)
{
    (void)state;
    struct synthetic_spec spec = {.seed = 2,
                                  .kind = SYNTHETIC_DIRTY,
                                  .n_sleeves = 1,
                                  .last_day = INT32_MAX,
                                  .sleeve = {{"equity", IMAGE_EQUITY, 12, N_SESSIONS, FIRST_DAY}}};
    struct plateau_period period = {FIRST_DAY, FIRST_DAY + 2 * N_SESSIONS};
    struct synthetic_market market;
    struct plateau_engine *engine = NULL;
    struct plateau_trace trace;
    uint64_t n_trades = 0;
    assert_int_equal(synthetic_market_new(&market, &spec), OK);
    assert_int_equal(plateau_engine_new(&engine, market.bytes, market.length, 1 << 20, NULL), OK);
    struct plateau_config *points[2] = {config_of(&REVERSION), config_of(&REVERSION)};
    points[1]->values[points[1]->sleeve[0].first + REVERSION.n_fields - 1] = 0.04;
    assert_true(random_config_same_bits(engine, points, 2, &PLATEAU_BASELINE, &period, &n_trades));
    assert_int_equal(plateau_run_traced(engine, points[0], &PLATEAU_BASELINE, &period, &trace), OK);
    assert_true(trace.n_trades > 20);
    assert_true(n_trades != 2 * trace.n_trades); /* the depth matters */
    for (uint32_t i = 0; i < trace.n_trades; i++)
        assert_string_equal(trace.trades[i].trigger, "cheap");
    plateau_config_free(&points[0]);
    plateau_config_free(&points[1]);
    plateau_engine_free(&engine);
    synthetic_market_free(&market);
}

CM_MAIN("engine strategy", cmocka_unit_test(another_strategy_is_one_struct_of_functions))
