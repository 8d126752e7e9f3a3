/* bench_engine - portfolio backtests per second and core: processor time, best of several rounds,
 * all metrics and block sums included, one scenario and period at a time in tiles as a worker runs
 * them.
 *
 *   warm     the engine has run the whole job before: planes, candidate lists and draws are there
 *   all-in   from an image in memory: a new engine, everything made on the way
 *
 *   bench_engine [--check STRIDE]   --check: also compare every STRIDE-th point of every job with
 * the traced path, bytewise */
#include "engine/engine.h"
#include "engine/fast/fast.h"
#include "engine/plateau_engine.h"
#include "market/market.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* TILE: what calibration makes of a grid of more than 4,000 such points. */
enum { TILE = 256, BLOCKS = 16, POINTS_MAX = 4096, ROUNDS = 5 };
#define CACHE_BYTES ((size_t)512 << 20)

struct setting {
    const char *path, *text;
};
struct axis {
    const char *path;
    const char *values[10];
};
struct job {
    const char *name;
    uint32_t n_sources;
    struct market_source sources[2];
    const char *start, *end;
    const struct setting *settings;
    const struct axis
        *axes; /* the first varies slowest: entry fields first, as the tile order does */
};

static const struct setting SP500_SETTINGS[] = {{"portfolio.periods_per_year", "252"},
                                                {NULL, NULL}};
static const struct axis SP500_AXES[] = {
    {"sleeves.equity.entry.fast_clearance", {"0", "0.005", "0.01", "0.015"}},
    {"sleeves.equity.exit.hard_stop_atr_mult",
     {"2", "2.25", "2.5", "2.75", "3", "3.25", "3.5", "3.75", "4"}},
    {"sleeves.equity.exit.exit_ma", {"10", "20", "30", "50"}},
    {"sleeves.equity.risk.risk_per_trade", {"0.0025", "0.005", "0.0075", "0.01", "0.0125"}},
    {"portfolio.volatility_scaling.mode", {"continuous", "regime", "off"}},
    {NULL, {NULL}}};
#define CRYPTO_SETTINGS                                                                            \
    {"sleeves.crypto.eligibility.trend_ma", "200"},                                                \
        {"sleeves.crypto.eligibility.require_close_above_trend_ma", "false"},                      \
        {"sleeves.crypto.eligibility.require_close_above_ma200", "true"},                          \
        {"sleeves.crypto.exit.mode", "staged"}, {"sleeves.crypto.exit.exit_ma", "50"},             \
        {"sleeves.crypto.exit.hard_stop_atr_mult", "3"},                                           \
        {"sleeves.crypto.capacity.max_order_pct_adv", "0.0025"},                                   \
        {"sleeves.crypto.costs.fee_bps", "8"}, {"sleeves.crypto.costs.slippage_base_bps", "10"},   \
        {"sleeves.crypto.costs.weekend_penalty", "1.5"},                                           \
        {"sleeves.crypto.costs.stress_threshold", "-0.05"}, {"portfolio.periods_per_year", "365"}, \
    {                                                                                              \
        NULL, NULL                                                                                 \
    }
static const struct setting CRYPTO_ONLY[] = {CRYPTO_SETTINGS};
static const struct axis CRYPTO_AXES[] = {
    {"sleeves.crypto.entry.fast_clearance", {"0", "0.005", "0.01", "0.015"}},
    {"sleeves.crypto.exit.hard_stop_atr_mult",
     {"2", "2.25", "2.5", "2.75", "3", "3.25", "3.5", "3.75", "4"}},
    {"sleeves.crypto.exit.exit_ma", {"10", "20", "30", "50"}},
    {"sleeves.crypto.risk.risk_per_trade", {"0.0025", "0.005", "0.0075", "0.01", "0.0125"}},
    {"portfolio.volatility_scaling.mode", {"continuous", "regime", "off"}},
    {NULL, {NULL}}};
