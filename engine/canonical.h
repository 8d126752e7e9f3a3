/* canonical - one bit pattern for every stored NaN (engine.md: 0x7ff8000000000000), so that equal
 * rows are equal bytes. */
#ifndef ENGINE_CANONICAL_H
#define ENGINE_CANONICAL_H
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define NAN_BITS 0x7ff8000000000000ULL

static inline double nan_canonical(void)
{
    const uint64_t bits = NAN_BITS;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Every NaN of v[n] gets the canonical bits; other values stay. */
static inline void nan_canonicalise(double *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (v[i] != v[i])
            v[i] = nan_canonical();
}
#endif
