/* fold_choice - which configuration each walk-forward window and each CPCV split would have picked,
 * found in one pass over the configurations' segment sums (proto/folds.h), in any order and in
 * memory that does not grow with them: statistics.md section 7. */
#ifndef REVIEW_STATISTICS_FOLD_CHOICE_H
#define REVIEW_STATISTICS_FOLD_CHOICE_H
#include "proto/err.h"
#include "proto/folds.h"
#include <stddef.h>
#include <stdint.h>

struct fold_pick {
    uint64_t point;
    double key;                /* of the training days: rank order of the Sharpe ratio */
    const double *sum, *sumsq; /* [n_segments] of the point */
};
struct fold_choice;
/* Borrows nothing. ERR_RANGE: no folds, or their days are not known; ERR_NOMEM. The caller ends it
 * with fold_choice_free(). */
enum err fold_choice_new(struct fold_choice **out, const struct folds *folds);
void fold_choice_free(struct fold_choice **choice_p);
/* sums[2 * n_segments]: sum, then sumsq, all finite. Ties go to the lowest point. */
void fold_choice_offer(struct fold_choice *choice, uint64_t point, const double *sums);
uint64_t fold_choice_n_offered(const struct fold_choice *choice);
const struct folds *fold_choice_folds(const struct fold_choice *choice);
/* false: nothing was offered. Valid until the next offer. */
bool fold_choice_window(const struct fold_choice *choice, uint32_t window, struct fold_pick *out);
bool fold_choice_split(const struct fold_choice *choice, uint32_t split, struct fold_pick *out);
/* Sum over the segments of rows begin .. end - 1, which must be cuts. */
double fold_choice_sum(const struct fold_choice *choice, const double *per_segment, size_t begin,
                       size_t end);
#endif