#define DATA PLATEAU_SOURCE_DIR "/data/"
#define SP500_SOURCE                                                                               \
    {                                                                                              \
        .sleeve = "equity", .asset_class = IMAGE_EQUITY,                                           \
        .prices = DATA "sp500/sp500_2013_2018.csv.zst", .benchmark = DATA "benchmarks/SPY.csv"     \
    }
#define CRYPTO_SOURCE                                                                              \
    {                                                                                              \
        .sleeve = "crypto", .asset_class = IMAGE_CRYPTO, .prices = DATA "crypto",                  \
        .benchmark = DATA "crypto/BTC.csv"                                                         \
    }
static const struct job SP500 = {
    "sp500", 1, {SP500_SOURCE}, "2013-02-08", "2018-02-07", SP500_SETTINGS, SP500_AXES};
static const struct job CRYPTO = {"crypto",     1,           {CRYPTO_SOURCE}, "2024-01-07",
                                  "2026-01-05", CRYPTO_ONLY, CRYPTO_AXES};
static const struct job MIXED = {"mixed",
                                 2,
                                 {{.sleeve = "equity",
                                   .asset_class = IMAGE_EQUITY,
                                   .prices = DATA "equity_2024_2026",
                                   .benchmark = DATA "equity_2024_2026/SPY.csv"},
                                  CRYPTO_SOURCE},
                                 "2024-01-07",
                                 "2026-01-05",
                                 CRYPTO_ONLY,
                                 SP500_AXES};
static const struct {
    const char *name;
    struct plateau_scenario scenario;
} STRESSES[] = {{"slippage_2x", {2, false, PLATEAU_REGIME_NONE}},
                {"slippage_3x", {3, false, PLATEAU_REGIME_NONE}},
                {"bear_months", {1, false, PLATEAU_REGIME_BEAR}},
                {"range_months", {1, false, PLATEAU_REGIME_RANGE}},
                {"flash_crash", {1, true, PLATEAU_REGIME_NONE}}};

struct bench {
    const struct job *job;
    struct market_image image;
    struct plateau_period period;
    struct plateau_config *configs[POINTS_MAX];
    uint32_t n;
    struct plateau_result results[POINTS_MAX]; /* returns: of the last tile only */
    double checksum;
};

static void must(enum err e, const struct err_note *note)
{
    if (!e)
        return;
    fprintf(stderr, "bench_engine: %s %s\n", err_text(e), note ? note->text : "");
    exit(3);
}

static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void set(struct plateau_config *config, const char *path, const char *text)
{
    struct err_note note = {""};
    must(plateau_config_set(config, path, text, &note), &note);
}

/* The grid of the job from axis `a` on, over a config whose earlier axes are set. */
static void expand(struct bench *b, struct plateau_config *config, const struct axis *a)
{
    if (!a->path) {
        must(b->n < POINTS_MAX ? OK : ERR_RANGE, NULL);
        must(plateau_config_copy(&b->configs[b->n++], config), NULL);
        return;
    }
    for (size_t v = 0; v < sizeof a->values / sizeof a->values[0] && a->values[v]; v++) {
        set(config, a->path, a->values[v]);
        expand(b, config, a + 1);
    }
}

static void bench_open(struct bench *b, const struct job *job)
{
    struct err_note note = {""};
    struct plateau_config *config = NULL;
    memset(b, 0, sizeof *b);
    b->job = job;
    must(market_build(job->sources, job->n_sources, MARKET_MAX_DAILY_MOVE, &b->image, NULL, &note),
         &note);
    must(market_parse_day(job->start, &b->period.start_day), NULL);
    must(market_parse_day(job->end, &b->period.end_day), NULL);
    must(plateau_config_new(&config), NULL);
    for (uint32_t q = 0; q < job->n_sources; q++)
        must(plateau_config_add_sleeve(config, job->sources[q].sleeve, "momentum", &note), &note);
    for (const struct setting *s = job->settings; s->path; s++)
        set(config, s->path, s->text);
    expand(b, config, job->axes);
    plateau_config_free(&config);
}

