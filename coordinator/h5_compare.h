/* h5_compare - the numbers of two results files, byte by byte: every dataset of numbers at the root
 * of the first must be in the second with the same shape and the same bytes. Texts and what
 * `review` and `holdout` add are not looked at. */
#ifndef COORDINATOR_H5_COMPARE_H
#define COORDINATOR_H5_COMPARE_H
#include "proto/err.h"
#include <stdint.h>

#define H5_COMPARE_PASS_BYTES ((uint64_t)64 << 20) /* of each file, in memory at once */

struct h5_comparison {
    uint64_t n_datasets, n_different; /* datasets; values that differ */
    uint64_t n_missing, n_extra; /* cells that are missing in the second only; in the first only */
    char first[128];             /* the first dataset that differs; "" */
};
/* ERR_CORRUPT: the second cannot be read, or lacks a dataset, or has it in another shape. */
enum err h5_compare(const char *expected, const char *found, struct h5_comparison *out,
                    struct err_note *note);
#endif
