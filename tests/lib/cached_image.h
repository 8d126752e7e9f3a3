/* cached_image - a market image of some MiB for tests: whole in memory, with its hash, and as a
 * file of a cache folder. */
#ifndef TESTS_LIB_CACHED_IMAGE_H
#define TESTS_LIB_CACHED_IMAGE_H
#include "market/image_file.h"
#include "tests/lib/synthetic_market.h"
#include <stdlib.h>
#include <string.h>

/* About 44 bytes a symbol and session. The caller ends it with market_image_free(). */
static inline struct market_image cached_image_make(uint64_t seed, uint32_t n_symbols,
                                                    uint32_t n_sessions)
{
    struct synthetic_market market;
    const struct synthetic_spec spec = {
        .seed = seed,
        .kind = SYNTHETIC_CLEAN,
        .n_sleeves = 1,
        .sleeve = {{"equity", IMAGE_EQUITY, n_symbols, n_sessions, 14000}},
        .last_day = INT32_MAX};
    if (synthetic_market_new(&market, &spec))
        abort();
    struct market_image image = {.bytes = market.bytes, .length = market.length};
    image_hash(market.bytes, market.length, image.hash);
    memcpy((uint8_t *)market.bytes + offsetof(struct image_header, hash), image.hash,
           sizeof image.hash);
    return image;
}

static inline void cached_image_copy(const struct market_image *image, struct market_image *out)
{
    *out = *image;
    void *bytes = malloc(image->length);
    if (!bytes)
        abort();
    memcpy(bytes, image->bytes, image->length);
    out->bytes = bytes;
}

static inline void cached_image_write(const struct market_image *image, const char *folder)
{
    char path[4096];
    struct err_note note;
    if (image_file_path(folder, image->hash, path, sizeof path) ||
        image_file_write(folder, strrchr(path, '/') + 1, image->bytes, image->length, &note))
        abort();
}
#endif
