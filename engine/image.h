/* image - the layout of a market image: one little-endian, mmap-able file of accepted bars,
 * structure of arrays.
 *
 *   struct image_header | struct image_sleeve[n_sleeves] | arrays, each at an 8-byte aligned offset
 *
 * market/ writes it; the engine reads it in place and copies nothing. It holds exactly the symbols
 * of the run's universe. A reader checks every offset and count against the length before use
 * (image_check); the content hash is checked by whoever fetched or mapped the file
 * (market/image_file.h), once. */
#ifndef ENGINE_IMAGE_H
#define ENGINE_IMAGE_H
#include "proto/err.h"
#include <stddef.h>
#include <stdint.h>

#define IMAGE_MAGIC 0x31474d4955414c50ULL /* the bytes "PLAUIMG1" */
#define IMAGE_VERSION 1u
#define IMAGE_HASH_BYTES 32 /* BLAKE2b-256 of the whole file with this field zero */
#define IMAGE_SLEEVES_MAX 16u
#define IMAGE_SYMBOLS_MAX (1u << 20)
#define IMAGE_SYMBOL_NAME_MAX 63u

enum image_asset_class { IMAGE_EQUITY = 0, IMAGE_CRYPTO = 1 };

struct image_header {
    uint64_t magic;
    uint32_t version, n_sleeves;
    uint64_t length; /* of the whole file, bytes */
    uint8_t hash[IMAGE_HASH_BYTES];
    double max_daily_move; /* the acceptance rule the bars passed, a fraction */
    uint64_t reserved;
};

/* All offsets count bytes from the start of the file. Symbols are in bytewise order of their names.
 * Bars of symbol s are rows bar_start[s] .. bar_start[s+1]-1 of the bar arrays, oldest first. */
struct image_sleeve {
    char name[64];        /* NUL-terminated, as in the sweep file */
    uint32_t asset_class; /* enum image_asset_class */
    uint32_t n_symbols;
    uint32_t n_sessions;
    uint32_t n_bench; /* accepted bars of the benchmark */
    uint64_t n_bars;  /* accepted bars of all symbols together */
    uint64_t
        session_day; /* int32[n_sessions]: days since 1970-01-01, ascending: the session calendar */
    uint64_t symbol_name; /* char[n_symbols][64], NUL-terminated */
    uint64_t first_row;   /* int32[n_symbols]: session of the symbol's first row, accepted or not;
                             n_sessions: none */
    uint64_t bar_start;   /* uint32[n_symbols + 1] */
    uint64_t bar_session; /* int32[n_bars]: index into session_day, ascending within a symbol */
    uint64_t open, high, low, close,
        volume;             /* double[n_bars] each; prices per unit, volume in units */
    uint64_t bench_session; /* int32[n_bench] */
    uint64_t bench_open, bench_high, bench_low, bench_close,
        bench_volume; /* double[n_bench] each */
};

/* A checked view: pointers into the image. */
struct image_view {
    const char *name;
    enum image_asset_class asset_class;
    uint32_t n_symbols, n_sessions, n_bench;
    uint64_t n_bars;
    const int32_t *session_day;
    const char (*symbol_name)[64];
    const int32_t *first_row;
    const uint32_t *bar_start;
    const int32_t *bar_session;
    const double *open, *high, *low, *close, *volume;
    const int32_t *bench_session;
    const double *bench_open, *bench_high, *bench_low, *bench_close, *bench_volume;
};

/* Checks magic, version, length, every offset, order of sessions and bars. ERR_VERSION,
 * ERR_CORRUPT. views has room for IMAGE_SLEEVES_MAX; *n_sleeves is set. */
enum err image_check(const void *image, size_t length, struct image_view *views,
                     uint32_t *n_sleeves, struct err_note *note);
#endif
