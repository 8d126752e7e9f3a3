/* ladder_sample - the slippage ladder of a whole sweep, or of a stride of it: every point where
 * that takes seconds together, else as many as do, and always the pick. */
#ifndef WORKER_LADDER_SAMPLE_H
#define WORKER_LADDER_SAMPLE_H
#include "worker/ladder.h"
#include <stddef.h>
#include <stdint.h>

#define LADDER_SAMPLE_MAX 2048u /* 8 backtests a point */

struct ladder_sample {
    size_t n;
    uint64_t *point; /* [n], ascending */
    double *value;   /* [n][LADDER_STEPS]: total return */
    bool sampled;    /* a stride and the pick, not every point */
};
/* Which points: those of f[n_points] with a value, at a stride unless all, and the pick. ERR_NOMEM.
 * The caller ends it with ladder_sample_free(). */
enum err ladder_sample_choose(struct ladder_sample *out, const double *f, uint64_t n_points,
                              uint64_t pick, bool all);
/* Their values over an open period: ladder_compute(). */
enum err ladder_sample_compute(struct ladder_sample *sample, const struct job *job,
                               const void *image, size_t length, uint32_t open_period,
                               struct err_note *note);
/* The ladder of a point, or NULL: it is not in the sample. */
const double *ladder_sample_row(const struct ladder_sample *sample, uint64_t point);
void ladder_sample_free(struct ladder_sample *sample); /* leaves an empty one */
#endif
