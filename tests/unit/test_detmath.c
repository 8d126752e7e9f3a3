#include "engine/canonical.h"
#include "engine/detmath.h"
#include "engine/philox.h"
#include "tests/lib/cm.h" /* cmocka and the headers it wants first */
#include <math.h>

enum { N_POINTS = 1000000 };
#define ULP_MAX 2.0

/* Seeded doubles: uniform in [lo, hi], or with a uniform logarithm. */
static double uniform(uint32_t i, uint32_t stream, double lo, double hi)
{
    const uint32_t key[2] = {20, 17}, counter[4] = {i, stream, 0, 0};
    uint32_t x[4];
    philox4x32(key, counter, x);
    return lo + (hi - lo) * (((double)x[0] + (double)x[1] * 0x1p-32) * 0x1p-32);
}

static double ulp_apart(double got, double want)
{
    if (got == want)
        return 0.0;
    double size = fabs(want) < 0x1p-1022 ? 0x1p-1074 : nextafter(fabs(want), INFINITY) - fabs(want);
    return fabs(got - want) / size;
}

static void check(const char *what, double worst)
{
    print_message("%s: at most %.2f ulp from libm\n", what, worst);
    assert_true(worst <= ULP_MAX);
}

static void logarithm_agrees_with_libm(void **state)
{
    (void)state;
    double worst = 0.0;
    for (uint32_t i = 0; i < N_POINTS; i++) {
        double near = uniform(i, 1, 0.5, 2.0), unit = philox_unit(i * 4294u);
        double wide = exp(uniform(i, 2, -700.0, 700.0));
        worst = fmax(worst, ulp_apart(det_log(near), log(near)));
        worst = fmax(worst, ulp_apart(det_log(unit), log(unit)));
        worst = fmax(worst, ulp_apart(det_log(wide), log(wide)));
    }
    worst = fmax(worst, ulp_apart(det_log(0x1p-1074), log(0x1p-1074)));
    worst =
        fmax(worst, ulp_apart(det_log(philox_unit(0xffffffffu)), log(philox_unit(0xffffffffu))));
    check("log", worst);
    assert_true(det_log(1.0) == 0.0);
    assert_true(det_log(0.0) == -INFINITY && det_log(INFINITY) == INFINITY);
    assert_true(isnan(det_log(-1.0)) && isnan(det_log(NAN)));
}

static void exponential_agrees_with_libm(void **state)
{
    (void)state;
    double worst = 0.0;
    for (uint32_t i = 0; i < N_POINTS; i++) {
        double narrow = uniform(i, 3, -1.0, 1.0), wide = uniform(i, 4, -745.0, 709.7);
        worst = fmax(worst, ulp_apart(det_exp(narrow), exp(narrow)));
        worst = fmax(worst, ulp_apart(det_exp(wide), exp(wide)));
    }
    worst = fmax(worst, ulp_apart(det_exp(709.78), exp(709.78)));
    check("exp", worst);
    assert_true(det_exp(0.0) == 1.0 && det_exp(710.0) == INFINITY && det_exp(-800.0) == 0.0);
    assert_true(isnan(det_exp(NAN)));
}

static void power_agrees_with_libm(void **state)
{
    (void)state;
    double worst = 0.0;
    for (uint32_t i = 0; i < N_POINTS; i++) {
        double equity = exp(uniform(i, 5, -7.0, 9.0)), years = uniform(i, 6, 0.004, 300.0);
        double base = exp(uniform(i, 7, -300.0, 300.0)), exponent = uniform(i, 8, -2.3, 2.3);
        double growth = uniform(i, 9, 0.5, 2.0), days = uniform(i, 10, -1000.0, 1000.0);
        worst = fmax(worst, ulp_apart(det_pow(equity, 252.0 / years), pow(equity, 252.0 / years)));
        worst = fmax(worst, ulp_apart(det_pow(equity, 1.0 / years), pow(equity, 1.0 / years)));
        worst = fmax(worst, ulp_apart(det_pow(base, exponent), pow(base, exponent)));
        worst = fmax(worst, ulp_apart(det_pow(growth, days), pow(growth, days)));
    }
    check("pow", worst);
    assert_true(det_pow(0.0, 2.0) == 0.0 && det_pow(0.0, -2.0) == INFINITY);
    assert_true(det_pow(5.0, 0.0) == 1.0 && det_pow(1.0, 1e300) == 1.0);
    assert_true(det_pow(2.0, 1e300) == INFINITY && det_pow(0.5, 1e300) == 0.0);
    assert_true(det_pow(INFINITY, -1.0) == 0.0 && det_pow(INFINITY, 0.5) == INFINITY);
    assert_true(isnan(det_pow(-1.0, 2.0)) && isnan(det_pow(2.0, NAN)));
    assert_true(det_pow(3.0, 4.0) == 81.0 && det_pow(1.25, 1.0) == 1.25);
}

static void circle_agrees_with_libm(void **state)
{
    (void)state;
    double worst = 0.0;
    const double two_pi = 2.0 * 3.14159265358979323846;
    for (uint32_t i = 0; i < N_POINTS; i++) {
        double draw = two_pi * philox_unit(i * 4294967u), wide = uniform(i, 11, -1e6, 1e6);
        double zero = two_pi * philox_unit(0x40000000u + (i & 0xffffu) - 0x8000u);
        worst = fmax(worst, ulp_apart(det_cos(draw), cos(draw)));
        worst = fmax(worst, ulp_apart(det_sin(draw), sin(draw)));
        worst = fmax(worst, ulp_apart(det_cos(zero), cos(zero)));
        worst = fmax(worst, ulp_apart(det_cos(wide), cos(wide)));
        worst = fmax(worst, ulp_apart(det_sin(wide), sin(wide)));
    }
    check("cos and sin", worst);
    assert_true(det_cos(0.0) == 1.0 && det_sin(0.0) == 0.0);
    assert_true(isnan(det_cos(INFINITY)) && isnan(det_sin(1e300)));
}

static void floor_is_floor(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 100000; i++) {
        double x = uniform(i, 12, -1e6, 1e6);
        assert_true(det_floor(x) == floor(x));
        assert_true(det_floor(floor(x)) == floor(x));
    }
    assert_true(det_floor(-0x1p60) == -0x1p60 && det_floor(INFINITY) == INFINITY);
    assert_true(det_floor(-0.25) == -1.0 && isnan(det_floor(NAN)));
}

static void every_nan_gets_the_same_bits(void **state)
{
    (void)state;
    double v[3] = {-NAN, 1.5, 0.0};
    uint64_t odd = 0xfff8000000000123ULL, bits;
    memcpy(&v[2], &odd, sizeof odd);
    nan_canonicalise(v, 3);
    for (int i = 0; i < 3; i += 2) {
        memcpy(&bits, &v[i], sizeof bits);
        assert_true(bits == NAN_BITS);
    }
    assert_true(v[1] == 1.5);
}

CM_MAIN("detmath", cmocka_unit_test(logarithm_agrees_with_libm),
        cmocka_unit_test(exponential_agrees_with_libm), cmocka_unit_test(power_agrees_with_libm),
        cmocka_unit_test(circle_agrees_with_libm), cmocka_unit_test(floor_is_floor),
        cmocka_unit_test(every_nan_gets_the_same_bits))
