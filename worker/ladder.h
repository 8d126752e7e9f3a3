/* ladder - points computed again under a ladder of slippage multiples: how dear may trading get
 * before the profit is gone. */
#ifndef WORKER_LADDER_H
#define WORKER_LADDER_H
#include "engine/metrics.h"
#include "proto/err.h"
#include "proto/job.h"
#include <stdbool.h>

#define LADDER_STEPS 8
extern const double LADDER_MULTIPLE[LADDER_STEPS]; /* 0, 1, 2, 3, 4, 6, 8, 12 times the model's */

/* out[n][LADDER_STEPS]: a metric of each point over one open period, every other shock left out; a
 * row is NaN where the point does not fit together or is excluded. n_threads 0: one per core; the
 * numbers are the same for any. ERR_NOMEM, ERR_SPEC. */
enum err ladder_compute(const struct job *job, const void *image, size_t length,
                        const uint64_t *points, size_t n, uint32_t metric, uint32_t open_period,
                        unsigned n_threads, double *out, struct err_note *note);

struct ladder_break_even {
    double multiple;   /* where the value first crosses zero, linear between steps; 0: not even
                          without slippage; +inf: still positive at the last step; NaN: a value is
                          undefined before that, or every one is 0 (never traded) */
    bool non_monotone; /* the value rises somewhere along the ladder */
};
/* value[LADDER_STEPS]: first step that is not positive, interpolated from the one before. */
struct ladder_break_even ladder_break_even(const double *value);
#endif
