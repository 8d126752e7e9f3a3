/* market - from CSV files to a market image: load, check (engine.md section 1), report, write, map.
 *
 * The image is named by the BLAKE2b-256 of its content and kept in a cache folder; it is rebuilt
 * only when a source (path, size, modification time, or the options) changed. A file in the cache
 * is whole: written beside, fsynced, renamed. */
#ifndef MARKET_MARKET_H
#define MARKET_MARKET_H
#include "engine/image.h"
#include "proto/err.h"
#include <stddef.h>
#include <stdint.h>

#define MARKET_MAX_DAILY_MOVE 0.50 /* engine.md section 1 (e), default */
#define MARKET_BENCH_BARS_MIN 250

struct market_source { /* one sleeve's data */
    const char *sleeve;
    enum image_asset_class asset_class;
    const char *prices;    /* a folder with one SYMBOL.csv[.zst] per symbol, or one long file with a
                              symbol column */
    const char *benchmark; /* a file of one series */
    const char *const
        *universe; /* n_universe symbols; 0: all of the source, but not the benchmark's own file */
    uint32_t n_universe;
};

enum market_rejection { /* in the order of engine.md section 1 */
                        MARKET_OFF_CALENDAR,
                        MARKET_NOT_FINITE,
                        MARKET_NOT_POSITIVE,
                        MARKET_OHLC_ORDER,
                        MARKET_NEGATIVE_VOLUME,
                        MARKET_DAILY_MOVE,
                        MARKET_N_REJECTIONS
};
extern const char *const MARKET_REJECTION_NAME[MARKET_N_REJECTIONS];

struct market_symbol_report {
    char symbol[64];
    uint32_t rows, accepted, rejected[MARKET_N_REJECTIONS];
    uint32_t missing_sessions; /* between its first and last row on the calendar, both included */
    uint32_t sessions_after; /* of the calendar, after its last row: missing too, but an end is not
                                a gap */
    int32_t first_day, last_day; /* of accepted bars; INT32_MIN if none */
};
struct market_report { /* one per sleeve; symbols[0] is the benchmark */
    char sleeve[64];
    uint32_t n_symbols, n_sessions,
        n_ignored;               /* n_ignored: symbols of the source outside the universe */
    int32_t first_day, last_day; /* of the session calendar */
    struct market_symbol_report *symbols;
};
void market_report_free(struct market_report *reports, uint32_t n);

struct market_image {
    const void *bytes;
    size_t length;
    uint8_t hash[IMAGE_HASH_BYTES];
    char path[4096]; /* of the cached file; "" when built in memory */
    int mapped;      /* munmap instead of free */
    int hold_fd; /* mapped only: keeps the cached file from being evicted (market/cache_entry.h) */
};
void market_image_free(struct market_image *image);

/* Build in memory. reports (may be NULL) has room for n sources and is always freed by
 * market_report_free; after ERR_DATA the sleeves loaded before the error are filled, the others
 * empty. */
enum err market_build(const struct market_source *sources, uint32_t n, double max_daily_move,
                      struct market_image *out, struct market_report *reports,
                      struct err_note *note);
/* The cached image of these sources, built if need be, verified and mapped read-only. */
enum err market_open_cached(const char *cache_dir, const struct market_source *sources, uint32_t n,
                            double max_daily_move, struct market_image *out, struct err_note *note);
/* An image by hash from a cache folder, verified and mapped. ERR_NOT_FOUND, ERR_CORRUPT,
 * ERR_VERSION. */
enum err market_open_hash(const char *cache_dir, const uint8_t hash[IMAGE_HASH_BYTES],
                          struct market_image *out, struct err_note *note);
enum err market_open_file(const char *path, struct market_image *out, struct err_note *note);
/* $PLATEAU_CACHE, else $XDG_CACHE_HOME/plateau, else ~/.cache/plateau; caller frees. */
char *market_default_cache_dir(void);
/* YYYY-MM-DD <-> days since 1970-01-01. */
enum err market_parse_day(const char *text, int32_t *day);
void market_format_day(int32_t day, char out[11]);
#endif
