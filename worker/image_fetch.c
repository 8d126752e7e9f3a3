#include "worker/image_fetch.h"
#include "market/cache_entry.h"
#include "market/cache_list.h"
#include "market/image_file.h"
#include "worker/image_link.h"
#include "worker/image_parts.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* WINDOW: pieces asked for at once: enough to fill a line of 1 Gbit/s over 60 ms. */
enum { WINDOW = 8, BAD_MAX = 16, TICK_MS = 200 };

struct fetch {
    const uint8_t *hash;
    const struct image_source *source;
    struct image_link *link;
    int64_t good_ms; /* of the last thing that brought us on */
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- the talk ---- */

static enum err patience(struct fetch *f, struct err_note *note)
{
    int64_t now = now_ms(), apart_ms = image_link_apart_ms(f->link, now);
    if (image_link_was_there(f->link) && apart_ms > f->source->lost_ms)
        return err_set(note, ERR_NET, "%s was lost over the market image, for %lld s by now",
                       f->source->endpoint, (long long)(apart_ms / 1000));
    if (!image_link_was_there(f->link) && apart_ms > f->source->reach_ms)
        return err_set(note, ERR_NET,
                       "no connection to %s for the market image in %lld s%s%s: is that port open? "
                       "The image's file may also be copied into the cache folder",
                       f->source->endpoint, (long long)(apart_ms / 1000),
                       image_link_reason(f->link)[0] ? ": " : "", image_link_reason(f->link));
    if (apart_ms > 0)
        f->good_ms = now;
    if (now - f->good_ms > f->source->stall_ms)
        return err_set(note, ERR_NET, "%s sends nothing of the market image for %lld s",
                       f->source->endpoint, (long long)((now - f->good_ms) / 1000));
    return OK;
}

static enum err not_served(const struct fetch *f, struct err_note *note)
{
    char hex[2 * IMAGE_HASH_BYTES + 1];
    image_hash_hex(f->hash, hex);
    return err_set(note, ERR_NOT_FOUND, "%s does not serve market image %.12s", f->source->endpoint,
                   hex);
}

static struct image_head question(const struct fetch *f, enum image_talk_id id, uint32_t piece)
{
    struct image_head head = {.id = id, .piece = piece};
    memcpy(head.hash, f->hash, sizeof head.hash);
    return head;
}

/* The answer of a kind to our image; whatever else arrives is dropped. ERR_EMPTY: not yet. */
static enum err next_answer(struct fetch *f, enum image_talk_id id, struct image_answer *a,
                            struct err_note *note)
{
    while (image_link_receive(f->link, a)) {
        bool ours = memcmp(a->head.hash, f->hash, IMAGE_HASH_BYTES) == 0;
        if (ours && a->head.id == id)
            return OK;
        if (ours && a->head.id == IMAGE_NONE)
            return not_served(f, note);
    }
    return ERR_EMPTY;
}

struct list {
    uint64_t length; /* of the image; 0: nothing known yet */
    uint32_t n;      /* hashes that are here */
    image_piece_hash *hashes;
};

static enum err add_to_list(struct list *list, const struct image_answer *a)
{
    uint32_t count = image_list_count(a->head.length, list->n);
    if (a->head.piece != list->n || a->length != (size_t)count * sizeof *list->hashes ||
        (list->length && list->length != a->head.length))
        return ERR_CORRUPT;
    if (!list->hashes)
        list->hashes = calloc(image_n_pieces(a->head.length), sizeof *list->hashes);
    if (!list->hashes)
        return ERR_NOMEM;
    list->length = a->head.length;
    memcpy(list->hashes + list->n, a->body, a->length);
    list->n += count;
    return OK;
}

/* Page by page; each is asked for again when the connection was lost over it. */
static enum err fetch_list(struct fetch *f, struct list *list, struct err_note *note)
{
    bool asked = false;
    enum err err = OK;
    while (!err && (list->length == 0 || list->n < image_n_pieces(list->length))) {
        struct image_answer a;
        if (image_link_turn(f->link, TICK_MS))
            asked = false;
        if (!asked) {
            const struct image_head ask = question(f, IMAGE_LIST_ASK, list->n);
            asked = image_link_ask(f->link, &ask);
        }
        err = next_answer(f, IMAGE_LIST, &a, note);
        if (err == ERR_EMPTY) {
            err = patience(f, note);
            continue;
        }
        if (err)
            break;
        err = add_to_list(list, &a);
        asked = false;
        f->good_ms = now_ms();
    }
    image_piece_hash hash;
    if (!err) {
        image_list_hash_of(list->length, list->hashes[0], hash);
        if (memcmp(hash, f->source->list_hash, sizeof hash) != 0)
            err = ERR_CORRUPT;
    }
    return err == ERR_CORRUPT
               ? err_set(note, err, "%s sends a list of pieces that is not the job's",
                         f->source->endpoint)
               : err;
}

static void ask_for_more(struct fetch *f, struct image_parts *parts)
{
    uint32_t piece;
    while (image_parts_stats(parts).asked < WINDOW && image_parts_next(parts, &piece)) {
        const struct image_head ask = question(f, IMAGE_PIECE_ASK, piece);
        if (!image_link_ask(f->link, &ask)) {
            image_parts_lost(parts); /* no connection: none of them will be answered */
            return;
        }
    }
}

static enum err take_pieces(struct fetch *f, struct image_parts *parts, struct err_note *note)
{
    struct image_answer a;
    enum err err = OK;
    while (!err && (err = next_answer(f, IMAGE_PIECE, &a, note)) == OK) {
        err = image_parts_take(parts, a.head.piece, a.body, a.length, note);
        if (err == OK)
            f->good_ms = now_ms();
        if (err == ERR_CORRUPT && image_parts_stats(parts).bad >= BAD_MAX)
            return err_set(note, err, "%s sent %u damaged pieces of the market image",
                           f->source->endpoint, image_parts_stats(parts).bad);
        if (err == ERR_CORRUPT || err == ERR_STALE)
            err = OK;
    }
    return err == ERR_EMPTY ? OK : err;
}

static enum err fetch_pieces(struct fetch *f, struct image_parts *parts, struct err_note *note)
{
    enum err err = OK;
    while (!err && !image_parts_whole(parts)) {
        ask_for_more(f, parts);
        if (image_link_turn(f->link, TICK_MS))
            image_parts_lost(parts);
        err = take_pieces(f, parts, note);
        if (!err)
            err = patience(f, note);
    }
    return err;
}

/* ---- the file ---- */

/* Before anything may map it under its name. */
static enum err verify(int fd, const struct fetch *f, uint64_t length, struct err_note *note)
{
    uint8_t hash[IMAGE_HASH_BYTES];
    void *bytes = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED)
        return err_set(note, ERR_IO, "cannot map the market image that was fetched");
    enum err err = image_file_verify(f->source->endpoint, bytes, length, hash, note);
    munmap(bytes, length);
    if (!err && memcmp(hash, f->hash, sizeof hash) != 0)
        err = err_set(note, ERR_CORRUPT, "%s serves another market image than it says",
                      f->source->endpoint);
    return err;
}

