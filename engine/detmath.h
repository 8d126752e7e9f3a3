/* detmath - the few transcendental functions a backtest needs, with the same bits on every machine.
 *
 * Built from + - * / , comparisons and bit operations only (engine.md, "Same bits everywhere");
 * libm's last bit differs between versions and CPUs. Each is within 2 ulp of the true value over
 * the domain named here, checked against libm in tests/unit/test_detmath.c. Not the fastest: a
 * backtest calls them a few times, never once a day. */
#ifndef ENGINE_DETMATH_H
#define ENGINE_DETMATH_H
#include <stdint.h>

/* Natural logarithm of any double: log(0) = -inf, log(x < 0) = NaN. */
double det_log(double x);
/* Any double; overflows to +inf, underflows through the subnormals to 0. */
double det_exp(double x);
/* base >= 0, any exponent; base < 0 is NaN. pow(x, 0) = 1, pow(0, y > 0) = 0, pow(0, y < 0) = +inf.
 */
double det_pow(double base, double exponent);
/* |x| <= 1e6 radians; NaN beyond. */
double det_cos(double x);
double det_sin(double x);

/* One instruction on every target: -fno-math-errno is among the numeric flags. */
static inline double det_sqrt(double x)
{
    return __builtin_sqrt(x);
}

/* Largest whole number <= x. Not __builtin_floor: the base x86-64 has no such instruction and would
 * call libm. */
static inline double det_floor(double x)
{
    if (!(x > -0x1p52 && x < 0x1p52)) /* already whole, infinite or NaN */
        return x;
    double whole = (double)(int64_t)x;
    return whole > x ? whole - 1.0 : whole;
}

static inline double det_abs(double x)
{
    return __builtin_fabs(x);
}
#endif
