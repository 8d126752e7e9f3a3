/* bench_market - the shipped S&P 500 archive (619,040 rows): parsed into an image, and opened again
 * from the cache. */
#include "market/market.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 5 };

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int main(void)
{
    const struct market_source source = {
        .sleeve = "equity",
        .asset_class = IMAGE_EQUITY,
        .prices = PLATEAU_SOURCE_DIR "/data/sp500/sp500_2013_2018.csv.zst",
        .benchmark = PLATEAU_SOURCE_DIR "/data/benchmarks/SPY.csv"};
    char cache[] = "/tmp/plateau_bench_XXXXXX", command[64];
    struct market_image image;
    struct err_note note = {""};
    double load_s = 1e9, open_s = 1e9;
    enum err e = mkdtemp(cache) ? OK : ERR_IO;
    for (int i = 0; i < ROUNDS && e == OK; i++) {
        double start = now_s();
        e = market_build(&source, 1, MARKET_MAX_DAILY_MOVE, &image, NULL, &note);
        if (e != OK)
            break;
        load_s = now_s() - start < load_s ? now_s() - start : load_s;
        market_image_free(&image);
        start = now_s();
        e = market_open_cached(cache, &source, 1, MARKET_MAX_DAILY_MOVE, &image, &note);
        if (e != OK)
            break;
        if (i > 0) /* the first one builds */
            open_s = now_s() - start < open_s ? now_s() - start : open_s;
        market_image_free(&image);
    }
    snprintf(command, sizeof command, "rm -rf '%s'", cache);
    if (e != OK || system(command) != 0) {
        fprintf(stderr, "bench_market: %s\n", note.text[0] ? note.text : err_text(e));
        return 3;
    }
    printf("market.load_s\t%.3f\ts\nmarket.open_cached_s\t%.3f\ts\n", load_s, open_s);
    return 0;
}
