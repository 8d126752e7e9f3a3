/* robust_pick - the point whose whole neighbourhood is good: best worst value among itself and its
 * Chebyshev-1 neighbours. Looks at the surface it is given (train) and at nothing else: validation
 * and holdout never choose. */
#ifndef REVIEW_STATISTICS_ROBUST_PICK_H
#define REVIEW_STATISTICS_ROBUST_PICK_H
#include "review/statistics/surface.h"

struct robust_pick {
    size_t point; /* n_points when none qualifies */
    double worst; /* of its neighbourhood; NaN without one */
};
/* eligible[n_points], or NULL: all. A point qualifies when it has a value, is eligible and at least
 * half of its neighbours (if it has any) have a value. Ties: the larger own value, then the lower
 * index. Time and memory are linear in the points. ERR_NOMEM. */
enum err robust_pick_find(const struct surface *surface, const bool *eligible,
                          struct robust_pick *out);
#endif
