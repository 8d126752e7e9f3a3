#include "review/statistics/cscv_tile.h"
#include "review/statistics/cscv.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LANES 8u /* doubles of a vector; narrower machines take it in parts, with the same bits */
#define VECTORS (CSCV_TILE / LANES)
#define ALIGNMENT 64u
#define NEAR                                                                                       \
    0x1p-50 /* eight ulp: more than the roundings of S |S|, bar * Q and the division together */
#define FLAT                                                                                       \
    1e-100 /* stands for Q = 0 in the comparisons, so that 0 against bar * Q has a sign            \
            */
#define SMALLEST_Q 1e-80 /* below this FLAT would no longer vanish beside Q */
#define PAD_SUM 1e150    /* an absent lane: above every bar */

typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));
typedef int64_t marks __attribute__((vector_size(LANES * sizeof(int64_t))));

enum err cscv_tile_new(struct cscv_tile *out, uint32_t half)
{
    size_t bytes = ((size_t)CSCV_TILE << half) * sizeof(double);
    struct cscv_tile t = {.low_s = aligned_alloc(ALIGNMENT, 4 * bytes)};
    if (!t.low_s)
        return ERR_NOMEM;
    t.low_q = t.low_s + ((size_t)CSCV_TILE << half);
    t.high_s = t.low_q + ((size_t)CSCV_TILE << half);
    t.high_q = t.high_s + ((size_t)CSCV_TILE << half);
    *out = t;
    return OK;
}

void cscv_tile_free(struct cscv_tile *self)
{
    free(self->low_s);
    *self = (struct cscv_tile){0};
}

/* Subset sums of `half` blocks: the sum of a set is that of the set without its last block, plus
 * that block. */
static void subset_sums(double *to, uint32_t half, const double *blocks, uint32_t stride,
                        size_t lane)
{
    to[lane] = 0.0;
    for (uint32_t mask = 1; mask < 1u << half; mask++) {
        uint32_t last = 31u - (uint32_t)__builtin_clz(mask);
        to[mask * CSCV_TILE + lane] =
            to[(mask ^ 1u << last) * CSCV_TILE + lane] + blocks[last * stride];
    }
}

void cscv_tile_fill(struct cscv_tile *self, uint32_t half, const double *sum, const double *sumsq,
                    size_t first, uint32_t n)
{
    static const double pad_sum = PAD_SUM, pad_sumsq = 0.0;
    uint32_t n_blocks = 2 * half;
    self->n = n;
    self->first = first;
    self->exact = false;
    for (uint32_t lane = 0; lane < CSCV_TILE; lane++) {
        bool pad = lane >= n;
        const double *s = pad ? &pad_sum : sum + (first + lane) * n_blocks;
        const double *q = pad ? &pad_sumsq : sumsq + (first + lane) * n_blocks;
        uint32_t stride = pad ? 0 : 1;
        subset_sums(self->low_s, half, s, stride, lane);
        subset_sums(self->low_q, half, q, stride, lane);
        subset_sums(self->high_s, half, s + half * stride, stride, lane);
        subset_sums(self->high_q, half, q + half * stride, stride, lane);
        for (uint32_t b = 0; b < n_blocks && !pad; b++)
            self->exact |= q[b] == 0.0 ? s[b] != 0.0 : !(q[b] >= SMALLEST_Q);
    }
    self->flat = self->exact ? 0.0 : FLAT;
    for (size_t i = 0; i < (size_t)CSCV_TILE << half && !self->exact; i++)
        self->high_q[i] += FLAT;
}

static double tile_key(const struct cscv_tile *self, uint32_t low, uint32_t high, uint32_t lane)
{
    double s = self->low_s[low * CSCV_TILE + lane] + self->high_s[high * CSCV_TILE + lane];
    double q = self->low_q[low * CSCV_TILE + lane] + self->high_q[high * CSCV_TILE + lane];
    return q <= self->flat ? 0.0 : s * fabs(s) / q;
}

/* A few ulp below (direction -1) or above (+1) a key. */
static double beside(double key, double direction)
{
    return isinf(key) ? key : key + direction * fabs(key) * NEAR;
}

static __attribute__((noinline)) void raise_best(const struct cscv_tile *self, uint32_t low,
                                                 uint32_t high, uint32_t set,
                                                 struct cscv_best *best)
{
    for (uint32_t lane = 0; lane < self->n; lane++) {
        double key = tile_key(self, low, high, lane);
        if (key > best->key[set]) {
            best->key[set] = key;
            best->bar[set] = beside(key, -1.0);
            best->star[set] = (uint32_t)(self->first + lane);
        }
    }
}

static __attribute__((noinline)) void count_exactly(const struct cscv_tile *self, uint32_t low,
                                                    uint32_t high, uint32_t set,
                                                    struct cscv_count *count)
{
    for (uint32_t lane = 0; lane < self->n; lane++) {
        double key = tile_key(self, low, high, lane);
        count->less[set] += key < count->theta[set];
        count->equal[set] += key == count->theta[set];
    }
}

static inline __attribute__((always_inline)) int64_t total(const marks *m)
{
    int64_t sum = 0;
    for (unsigned i = 0; i < LANES; i++)
        sum += (*m)[i];
    return sum;
}

