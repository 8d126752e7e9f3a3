/* byte_size - an amount of memory or disk as people write it: a decimal number and B, K, M, G or T
 * (also KB, KiB ..; powers of 1024 either way), as in 500M, 1.5G. The unit is never guessed. */
#ifndef PROTO_BYTE_SIZE_H
#define PROTO_BYTE_SIZE_H
#include "proto/err.h"
#include <stddef.h>
#include <stdint.h>

#define BYTE_SIZE_MAX ((uint64_t)1 << 50)
#define BYTE_SIZE_HELP "a size such as 500M or 2G"

/* ERR_FORMAT: another form, ERR_RANGE: more than BYTE_SIZE_MAX; the note says what was expected. */
enum err byte_size_parse(const char *text, uint64_t *bytes, struct err_note *note);
/* "1.5 GiB", "12 bytes". */
void byte_size_text(char *out, size_t size, uint64_t bytes);
#endif
