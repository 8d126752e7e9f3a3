/* correlation - normalised return windows and sums of them, engine.md section 2: the correlation of
 * two symbols is the dot product of their windows, the mean correlation with k positions one dot
 * product with the sum of theirs. */
#ifndef ENGINE_CORRELATION_H
#define ENGINE_CORRELATION_H
#include "engine/image.h"
#include <stdbool.h>

#define CORRELATION_RETURNS_MIN 10

/* z over the last `lookback` sessions up to and with `session`, fewer at the start of the calendar:
 * *n of them, oldest first, 0 where the return is undefined. bar: the symbol's latest accepted bar
 * (row of the image) at or before session. False: undefined, z is scratch. */
bool correlation_window(const struct image_view *data, uint32_t symbol, uint32_t bar,
                        uint32_t session, uint32_t lookback, double *z, uint32_t *n);

/* Sum of the windows of k positions. */
struct correlation_sum {
    uint32_t k, n;
    double *sum; /* [lookback], n in use */
};
void correlation_add(struct correlation_sum *s, const double *z, uint32_t n);
/* Mean correlation of a window with the k >= 1 positions summed up. */
double correlation_mean(const struct correlation_sum *s, const double *z);
/* (sum_i S_i^2 - k): the sum over the ordered pairs of positions. */
double correlation_pairs(const struct correlation_sum *s);
#endif
