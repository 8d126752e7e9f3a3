/* cscv_tile - a tile of configurations against every set of blocks: the two inner loops of cscv.
 *
 * A set's key of a configuration needs one division. The loops do without: they compare S |S| with
 * bar * Q, where the bar stands a few ulp on the safe side of the key it guards, and divide only
 * for the few configurations that come near it. */
#ifndef REVIEW_STATISTICS_CSCV_TILE_H
#define REVIEW_STATISTICS_CSCV_TILE_H
#include "review/statistics/cscv_sets.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CSCV_TILE                                                                                  \
    32u /* configurations: the subset sums of the lower half then fit the first-level cache */

struct cscv_tile {
    uint32_t n;   /* configurations held, 1 .. CSCV_TILE */
    size_t first; /* index of the first */
    bool exact;   /* sums so small that a bar could mislead: every configuration is divided */
    double flat;  /* Q at or below this is no movement at all */
    double *low_s, *low_q, *high_s,
        *high_q; /* [2^half][CSCV_TILE], subset sums in ascending block order */
};
/* The lanes of one subset in one of the four arrays. */
static inline double *cscv_tile_row(double *table, uint32_t mask)
{
    return table + (size_t)mask * CSCV_TILE;
}
enum err cscv_tile_new(struct cscv_tile *out, uint32_t half);
void cscv_tile_free(struct cscv_tile *self);
/* Configurations first, first + step ... (n of them) of the [n_configs][2 half] arrays. */
void cscv_tile_fill(struct cscv_tile *self, uint32_t half, const double *sum, const double *sumsq,
                    size_t first, size_t step, uint32_t n);

struct cscv_best {  /* arrays in computing order of the sets */
    double *key;    /* best so far: start at -infinity */
    double *bar;    /* its lower safe side: start at -infinity */
    uint32_t *star; /* its configuration */
};
/* Raises best where a configuration of the tile has a larger key; tiles must come in ascending
 * order. */
void cscv_tile_best(const struct cscv_tile *self, const struct cscv_sets *sets,
                    struct cscv_best *best);

struct cscv_count {         /* arrays in computing order of the sets */
    const double *theta;    /* key to compare with */
    uint32_t *less, *equal; /* += configurations below and level with it */
};
void cscv_tile_count(const struct cscv_tile *self, const struct cscv_sets *sets,
                     struct cscv_count *count);
/* Which of the loops' builds runs: "avx512", "avx2" or "base". All give the same bits. */
const char *cscv_tile_vector_name(void);
#endif
