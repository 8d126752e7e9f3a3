/* Engine cases: one backtest each, by the traced path, compared trade by trade and day by day; then
 * the same point by plateau_run, whose metrics and returns must be the same bits.
 *
 *   {name, period: [start, end], scenario: {slippage_multiplier, flash_crash, regime}, portfolio:
 * {..}, sleeves: [{data, universe, benchmark, config: {name, asset_class, ..}}], expected: {..}}
 *
 * Absent fields take their defaults; unknown ones are failures, lest a case pass without being
 * judged. */
#include "engine/philox.h"
#include "engine/plateau_engine.h"
#include "market/market.h"
#include "tests/golden/golden.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define RELATIVE 1e-9
#define SP500_FILE "sp500/sp500_2013_2018.csv.zst"
enum { PATH_MAX_BYTES = 4096, CACHE_BYTES = 512 << 20 };

struct context {
    const char *data_root;
    uint64_t rows_hash; /* of all metric rows, in order of the cases */
};

struct sleeve_case {
    char prices[PATH_MAX_BYTES], benchmark[PATH_MAX_BYTES];
    const char **universe;
};

struct engine_case {
    struct plateau_config *config;
    struct plateau_scenario scenario;
    struct plateau_period period;
    double max_daily_move;
    uint32_t n_sleeves;
    struct sleeve_case sleeves[PLATEAU_SLEEVES_MAX];
    struct market_source sources[PLATEAU_SLEEVES_MAX];
    struct market_image image;
    struct plateau_engine *engine;
};

static bool is_one_of(const char *key, const char *const *known)
{
    for (; *known; known++)
        if (strcmp(key, *known) == 0)
            return true;
    return false;
}

static bool only_known(const json_t *object, const char *const *known, const char *path,
                       struct golden_difference *why)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        if (!is_one_of(key, known))
            return golden_differs(why, path, "unknown field \"%s\"", key);
    }
    return true;
}

/* One field by its dotted path, from its JSON value. */
static bool set_field(struct plateau_config *config, const char *path, const json_t *value,
                      struct golden_difference *why)
{
    const struct plateau_field *field;
    struct err_note note = {""};
    uint32_t index;
    double v = NAN;
    enum err e = plateau_config_find(config, path, &index, &field, &note);
    if (!e && json_is_string(value))
        e = plateau_field_parse(field, json_string_value(value), &v, &note);
    else if (!e) {
        v = json_is_boolean(value) ? json_is_true(value) : json_number_value(value);
        e = json_is_boolean(value) || json_is_number(value)
                ? plateau_field_check(field, v, &note)
                : err_set(&note, ERR_FORMAT, "expected a number, a string or a boolean");
    }
    if (e)
        return golden_differs(why, path, "%s", note.text);
    plateau_config_set_index(config, index, v);
    return true;
}

static bool set_fields(struct plateau_config *config, const char *prefix, const json_t *fields,
                       const char *const *besides, struct golden_difference *why)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)fields, key, value)
    {
        char path[GOLDEN_TEXT_MAX];
        static const char *const none[] = {NULL};
        if (is_one_of(key, besides))
            continue;
        snprintf(path, sizeof path, "%s.%s", prefix, key);
        bool ok = json_is_object(value) ? set_fields(config, path, value, none, why)
                                        : set_field(config, path, value, why);
        if (!ok)
            return false;
    }
    return true;
}

/* A path under the data root, or beside the case. */
static bool find_data(char out[PATH_MAX_BYTES], const char *name, const char *dir,
                      const char *data_root, struct golden_difference *why)
{
    struct stat st;
    snprintf(out, PATH_MAX_BYTES, "%s/%s", data_root,
             strcmp(name, "sp500") == 0 ? SP500_FILE : name);
    if (stat(out, &st) == 0)
        return true;
    snprintf(out, PATH_MAX_BYTES, "%s/%s", dir, name);
    if (stat(out, &st) == 0)
        return true;
    return golden_differs(why, "sleeves", "no %s under %s or %s", name, data_root, dir);
}

static bool read_move(struct engine_case *c, const json_t *object)
{
    const json_t *move = json_object_get(object, "max_daily_move");
    if (move)
        c->max_daily_move = json_number_value(move);
    return move != NULL;
}

