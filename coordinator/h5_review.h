/* h5_review - the verdict that `plateau review` left in a results.h5 (/review, docs/results.md).
 *
 * HDF5 here is not for several threads: the caller takes care of that. */
#ifndef COORDINATOR_H5_REVIEW_H
#define COORDINATOR_H5_REVIEW_H
#include "coordinator/h5_text.h"

#define H5_REVIEW_NONE UINT64_MAX

struct h5_review {
    char verdict[32], objective[64];   /* class of the verdict; the metric it is of */
    struct h5_texts reasons;           /* "name: words" of the conditions that are not met */
    uint64_t chosen, robust, peak;     /* points, or H5_REVIEW_NONE */
    double plateau_ratio, worst_ratio; /* shares of the chosen point's value; NaN: not known */
    double basin_frac, stress_retention;
    double dsr, pbo; /* probabilities */
};
/* ERR_NOT_FOUND: no such file, or it was never reviewed. The caller ends *out with
 * h5_review_free(). */
enum err h5_review_read(struct h5_review *out, const char *path, struct err_note *note);
void h5_review_free(struct h5_review *review);
#endif
