/* report_section - arrays of numbers inside an HTML page: each one a
 *
 *   <script type="application/octet-stream" id="sN">BASE64</script>
 *
 * which a browser does not run and a reader of the page decodes only when it needs the array. The
 * bytes: little-endian elements, shuffled (byte b of every element together), packed as a zlib
 * stream. The table that names them goes into the page's manifest.
 *
 * Errors stick: after the first one every call is harmless, and report_sections_end() tells it. */
#ifndef REVIEW_REPORT_SECTION_H
#define REVIEW_REPORT_SECTION_H
#include "proto/err.h"
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define REPORT_SECTIONS_MAX 65536u

enum report_type { REPORT_F64, REPORT_F32, REPORT_U16, REPORT_U8, REPORT_I32 };
enum { REPORT_N_TYPES = REPORT_I32 + 1 };
/* Codes of a quantised array (REPORT_U16 with a range): value = low + code / 65532 * (high - low).
 */
enum { REPORT_CODE_MAX = 65532, REPORT_CODE_NEG_INF, REPORT_CODE_POS_INF, REPORT_CODE_NAN };

struct report_sections {
    FILE *out;      /* borrowed */
    json_t *table;  /* {name: {"id": N, "type": "f64", "n": elements, "low":, "high":}} */
    uint64_t bytes; /* written to the page so far, by sections */
    uint32_t n;
    enum err err;
    struct libdeflate_compressor *deflate;
};
enum err report_sections_begin(struct report_sections *self, FILE *out);
/* Adds an array as it is. */
void report_section(struct report_sections *self, const char *name, enum report_type type,
                    const void *values, size_t n);
/* Adds doubles as floats, or quantised to 16 bits over their finite range. */
void report_section_f32(struct report_sections *self, const char *name, const double *values,
                        size_t n);
void report_section_u16(struct report_sections *self, const char *name, const double *values,
                        size_t n);
/* Hands over the table (the caller owns it; NULL on failure) and frees the rest. */
enum err report_sections_end(struct report_sections *self, json_t **table);
#endif
