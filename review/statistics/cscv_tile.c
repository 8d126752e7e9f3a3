#include "review/statistics/cscv_tile.h"
#include "review/statistics/cscv.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 64u
#define NEAR                                                                                       \
    0x1p-50 /* eight ulp: more than the roundings of S |S|, bar * Q and the division together */
#define FLAT                                                                                       \
    1e-100 /* stands for Q = 0 in the comparisons, so that 0 against bar * Q has a sign            \
            */
#define SMALLEST_Q 1e-80 /* below this FLAT would no longer vanish beside Q */
#define PAD_SUM 1e150    /* an absent lane: above every bar */

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

/* Subset sums of `half` blocks, all lanes at once: the sum of a set is that of the set without its
 * last block, plus that block. */
static void subset_sums(double *to, uint32_t half, double (*blocks)[CSCV_TILE])
{
    for (uint32_t lane = 0; lane < CSCV_TILE; lane++)
        to[lane] = 0.0;
    for (uint32_t mask = 1; mask < 1u << half; mask++) {
        uint32_t last = 31u - (uint32_t)__builtin_clz(mask);
        const double *rest = cscv_tile_row(to, mask ^ 1u << last);
        double *sums = cscv_tile_row(to, mask);
        for (uint32_t lane = 0; lane < CSCV_TILE; lane++)
            sums[lane] = rest[lane] + blocks[last][lane];
    }
}

void cscv_tile_fill(struct cscv_tile *self, uint32_t half, const double *sum, const double *sumsq,
                    size_t first, size_t step, uint32_t n)
{
    uint32_t n_blocks = 2 * half;
    double s[CSCV_BLOCKS_MAX][CSCV_TILE], q[CSCV_BLOCKS_MAX][CSCV_TILE];
    self->n = n;
    self->first = first;
    self->exact = false;
    for (uint32_t b = 0; b < n_blocks; b++)
        for (uint32_t lane = 0; lane < CSCV_TILE; lane++) {
            size_t at = (first + lane * step) * n_blocks + b;
            bool pad = lane >= n;
            s[b][lane] = pad ? PAD_SUM : sum[at];
            q[b][lane] = pad ? 0.0 : sumsq[at];
            self->exact |=
                !pad && (q[b][lane] == 0.0 ? s[b][lane] != 0.0 : !(q[b][lane] >= SMALLEST_Q));
        }
    subset_sums(self->low_s, half, s);
    subset_sums(self->low_q, half, q);
    subset_sums(self->high_s, half, s + half);
    subset_sums(self->high_q, half, q + half);
    self->flat = self->exact ? 0.0 : FLAT;
    for (size_t i = 0; i < (size_t)CSCV_TILE << half && !self->exact; i++)
        self->high_q[i] += FLAT;
}

static double tile_key(const struct cscv_tile *self, uint32_t low, uint32_t high, uint32_t lane)
{
    double s = cscv_tile_row(self->low_s, low)[lane] + cscv_tile_row(self->high_s, high)[lane];
    double q = cscv_tile_row(self->low_q, low)[lane] + cscv_tile_row(self->high_q, high)[lane];
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

/* Most tiles are clear of theta; a near one is divided out. Absent lanes are above every bar. */
static inline void settle(const struct cscv_tile *self, uint32_t low, uint32_t high, uint32_t set,
                          uint32_t n_less, uint32_t n_more, struct cscv_count *count)
{
    uint32_t level = CSCV_TILE - n_less - n_more;
    if (!self->exact && (level == 0 || count->theta[set] == 0.0)) {
        count->less[set] += n_less;
        count->equal[set] += level; /* beside a theta of 0 they have x = 0, which is the key 0 */
    } else {
        count_exactly(self, low, high, set, count);
    }
}

#define CSCV_LANES 2
#define CSCV_NAME(x) x##_base
#define CSCV_TARGET
#include "review/statistics/cscv_loops.h"
/* Wider registers are chosen when it runs, never by how it was built. */
#if defined(__x86_64__)
#define CSCV_LANES 4
#define CSCV_NAME(x) x##_avx2
#define CSCV_TARGET __attribute__((target("avx2")))
#include "review/statistics/cscv_loops.h"
#define CSCV_LANES 8
#define CSCV_NAME(x) x##_avx512
#define CSCV_TARGET __attribute__((target("avx512f")))
#include "review/statistics/cscv_loops.h"
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
    best_base(self, sets, best);
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
    count_base(self, sets, count);
}
