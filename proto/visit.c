#include "proto/visit.h"
#include <assert.h>

typedef unsigned __int128 u128;

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Steps of n / golden ratio: by the three-gap theorem every stretch of the walk is spread almost
 * evenly, whatever its length. A power of two would beat with the grid's own strides, the golden
 * ratio with none. Rounded up or down to the nearest number coprime with n, so that the walk meets
 * every tile once. */
struct visit visit_new(uint64_t n, uint64_t first)
{
    assert(n > 0);
    const uint64_t inverse_golden = 0x9e3779b97f4a7c15u; /* 2^64 / golden ratio */
    uint64_t near = (uint64_t)(((u128)n * inverse_golden) >> 64);
    uint64_t stride = 1;
    for (uint64_t off = 0; off < n; off++) {
        if (near + off < n && gcd(near + off, n) == 1) {
            stride = near + off;
            break;
        }
        if (near > off && gcd(near - off, n) == 1) {
            stride = near - off;
            break;
        }
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
    __int128 old_r = visit->stride, r = visit->n, old_s = 1, s = 0;
    while (r) {
        __int128 q = old_r / r, t = old_r - q * r;
        old_r = r;
        r = t;
        t = old_s - q * s;
        old_s = s;
        s = t;
    }
    u128 inverse = (u128)(old_s < 0 ? old_s + (__int128)visit->n : old_s);
    u128 from_first =
        tile >= visit->first ? tile - visit->first : (u128)tile + visit->n - visit->first;
    return (uint64_t)(inverse % visit->n * from_first % visit->n);
}
