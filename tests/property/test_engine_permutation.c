/* In which order symbols stand in a source, in which order a universe names them, and whether they
 * come from one long file or from a folder, changes nothing: neither the image nor a single bit of
 * a run. */
#include "market/market.h"
#include "tests/lib/cm.h"
#include "tests/lib/random_config.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { N_MARKETS = 4, N_ORDERS = 3, SYMBOLS_MAX = 64, CACHE_BYTES = 64 << 20, PATH_BYTES = 512 };
#define SEED 5u
#define TRADES_MIN 50

static char folder[] = "/tmp/plateau-permutation-XXXXXX";

static void write_bar(FILE *out, const char *symbol, int32_t day, const double v[5])
{
    char date[11];
    market_format_day(day, date);
    fprintf(out, "%s%s%s,%.17g,%.17g,%.17g,%.17g,%.17g\n", symbol, *symbol ? "," : "", date, v[0],
            v[1], v[2], v[3], v[4]);
}

static void write_symbol(FILE *out, const struct image_view *v, uint32_t s, const char *name)
{
    for (uint32_t b = v->bar_start[s]; b < v->bar_start[s + 1]; b++) {
        const double bar[5] = {v->open[b], v->high[b], v->low[b], v->close[b], v->volume[b]};
        write_bar(out, name, v->session_day[v->bar_session[b]], bar);
    }
}

static FILE *create(char path[PATH_BYTES], const char *name)
{
    snprintf(path, PATH_BYTES, "%s/%s", folder, name);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    return out;
}

static void shuffle(uint32_t *order, uint32_t n, struct rng *rng)
{
    for (uint32_t i = 0; i < n; i++)
        order[i] = i;
    for (uint32_t i = n; i > 1; i--) {
        uint32_t j = rng_below(rng, i), swap = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swap;
    }
}

/* All symbols in one file, in a random order; or, as the last form, one file each in a folder. */
static void write_prices(char path[PATH_BYTES], const struct image_view *v, struct rng *rng,
                         bool as_folder)
{
    uint32_t order[SYMBOLS_MAX];
    char name[128], file[PATH_BYTES];
    assert_true(v->n_symbols <= SYMBOLS_MAX);
    shuffle(order, v->n_symbols, rng);
    if (as_folder) {
        snprintf(path, PATH_BYTES, "%s/%s", folder, v->name);
        assert_int_equal(mkdir(path, 0700), 0);
        for (uint32_t i = 0; i < v->n_symbols; i++) {
            snprintf(name, sizeof name, "%s/%s.csv", v->name, v->symbol_name[order[i]]);
            FILE *out = create(file, name);
            fputs("date,open,high,low,close,volume\n", out);
            write_symbol(out, v, order[i], "");
            assert_int_equal(fclose(out), 0);
        }
        return;
    }
    snprintf(name, sizeof name, "%s-long.csv", v->name);
    FILE *out = create(path, name);
    fputs("symbol,date,open,high,low,close,volume\n", out);
    for (uint32_t i = 0; i < v->n_symbols; i++)
        write_symbol(out, v, order[i], v->symbol_name[order[i]]);
    assert_int_equal(fclose(out), 0);
}

static void write_benchmark(char path[PATH_BYTES], const struct image_view *v)
{
    char name[128];
    snprintf(name, sizeof name, "%s-bench.csv", v->name);
    FILE *out = create(path, name);
    fputs("date,open,high,low,close,volume\n", out);
    for (uint32_t b = 0; b < v->n_bench; b++) {
        const double bar[5] = {v->bench_open[b], v->bench_high[b], v->bench_low[b],
                               v->bench_close[b], v->bench_volume[b]};
        write_bar(out, "", v->session_day[v->bench_session[b]], bar);
    }
    assert_int_equal(fclose(out), 0);
}

