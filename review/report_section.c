#include "review/report_section.h"
#include <assert.h>
#include <libdeflate.h>
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* Level 9 packs a tenth smaller than 6; a report has a few megabytes. */
enum { LEVEL = 9 };

static const struct {
    const char *name;
    size_t bytes;
} TYPES[REPORT_N_TYPES] = {[REPORT_F64] = {"f64", 8},
                           [REPORT_F32] = {"f32", 4},
                           [REPORT_U16] = {"u16", 2},
                           [REPORT_U8] = {"u8", 1},
                           [REPORT_I32] = {"i32", 4}};

enum err report_sections_begin(struct report_sections *self, FILE *out)
{
    *self = (struct report_sections){
        .out = out, .table = json_object(), .deflate = libdeflate_alloc_compressor(LEVEL)};
    if (!self->table || !self->deflate)
        self->err = ERR_NOMEM;
    return self->err;
}

/* Byte b of every element together: the first bytes of neighbouring numbers are nearly alike. */
static void shuffle(uint8_t *restrict out, const uint8_t *restrict in, size_t n, size_t bytes)
{
    for (size_t b = 0; b < bytes; b++)
        for (size_t i = 0; i < n; i++)
            out[b * n + i] = in[i * bytes + b];
}

static enum err write_packed(struct report_sections *self, const uint8_t *bytes, size_t length)
{
    size_t size = sodium_base64_ENCODED_LEN(length, sodium_base64_VARIANT_ORIGINAL);
    char *text = malloc(size);
    if (!text)
        return ERR_NOMEM;
    sodium_bin2base64(text, size, bytes, length, sodium_base64_VARIANT_ORIGINAL);
    int n = fprintf(self->out, "<script type=\"application/octet-stream\" id=\"s%u\">%s</script>\n",
                    self->n, text);
    free(text);
    self->bytes += n > 0 ? (uint64_t)n : 0;
    return n > 0 ? OK : ERR_IO;
}

static enum err pack(struct report_sections *self, enum report_type type, const void *values,
                     size_t n)
{
    size_t length = n * TYPES[type].bytes,
           bound = libdeflate_zlib_compress_bound(self->deflate, length);
    uint8_t *shuffled = malloc(length + 1), *packed = malloc(bound);
    enum err err = shuffled && packed ? OK : ERR_NOMEM;
    if (!err) {
        shuffle(shuffled, values, n, TYPES[type].bytes);
        size_t got = libdeflate_zlib_compress(self->deflate, shuffled, length, packed, bound);
        assert(got > 0); /* the bound holds for any input */
        err = write_packed(self, packed, got);
    }
    free(shuffled);
    free(packed);
    return err;
}

static void add(struct report_sections *self, const char *name, enum report_type type,
                const void *values, size_t n, json_t *entry)
{
    if (!self->err && (!entry || self->n >= REPORT_SECTIONS_MAX))
        self->err = entry ? ERR_OVERFLOW : ERR_NOMEM;
    if (!self->err)
        self->err = pack(self, type, values, n);
    if (self->err) {
        json_decref(entry);
        return;
    }
    json_object_set_new(entry, "id", json_integer(self->n++));
    json_object_set_new(entry, "type", json_string(TYPES[type].name));
    json_object_set_new(entry, "n", json_integer((json_int_t)n));
    if (json_object_set_new(self->table, name, entry) != 0)
        self->err = ERR_NOMEM;
}

void report_section(struct report_sections *self, const char *name, enum report_type type,
                    const void *values, size_t n)
{
    add(self, name, type, values, n, json_object());
}

void report_section_f32(struct report_sections *self, const char *name, const double *values,
                        size_t n)
{
    float *narrow = malloc((n + 1) * sizeof *narrow);
    if (!narrow) {
        self->err = self->err ? self->err : ERR_NOMEM;
        return;
    }
    for (size_t i = 0; i < n; i++)
        narrow[i] = (float)values[i];
    add(self, name, REPORT_F32, narrow, n, json_object());
    free(narrow);
}

static uint16_t code_of(double value, double low, double high)
{
    if (isnan(value))
        return REPORT_CODE_NAN;
    if (isinf(value))
        return value > 0 ? REPORT_CODE_POS_INF : REPORT_CODE_NEG_INF;
    double share = high > low ? value / (high - low) - low / (high - low) : 0;
    return (uint16_t)lround(fmin(fmax(share, 0), 1) * REPORT_CODE_MAX);
}

void report_section_u16(struct report_sections *self, const char *name, const double *values,
                        size_t n)
{
    double low = NAN, high = NAN;
    uint16_t *codes = malloc((n + 1) * sizeof *codes);
    json_t *entry = json_object();
    if (!codes) {
        self->err = self->err ? self->err : ERR_NOMEM;
        json_decref(entry);
        return;
    }
    for (size_t i = 0; i < n; i++)
        if (isfinite(values[i])) {
            low = fmin(low, values[i]); /* fmin and fmax pass over NaN */
            high = fmax(high, values[i]);
        }
    for (size_t i = 0; i < n; i++)
        codes[i] = code_of(values[i], low, high);
    json_object_set_new(entry, "low", json_real(isnan(low) ? 0 : low));
    json_object_set_new(entry, "high", json_real(isnan(high) ? 0 : high));
    add(self, name, REPORT_U16, codes, n, entry);
    free(codes);
}

enum err report_sections_end(struct report_sections *self, json_t **table)
{
    libdeflate_free_compressor(self->deflate);
    self->deflate = NULL;
    if (self->err)
        json_decref(self->table);
    *table = self->err ? NULL : self->table;
    self->table = NULL;
    return self->err;
}
