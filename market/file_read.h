/* file_read - a whole file in memory, decompressed if it is Zstandard (told by its first bytes, not
 * by its name). */
#ifndef MARKET_FILE_READ_H
#define MARKET_FILE_READ_H
#include "proto/err.h"
#include <stddef.h>

#define FILE_READ_BYTES_MAX ((size_t)4 << 30) /* decompressed; a guard against archive bombs */

/* *bytes is NUL-terminated behind *length; the caller frees it. ERR_NOT_FOUND, ERR_IO, ERR_DATA
 * (damaged archive). */
enum err file_read(const char *path, char **bytes, size_t *length, struct err_note *note);
#endif
