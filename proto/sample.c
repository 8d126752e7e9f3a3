#include "proto/sample.h"
#include <assert.h>

__extension__ typedef unsigned __int128 u128;

/* ---- Philox4x32-10 (Salmon et al. 2011) ---- */

enum { ROUNDS = 10 };
enum purpose {
    RANDOM_LEVEL = 0x6c65766c,
    STRATUM_JITTER = 0x6a697474,
    SOBOL_SHIFT = 0x736f626c,
    STRATUM_ORDER = 0x7065726d
};

static void philox(uint64_t key, uint64_t index, uint32_t c2, uint32_t c3, uint32_t out[4])
{
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    uint32_t c[4] = {(uint32_t)index, (uint32_t)(index >> 32), c2, c3};
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t a = UINT64_C(0xD2511F53) * c[0], b = UINT64_C(0xCD9E8D57) * c[2];
        uint32_t next[4] = {(uint32_t)(b >> 32) ^ c[1] ^ k0, (uint32_t)b,
                            (uint32_t)(a >> 32) ^ c[3] ^ k1, (uint32_t)a};
        for (int j = 0; j < 4; j++)
            c[j] = next[j];
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    for (int j = 0; j < 4; j++)
        out[j] = c[j];
}

/* ---- Sobol ---- */

// clang-format off
static const struct { /* dimension 2, 3, ..: degree, polynomial, m_1 .. m_degree; S. Joe and F. Y. Kuo, new-joe-kuo-6.21201 */
    uint8_t degree, polynomial;
    uint16_t m[9];
} joe_kuo[SWEEP_AXES_MAX - 1] = {
    {1, 0, {1}}, {2, 1, {1, 3}}, {3, 1, {1, 3, 1}}, {3, 2, {1, 1, 1}}, {4, 1, {1, 1, 3, 3}},
    {4, 4, {1, 3, 5, 13}}, {5, 2, {1, 1, 5, 5, 17}}, {5, 4, {1, 1, 5, 5, 5}},
    {5, 7, {1, 1, 7, 11, 19}}, {5, 11, {1, 1, 5, 1, 1}}, {5, 13, {1, 1, 1, 3, 11}},
    {5, 14, {1, 3, 5, 5, 31}}, {6, 1, {1, 3, 3, 9, 7, 49}}, {6, 13, {1, 1, 1, 15, 21, 21}},
    {6, 16, {1, 3, 1, 13, 27, 49}}, {6, 19, {1, 1, 1, 15, 7, 5}}, {6, 22, {1, 3, 1, 15, 13, 25}},
    {6, 25, {1, 1, 5, 5, 19, 61}}, {7, 1, {1, 3, 7, 11, 23, 15, 103}},
    {7, 4, {1, 3, 7, 13, 13, 15, 69}}, {7, 7, {1, 1, 3, 13, 7, 35, 63}},
    {7, 8, {1, 3, 5, 9, 1, 25, 53}}, {7, 14, {1, 3, 1, 13, 9, 35, 107}},
    {7, 19, {1, 3, 1, 5, 27, 61, 31}}, {7, 21, {1, 1, 5, 11, 19, 41, 61}},
    {7, 28, {1, 3, 5, 3, 3, 13, 69}}, {7, 31, {1, 1, 7, 13, 1, 19, 1}},
    {7, 32, {1, 3, 7, 5, 13, 19, 59}}, {7, 37, {1, 1, 3, 9, 25, 29, 41}},
    {7, 41, {1, 3, 5, 13, 23, 1, 55}}, {7, 42, {1, 3, 7, 3, 13, 59, 17}},
    {7, 50, {1, 3, 1, 3, 5, 53, 69}}, {7, 55, {1, 1, 5, 5, 23, 33, 13}},
    {7, 56, {1, 1, 7, 7, 1, 61, 123}}, {7, 59, {1, 1, 7, 9, 13, 61, 49}},
    {7, 62, {1, 3, 3, 5, 3, 55, 33}}, {8, 14, {1, 3, 1, 15, 31, 13, 49, 245}},
    {8, 21, {1, 3, 5, 15, 31, 59, 63, 97}}, {8, 22, {1, 3, 1, 11, 11, 11, 77, 249}},
    {8, 38, {1, 3, 1, 11, 27, 43, 71, 9}}, {8, 47, {1, 1, 7, 15, 21, 11, 81, 45}},
    {8, 49, {1, 3, 7, 3, 25, 31, 65, 79}}, {8, 50, {1, 3, 1, 1, 19, 11, 3, 205}},
    {8, 52, {1, 1, 5, 9, 19, 21, 29, 157}}, {8, 56, {1, 3, 7, 11, 1, 33, 89, 185}},
    {8, 67, {1, 3, 3, 3, 15, 9, 79, 71}}, {8, 70, {1, 3, 7, 11, 15, 39, 119, 27}},
    {8, 84, {1, 1, 3, 1, 11, 31, 97, 225}}, {8, 97, {1, 1, 1, 3, 23, 43, 57, 177}},
    {8, 103, {1, 3, 7, 7, 17, 17, 37, 71}}, {8, 115, {1, 3, 1, 5, 27, 63, 123, 213}},
    {8, 122, {1, 1, 3, 5, 11, 43, 53, 133}}, {9, 8, {1, 3, 5, 5, 29, 17, 47, 173, 479}},
    {9, 13, {1, 3, 3, 11, 3, 1, 109, 9, 69}}, {9, 16, {1, 1, 1, 5, 17, 39, 23, 5, 343}},
    {9, 22, {1, 3, 1, 5, 25, 15, 31, 103, 499}}, {9, 25, {1, 1, 1, 11, 11, 17, 63, 105, 183}},
    {9, 44, {1, 1, 5, 11, 9, 29, 97, 231, 363}}, {9, 47, {1, 1, 5, 15, 19, 45, 41, 7, 383}},
    {9, 52, {1, 3, 7, 7, 31, 19, 83, 137, 221}}, {9, 55, {1, 1, 1, 3, 23, 15, 111, 223, 83}},
    {9, 59, {1, 1, 5, 13, 31, 15, 55, 25, 161}}, {9, 62, {1, 1, 3, 13, 25, 47, 39, 87, 257}}
};
// clang-format on