static void bench_close(struct bench *b)
{
    for (uint32_t i = 0; i < b->n; i++)
        plateau_config_free(&b->configs[i]);
    market_image_free(&b->image);
}

static struct plateau_engine *engine_open(const struct bench *b)
{
    struct plateau_engine *engine = NULL;
    struct err_note note = {""};
    must(plateau_engine_new(&engine, b->image.bytes, b->image.length, CACHE_BYTES, &note), &note);
    must(plateau_config_check(engine, b->configs[0], &note), &note);
    return engine;
}

/* Every point of the job once, metrics and block sums; processor seconds. */
static double run_all(struct bench *b, struct plateau_engine *engine,
                      struct plateau_scenario scenario)
{
    double start = cpu_s(), sum[BLOCKS], sumsq[BLOCKS];
    uint32_t bounds[BLOCKS + 1];
    for (uint32_t at = 0; at < b->n; at += TILE) {
        uint32_t n = b->n - at < TILE ? b->n - at : TILE;
        must(plateau_run(engine, (const struct plateau_config *const *)b->configs + at, n,
                         &scenario, &b->period, b->results + at),
             NULL);
        for (uint32_t i = at; i < at + n; i++) {
            metrics_block_bounds(b->results[i].n_days, BLOCKS, bounds);
            metrics_block_sums(b->results[i].returns, bounds, BLOCKS, sum, sumsq);
            b->checksum += sum[0] + sumsq[BLOCKS - 1];
        }
    }
    return cpu_s() - start;
}

static double fastest(struct bench *b, struct plateau_engine *engine,
                      struct plateau_scenario scenario, int rounds)
{
    double best = 1e300;
    for (int r = 0; r < rounds; r++) {
        double s = run_all(b, engine, scenario);
        best = s < best ? s : best;
    }
    return best;
}

static void print(const char *job, const char *what, double value, const char *unit)
{
    printf("engine.%s%s%s\t%.4g\t%s\n", job, *what ? "." : "", what, value, unit);
    fflush(stdout);
}

/* Microseconds a scored row, of the last scenario run. */
static double us_per_scored(struct bench *b, struct plateau_engine *engine,
                            struct plateau_scenario scenario, double s)
{
    uint64_t before = engine->fast->n_scored;
    run_all(b, engine, scenario);
    uint64_t scored = engine->fast->n_scored - before;
    return scored ? s * 1e6 / (double)scored : 0;
}

static void check(struct bench *b, struct plateau_engine *engine, struct plateau_scenario scenario,
                  const char *name, uint32_t stride)
{
    uint32_t compared = 0, differ = 0;
    uint64_t trades = 0;
    for (uint32_t i = 0; i < b->n; i += stride) {
        struct plateau_result fast;
        struct plateau_trace traced;
        const struct plateau_config *config = b->configs[i];
        must(plateau_run_traced(engine, config, &scenario, &b->period, &traced), NULL);
        must(plateau_run(engine, &config, 1, &scenario, &b->period, &fast), NULL);
        bool same =
            fast.n_days == traced.n_days && fast.metrics.flags == traced.metrics.flags &&
            !memcmp(fast.metrics.v, traced.metrics.v, sizeof fast.metrics.v) &&
            (!fast.n_days || !memcmp(fast.returns, traced.returns, fast.n_days * sizeof(double)));
        differ += !same;
        trades += traced.n_trades;
        compared++;
    }
    fprintf(stderr, "%s %s: %u points, %llu trades, %u differ\n", b->job->name, name, compared,
            (unsigned long long)trades, differ);
    must(differ ? ERR_MISMATCH : OK, NULL);
}

static void check_all(struct bench *b, struct plateau_engine *engine, uint32_t stride)
{
    if (!stride)
        return;
    check(b, engine, PLATEAU_BASELINE, "baseline", stride);
    for (size_t i = 0; i < sizeof STRESSES / sizeof STRESSES[0]; i++)
        check(b, engine, STRESSES[i].scenario, STRESSES[i].name, 4 * stride);
}

