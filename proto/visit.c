#include "proto/visit.h"
#include <assert.h>

__extension__ typedef unsigned __int128 u128;
__extension__ typedef __int128 i128;

enum {
    TRIED_MIN = 64
}; /* strides either side of the golden one; a coprime one turns up within a few */

/* Sum of the partial quotients of stride / n by Euclid; UINT64_MAX unless the two are coprime. The
 * discrepancy of the walk grows with it: small quotients all the way down are what makes the golden
 * ratio the best of strides. */
static uint64_t unevenness(uint64_t stride, uint64_t n)
{
    uint64_t sum = 0, a = n, b = stride;
    while (b) {
        uint64_t rest = a % b;
        sum += a / b;
        a = b;
        b = rest;
    }
    return a == 1 ? sum : UINT64_MAX;
}

/* Steps of about n / golden ratio. A power of two would beat with the grid's own strides, the
 * golden ratio with none; and coprime with n, so that the walk meets every tile once. */
struct visit visit_new(uint64_t n, uint64_t first)
{
    assert(n > 0);
    const uint64_t inverse_golden = 0x9e3779b97f4a7c15u; /* 2^64 / golden ratio */
    uint64_t near = (uint64_t)(((u128)n * inverse_golden) >> 64);
    uint64_t stride = 1, best = UINT64_MAX;
    for (uint64_t off = 0; off < n && (off < TRIED_MIN || best == UINT64_MAX); off++)
        for (int side = 0; side < 2; side++) {
            uint64_t s = side ? near - off : near + off;
            if (s == 0 || s >= n || unevenness(s, n) >= best)
                continue;
            best = unevenness(s, n);
            stride = s;
        }
    return (struct visit){n, stride, first % n};
}

uint64_t visit_tile(const struct visit *visit, uint64_t k)
{
    assert(k < visit->n);
    return (uint64_t)(((u128)k * visit->stride + visit->first) % visit->n);
}

/* The stride's inverse modulo n by Euclid; then k = (tile - first) / stride. */
uint64_t visit_index(const struct visit *visit, uint64_t tile)
{
    assert(tile < visit->n);
    i128 old_r = visit->stride, r = visit->n, old_s = 1, s = 0;
    while (r) {
        i128 q = old_r / r, t = old_r - q * r;
        old_r = r;
        r = t;
        t = old_s - q * s;
        old_s = s;
        s = t;
    }
    u128 inverse = (u128)(old_s < 0 ? old_s + (i128)visit->n : old_s);
    u128 from_first =
        tile >= visit->first ? tile - visit->first : (u128)tile + visit->n - visit->first;
    return (uint64_t)(inverse % visit->n * from_first % visit->n);
}
