#include "engine/detmath.h"
#include "engine/canonical.h"
#include <string.h>

/* A pair hi + lo with |lo| <= ulp(hi)/2: about 106 bits. pow() multiplies a logarithm by an
 * exponent, which would magnify the half ulp of a plain double logarithm up to a thousand times. */
struct pair {
    double hi, lo;
};

#define SPLITTER 0x1.0000002p27 /* Veltkamp: 2^27 + 1 */
#define INFINITE __builtin_inf()

static struct pair fast_sum(double a, double b) /* |a| >= |b| or a == 0 */
{
    double s = a + b;
    return (struct pair){s, b - (s - a)};
}

static struct pair exact_sum(double a, double b)
{
    double s = a + b, bb = s - a;
    return (struct pair){s, (a - (s - bb)) + (b - bb)};
}

static struct pair exact_product(double a,
                                 double b) /* Dekker: there is no fused multiply-add here */
{
    double p = a * b, ta = SPLITTER * a, tb = SPLITTER * b;
    double ah = ta - (ta - a), al = a - ah, bh = tb - (tb - b), bl = b - bh;
    return (struct pair){p, ((ah * bh - p) + ah * bl + al * bh) + al * bl};
}

static struct pair pair_sum(struct pair a, struct pair b)
{
    struct pair s = exact_sum(a.hi, b.hi);
    return fast_sum(s.hi, s.lo + (a.lo + b.lo));
}

