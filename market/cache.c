/* The cache folder holds images by content (HASH.img) and, for each set of sources seen, which
 * image they gave (KEY.key). A key covers path, size and modification time of every file, so an
 * unchanged set costs a few stat calls and no parsing. */
#include "market/image_file.h"
#include "market/source.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEX_BYTES = 2 * IMAGE_HASH_BYTES };
struct key {
    char hex[HEX_BYTES + 1];
};

char *market_default_cache_dir(void)
{
    char *dir = NULL;
    const char *own = getenv("PLATEAU_CACHE"), *xdg = getenv("XDG_CACHE_HOME"),
               *home = getenv("HOME");
    if (own && *own)
        return strdup(own);
    if (xdg && *xdg == '/') /* the XDG rules: a relative path is ignored */
        return asprintf(&dir, "%s/plateau", xdg) < 0 ? NULL : dir;
    return asprintf(&dir, "%s/.cache/plateau", home && *home ? home : "/tmp") < 0 ? NULL : dir;
}

/* ---- the key ---- */

static void add(crypto_generichash_state *state, const void *bytes, size_t n)
{
    uint64_t length = n; /* lengths keep neighbours apart */
    crypto_generichash_update(state, (const uint8_t *)&length, sizeof length);
    crypto_generichash_update(state, bytes, n);
}

static enum err add_file(crypto_generichash_state *state, const char *path, struct err_note *note)
{
    char real[PATH_MAX];
    struct stat st;
    if (!realpath(path, real) || stat(real, &st) != 0)
        return err_set(note, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: cannot read: %s", path,
                       strerror(errno));
    int64_t facts[3] = {(int64_t)st.st_size, (int64_t)st.st_mtim.tv_sec,
                        (int64_t)st.st_mtim.tv_nsec};
    add(state, real, strlen(real));
    add(state, facts, sizeof facts);
    return OK;
}

static enum err add_source(crypto_generichash_state *state, const struct market_source *source,
                           struct err_note *note)
{
    struct source_files files;
    uint32_t facts[2] = {(uint32_t)source->asset_class, source->n_universe};
    enum err e = source_list(&files, source, note);
    if (e != OK)
        return e;
    add(state, source->sleeve, strlen(source->sleeve));
    add(state, facts, sizeof facts);
    for (uint32_t i = 0; i < source->n_universe; i++)
        add(state, source->universe[i], strlen(source->universe[i]));
    e = add_file(state, source->benchmark, note);
    add(state, &files.n, sizeof files.n);
    for (uint32_t i = 0; i < files.n && e == OK; i++)
        e = add_file(state, files.paths[i], note);
    source_files_free(&files);
    return e;
}

static enum err make_key(struct key *key, const struct market_source *sources, uint32_t n,
                         double max_daily_move, struct err_note *note)
{
    uint8_t hash[IMAGE_HASH_BYTES];
    crypto_generichash_state state;
    uint32_t facts[2] = {IMAGE_VERSION, n};
    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    add(&state, facts, sizeof facts);
    add(&state, &max_daily_move, sizeof max_daily_move);
    for (uint32_t i = 0; i < n; i++) {
        enum err e = add_source(&state, &sources[i], note);
        if (e != OK)
            return e;
    }
    crypto_generichash_final(&state, hash, sizeof hash);
    image_hash_hex(hash, key->hex);
    return OK;
}

/* ---- the cache ---- */

/* The image the key stands for; anything wrong with it only means that it is built again. */
static enum err open_by_key(const char *cache_dir, const struct key *key, struct market_image *out)
{
    char path[4096], hex[HEX_BYTES + 1] = "";
    uint8_t hash[IMAGE_HASH_BYTES];
    size_t n;
    if (snprintf(path, sizeof path, "%s/%s.key", cache_dir, key->hex) >= (int)sizeof path)
        return ERR_RANGE;
    FILE *file = fopen(path, "re");
    if (!file)
        return ERR_NOT_FOUND;
    n = fread(hex, 1, HEX_BYTES, file);
    fclose(file);
    if (n != HEX_BYTES || sodium_hex2bin(hash, sizeof hash, hex, HEX_BYTES, NULL, &n, NULL) != 0 ||
        n != sizeof hash)
        return ERR_CORRUPT;
    return market_open_hash(cache_dir, hash, out, NULL);
}

/* Builders may race: they write the same bytes under the same name, and each file appears whole. */
static enum err store(const char *cache_dir, const struct market_image *built,
                      struct err_note *note)
{
    char hex[HEX_BYTES + 1], name[HEX_BYTES + 8];
    struct market_image have;
    if (market_open_hash(cache_dir, built->hash, &have, NULL) == OK) {
        market_image_free(&have);
        return OK;
    }
    image_hash_hex(built->hash, hex);
    snprintf(name, sizeof name, "%s.img", hex);
    return image_file_write(cache_dir, name, built->bytes, built->length, note);
}

static enum err store_key(const char *cache_dir, const struct key *key,
                          const struct market_image *built, struct err_note *note)
{
    char hex[HEX_BYTES + 1], name[HEX_BYTES + 8];
    image_hash_hex(built->hash, hex);
    snprintf(name, sizeof name, "%s.key", key->hex);
    return image_file_write(cache_dir, name, hex, HEX_BYTES, note);
}

enum err market_open_cached(const char *cache_dir, const struct market_source *sources, uint32_t n,
                            double max_daily_move, struct market_image *out, struct err_note *note)
{
    struct key before, after;
    struct market_image built;
    enum err e = make_key(&before, sources, n, max_daily_move, note);
    if (e != OK)
        return e;
    if (open_by_key(cache_dir, &before, out) == OK)
        return OK;
    e = market_build(sources, n, max_daily_move, &built, NULL, note);
    if (e != OK)
        return e;
    e = store(cache_dir, &built, note);
    if (e == OK) /* a source that changed under the reader must not be taken for the one that was
                    there before */
        e = make_key(&after, sources, n, max_daily_move, note);
    if (e == OK && strcmp(before.hex, after.hex) == 0)
        e = store_key(cache_dir, &before, &built, note);
    if (e == OK)
        e = market_open_hash(cache_dir, built.hash, out, note);
    market_image_free(&built);
    return e;
}
