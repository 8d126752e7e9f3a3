/* cache - things computed once and kept under a byte limit, found by the bytes of their key.
 *
 * Use comes in batches: what was found or added since cache_begin() stays until the next one; when
 * room is needed the rest goes, least recently used first. A batch that needs more than the limit
 * gets it: cache_in_use() tells the caller when to stop adding to the batch. */
#ifndef ENGINE_FAST_CACHE_H
#define ENGINE_FAST_CACHE_H
#include "proto/err.h"
#include <stddef.h>

#define CACHE_KEY_MAX 192 /* bytes */

struct cache;
enum err cache_new(struct cache **out, size_t limit);
void cache_free(struct cache **cache_p);
void cache_begin(struct cache *cache);
/* NULL: not there. */
void *cache_find(struct cache *cache, const void *key, size_t key_length);
/* Makes room for `bytes` more: call before allocating them. */
void cache_make_room(struct cache *cache, size_t bytes);
/* Takes the object, also on failure (ERR_NOMEM), and ends it with destroy(). */
enum err cache_add(struct cache *cache, const void *key, size_t key_length, void *object,
                   size_t bytes, void (*destroy)(void *object));
size_t cache_in_use(const struct cache *cache); /* bytes found or added since cache_begin() */
size_t cache_bytes(const struct cache *cache);
#endif
