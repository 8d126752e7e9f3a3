#include "engine/fast/cache.h"
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    uint64_t hash, used; /* batch of the last use */
    size_t key_length, bytes;
    void *object;
    void (*destroy)(void *object);
    unsigned char key[CACHE_KEY_MAX];
};

struct cache {
    size_t limit, bytes, in_use;
    uint64_t batch;
    size_t n, room;
    struct entry *entries; /* few and large: a walk over their hashes is cheap */
};

enum err cache_new(struct cache **out, size_t limit)
{
    struct cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return ERR_NOMEM;
    cache->limit = limit;
    cache->batch = 1;
    *out = cache;
    return OK;
}

void cache_free(struct cache **cache_p)
{
    struct cache *cache = *cache_p;
    if (!cache)
        return;
    for (size_t i = 0; i < cache->n; i++)
        cache->entries[i].destroy(cache->entries[i].object);
    free(cache->entries);
    free(cache);
    *cache_p = NULL;
}

void cache_begin(struct cache *cache)
{
    cache->batch++;
    cache->in_use = 0;
}

static uint64_t hash_of(const void *key, size_t n)
{
    const unsigned char *bytes = key;
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ bytes[i]) * 0x100000001b3u;
    return h;
}

static void use(struct cache *cache, struct entry *e)
{
    if (e->used != cache->batch)
        cache->in_use += e->bytes;
    e->used = cache->batch;
}

void *cache_find(struct cache *cache, const void *key, size_t key_length)
{
    uint64_t hash = hash_of(key, key_length);
    for (size_t i = 0; i < cache->n; i++) {
        struct entry *e = &cache->entries[i];
        if (e->hash == hash && e->key_length == key_length && !memcmp(e->key, key, key_length)) {
            use(cache, e);
            return e->object;
        }
    }
    return NULL;
}

/* The least recently used entry that no batch in progress needs. */
static struct entry *oldest(struct cache *cache)
{
    struct entry *best = NULL;
    for (size_t i = 0; i < cache->n; i++) {
        struct entry *e = &cache->entries[i];
        if (e->used != cache->batch && (!best || e->used < best->used))
            best = e;
    }
    return best;
}

void cache_make_room(struct cache *cache, size_t bytes)
{
    while (cache->bytes + bytes > cache->limit) {
        struct entry *e = oldest(cache);
        if (!e)
            return;
        cache->bytes -= e->bytes;
        e->destroy(e->object);
        *e = cache->entries[--cache->n];
    }
}

enum err cache_add(struct cache *cache, const void *key, size_t key_length, void *object,
                   size_t bytes, void (*destroy)(void *object))
{
    assert(key_length <= CACHE_KEY_MAX);
    if (cache->n == cache->room) {
        size_t room = cache->room ? 2 * cache->room : 64;
        struct entry *entries = realloc(cache->entries, room * sizeof *entries);
        if (!entries) {
            destroy(object);
            return ERR_NOMEM;
        }
        cache->entries = entries;
        cache->room = room;
    }
    struct entry *e = &cache->entries[cache->n++];
    *e = (struct entry){.hash = hash_of(key, key_length),
                        .key_length = key_length,
                        .bytes = bytes,
                        .object = object,
                        .destroy = destroy};
    memcpy(e->key, key, key_length);
    cache->bytes += bytes;
    use(cache, e);
    return OK;
}

size_t cache_in_use(const struct cache *cache)
{
    return cache->in_use;
}

size_t cache_bytes(const struct cache *cache)
{
    return cache->bytes;
}