static void make_room(const char *cache_dir, uint64_t limit, uint64_t length)
{
    struct err_note ignored;
    const struct cache_policy policy = {
        .now_s = time(NULL), .older_than_s = -1, .max_bytes = limit, .room = length};
    if (limit)
        cache_evict(cache_dir, &policy, NULL, &ignored); /* what cannot go stays */
}

static enum err fetch_into(struct fetch *f, int fd, const char *cache_dir, uint64_t cache_limit,
                           struct image_fetch_stats *stats, struct err_note *note)
{
    struct image_parts *parts = NULL;
    struct list list = {0};
    enum err err = fetch_list(f, &list, note);
    if (err) {
        free(list.hashes);
        return err;
    }
    make_room(cache_dir, cache_limit, list.length);
    err = image_parts_new(&parts, fd, list.length, list.hashes, note);
    if (err)
        return err;
    err = fetch_pieces(f, parts, note);
    const struct image_parts_stats got = image_parts_stats(parts);
    stats->fetched = true;
    stats->length = list.length;
    stats->kept_bytes = got.kept_bytes;
    stats->taken_bytes = got.taken_bytes;
    stats->bad = got.bad;
    image_parts_free(&parts);
    return err ? err : verify(fd, f, list.length, note);
}

static enum err fetch_claimed(const char *path, int *fd, struct fetch *f, const char *cache_dir,
                              uint64_t cache_limit, struct image_fetch_stats *stats,
                              struct err_note *note)
{
    f->good_ms = now_ms();
    enum err err =
        image_link_open(&f->link, f->source->endpoint, f->source->access, f->good_ms, note);
    if (!err)
        err = fetch_into(f, *fd, cache_dir, cache_limit, stats, note);
    image_link_close(&f->link);
    if (!err)
        return cache_entry_publish(path, fd, note);
    /* Only what a lost line left is worth going on with. */
    cache_entry_abandon(path, fd, err == ERR_NET);
    return err;
}

/* A damaged file under the image's name would be found again and again. */
static enum err open_cached(const char *cache_dir, const char *path, const uint8_t *hash,
                            bool replaceable, struct market_image *out, struct err_note *note)
{
    enum err err = market_open_hash(cache_dir, hash, out, note);
    if (err == ERR_CORRUPT && replaceable && unlink(path) == 0)
        return ERR_NOT_FOUND;
    return err;
}

enum err image_fetch(const char *cache_dir, uint64_t cache_limit,
                     const uint8_t hash[IMAGE_HASH_BYTES], const struct image_source *source,
                     struct market_image *out, struct image_fetch_stats *stats,
                     struct err_note *note)
{
    char path[4096];
    struct fetch f = {.hash = hash, .source = source};
    struct image_fetch_stats own = {0};
    int64_t start = now_ms();
    int fd = -1;
    if (image_file_path(cache_dir, hash, path, sizeof path) != OK)
        return err_set(note, ERR_RANGE, "path of the cache folder too long");
    bool served = source->endpoint[0] != '\0';
    enum err err = open_cached(cache_dir, path, hash, served, out, note);
    if (err == ERR_NOT_FOUND && served) {
        err = image_file_make_folders(cache_dir) == 0
                  ? cache_entry_claim(path, &fd, note)
                  : err_set(note, ERR_IO, "%s: cannot make the cache folder", cache_dir);
        if (!err && fd >= 0)
            err = fetch_claimed(path, &fd, &f, cache_dir, cache_limit, &own, note);
        if (!err)
            err = open_cached(cache_dir, path, hash, false, out, note);
    }
    own.took_ms = now_ms() - start;
    if (stats)
        *stats = own;
    return err;
}
