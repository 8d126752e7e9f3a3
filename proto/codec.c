#include "proto/codec.h"
#include <stdlib.h>
#include <string.h>

enum { CAPACITY_MIN = 256 };

/* Room for `more` bytes, or NULL with failed set. Doubling keeps appends linear in total. */
static uint8_t *reserve(struct codec_writer *w, size_t more)
{
    if (w->failed)
        return NULL;
    if (more > w->capacity - w->length) {
        size_t capacity = w->capacity ? w->capacity : CAPACITY_MIN;
        while (capacity - w->length < more) {
            if (capacity > SIZE_MAX / 2) {
                w->failed = true;
                return NULL;
            }
            capacity *= 2;
        }
        uint8_t *bytes = realloc(w->bytes, capacity);
        if (!bytes) {
            w->failed = true;
            return NULL;
        }
        w->bytes = bytes;
        w->capacity = capacity;
    }
    uint8_t *at = w->bytes + w->length;
    w->length += more;
    return at;
}

/* Little-endian whatever the machine; compilers turn the loop into one store. */
static void put(struct codec_writer *w, uint64_t v, size_t n)
{
    uint8_t *at = reserve(w, n);
    if (at)
        for (size_t i = 0; i < n; i++)
            at[i] = (uint8_t)(v >> (8 * i));
}

void codec_u8(struct codec_writer *w, uint8_t v)
{
    put(w, v, 1);
}

void codec_u16(struct codec_writer *w, uint16_t v)
{
    put(w, v, 2);
}

void codec_u32(struct codec_writer *w, uint32_t v)
{
    put(w, v, 4);
}

void codec_u64(struct codec_writer *w, uint64_t v)
{
    put(w, v, 8);
}

void codec_f64(struct codec_writer *w, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    put(w, bits, 8);
}

void codec_bytes(struct codec_writer *w, const void *bytes, size_t length)
{
    uint8_t *at = length ? reserve(w, length) : NULL;
    if (at)
        memcpy(at, bytes, length);
}

void codec_blob(struct codec_writer *w, const void *bytes, size_t length)
{
    if (length > UINT32_MAX) {
        w->failed = true;
        return;
    }
    codec_u32(w, (uint32_t)length);
    codec_bytes(w, bytes, length);
}

void codec_string(struct codec_writer *w, const char *text)
{
    codec_blob(w, text, strlen(text));
}

void codec_reader_init(struct codec_reader *r, const void *bytes, size_t length)
{
    static const uint8_t nothing;
    r->at = length ? bytes : &nothing;
    r->end = r->at + length;
    r->failed = false;
}

static uint64_t get(struct codec_reader *r, size_t n)
{
    const uint8_t *at = codec_read_bytes(r, n);
    uint64_t v = 0;
    if (at)
        for (size_t i = 0; i < n; i++)
            v |= (uint64_t)at[i] << (8 * i);
    return v;
}

uint8_t codec_read_u8(struct codec_reader *r)
{
    return (uint8_t)get(r, 1);
}

uint16_t codec_read_u16(struct codec_reader *r)
{
    return (uint16_t)get(r, 2);
}

uint32_t codec_read_u32(struct codec_reader *r)
{
    return (uint32_t)get(r, 4);
}

uint64_t codec_read_u64(struct codec_reader *r)
{
    return get(r, 8);
}

double codec_read_f64(struct codec_reader *r)
{
    uint64_t bits = get(r, 8);
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

const uint8_t *codec_read_bytes(struct codec_reader *r, size_t length)
{
    if (r->failed || (size_t)(r->end - r->at) < length) {
        r->failed = true;
        return NULL;
    }
    const uint8_t *at = r->at;
    r->at += length;
    return at;
}

const uint8_t *codec_read_blob(struct codec_reader *r, size_t max, size_t *length)
{
    uint32_t n = codec_read_u32(r);
    if (n > max)
        r->failed = true;
    const uint8_t *bytes = codec_read_bytes(r, n);
    *length = bytes ? n : 0;
    return bytes;
}

char *codec_read_string(struct codec_reader *r, size_t max)
{
    size_t n;
    const uint8_t *bytes = codec_read_blob(r, max, &n);
    if (!bytes)
        return NULL;
    char *text = memchr(bytes, 0, n) ? NULL : malloc(n + 1);
    if (!text) {
        r->failed = true;
        return NULL;
    }
    memcpy(text, bytes, n);
    text[n] = 0;
    return text;
}

uint32_t codec_read_count(struct codec_reader *r, size_t element_bytes, uint32_t max)
{
    uint32_t n = codec_read_u32(r);
    if (n > max || (element_bytes && n > (size_t)(r->end - r->at) / element_bytes))
        r->failed = true;
    return r->failed ? 0 : n;
}

bool codec_reader_done(const struct codec_reader *r)
{
    return !r->failed && r->at == r->end;
}
