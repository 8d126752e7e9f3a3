/* philox - random numbers as a pure function of (seed, what they are for): Philox4x32-10, Salmon et
 * al. 2011. Any worker, any order, any thread count draws the same numbers. */
#ifndef ENGINE_PHILOX_H
#define ENGINE_PHILOX_H
#include <stddef.h>
#include <stdint.h>

#define PHILOX_FLASH_CRASH                                                                         \
    0x63726173u /* third counter word of the flash-crash dates (engine.md section 7) */

void philox4x32(const uint32_t key[2], const uint32_t counter[4], uint32_t out[4]);

/* key = (seed low word, high word) */
static inline void philox_seeded(uint64_t seed, const uint32_t counter[4], uint32_t out[4])
{
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    philox4x32(key, counter, out);
}

/* A word as a number in (0, 1): (x + 0.5) / 2^32, exact. */
static inline double philox_unit(uint32_t x)
{
    return ((double)x + 0.5) * 0x1p-32;
}

/* 64-bit FNV-1a of n bytes. */
uint64_t fnv1a64(const char *bytes, size_t n);

enum philox_side { PHILOX_BUY = 0, PHILOX_SELL = 1 };
/* The standard normal z of a fill (engine.md section 7). symbol_hash = fnv1a64 of the symbol;
 * fill_day = days since 1970-01-01. */
double philox_fill_normal(uint64_t seed, uint64_t symbol_hash, int32_t fill_day,
                          enum philox_side side);
/* Which of the `count` run-calendar dates of a quarter is its crash date: floor(u * count).
 * quarter 1..4, count >= 1. */
uint32_t philox_crash_number(uint64_t seed, int32_t year, uint32_t quarter, uint32_t count);
#endif