/* x = S |S| and Q of vector v. */
#define LOAD(v)                                                                                    \
    lanes s = low_s[v] + high_s[v], q = low_q[v] + high_q[v];                                      \
    const lanes x = s * (lanes)((marks)s & INT64_MAX)

static inline __attribute__((always_inline)) void
best_loop(const struct cscv_tile *self, const struct cscv_sets *sets, struct cscv_best *best)
{
    uint32_t n_masks = 1u << sets->half, set = 0;
    for (uint32_t high = 0; high < n_masks; high++) {
        uint32_t bits = sets->half - (uint32_t)__builtin_popcount(high);
        const lanes *high_s = (const lanes *)(self->high_s + high * CSCV_TILE);
        const lanes *high_q = (const lanes *)(self->high_q + high * CSCV_TILE);
        for (uint32_t i = sets->first[bits]; i < sets->first[bits + 1]; i++, set++) {
            uint32_t low = sets->low[i];
            const lanes *low_s = (const lanes *)(self->low_s + low * CSCV_TILE);
            const lanes *low_q = (const lanes *)(self->low_q + low * CSCV_TILE);
            double bar = best->bar[set];
            marks above = {0};
            for (unsigned v = 0; v < VECTORS; v++) {
                LOAD(v);
                above |= x > bar * q;
            }
            if (self->exact || total(&above))
                raise_best(self, low, high, set, best);
        }
    }
}

static inline __attribute__((always_inline)) void
count_loop(const struct cscv_tile *self, const struct cscv_sets *sets, struct cscv_count *count)
{
    enum { ABOVE = 1 << 16 }; /* one sum carries both counts */
    uint32_t n_masks = 1u << sets->half, set = 0, pads = CSCV_TILE - self->n;
    for (uint32_t high = 0; high < n_masks; high++) {
        uint32_t bits = sets->half - (uint32_t)__builtin_popcount(high);
        const lanes *high_s = (const lanes *)(self->high_s + high * CSCV_TILE);
        const lanes *high_q = (const lanes *)(self->high_q + high * CSCV_TILE);
        for (uint32_t i = sets->first[bits]; i < sets->first[bits + 1]; i++, set++) {
            uint32_t low = sets->low[i];
            const lanes *low_s = (const lanes *)(self->low_s + low * CSCV_TILE);
            const lanes *low_q = (const lanes *)(self->low_q + low * CSCV_TILE);
            double theta = count->theta[set], under = beside(theta, -1.0),
                   over = beside(theta, 1.0);
            marks less = {0}, more = {0};
            for (unsigned v = 0; v < VECTORS; v++) {
                LOAD(v);
                less -= x < under * q;
                more -= x > over * q;
            }
            less += more * ABOVE;
            uint32_t both = (uint32_t)total(&less);
            uint32_t n_less = both & (ABOVE - 1), n_more = (both >> 16) - pads;
            if (!self->exact && (n_less + n_more == self->n || theta == 0.0)) {
                count->less[set] += n_less; /* what is neither has x = 0, the key's own value */
                count->equal[set] += self->n - n_less - n_more;
            } else {
                count_exactly(self, low, high, set, count);
            }
        }
    }
}

/* The same loops for wider registers; chosen when they run, never by how they were built. */
#if defined(__x86_64__)
__attribute__((target("avx512f,prefer-vector-width=512"))) static void
best_avx512(const struct cscv_tile *self, const struct cscv_sets *sets, struct cscv_best *best)
{
    best_loop(self, sets, best);
}
__attribute__((target("avx512f,prefer-vector-width=512"))) static void
count_avx512(const struct cscv_tile *self, const struct cscv_sets *sets, struct cscv_count *count)
{
    count_loop(self, sets, count);
}
__attribute__((target("avx2"))) static void
best_avx2(const struct cscv_tile *self, const struct cscv_sets *sets, struct cscv_best *best)
{
    best_loop(self, sets, best);
}
__attribute__((target("avx2"))) static void
count_avx2(const struct cscv_tile *self, const struct cscv_sets *sets, struct cscv_count *count)
{
    count_loop(self, sets, count);
}
#endif

static int width(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f"))
        return 512;
    if (__builtin_cpu_supports("avx2"))
        return 256;
#endif
    return 0;
}

const char *cscv_tile_vector_name(void)
{
    return width() == 512 ? "avx512" : width() == 256 ? "avx2" : "base";
}

void cscv_tile_best(const struct cscv_tile *self, const struct cscv_sets *sets,
                    struct cscv_best *best)
{
#if defined(__x86_64__)
    if (width() == 512) {
        best_avx512(self, sets, best);
        return;
    }
    if (width() == 256) {
        best_avx2(self, sets, best);
        return;
    }
#endif
    best_loop(self, sets, best);
}

void cscv_tile_count(const struct cscv_tile *self, const struct cscv_sets *sets,
                     struct cscv_count *count)
{
#if defined(__x86_64__)
    if (width() == 512) {
        count_avx512(self, sets, count);
        return;
    }
    if (width() == 256) {
        count_avx2(self, sets, count);
        return;
    }
#endif
    count_loop(self, sets, count);
}