static bool read_universe(struct sleeve_case *s, struct market_source *source,
                          const json_t *universe, struct golden_difference *why)
{
    size_t n = json_array_size(universe);
    if (universe && !json_is_array(universe) &&
        !(json_is_string(universe) && strcmp(json_string_value(universe), "all") == 0))
        return golden_differs(why, "sleeves.universe", "expected \"all\" or a list of symbols");
    s->universe = calloc(n + 1, sizeof *s->universe);
    if (!s->universe)
        abort(); /* a judge without memory has no answer to give */
    for (size_t i = 0; i < n; i++)
        s->universe[i] = json_string_value(json_array_get(universe, i));
    source->universe = s->universe;
    source->n_universe = (uint32_t)n;
    return true;
}

static bool read_sleeve(struct engine_case *c, const json_t *sleeve, const char *dir,
                        const char *data_root, struct golden_difference *why)
{
    static const char *const known[] = {"data",   "universe", "benchmark",
                                        "config", "strategy", NULL};
    static const char *const besides[] = {"name", "asset_class", "benchmark", "max_daily_move",
                                          NULL};
    if (c->n_sleeves == PLATEAU_SLEEVES_MAX)
        return golden_differs(why, "sleeves", "more than %d", PLATEAU_SLEEVES_MAX);
    struct sleeve_case *s = &c->sleeves[c->n_sleeves];
    struct market_source *source = &c->sources[c->n_sleeves++];
    struct err_note note = {""};
    const char *name = NULL, *class = NULL, *data = NULL, *benchmark = NULL;
    const char *strategy = json_string_value(json_object_get(sleeve, "strategy"));
    const json_t *config = json_object_get(sleeve, "config");
    char prefix[GOLDEN_TEXT_MAX];
    if (!only_known(sleeve, known, "sleeves", why))
        return false;
    if (json_unpack((json_t *)sleeve, "{s:s, s:s, s?{s?s, s?s}}", "data", &data, "benchmark",
                    &benchmark, "config", "name", &name, "asset_class", &class))
        return golden_differs(why, "sleeves", "expected data and benchmark");
    class = class ? class : "equity";
    name = name ? name : class;
    if (strcmp(class, "equity") != 0 && strcmp(class, "crypto") != 0)
        return golden_differs(why, "sleeves.config.asset_class",
                              "found %s, expected equity, crypto", class);
    if (plateau_config_add_sleeve(c->config, name, strategy ? strategy : "momentum", &note))
        return golden_differs(why, "sleeves", "%s", note.text);
    source->sleeve = name;
    source->asset_class = strcmp(class, "crypto") == 0 ? IMAGE_CRYPTO : IMAGE_EQUITY;
    source->prices = s->prices;
    source->benchmark = s->benchmark;
    read_move(c, config);
    snprintf(prefix, sizeof prefix, "sleeves.%s", name);
    return find_data(s->prices, data, dir, data_root, why) &&
           find_data(s->benchmark, benchmark, dir, data_root, why) &&
           read_universe(s, source, json_object_get(sleeve, "universe"), why) &&
           set_fields(c->config, prefix, config, besides, why);
}

static bool read_scenario(struct engine_case *c, const json_t *scenario,
                          struct golden_difference *why)
{
    static const char *const known[] = {"name", "slippage_multiplier", "flash_crash", "regime",
                                        NULL};
    const json_t *k = json_object_get(scenario, "slippage_multiplier");
    const json_t *crash = json_object_get(scenario, "flash_crash");
    const char *regime = json_string_value(json_object_get(scenario, "regime"));
    c->scenario = PLATEAU_BASELINE;
    if (json_is_number(k))
        c->scenario.slippage_multiplier = json_number_value(k);
    c->scenario.flash_crash = json_is_true(crash);
    if (regime && strcmp(regime, "bear") == 0)
        c->scenario.regime = PLATEAU_REGIME_BEAR;
    else if (regime && strcmp(regime, "range") == 0)
        c->scenario.regime = PLATEAU_REGIME_RANGE;
    else if (regime)
        return golden_differs(why, "scenario.regime", "found %s, expected bear, range", regime);
    return only_known(scenario, known, "scenario", why);
}

