#include "tests/lib/random_config.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where a field's interesting values lie; fields not listed stay between half and twice their
 * default. */
static const struct {
    const char *path;
    double least, most;
} RANGES[] = {
    {"starting_equity", 2000, 1e6},
    {"periods_per_year", 200, 365},
    {"seed", 0, 9007199254740991.0},
    {"correlation_guard.min_positions", 0, 6},
    {"correlation_guard.avg_pairwise_threshold", -0.2, 0.8},
    {"correlation_guard.candidate_threshold", -0.2, 0.8},
    {"scoring.breakout", 0, 1},
    {"scoring.momentum", 0, 1},
    {"scoring.diversification", 0, 1},
    {"indicators.atr_period", 1, 30},
    {"indicators.adv_lookback", 1, 40},
    {"indicators.corr_lookback", 10, 60},
    {"indicators.roc_period", 1, 90},
    {"indicators.breakout_fast", 1, 40},
    {"indicators.breakout_slow", 1, 80},
    {"eligibility.trend_ma", 5, 100},
    {"eligibility.ma_slope_lookback", 1, 40},
    {"eligibility.ma_slope_min", -0.1, 0.02},
    {"eligibility.relative_strength_min", -0.3, 0.05},
    {"entry.fast_clearance", -0.02, 0.02},
    {"entry.slow_clearance", -0.02, 0.02},
    {"exit.exit_ma", 2, 80},
    {"exit.hard_stop_atr_mult", 0.5, 5},
    {"exit.tightened_stop_atr_mult", 0.2, 4},
    {"risk.risk_per_trade", 0.001, 0.05},
    {"risk.max_positions", 1, 15},
    {"risk.max_exposure", 0.2, 2.5},
    {"risk.max_position_notional", 0.03, 0.6},
    {"capacity.max_order_pct_adv", 0.0005, 0.5},
    {"costs.fee_bps", 0, 20},
    {"costs.slippage_base_bps", 0, 60},
    {"costs.slippage_std_mult", 0, 2},
    {"costs.weekend_penalty", 0.5, 3},
    {"costs.stress_threshold", -0.06, 0.02},
    {"costs.stress_slippage_mult", 0.5, 4},
};

void random_market_spec(struct rng *rng, struct synthetic_spec *out)
{
    static const char *const names[] = {"one", "two", "three"};
    uint32_t n_sessions = 300 + rng_below(rng, 300);
    int32_t first_day = 16000 + (int32_t)rng_below(rng, 400);
    *out =
        (struct synthetic_spec){.seed = rng_next(rng),
                                .kind = rng_chance(rng, 0.85) ? SYNTHETIC_DIRTY : SYNTHETIC_CLEAN,
                                .n_sleeves = 1 + rng_below(rng, 3),
                                .last_day = INT32_MAX};
    for (uint32_t s = 0; s < out->n_sleeves; s++) {
        bool apart = rng_chance(rng, 0.3); /* from the others: a calendar of its own */
        out->sleeve[s] = (struct synthetic_sleeve){
            .name = names[s],
            .asset_class = rng_chance(rng, 0.4) ? IMAGE_CRYPTO : IMAGE_EQUITY,
            .n_symbols = 5 + rng_below(rng, 30),
            .n_sessions = n_sessions - (apart ? rng_below(rng, 100) : 0),
            .first_day = first_day + (apart ? (int32_t)rng_below(rng, 100) : 0),
        };
    }
}

static const char *field_of(const char *path)
{
    if (strncmp(path, "portfolio.", 10) == 0)
        return path + 10;
    const char *name = strchr(path, '.') + 1;
    return strchr(name, '.') + 1;
}

static double random_value(struct rng *rng, const struct plateau_field *field, bool extreme)
{
    double least = field->default_value / 2, most = field->default_value * 2;
    if (field->type == PLATEAU_ENUM || field->type == PLATEAU_BOOLEAN)
        return rng_below(rng, (uint32_t)field->max + 1);
    for (size_t i = 0; i < sizeof RANGES / sizeof RANGES[0]; i++)
        if (strcmp(RANGES[i].path, field->path) == 0) {
            least = RANGES[i].least;
            most = RANGES[i].most;
        }
    double value = rng_between(rng, least, most);
    if (extreme)
        value = rng_chance(rng, 0.5) ? field->min : field->max;
    else if (rng_chance(rng, 0.2)) /* round numbers meet ties and thresholds exactly */
        value = rng_chance(rng, 0.5) ? least : most;
    if (field->type == PLATEAU_INTEGER)
        value = floor(value);
    return fmin(fmax(value, field->min), field->max);
}

static const struct plateau_field *field_at(const struct plateau_config *config, uint32_t index)
{
    const struct plateau_field *field = NULL;
    if (plateau_config_find(config, plateau_config_path(config, index), NULL, &field, NULL))
        abort();
    return field;
}

/* Sleeves that share a calendar must agree; agreeing everywhere is simplest. */
static void agree(struct plateau_config *config)
{
    double value = 0;
    bool first = true;
    for (uint32_t i = 0; i < plateau_config_n_fields(config); i++) {
        if (strcmp(field_of(plateau_config_path(config, i)), "indicators.corr_lookback") != 0)
            continue;
        if (first)
            value = plateau_config_get_index(config, i);
        plateau_config_set_index(config, i, value);
        first = false;
    }
}

