/* metric_hash - one BLAKE2b-256 of every metric row and daily return of a seeded set of backtests
 * over the shipped prices. Machines whose hashes agree do the same arithmetic, to the bit;
 * scripts/arm64.sh compares arm64 with x86-64.
 *
 *   metric_hash DATA [CONFIGS]     DATA is laid out as data/; CONFIGS per market, default 8
 *
 * Every vector level this machine has must give the same hash: exit code 1 and both hashes if not.
 */
#include "engine/plateau_engine.h"
#include "market/market.h"
#include "tests/lib/random_config.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEED = 20130208, CONFIGS = 8, POINTS = 4, HASH_BYTES = 32, CACHE_BYTES = 512 << 20 };

static const struct market {
    const char *name;
    uint32_t n_sources;
    struct market_source sources[2]; /* paths under DATA */
    const char *first, *last;        /* of the periods drawn */
} markets[] = {
    {"sp500",
     1,
     {{.sleeve = "equity",
       .asset_class = IMAGE_EQUITY,
       .prices = "sp500/sp500_2013_2018.csv.zst",
       .benchmark = "benchmarks/SPY.csv"}},
     "2013-02-08",
     "2018-02-07"},
    {"crypto",
     1,
     {{.sleeve = "crypto",
       .asset_class = IMAGE_CRYPTO,
       .prices = "crypto",
       .benchmark = "crypto/BTC.csv"}},
     "2024-01-07",
     "2026-01-05"},
    {"mixed",
     2,
     {{.sleeve = "equity",
       .asset_class = IMAGE_EQUITY,
       .prices = "equity_2024_2026",
       .benchmark = "equity_2024_2026/SPY.csv"},
      {.sleeve = "crypto",
       .asset_class = IMAGE_CRYPTO,
       .prices = "crypto",
       .benchmark = "crypto/BTC.csv"}},
     "2024-01-07",
     "2026-01-05"},
};
enum { N_MARKETS = sizeof markets / sizeof markets[0] };

static void check(enum err e, const struct err_note *note, const char *what)
{
    if (e == OK)
        return;
    fprintf(stderr, "metric_hash: %s: %s\n", what, note->text[0] ? note->text : err_text(e));
    exit(err_exit_code(e));
}

static struct market_image load(const struct market *market, const char *data)
{
    static char paths[2][2][4096];
    struct market_source sources[2];
    struct market_image image;
    struct err_note note = {""};
    for (uint32_t i = 0; i < market->n_sources; i++) {
        sources[i] = market->sources[i];
        snprintf(paths[i][0], sizeof paths[0][0], "%s/%s", data, market->sources[i].prices);
        snprintf(paths[i][1], sizeof paths[0][0], "%s/%s", data, market->sources[i].benchmark);
        sources[i].prices = paths[i][0];
        sources[i].benchmark = paths[i][1];
    }
    check(market_build(sources, market->n_sources, MARKET_MAX_DAILY_MOVE, &image, NULL, &note),
          &note, market->name);
    return image;
}

static void add_result(crypto_generichash_state *hash, const struct plateau_result *result)
{
    const uint32_t numbers[2] = {result->n_days, result->metrics.flags};
    crypto_generichash_update(hash, (const uint8_t *)numbers, sizeof numbers);
    crypto_generichash_update(hash, (const uint8_t *)result->metrics.v, sizeof result->metrics.v);
    crypto_generichash_update(hash, (const uint8_t *)result->returns,
                              result->n_days * sizeof *result->returns);
}