static bool read_case(struct engine_case *c, const json_t *one, const char *dir,
                      const char *data_root, struct golden_difference *why)
{
    static const char *const known[] = {"name",     "note",           "period",
                                        "scenario", "portfolio",      "sleeves",
                                        "expected", "max_daily_move", NULL};
    static const char *const besides[] = {"max_daily_move", NULL};
    const char *start = NULL, *end = NULL;
    const json_t *portfolio = json_object_get(one, "portfolio"), *sleeve;
    size_t i;
    c->max_daily_move = MARKET_MAX_DAILY_MOVE;
    if (!only_known(one, known, "case", why))
        return false;
    if (json_unpack((json_t *)one, "{s:[s,s]}", "period", &start, &end) ||
        market_parse_day(start, &c->period.start_day) || market_parse_day(end, &c->period.end_day))
        return golden_differs(why, "period", "expected two dates YYYY-MM-DD");
    if (plateau_config_new(&c->config))
        abort();
    read_move(c, one);
    read_move(c, portfolio);
    plateau_config_set(c->config, "portfolio.periods_per_year", "252",
                       NULL); /* unless it is given */
    if (!set_fields(c->config, "portfolio", portfolio, besides, why) ||
        !read_scenario(c, json_object_get(one, "scenario"), why))
        return false;
    json_array_foreach(json_object_get(one, "sleeves"), i, sleeve)
    {
        if (!read_sleeve(c, sleeve, dir, data_root, why))
            return false;
    }
    return true;
}

static bool open_engine(struct engine_case *c, struct golden_difference *why)
{
    struct err_note note = {""};
    enum err e = market_build(c->sources, c->n_sleeves, c->max_daily_move, &c->image, NULL, &note);
    if (!e)
        e = plateau_engine_new(&c->engine, c->image.bytes, c->image.length, CACHE_BYTES, &note);
    if (!e)
        e = plateau_config_check(c->engine, c->config, &note);
    return !e || golden_differs(why, "case", "%s", *note.text ? note.text : err_text(e));
}

/* ---- the answer, in the form of `expected` ---- */

static json_t *date_json(int32_t day)
{
    char text[11];
    market_format_day(day, text);
    return json_string(text);
}

static json_t *trade_json(const struct plateau_trade *t)
{
    return json_pack("{s:s, s:s, s:o, s:f, s:f, s:f, s:s, s:o, s:f, s:s, s:f, s:f}", "symbol",
                     t->symbol, "sleeve", t->sleeve, "entry_date", date_json(t->entry_day),
                     "entry_price", t->entry_price, "quantity", t->quantity, "initial_stop",
                     t->initial_stop, "trigger", t->trigger, "exit_date", date_json(t->exit_day),
                     "exit_price", t->exit_price, "reason", PLATEAU_REASON_NAME[t->reason], "pnl",
                     t->pnl, "r_multiple", t->r_multiple);
}

static json_t *open_json(const struct plateau_trade *t)
{
    return json_pack("{s:s, s:s, s:f, s:o, s:f, s:f, s:s, s:f, s:b}", "symbol", t->symbol, "sleeve",
                     t->sleeve, "quantity", t->quantity, "entry_date", date_json(t->entry_day),
                     "entry_price", t->entry_price, "initial_stop", t->initial_stop, "trigger",
                     t->trigger, "stop", t->stop, "tightened", t->tightened);
}

static json_t *answer_json(const struct plateau_trace *t)
{
    json_t *answer =
        json_pack("{s:s, s:[], s:[], s:[], s:[], s:[], s:{}}", "status", t->empty ? "empty" : "ok",
                  "crash_dates", "dates", "trades", "open_positions", "equity", "rejection_counts");
    for (uint32_t i = 0; i < t->n_crash; i++)
        json_array_append_new(json_object_get(answer, "crash_dates"), date_json(t->crash_day[i]));
    for (uint32_t i = 0; i < t->n_days; i++) {
        json_array_append_new(json_object_get(answer, "dates"), date_json(t->day[i]));
        json_array_append_new(json_object_get(answer, "equity"), json_real(t->equity[i]));
    }
    for (uint32_t i = 0; i < t->n_trades; i++)
        json_array_append_new(json_object_get(answer, "trades"), trade_json(&t->trades[i]));
    for (uint32_t i = 0; i < t->n_open; i++)
        json_array_append_new(json_object_get(answer, "open_positions"), open_json(&t->open[i]));
    for (int i = 0; i < PLATEAU_N_REJECTIONS; i++)
        if (t->rejections[i])
            json_object_set_new(json_object_get(answer, "rejection_counts"),
                                PLATEAU_REJECTION_NAME[i],
                                json_integer((json_int_t)t->rejections[i]));
    return answer;
}

