/* h5_text - texts of an HDF5 file: variable-length UTF-8, as results.h5 has them (docs/results.md).
 * Handles are hid_t; the caller keeps them. */
#ifndef COORDINATOR_H5_TEXT_H
#define COORDINATOR_H5_TEXT_H
#include "proto/err.h"
#include <stddef.h>
#include <stdint.h>

enum { H5_TEXTS_MAX = 4096 }; /* in one list */

struct h5_texts {
    char **at;
    uint32_t n;
};
void h5_texts_free(struct h5_texts *texts);
/* A text attribute of an object; "" where there is none, or no text. */
void h5_text_attribute(int64_t object, const char *name, char *out, size_t size);
/* All texts of a 1-D attribute or dataset; ERR_FORMAT: it has none, or more than H5_TEXTS_MAX.
 * The caller ends *out with h5_texts_free(), also after a failure. */
enum err h5_text_list(int64_t attribute, struct h5_texts *out);
enum err h5_text_dataset(int64_t dataset, struct h5_texts *out);
#endif
