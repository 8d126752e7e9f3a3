/* codec - the checked little-endian reader and writer under every message, job and tile. A reader
 * never allocates and never trusts a count: it compares what is claimed with what is left before
 * anything is used. */
#ifndef PROTO_CODEC_H
#define PROTO_CODEC_H
#include "proto/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct codec_writer { /* grows by doubling; failed stays set once memory ran out */
    uint8_t *bytes;
    size_t length, capacity;
    bool failed;
};
void codec_u8(struct codec_writer *w, uint8_t v);
void codec_u16(struct codec_writer *w, uint16_t v);
void codec_u32(struct codec_writer *w, uint32_t v);
void codec_u64(struct codec_writer *w, uint64_t v);
void codec_f64(struct codec_writer *w, double v);
void codec_bytes(struct codec_writer *w, const void *bytes, size_t length); /* as they are */
void codec_blob(struct codec_writer *w, const void *bytes,
                size_t length);                              /* u32 length, then the bytes */
void codec_string(struct codec_writer *w, const char *text); /* a blob without NUL */

struct codec_reader { /* failed stays set; every read after that gives 0 or NULL */
    const uint8_t *at, *end;
    bool failed;
};
void codec_reader_init(struct codec_reader *r, const void *bytes, size_t length);
uint8_t codec_read_u8(struct codec_reader *r);
uint16_t codec_read_u16(struct codec_reader *r);
uint32_t codec_read_u32(struct codec_reader *r);
uint64_t codec_read_u64(struct codec_reader *r);
double codec_read_f64(struct codec_reader *r);
const uint8_t *codec_read_bytes(struct codec_reader *r,
                                size_t length); /* in place, NULL if not that many left */
const uint8_t *codec_read_blob(struct codec_reader *r, size_t max, size_t *length);
/* A NUL-terminated copy (caller frees); NULL and failed if longer than max, holding a NUL, or out
 * of memory. */
char *codec_read_string(struct codec_reader *r, size_t max);
/* A count of elements of at least `element_bytes` each: 0 and failed unless count * element_bytes
 * bytes are left and count <= max. */
uint32_t codec_read_count(struct codec_reader *r, size_t element_bytes, uint32_t max);
bool codec_reader_done(const struct codec_reader *r); /* not failed and nothing left */
#endif
