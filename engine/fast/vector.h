/* vector - lanes of doubles, as wide as the file that includes this was compiled for.
 *
 * One source for every width: a lane is always one independent result (a bar, a date, a candidate),
 * never a part of a sum, so that the bits do not depend on the width. VECTOR_LANES: doubles per
 * vector, 2, 4 or 8. */
#ifndef ENGINE_FAST_VECTOR_H
#define ENGINE_FAST_VECTOR_H
#include <stdint.h>

#ifndef VECTOR_LANES
#define VECTOR_LANES 2
#endif
#if defined(__AVX512DQ__) && VECTOR_LANES == 8
#define VECTOR_MASKS 1 /* comparisons go to mask registers, 8 lanes wide */
#include <immintrin.h>
#else
#define VECTOR_MASKS 0
#endif
#define VECTOR_BYTES (VECTOR_LANES * 8)
/* Vectors never cross a call: how they would depends on the instruction set. */
#define VECTOR_INLINE static inline __attribute__((always_inline))

typedef double vd __attribute__((vector_size(VECTOR_BYTES)));
typedef int64_t vl __attribute__((vector_size(VECTOR_BYTES)));
typedef int32_t vi __attribute__((vector_size(VECTOR_BYTES))); /* twice as many lanes */
typedef double vd_any __attribute__((vector_size(VECTOR_BYTES), aligned(8), may_alias));
typedef int32_t vi_any __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));

VECTOR_INLINE vd vd_load(const double *p)
{
    return *(const vd_any *)p;
}

VECTOR_INLINE void vd_store(double *p, vd x)
{
    *(vd_any *)p = x;
}

VECTOR_INLINE vi vi_load(const int32_t *p)
{
    return *(const vi_any *)p;
}

VECTOR_INLINE void vi_store(int32_t *p, vi x)
{
    *(vi_any *)p = x;
}

VECTOR_INLINE vd vd_all(double x)
{
    return x - (vd){0}; /* a scalar operand is spread over the lanes; x - 0 keeps every bit of x */
}

VECTOR_INLINE vi vi_all(int32_t x)
{
    return x - (vi){0};
}

VECTOR_INLINE vd vd_select(vl mask, vd yes, vd no)
{
#if VECTOR_MASKS
    return _mm512_mask_blend_pd(_mm512_movepi64_mask((__m512i)mask), no, yes);
#elif defined(__AVX__) && VECTOR_LANES == 4
    return __builtin_ia32_blendvpd256(no, yes, (vd)mask);
#else
    return (vd)((mask & (vl)yes) | (~mask & (vl)no));
#endif
}

/* a < b ? a : b, which is what the instructions do with NaN and equal operands, too. */
VECTOR_INLINE vd vd_min(vd a, vd b)
{
#if VECTOR_MASKS
    return _mm512_min_pd(a, b);
#elif defined(__AVX__) && VECTOR_LANES == 4
    return __builtin_ia32_minpd256(a, b);
#elif defined(__SSE2__) && VECTOR_LANES == 2
    return __builtin_ia32_minpd(a, b);
#else
    return vd_select(a < b, a, b);
#endif
}

VECTOR_INLINE vd vd_max(vd a, vd b)
{
#if VECTOR_MASKS
    return _mm512_max_pd(a, b);
#elif defined(__AVX__) && VECTOR_LANES == 4
    return __builtin_ia32_maxpd256(a, b);
#elif defined(__SSE2__) && VECTOR_LANES == 2
    return __builtin_ia32_maxpd(a, b);
#else
    return vd_select(a > b, a, b);
#endif
}

/* Not NaN. */
VECTOR_INLINE vl vd_defined(vd x)
{
    return x == x; /* NOLINT(misc-redundant-expression) */
}

/* 1 in the lanes of the mask, 0 in the others. */
VECTOR_INLINE vd vd_count(vl mask)
{
    return (vd)(mask & (vl)vd_all(1.0));
}

/* Whole numbers from 0 to 2^52 - 1 as doubles: their bits become the digits of 2^52 + x. */
VECTOR_INLINE vd vd_of_count(vl x)
{
    return (vd)(x | (vl)vd_all(0x1p52)) - 0x1p52;
}

/* Of whole numbers, which add up to the same in any order. */
VECTOR_INLINE double vd_sum(vd x)
{
#if VECTOR_MASKS
    return _mm512_reduce_add_pd(x);
#else
    double sum = 0;
    for (unsigned l = 0; l < VECTOR_LANES; l++)
        sum += x[l];
    return sum;
#endif
}

/* The highest lane, of lanes that are not NaN. */
VECTOR_INLINE double vd_highest(vd x)
{
#if VECTOR_MASKS
    return _mm512_reduce_max_pd(x);
#else
    double best = x[0];
    for (unsigned l = 1; l < VECTOR_LANES; l++)
        best = x[l] > best ? x[l] : best;
    return best;
#endif
}

/* Bit l: lane l of the mask (0 or -1) is set. */
VECTOR_INLINE unsigned vl_bits(vl mask)
{
#if VECTOR_MASKS
    return _mm512_movepi64_mask((__m512i)mask);
#elif defined(__AVX__) && VECTOR_LANES == 4
    return (unsigned)__builtin_ia32_movmskpd256((vd)mask);
#elif defined(__SSE2__) && VECTOR_LANES == 2
    return (unsigned)__builtin_ia32_movmskpd((vd)mask);
#else
    unsigned bits = 0;
    for (unsigned l = 0; l < VECTOR_LANES; l++)
        bits |= (unsigned)(mask[l] & 1) << l;
    return bits;
#endif
}

VECTOR_INLINE int64_t vl_sum(vl x)
{
#if VECTOR_MASKS
    return _mm512_reduce_add_epi64((__m512i)x);
#else
    int64_t sum = 0;
    for (unsigned l = 0; l < VECTOR_LANES; l++)
        sum += x[l];
    return sum;
#endif
}

/* Correctly rounded in every lane. */
VECTOR_INLINE vd vd_sqrt(vd x)
{
    for (unsigned l = 0; l < VECTOR_LANES; l++)
        x[l] = __builtin_sqrt(x[l]);
    return x;
}

/* Largest whole number <= x, of |x| < 2^51; larger ones are left as they are. Adding and taking
 * away 1.5 * 2^52 rounds to a whole number, which is at most one too large. No floor instruction:
 * the base x86-64 has none. */
VECTOR_INLINE vd vd_floor(vd x)
{
    const double shift = 0x1.8p52, reach = 0x1p51;
    vd whole = (x + shift) - shift;
    whole = whole - (vd)((vl)(whole > x) & (vl)vd_all(1.0));
    return vd_select((x < reach) & (x > -reach), whole, x);
}
#endif
