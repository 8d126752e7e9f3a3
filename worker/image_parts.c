#include "worker/image_parts.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum part_state { PART_OPEN, PART_ASKED, PART_HERE };

struct image_parts {
    int fd;
    uint64_t length;
    image_piece_hash *list;
    uint8_t *state; /* [n] enum part_state */
    uint32_t next;  /* no open piece before it */
    struct image_parts_stats stats;
};

static bool fits(const struct image_parts *p, uint32_t piece, const void *bytes, size_t n)
{
    image_piece_hash hash;
    if (n != image_piece_bytes(p->length, piece))
        return false;
    image_piece_hash_of(bytes, n, hash);
    return memcmp(hash, p->list[piece], sizeof hash) == 0;
}

static enum err look_for_kept(struct image_parts *p)
{
    uint8_t *buffer = malloc(IMAGE_PIECE_BYTES);
    if (!buffer)
        return ERR_NOMEM;
    for (uint32_t i = 0; i < p->stats.n; i++) {
        size_t n = image_piece_bytes(p->length, i);
        ssize_t got = pread(p->fd, buffer, n, (off_t)i * IMAGE_PIECE_BYTES);
        if (got != (ssize_t)n || !fits(p, i, buffer, n))
            continue;
        p->state[i] = PART_HERE;
        p->stats.kept++;
        p->stats.kept_bytes += n;
    }
    free(buffer);
    return OK;
}

enum err image_parts_new(struct image_parts **out, int fd, uint64_t length, image_piece_hash *list,
                         struct err_note *note)
{
    struct stat st;
    struct image_parts *p = calloc(1, sizeof *p);
    if (!p) {
        free(list);
        return ERR_NOMEM;
    }
    *p = (struct image_parts){
        .fd = fd, .length = length, .list = list, .stats = {.n = image_n_pieces(length)}};
    p->state = calloc(p->stats.n + 1u, 1);
    enum err err = p->state ? OK : ERR_NOMEM;
    if (!err && (fstat(fd, &st) != 0 || ftruncate(fd, (off_t)length) != 0))
        err = err_set(note, ERR_IO, "cannot make room for an image of %llu bytes: %s",
                      (unsigned long long)length, strerror(errno));
    if (!err && st.st_size > 0)
        err = look_for_kept(p);
    if (err) {
        image_parts_free(&p);
        return err;
    }
    *out = p;
    return OK;
}

void image_parts_free(struct image_parts **parts_p)
{
    struct image_parts *p = *parts_p;
    if (!p)
        return;
    free(p->list);
    free(p->state);
    free(p);
    *parts_p = NULL;
}

bool image_parts_next(struct image_parts *p, uint32_t *piece)
{
    while (p->next < p->stats.n && p->state[p->next] != PART_OPEN)
        p->next++;
    if (p->next == p->stats.n)
        return false;
    *piece = p->next;
    p->state[p->next] = PART_ASKED;
    p->stats.asked++;
    return true;
}

static void reopen(struct image_parts *p, uint32_t piece)
{
    p->state[piece] = PART_OPEN;
    p->next = piece < p->next ? piece : p->next;
}

void image_parts_lost(struct image_parts *p)
{
    for (uint32_t i = 0; i < p->stats.n; i++)
        if (p->state[i] == PART_ASKED)
            reopen(p, i);
    p->stats.asked = 0;
}

static int write_all(int fd, const uint8_t *bytes, size_t n, off_t at)
{
    while (n > 0) {
        ssize_t put = pwrite(fd, bytes, n, at);
        if (put < 0 && errno != EINTR)
            return -1;
        size_t done = put > 0 ? (size_t)put : 0;
        bytes += done;
        n -= done;
        at += (off_t)done;
    }
    return 0;
}

enum err image_parts_take(struct image_parts *p, uint32_t piece, const void *bytes, size_t n,
                          struct err_note *note)
{
    if (piece >= p->stats.n || p->state[piece] != PART_ASKED)
        return ERR_STALE;
    p->stats.asked--;
    reopen(p, piece);
    if (!fits(p, piece, bytes, n)) {
        p->stats.bad++;
        return ERR_CORRUPT;
    }
    if (write_all(p->fd, bytes, n, (off_t)piece * IMAGE_PIECE_BYTES) != 0)
        return err_set(note, ERR_IO, "cannot write a piece of an image: %s", strerror(errno));
    p->state[piece] = PART_HERE;
    p->stats.taken++;
    p->stats.taken_bytes += n;
    return OK;
}

bool image_parts_whole(const struct image_parts *p)
{
    return p->stats.kept + p->stats.taken == p->stats.n;
}

struct image_parts_stats image_parts_stats(const struct image_parts *p)
{
    return p->stats;
}
