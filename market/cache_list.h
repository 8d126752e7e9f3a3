/* cache_list - what lies in a cache folder, and what of it should go: least recently used first,
 * never what a process holds (market/cache_entry.h). */
#ifndef MARKET_CACHE_LIST_H
#define MARKET_CACHE_LIST_H
#include "proto/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cache_kind {
    CACHE_IMAGE,     /* HASH.img */
    CACHE_PLANES,    /* HASH.planes */
    CACHE_KEY,       /* HASH.key: which image a set of sources gave */
    CACHE_UNFINISHED /* X.part: on its way, to be gone on with; X.tmp.*: left by a builder that was
                        killed */
};
struct cache_file {
    char name[200];
    enum cache_kind kind;
    uint64_t bytes;
    int64_t used_s; /* UTC seconds of its last use, as far as known */
    bool in_use;    /* held by a process now */
    char image[65]; /* CACHE_KEY: of the image it names, hex; else empty */
};
/* Files of other kinds are none of ours and not listed. By last use, oldest first. The caller frees
 * *out. A folder that is not there is empty. ERR_IO, ERR_NOMEM. */
enum err cache_list(const char *dir, struct cache_file **out, size_t *n, struct err_note *note);

struct cache_policy {
    int64_t now_s;
    int64_t older_than_s; /* span: what was not used for longer goes; negative: age alone removes
                             nothing */
    uint64_t max_bytes;   /* of all that stays; UINT64_MAX: no limit */
    uint64_t room;        /* to be left within max_bytes for what is about to come */
};
#define CACHE_UNFINISHED_S 86400 /* kept to be gone on with, unless room is needed */
/* go[i]: files[i] should go. A key goes when its image is not there or goes. */
void cache_plan(const struct cache_file *files, size_t n, const struct cache_policy *policy,
                bool *go);
/* Removes a file unless somebody holds it by now. ERR_BUSY; ERR_IO. */
enum err cache_remove(const char *dir, const struct cache_file *file, struct err_note *note);
/* All three: what could be done was done; *freed (may be NULL) counts bytes. */
enum err cache_evict(const char *dir, const struct cache_policy *policy, uint64_t *freed,
                     struct err_note *note);
#endif
