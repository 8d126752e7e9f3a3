/* sample - designs of n points over dimensions of given sizes, each point a function of its index:
 * nothing is stored.
 *
 * random: every level drawn by Philox from (seed, index, dimension). lhs: a Latin hypercube: of the
 * n points of a block each 1/n-th of every dimension is met once. sobol: Joe and Kuo's directions
 * (new-joe-kuo-6) with a digital shift by the seed. Indices past n go on: further random draws,
 * further hypercubes, further Sobol points; rejection by `where` uses them. */
#ifndef PROTO_SAMPLE_H
#define PROTO_SAMPLE_H
#include "proto/sweep.h"

#define SAMPLE_POINTS_MAX UINT64_C(0xffffffff)

struct sample {
    enum sweep_method method; /* not SWEEP_GRID */
    uint64_t n, seed;         /* n: 1 .. SAMPLE_POINTS_MAX */
    uint32_t n_dimensions;
    uint32_t sizes[SWEEP_AXES_MAX];
    uint32_t directions[SWEEP_AXES_MAX][32], shifts[SWEEP_AXES_MAX]; /* sobol */
};
void sample_init(struct sample *self, enum sweep_method method, uint64_t n, uint64_t seed,
                 uint32_t n_dimensions, const uint32_t *sizes);
/* levels[n_dimensions] of an index below 2^32. */
void sample_levels(const struct sample *self, uint64_t index, uint32_t *levels);
/* The unshifted Sobol coordinate as a 32-bit fraction. */
uint32_t sample_sobol(const uint32_t directions[32], uint32_t index);
void sample_sobol_directions(uint32_t dimension,
                             uint32_t directions[32]); /* 0 .. SWEEP_AXES_MAX - 1 */
#endif