enum err random_config_new(struct plateau_config **out, struct rng *rng,
                           const struct synthetic_spec *market)
{
    struct plateau_config *config = NULL;
    enum err e = plateau_config_new(&config);
    for (uint32_t s = 0; s < market->n_sleeves && !e; s++)
        e = plateau_config_add_sleeve(config, market->sleeve[s].name, "momentum", NULL);
    if (e) {
        plateau_config_free(&config);
        return e;
    }
    double extreme = rng_chance(rng, 0.25) ? 0.04 : 0;
    for (uint32_t i = 0; i < plateau_config_n_fields(config); i++) {
        const struct plateau_field *field = field_at(config, i);
        bool keep = !isnan(field->default_value) && rng_chance(rng, 0.3);
        if (!keep)
            plateau_config_set_index(config, i, random_value(rng, field, rng_chance(rng, extreme)));
    }
    agree(config);
    *out = config;
    return OK;
}

void random_config_vary(struct plateau_config *config, struct rng *rng)
{
    bool entry_too = rng_chance(rng, 0.2);
    for (int k = 0; k < 8; k++) {
        uint32_t i = rng_below(rng, plateau_config_n_fields(config));
        const struct plateau_field *field = field_at(config, i);
        if (!field->entry_side || entry_too)
            plateau_config_set_index(config, i, random_value(rng, field, false));
    }
    agree(config);
}

void random_scenario(struct rng *rng, struct plateau_scenario *out)
{
    *out = PLATEAU_BASELINE;
    if (rng_chance(rng, 0.4))
        out->slippage_multiplier = rng_chance(rng, 0.5) ? 3 : rng_between(rng, 0, 8);
    out->flash_crash = rng_chance(rng, 0.35);
    if (rng_chance(rng, 0.35))
        out->regime = rng_chance(rng, 0.5) ? PLATEAU_REGIME_BEAR : PLATEAU_REGIME_RANGE;
}

void random_period(struct rng *rng, const struct synthetic_spec *market, struct plateau_period *out)
{
    const struct synthetic_sleeve *s = &market->sleeve[0];
    int32_t days = (int32_t)s->n_sessions * (s->asset_class == IMAGE_CRYPTO ? 1 : 7) /
                   (s->asset_class == IMAGE_CRYPTO ? 1 : 5);
    int32_t from = (int32_t)rng_below(rng, (uint32_t)days / 2) - 10;
    int32_t length = rng_chance(rng, 0.1) ? (int32_t)rng_below(rng, 3)
                                          : days / 4 + (int32_t)rng_below(rng, (uint32_t)days);
    *out = (struct plateau_period){s->first_day + from, s->first_day + from + length};
}

static bool differ(size_t point, const char *what, size_t at, double traced, double fast)
{
    fprintf(stderr, "point %zu: %s %zu: traced %.17g, plateau_run %.17g\n", point, what, at, traced,
            fast);
    return false;
}

static bool same_result(size_t point, const struct plateau_trace *trace,
                        const struct plateau_result *result)
{
    if (trace->n_days != result->n_days)
        return differ(point, "n_days", 0, trace->n_days, result->n_days);
    for (size_t t = 0; t < trace->n_days; t++)
        if (memcmp(&trace->returns[t], &result->returns[t], sizeof(double)) != 0)
            return differ(point, "return", t, trace->returns[t], result->returns[t]);
    for (size_t m = 0; m < N_METRICS; m++)
        if (memcmp(&trace->metrics.v[m], &result->metrics.v[m], sizeof(double)) != 0)
            return differ(point, METRIC_INFO[m].name, m, trace->metrics.v[m], result->metrics.v[m]);
    if (trace->metrics.flags != result->metrics.flags)
        return differ(point, "flags", 0, trace->metrics.flags, result->metrics.flags);
    return true;
}

bool random_config_same_bits(struct plateau_engine *engine, struct plateau_config *const *configs,
                             size_t n, const struct plateau_scenario *scenario,
                             const struct plateau_period *period, uint64_t *n_trades)
{
    struct plateau_result *results = calloc(n, sizeof *results);
    double **returns = calloc(n, sizeof *returns);
    bool same = results && returns &&
                plateau_run(engine, (const struct plateau_config *const *)configs, n, scenario,
                            period, results) == OK;
    for (size_t i = 0; i < n && same; i++) { /* the next call ends the life of these */
        size_t bytes = results[i].n_days * sizeof(double);
        same = (returns[i] = malloc(bytes + 1)) != NULL;
        if (same && bytes)
            memcpy(returns[i], results[i].returns, bytes);
    }
    for (size_t i = 0; i < n && same; i++) {
        struct plateau_trace trace;
        results[i].returns = returns[i];
        same = plateau_run_traced(engine, configs[i], scenario, period, &trace) == OK &&
               same_result(i, &trace, &results[i]);
        if (same)
            *n_trades += trace.n_trades;
    }
    for (size_t i = 0; returns && i < n; i++)
        free(returns[i]);
    free(returns);
    free(results);
    return same;
}
