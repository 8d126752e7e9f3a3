/* A program outside the tree: prices from CSV files to one backtest, with nothing but the installed
 * headers and library.
 *
 *   backtest PRICES BENCHMARK START END */
#include "engine/plateau_engine.h"
#include "market/market.h"
#include <stdio.h>

static int fail(const struct err_note *note)
{
    fprintf(stderr, "backtest: %s\n", note->text);
    return 1;
}

int main(int argc, char **argv)
{
    struct err_note note = {""};
    struct market_image image;
    struct plateau_engine *engine = NULL;
    struct plateau_config *config = NULL;
    struct plateau_period period;
    struct plateau_result result;
    struct plateau_trace trace;
    if (argc != 5 || market_parse_day(argv[3], &period.start_day) ||
        market_parse_day(argv[4], &period.end_day))
        return 2;
    struct market_source source = {
        .sleeve = "equity", .asset_class = IMAGE_EQUITY, .prices = argv[1], .benchmark = argv[2]};
    if (market_build(&source, 1, MARKET_MAX_DAILY_MOVE, &image, NULL, &note) ||
        plateau_engine_new(&engine, image.bytes, image.length, 64u << 20, &note) ||
        plateau_config_new(&config) ||
        plateau_config_add_sleeve(config, "equity", "momentum", &note) ||
        plateau_config_set(config, "portfolio.periods_per_year", "252", &note) ||
        plateau_config_set(config, "sleeves.equity.exit.exit_ma", "50", &note) ||
        plateau_config_check(engine, config, &note))
        return fail(&note);
    const struct plateau_config *point = config;
    if (plateau_run(engine, &point, 1, &PLATEAU_BASELINE, &period, &result))
        return fail(&note);
    printf("engine %.12s\ndays %u\n", plateau_engine_id(), result.n_days);
    for (int m = 0; m < N_METRICS; m++)
        printf("%s %.17g\n", METRIC_INFO[m].name, result.metrics.v[m]);
    if (plateau_run_traced(engine, config, &PLATEAU_BASELINE, &period, &trace))
        return fail(&note);
    for (uint32_t i = 0; i < trace.n_trades; i++)
        printf("%s %s %.17g\n", trace.trades[i].symbol, PLATEAU_REASON_NAME[trace.trades[i].reason],
               trace.trades[i].pnl);
    plateau_config_free(&config);
    plateau_engine_free(&engine);
    market_image_free(&image);
    return 0;
}
