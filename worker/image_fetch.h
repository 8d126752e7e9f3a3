/* image_fetch - an image by its hash: from the cache, or over the wire into the cache.
 *
 *    in the cache? --yes--> map it
 *        | no
 *    claim it (one process of a host; the others wait here, and find it in the cache)
 *        |
 *    list of pieces -> what an earlier attempt left is kept -> the missing pieces -> the whole is
 * verified
 *        |
 *    renamed into the cache, mapped read-only
 *
 * Killed at any moment it leaves at most HASH.img.part, which the next attempt goes on with.
 * Nothing is used that does not hash to what the job says. */
#ifndef WORKER_IMAGE_FETCH_H
#define WORKER_IMAGE_FETCH_H
#include "market/market.h"
#include "proto/access.h"
#include "proto/err.h"
#include "proto/image_talk.h"
#include <stdbool.h>

struct image_source {
    char endpoint[256]; /* tcp://HOST:PORT; "": nobody serves it, the cache must have it */
    uint8_t list_hash[IMAGE_TALK_HASH_BYTES];
    const struct access *access; /* keys; NULL: none */
    int64_t reach_ms;            /* never a connection for that long: ERR_NET */
    int64_t lost_ms;             /* a connection was there, and then for that long none: ERR_NET */
    int64_t stall_ms;            /* connected, and without a good piece for that long: ERR_NET */
};
#define IMAGE_FETCH_REACH_MS 30000
#define IMAGE_FETCH_STALL_MS 600000 /* a cap on the server may be shared by many */

struct image_fetch_stats {
    bool fetched; /* else it was in the cache, or another process fetched it */
    uint64_t length, kept_bytes, taken_bytes;
    uint32_t bad; /* pieces that came damaged */
    int64_t took_ms;
};
/* cache_limit: bytes the cache may hold, for which what is least recently used goes; 0: no limit.
 * The caller ends *out with market_image_free(); stats may be NULL. ERR_NOT_FOUND: neither in the
 * cache nor served; ERR_NET; ERR_CORRUPT: the sender's image is not what it says; ERR_IO. */
enum err image_fetch(const char *cache_dir, uint64_t cache_limit,
                     const uint8_t hash[IMAGE_HASH_BYTES], const struct image_source *source,
                     struct market_image *out, struct image_fetch_stats *stats,
                     struct err_note *note);
#endif