/* The same market once more from files, everything in a new order. */
static void reload(struct market_image *out, const struct image_view *views, uint32_t n,
                   struct rng *rng, bool as_folder)
{
    static char prices[PLATEAU_SLEEVES_MAX][PATH_BYTES], benches[PLATEAU_SLEEVES_MAX][PATH_BYTES];
    static const char *universe[PLATEAU_SLEEVES_MAX][SYMBOLS_MAX];
    struct market_source sources[PLATEAU_SLEEVES_MAX];
    struct err_note note = {""};
    for (uint32_t s = 0; s < n; s++) {
        const struct image_view *v = &views[s];
        uint32_t order[SYMBOLS_MAX], n_named = 0;
        write_prices(prices[s], v, rng, as_folder);
        write_benchmark(benches[s], v);
        shuffle(order, v->n_symbols, rng);
        for (uint32_t i = 0; i < v->n_symbols; i++)
            if (v->bar_start[order[i]] < v->bar_start[order[i] + 1])
                universe[s][n_named++] = v->symbol_name[order[i]];
        sources[s] = (struct market_source){.sleeve = v->name,
                                            .asset_class = v->asset_class,
                                            .prices = prices[s],
                                            .benchmark = benches[s],
                                            .universe = universe[s],
                                            .n_universe = n_named};
    }
    if (market_build(sources, n, MARKET_MAX_DAILY_MOVE, out, NULL, &note))
        fail_msg("%s", note.text);
}

static void clean(void)
{
    char command[PATH_BYTES];
    snprintf(command, sizeof command, "rm -rf %s/*", folder);
    assert_int_equal(system(command), 0); /* a folder of this test's own making */
}

static uint64_t orders_agree(struct rng *rng)
{
    struct synthetic_spec spec;
    struct synthetic_market market;
    struct image_view views[IMAGE_SLEEVES_MAX];
    struct plateau_config *config = NULL;
    struct plateau_period period;
    struct market_image first = {0};
    struct plateau_result want, got;
    struct plateau_engine *engine = NULL, *other = NULL;
    uint32_t n;
    random_market_spec(rng, &spec);
    random_period(rng, &spec, &period);
    assert_int_equal(synthetic_market_new(&market, &spec), OK);
    assert_int_equal(image_check(market.bytes, market.length, views, &n, NULL), OK);
    assert_int_equal(random_config_new(&config, rng, &spec), OK);
    const struct plateau_config *point = config;
    reload(&first, views, n, rng, false);
    assert_int_equal(plateau_engine_new(&engine, first.bytes, first.length, CACHE_BYTES, NULL), OK);
    assert_int_equal(plateau_run(engine, &point, 1, &PLATEAU_BASELINE, &period, &want), OK);
    for (int i = 0; i < N_ORDERS; i++) {
        struct market_image again = {0};
        clean();
        reload(&again, views, n, rng, i == N_ORDERS - 1);
        assert_int_equal(again.length, first.length);
        assert_memory_equal(again.bytes, first.bytes, first.length);
        assert_int_equal(plateau_engine_new(&other, again.bytes, again.length, CACHE_BYTES, NULL),
                         OK);
        assert_int_equal(plateau_run(other, &point, 1, &PLATEAU_BASELINE, &period, &got), OK);
        assert_memory_equal(got.metrics.v, want.metrics.v, sizeof want.metrics.v);
        assert_int_equal(got.n_days, want.n_days);
        if (want.n_days)
            assert_memory_equal(got.returns, want.returns, want.n_days * sizeof *want.returns);
        plateau_engine_free(&other);
        market_image_free(&again);
    }
    clean();
    uint64_t n_trades = (uint64_t)want.metrics.v[METRIC_n_trades];
    plateau_engine_free(&engine);
    plateau_config_free(&config);
    market_image_free(&first);
    synthetic_market_free(&market);
    return n_trades;
}

static void order_of_sources_changes_nothing(void **state)
{
    (void)state;
    struct rng rng = {SEED};
    uint64_t n_trades = 0;
    printf("seed %u\n", SEED);
    assert_non_null(mkdtemp(folder));
    for (int m = 0; m < N_MARKETS; m++)
        n_trades += orders_agree(&rng);
    assert_int_equal(rmdir(folder), 0);
    printf("%llu trades\n", (unsigned long long)n_trades);
    assert_true(n_trades >= TRADES_MIN);
}

CM_MAIN("engine permutation", cmocka_unit_test(order_of_sources_changes_nothing))
