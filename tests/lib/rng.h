/* rng - seeded random numbers for tests: splitmix64. A failing test prints its seed. */
#ifndef TESTS_LIB_RNG_H
#define TESTS_LIB_RNG_H
#include <stdbool.h>
#include <stdint.h>

struct rng {
    uint64_t state;
};
static inline uint64_t rng_next(struct rng *r)
{
    uint64_t z = (r->state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}
/* Uniform in [0, 1). */
static inline double rng_unit(struct rng *r)
{
    return (double)(rng_next(r) >> 11) * 0x1p-53;
}
static inline double rng_between(struct rng *r, double least, double most)
{
    return least + (most - least) * rng_unit(r);
}
/* Uniform in 0 .. n - 1. */
static inline uint32_t rng_below(struct rng *r, uint32_t n)
{
    return (uint32_t)(rng_next(r) % n);
}
static inline bool rng_chance(struct rng *r, double p)
{
    return rng_unit(r) < p;
}
#endif