static struct pair pair_product(struct pair a, struct pair b)
{
    struct pair p = exact_product(a.hi, b.hi);
    return fast_sum(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}

static struct pair pair_quotient(double a, struct pair b)
{
    double q = a / b.hi;
    struct pair p = exact_product(q, b.hi);
    return fast_sum(q, (((a - p.hi) - p.lo) - q * b.lo) / b.hi);
}

static uint64_t bits_of(double x)
{
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static double from_bits(uint64_t u)
{
    double x;
    memcpy(&x, &u, sizeof x);
    return x;
}

static double power_of_two(int k) /* -1022 <= k <= 1023 */
{
    return from_bits((uint64_t)(k + 1023) << 52);
}

#define LN2_HI 0x1.62e42feep-1 /* 32 bits: k * LN2_HI is exact for every exponent k */
#define LN2_LO 0x1.a39ef35793c76p-33
#define SQRT2 0x1.6a09e667f3bcdp0

/* ln x = k ln 2 + 2 atanh(s), s = (m - 1)/(m + 1), m in [1/sqrt 2, sqrt 2): |s| <= 0.1716. x finite
 * and > 0. The first terms of the series as pairs, the rest (below 2^-20 of the sum) as doubles:
 * good to about 2^-70. */
static struct pair log_pair(double x)
{
    int k = 0;
    if (x < 0x1p-1022) { /* subnormal */
        x *= 0x1p54;
        k = -54;
    }
    uint64_t u = bits_of(x);
    k += (int)(u >> 52) - 1023;
    double m = from_bits((u & 0x000fffffffffffffULL) | 0x3ff0000000000000ULL);
    if (m > SQRT2) {
        m *= 0.5;
        k++;
    }
    double f = m - 1.0; /* exact */
    struct pair s = pair_quotient(f, exact_sum(2.0, f));
    struct pair s2 = pair_product(s, s);
    double z = s2.hi;
    double tail = 1.0 / 27.0;
    for (int d = 25; d >= 9; d -= 2)
        tail = 1.0 / (double)d + z * tail;
    const struct pair third = {0x1.5555555555555p-2, 0x1.5555555555555p-56};
    const struct pair fifth = {0x1.999999999999ap-3, -0x1.999999999999ap-57};
    const struct pair seventh = {0x1.2492492492492p-3, 0x1.2492492492492p-57};
    struct pair p = pair_sum(seventh, (struct pair){z * tail, 0.0});
    p = pair_sum(fifth, pair_product(s2, p));
    p = pair_sum(third, pair_product(s2, p));
    p = pair_product(pair_product(s2, p), s); /* atanh(s) - s */
    p = pair_sum(s, p);
    p.hi *= 2.0;
    p.lo *= 2.0;
    struct pair scaled = fast_sum((double)k * LN2_HI, (double)k * LN2_LO);
    return pair_sum(scaled, p);
}

/* e^(hi + lo): k ln 2 taken out, Taylor to the 14th power on |r| <= 0.3466. */
static double exp_pair(double hi, double lo)
{
    if (hi != hi)
        return nan_canonical();
    if (hi > 710.0)
        return INFINITE;
    if (hi < -746.0)
        return 0.0;
    int k = (int)det_floor(hi * 0x1.71547652b82fep0 + 0.5);
    struct pair r = exact_sum(hi - (double)k * LN2_HI, -((double)k * LN2_LO));
    r = fast_sum(r.hi, r.lo + lo);
    double q = 1.0 / 87178291200.0; /* 1/14! */
    static const double inverse_factorial[] = {
        1.0 / 2.0,      1.0 / 6.0,       1.0 / 24.0,       1.0 / 120.0,
        1.0 / 720.0,    1.0 / 5040.0,    1.0 / 40320.0,    1.0 / 362880.0,
        1.0 / 3628800., 1.0 / 39916800., 1.0 / 479001600., 1.0 / 6227020800.};
    for (int i = 11; i >= 0; i--)
        q = inverse_factorial[i] + r.hi * q;
    double small = r.hi * r.hi * q + r.lo * (1.0 + r.hi);
    struct pair head = exact_sum(1.0, r.hi);
    double y = head.hi + (head.lo + small);
    if (k > 1023) /* two steps: 2^1024 is no double, but y * 2^1024 may be */
        return y * 2.0 * power_of_two(k - 1);
    if (k >= -1022)
        return y * power_of_two(k);
    return y * power_of_two(k + 1022) * 0x1p-1022; /* rounds once, into the subnormals */
}

double det_log(double x)
{
    if (x != x || x < 0.0)
        return nan_canonical();
    if (x == 0.0)
        return -INFINITE;
    if (x == INFINITE)
        return x;
    struct pair l = log_pair(x);
    return l.hi + l.lo;
}

double det_exp(double x)
{
    return exp_pair(x, 0.0);
}

double det_pow(double base, double exponent)
{
    if (exponent == 0.0 || base == 1.0)
        return 1.0;
    if (base != base || exponent != exponent || base < 0.0)
        return nan_canonical();
    if (base == 0.0)
        return exponent > 0.0 ? 0.0 : INFINITE;
    double magnitude = det_abs(exponent);
    if (base == INFINITE || magnitude > 0x1p70) /* beyond 2^70 even 1 + ulp has left the doubles */
        return (base > 1.0) == (exponent > 0.0) ? INFINITE : 0.0;
    struct pair l = log_pair(base);
    struct pair p = exact_product(l.hi, exponent);
    p = fast_sum(p.hi, p.lo + l.lo * exponent);
    return exp_pair(p.hi, p.lo);
}

/* x minus the nearest multiple of pi/2, as a pair; pi/2 in three parts, the first two short enough
 * that their products with the multiple are exact, so that the zeros keep their relative precision.
 */
static struct pair quarter_turns(double x, int *quadrant)
{
    double k = det_floor(x * 0x1.45f306dc9c883p-1 + 0.5);
    struct pair r = exact_sum(x - k * 0x1.921fb544p0, -(k * 0x1.0b4611a6p-34));
    struct pair t = exact_sum(r.hi, -(k * 0x1.3198a2e037073p-69));
    *quadrant = (int)((int64_t)k & 3);
    return fast_sum(t.hi, t.lo + r.lo);
}

static double sin_kernel(struct pair r) /* |r| <= pi/4 */
{
    double z = r.hi * r.hi;
    double q = -1.0 / 121645100408832000.0; /* 1/19! */
    q = 1.0 / 355687428096000.0 + z * q;
    q = -1.0 / 1307674368000.0 + z * q;
    q = 1.0 / 6227020800.0 + z * q;
    q = -1.0 / 39916800.0 + z * q;
    q = 1.0 / 362880.0 + z * q;
    q = -1.0 / 5040.0 + z * q;
    q = 1.0 / 120.0 + z * q;
    q = -1.0 / 6.0 + z * q;
    return r.hi + (r.hi * z * q + r.lo * (1.0 - 0.5 * z));
}

static double cos_kernel(struct pair r) /* |r| <= pi/4 */
{
    double z = r.hi * r.hi;
    double q = 1.0 / 2432902008176640000.0; /* 1/20! */
    q = -1.0 / 6402373705728000.0 + z * q;
    q = 1.0 / 20922789888000.0 + z * q;
    q = -1.0 / 87178291200.0 + z * q;
    q = 1.0 / 479001600.0 + z * q;
    q = -1.0 / 3628800.0 + z * q;
    q = 1.0 / 40320.0 + z * q;
    q = -1.0 / 720.0 + z * q;
    q = 1.0 / 24.0 + z * q;
    struct pair half = exact_product(0.5 * r.hi, r.hi);
    struct pair head = exact_sum(1.0, -half.hi);
    return head.hi + (head.lo + (z * z * q - half.lo - r.hi * r.lo));
}

#define TURN_LIMIT 1e6 /* k * (pi/2 part) stays exact */

double det_cos(double x)
{
    if (!(det_abs(x) <= TURN_LIMIT))
        return nan_canonical();
    int quadrant;
    struct pair r = quarter_turns(x, &quadrant);
    double y = quadrant & 1 ? sin_kernel(r) : cos_kernel(r);
    return quadrant == 1 || quadrant == 2 ? -y : y;
}

double det_sin(double x)
{
    if (!(det_abs(x) <= TURN_LIMIT))
        return nan_canonical();
    int quadrant;
    struct pair r = quarter_turns(x, &quadrant);
    double y = quadrant & 1 ? cos_kernel(r) : sin_kernel(r);
    return quadrant >= 2 ? -y : y;
}