/* Each vector level this machine has, in turn within a round: a busy machine slows them all. */
static void bench_levels(struct bench *b, struct plateau_engine *engine, int rounds)
{
    static const enum plateau_vector levels[] = {PLATEAU_VECTOR_BASE, PLATEAU_VECTOR_AVX2,
                                                 PLATEAU_VECTOR_AVX512};
    enum { N_LEVELS = sizeof levels / sizeof levels[0] };
    double best[N_LEVELS];
    for (int r = 0; r < rounds; r++)
        for (size_t l = 0; l < N_LEVELS; l++) {
            if (plateau_engine_force_vector(engine, levels[l]) != OK)
                continue;
            double s = run_all(b, engine, PLATEAU_BASELINE);
            best[l] = r == 0 || s < best[l] ? s : best[l];
        }
    for (size_t l = 0; l < N_LEVELS; l++)
        if (plateau_engine_force_vector(engine, levels[l]) == OK)
            print("sp500", plateau_engine_vector_name(engine), b->n / best[l], "1/s");
    must(plateau_engine_force_vector(engine, PLATEAU_VECTOR_AUTO), NULL);
}

static double bench_sp500(struct bench *b, uint32_t stride, int rounds)
{
    double all_in = 1e300;
    struct plateau_engine *engine = NULL;
    for (int r = 0; r < 2; r++) {
        plateau_engine_free(&engine);
        double start = cpu_s();
        engine = engine_open(b);
        run_all(b, engine, PLATEAU_BASELINE);
        double s = cpu_s() - start;
        all_in = s < all_in ? s : all_in;
        if (r == 0)
            print("sp500", "first_round_s", s, "s");
    }
    double warm = fastest(b, engine, PLATEAU_BASELINE, rounds), stress = 0, worst = 0;
    double scored = us_per_scored(b, engine, PLATEAU_BASELINE, warm);
    print("sp500", "backtests_per_s_core", b->n / warm, "1/s");
    print("sp500", "all_in_per_s_core", b->n / all_in, "1/s");
    print("sp500", "us_per_scored_day", scored, "us");
    print("sp500", "one_off_s", all_in - warm, "s");
    bench_levels(b, engine, rounds);
    for (size_t i = 0; i < sizeof STRESSES / sizeof STRESSES[0]; i++) {
        double s = fastest(b, engine, STRESSES[i].scenario, rounds);
        double us = us_per_scored(b, engine, STRESSES[i].scenario, s);
        worst = us / scored > worst ? us / scored : worst;
        stress += s / (double)(sizeof STRESSES / sizeof STRESSES[0]);
    }
    print("stress_mean", "", b->n / stress, "1/s");
    print("stress_worst", "per_scored_day_over_sp500", worst, "1");
    check_all(b, engine, stride);
    plateau_engine_free(&engine);
    return scored;
}

static void bench_other(struct bench *b, const struct job *job, double sp500_scored,
                        uint32_t stride, int rounds)
{
    bench_open(b, job);
    struct plateau_engine *engine = engine_open(b);
    run_all(b, engine, PLATEAU_BASELINE);
    double s = fastest(b, engine, PLATEAU_BASELINE, rounds);
    print(job->name, "", b->n / s, "1/s");
    print(job->name, "per_scored_day_over_sp500",
          us_per_scored(b, engine, PLATEAU_BASELINE, s) / sp500_scored, "1");
    check_all(b, engine, stride);
    plateau_engine_free(&engine);
    bench_close(b);
}

int main(int argc, char **argv)
{
    uint32_t stride =
        argc == 3 && !strcmp(argv[1], "--check") ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
    const char *quick = getenv("PLATEAU_BENCH_QUICK");
    int rounds = quick && *quick ? 1 : ROUNDS;
    static struct bench b;
    bench_open(&b, &SP500);
    double scored = bench_sp500(&b, stride, rounds);
    bench_close(&b);
    bench_other(&b, &CRYPTO, scored, stride, rounds);
    bench_other(&b, &MIXED, scored, stride, rounds);
    return b.checksum == b.checksum ? 0 : 1;
}