/* One set of neighbours in a random scenario and period. */
static void run_set(crypto_generichash_state *hash, struct plateau_engine *engine, struct rng *rng,
                    const struct market *market, uint64_t *n_rows)
{
    struct synthetic_spec names = {.n_sleeves = market->n_sources};
    struct plateau_config *configs[POINTS] = {NULL};
    struct plateau_result results[POINTS];
    struct plateau_scenario scenario;
    struct plateau_period period;
    struct err_note note = {""};
    int32_t first, last;
    check(market_parse_day(market->first, &first), &note, market->first);
    check(market_parse_day(market->last, &last), &note, market->last);
    for (uint32_t i = 0; i < market->n_sources; i++)
        names.sleeve[i].name = market->sources[i].sleeve;
    for (int i = 0; i < POINTS; i++) {
        if (i == 0)
            check(random_config_new(&configs[i], rng, &names), &note, "config");
        else
            check(plateau_config_copy(&configs[i], configs[0]), &note, "config");
        if (i > 0)
            random_config_vary(configs[i], rng);
        check(plateau_config_check(engine, configs[i], &note), &note, market->name);
    }
    random_scenario(rng, &scenario);
    uint32_t span = (uint32_t)(last - first);
    period.start_day = first + (int32_t)rng_below(rng, span / 3);
    period.end_day = last - (int32_t)rng_below(rng, span / 3);
    check(plateau_run(engine, (const struct plateau_config *const *)configs, POINTS, &scenario,
                      &period, results),
          &note, market->name);
    for (int i = 0; i < POINTS; i++) {
        add_result(hash, &results[i]);
        plateau_config_free(&configs[i]);
    }
    *n_rows += POINTS;
}

/* False: this machine has not the level. */
static bool hash_level(const struct market_image *images, enum plateau_vector level, int n_configs,
                       uint8_t out[HASH_BYTES], uint64_t *n_rows)
{
    crypto_generichash_state hash;
    struct err_note note = {""};
    struct rng rng = {SEED};
    uint64_t n = 0;
    crypto_generichash_init(&hash, NULL, 0, HASH_BYTES);
    for (int m = 0; m < N_MARKETS; m++) {
        struct plateau_engine *engine = NULL;
        check(plateau_engine_new(&engine, images[m].bytes, images[m].length, CACHE_BYTES, &note),
              &note, markets[m].name);
        bool has = plateau_engine_force_vector(engine, level) == OK;
        for (int i = 0; i < n_configs && has; i++)
            run_set(&hash, engine, &rng, &markets[m], &n);
        plateau_engine_free(&engine);
        if (!has)
            return false;
    }
    crypto_generichash_final(&hash, out, HASH_BYTES);
    *n_rows = n;
    return true;
}

int main(int argc, char **argv)
{
    static const char *const level_name[] = {"auto", "base", "avx2", "avx512"};
    struct market_image images[N_MARKETS];
    uint8_t first[HASH_BYTES], hash[HASH_BYTES];
    char hex[2 * HASH_BYTES + 1];
    uint64_t n_rows = 0;
    int n_configs = argc > 2 ? (int)strtol(argv[2], NULL, 10) : CONFIGS, failed = 0;
    if (argc < 2 || n_configs < 1 || sodium_init() < 0) {
        fprintf(stderr, "usage: metric_hash DATA [CONFIGS]\n");
        return 2;
    }
    for (int m = 0; m < N_MARKETS; m++)
        images[m] = load(&markets[m], argv[1]);
    for (int level = PLATEAU_VECTOR_AUTO; level <= PLATEAU_VECTOR_AVX512; level++) {
        if (!hash_level(images, (enum plateau_vector)level, n_configs, hash, &n_rows))
            continue;
        if (level == PLATEAU_VECTOR_AUTO)
            memcpy(first, hash, sizeof first);
        bool same = memcmp(first, hash, sizeof first) == 0;
        failed |= !same;
        fprintf(stderr, "%-6s %s %s\n", level_name[level],
                sodium_bin2hex(hex, sizeof hex, hash, sizeof hash), same ? "" : "DIFFERS");
    }
    printf("%s %llu rows\n", sodium_bin2hex(hex, sizeof hex, first, sizeof first),
           (unsigned long long)n_rows);
    for (int m = 0; m < N_MARKETS; m++)
        market_image_free(&images[m]);
    return failed;
}
