/* image_parts - an image on its way into a file, piece by piece and in any order. What counts as
 * there is what hashes to what it must: a file that was left by a killed process, or by a crashed
 * machine, is read again and taken for what it is worth. */
#ifndef WORKER_IMAGE_PARTS_H
#define WORKER_IMAGE_PARTS_H
#include "proto/err.h"
#include "worker/image_pieces.h"
#include <stdbool.h>

struct image_parts;
/* fd: borrowed, open for reading and writing; it gets the image's length. Takes list (malloc'ed),
 * also on failure. ERR_IO, ERR_NOMEM. The caller owns *out. */
enum err image_parts_new(struct image_parts **out, int fd, uint64_t length, image_piece_hash *list,
                         struct err_note *note);
void image_parts_free(struct image_parts **parts_p);

/* A piece to ask for, which from now on counts as asked; false: none is left. */
bool image_parts_next(struct image_parts *parts, uint32_t *piece);
/* No answer will come to what was asked. */
void image_parts_lost(struct image_parts *parts);
/* An answer. ERR_STALE: not asked for; ERR_CORRUPT: not what it must be: to be asked for again;
 * ERR_IO: cannot be written, with the reason. */
enum err image_parts_take(struct image_parts *parts, uint32_t piece, const void *bytes, size_t n,
                          struct err_note *note);
bool image_parts_whole(const struct image_parts *parts);

struct image_parts_stats {
    uint32_t n, kept, taken, bad,
        asked; /* pieces: all, there at the start, taken since, damaged; out now */
    uint64_t kept_bytes, taken_bytes;
};
struct image_parts_stats image_parts_stats(const struct image_parts *parts);
#endif