void sample_sobol_directions(uint32_t dimension, uint32_t directions[32])
{
    assert(dimension < SWEEP_AXES_MAX);
    if (dimension == 0) { /* van der Corput */
        for (uint32_t i = 0; i < 32; i++)
            directions[i] = 1u << (31 - i);
        return;
    }
    uint32_t s = joe_kuo[dimension - 1].degree, a = joe_kuo[dimension - 1].polynomial;
    for (uint32_t i = 0; i < 32; i++) {
        if (i < s) {
            directions[i] = (uint32_t)joe_kuo[dimension - 1].m[i] << (31 - i);
            continue;
        }
        directions[i] = directions[i - s] ^ directions[i - s] >> s;
        for (uint32_t k = 1; k < s; k++)
            if (a >> (s - 1 - k) & 1)
                directions[i] ^= directions[i - k];
    }
}

/* Gray-code order: the sequence everybody prints, and neighbours differ in one direction. */
uint32_t sample_sobol(const uint32_t directions[32], uint32_t index)
{
    uint32_t gray = index ^ index >> 1, x = 0;
    for (uint32_t i = 0; gray; gray >>= 1, i++)
        if (gray & 1)
            x ^= directions[i];
    return x;
}

/* ---- Latin hypercube ---- */

/* A seeded bijection of 0 .. n-1: a Feistel network over the next even number of bits, walked until
 * it lands below n. */
static uint64_t permute(uint64_t seed, uint32_t block, uint32_t dimension, uint64_t i, uint64_t n)
{
    enum { FEISTEL_ROUNDS = 4 };
    uint32_t half = 1;
    while ((UINT64_C(1) << (2 * half)) < n)
        half++;
    uint32_t mask = (uint32_t)((UINT64_C(1) << half) - 1);
    do {
        uint32_t left = (uint32_t)(i >> half), right = (uint32_t)i & mask, r[4];
        for (uint32_t round = 0; round < FEISTEL_ROUNDS; round++) {
            philox(seed, (uint64_t)block << 32 | right, dimension << 8 | round, STRATUM_ORDER, r);
            uint32_t next = left ^ (r[0] & mask);
            left = right;
            right = next;
        }
        i = (uint64_t)left << half | right;
    } while (i >= n);
    return i;
}

void sample_init(struct sample *self, enum sweep_method method, uint64_t n, uint64_t seed,
                 uint32_t n_dimensions, const uint32_t *sizes)
{
    assert(n > 0 && n <= SAMPLE_POINTS_MAX && n_dimensions <= SWEEP_AXES_MAX);
    self->method = method;
    self->n = n;
    self->seed = seed;
    self->n_dimensions = n_dimensions;
    for (uint32_t d = 0; d < n_dimensions; d++) {
        uint32_t r[4];
        self->sizes[d] = sizes[d];
        sample_sobol_directions(d, self->directions[d]);
        philox(seed, 0, d, SOBOL_SHIFT, r);
        self->shifts[d] = r[0];
    }
}

/* Where in [0, size) the fraction x / 2^64 lies. */
static uint32_t level_of(uint64_t x, uint32_t size)
{
    return (uint32_t)(((u128)x * size) >> 64);
}

void sample_levels(const struct sample *self, uint64_t index, uint32_t *levels)
{
    for (uint32_t d = 0; d < self->n_dimensions; d++) {
        uint32_t r[4];
        if (self->method == SWEEP_SOBOL) {
            uint32_t x = sample_sobol(self->directions[d], (uint32_t)index) ^ self->shifts[d];
            levels[d] = level_of((uint64_t)x << 32, self->sizes[d]);
        } else if (self->method == SWEEP_LHS) {
            uint32_t block = (uint32_t)(index / self->n);
            uint64_t stratum = permute(self->seed, block, d, index % self->n, self->n);
            philox(self->seed, index, d, STRATUM_JITTER, r);
            u128 x = ((u128)stratum << 32 | r[0]) * self->sizes[d]; /* over n 2^32 */
            levels[d] = (uint32_t)((x >> 32) / self->n);
        } else {
            philox(self->seed, index, d, RANDOM_LEVEL, r);
            levels[d] = level_of((uint64_t)r[0] << 32 | r[1], self->sizes[d]);
        }
    }
}
