#include "engine/philox.h"
#include "engine/detmath.h"

enum { ROUNDS = 10 };
static const uint32_t MULTIPLIER[2] = {0xD2511F53u, 0xCD9E8D57u};
static const uint32_t WEYL[2] = {0x9E3779B9u, 0xBB67AE85u};
#define TWO_PI 0x1.921fb54442d18p2

void philox4x32(const uint32_t key[2], const uint32_t counter[4], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t p0 = (uint64_t)MULTIPLIER[0] * c0;
        uint64_t p1 = (uint64_t)MULTIPLIER[1] * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += WEYL[0];
        k1 += WEYL[1];
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

uint64_t fnv1a64(const char *bytes, size_t n)
{
    uint64_t h = 0xcbf29ce484222325ULL;
    for (size_t i = 0; i < n; i++) {
        h ^= (unsigned char)bytes[i];
        h *= 0x100000001b3ULL;
    }
    return h;
}

double philox_fill_normal(uint64_t seed, uint64_t symbol_hash, int32_t fill_day,
                          enum philox_side side)
{
    const uint32_t counter[4] = {(uint32_t)symbol_hash, (uint32_t)(symbol_hash >> 32),
                                 (uint32_t)fill_day, (uint32_t)side};
    uint32_t x[4];
    philox_seeded(seed, counter, x);
    return det_sqrt(-2.0 * det_log(philox_unit(x[0]))) * det_cos(TWO_PI * philox_unit(x[1]));
}

uint32_t philox_crash_number(uint64_t seed, int32_t year, uint32_t quarter, uint32_t count)
{
    const uint32_t counter[4] = {(uint32_t)year, quarter, PHILOX_FLASH_CRASH, 0};
    uint32_t x[4];
    philox_seeded(seed, counter, x);
    return (uint32_t)(philox_unit(x[0]) *
                      (double)count); /* truncation is floor: the product is positive */
}