/* Lists of trades or positions: how many, in which order, with which quantities - exactly. */
static bool same_quantities(const json_t *want, const json_t *got, const char *path,
                            struct golden_difference *why)
{
    size_t i;
    const json_t *one;
    json_array_foreach(want, i, one)
    {
        double a = json_number_value(json_object_get(one, "quantity"));
        double b = json_number_value(json_object_get(json_array_get(got, i), "quantity"));
        if (a != b)
            return golden_differs(why, path, "[%zu].quantity: expected %.17g, got %.17g", i, a, b);
    }
    return true;
}

/* Both ways: golden_equal lets the answer hold more than was expected. */
static bool same_counts(const json_t *want, const json_t *got, struct golden_difference *why)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)got, key, value)
    {
        if (!json_object_get(want, key))
            return golden_differs(why, "expected.rejection_counts", "%s: expected 0, got %lld", key,
                                  (long long)json_integer_value(value));
    }
    return golden_equal(want, got, 0, 0, "expected.rejection_counts", why);
}

static bool same_answer(const json_t *want, const json_t *got, struct golden_difference *why)
{
    /* in the order in which a difference explains most */
    static const char *const parts[] = {"status", "crash_dates",    "dates", "trades",
                                        "equity", "open_positions", NULL};
    static const char *const known[] = {"status",           "crash_dates", "dates",
                                        "trades",           "equity",      "open_positions",
                                        "rejection_counts", NULL};
    if (!only_known(want, known, "expected", why))
        return false;
    for (const char *const *part = parts; *part; part++) {
        const json_t *w = json_object_get(want, *part), *g = json_object_get(got, *part);
        char path[GOLDEN_TEXT_MAX];
        snprintf(path, sizeof path, "expected.%s", *part);
        if (w && !(golden_equal(w, g, RELATIVE, 0, path, why) && same_quantities(w, g, path, why)))
            return false;
    }
    const json_t *counts = json_object_get(want, "rejection_counts");
    return !counts || same_counts(counts, json_object_get(got, "rejection_counts"), why);
}

/* plateau_run owes the traced path's metrics and returns, bit for bit. */
static bool same_bits(struct engine_case *c, const struct plateau_trace *trace,
                      struct golden_difference *why)
{
    struct plateau_result result;
    const struct plateau_config *config = c->config;
    size_t n = trace->n_days;
    double *returns = malloc((n + 1) * sizeof *returns);
    if (!returns)
        abort();
    if (n)
        memcpy(returns, trace->returns, n * sizeof *returns);
    bool same = false;
    if (plateau_run(c->engine, &config, 1, &c->scenario, &c->period, &result))
        golden_differs(why, "plateau_run", "failed");
    else if (result.n_days != n || (n && memcmp(returns, result.returns, n * sizeof *returns)))
        golden_differs(why, "plateau_run", "returns differ from the traced run's");
    else if (result.metrics.flags != trace->metrics.flags ||
             memcmp(result.metrics.v, trace->metrics.v, sizeof result.metrics.v))
        golden_differs(why, "plateau_run", "metrics differ from the traced run's");
    else
        same = true;
    free(returns);
    return same;
}

static uint64_t mix(uint64_t hash, const struct metric_row *row)
{
    uint64_t parts[2] = {hash, fnv1a64((const char *)row->v, sizeof row->v)};
    return fnv1a64((const char *)parts, sizeof parts);
}

static bool judge(const json_t *one, const char *dir, void *context, struct golden_difference *why)
{
    struct context *ctx = context;
    struct engine_case c = {0};
    struct plateau_trace trace;
    bool passed = read_case(&c, one, dir, ctx->data_root, why) && open_engine(&c, why);
    if (passed && plateau_run_traced(c.engine, c.config, &c.scenario, &c.period, &trace))
        passed = golden_differs(why, "case", "the run failed");
    if (passed) {
        json_t *got = answer_json(&trace);
        ctx->rows_hash = mix(ctx->rows_hash, &trace.metrics);
        passed =
            same_answer(json_object_get(one, "expected"), got, why) && same_bits(&c, &trace, why);
        json_decref(got);
    }
    for (uint32_t s = 0; s < c.n_sleeves; s++)
        free(c.sleeves[s].universe);
    plateau_engine_free(&c.engine);
    market_image_free(&c.image);
    plateau_config_free(&c.config);
    return passed;
}

int golden_engine(const char *dir, const char *data_root)
{
    struct context context = {.data_root = data_root};
    int code = golden_run(dir, judge, &context);
    fprintf(stderr, "metric rows %016llx\n", (unsigned long long)context.rows_hash);
    return code;
}
