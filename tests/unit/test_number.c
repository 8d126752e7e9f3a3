#include "market/number.h"
#include "tests/lib/cm.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double parse(const char *text)
{
    double v = -12345.0;
    return number_parse(text, strlen(text), &v) ? v : NAN;
}

static uint64_t bits(double v)
{
    uint64_t b;
    memcpy(&b, &v, sizeof b);
    return b;
}

/* strtod of the C library rounds correctly; this program never leaves the C locale. */
static void random_decimals_round_as_strtod_does(void **state)
{
    (void)state;
    enum { N = 200000 };
    uint64_t x = 20260101;
    printf("seed %llu\n", (unsigned long long)x);
    for (int i = 0; i < N; i++) {
        char text[64];
        x = x * 6364136223846793005u + 1442695040888963407u;
        unsigned kind = (unsigned)(x >> 60);
        unsigned long long digits = (x >> 8) >> (x >> 59); /* every length of mantissa */
        int point = (int)((x >> 32) % 24);
        if (kind < 8)
            snprintf(text, sizeof text, "%llu.%0*llu", digits % 1000003, point % 12 + 1,
                     digits % 97);
        else if (kind < 12)
            snprintf(text, sizeof text, "%s%llue%d", kind & 1 ? "-" : "", digits, point - 12);
        else
            snprintf(text, sizeof text, "%.*g", point + 1, (double)digits / 997.0);
        assert_int_equal(bits(parse(text)), bits(strtod(text, NULL)));
    }
}

static void hard_cases_round_to_nearest_even(void **state)
{
    (void)state;
    static const char *const text[] = {
        "9007199254740993", /* 2^53 + 1: a tie */
        "9007199254740992.5",
        "9007199254740991.5",
        "0.1",
        "297.132881616693",
        "294.0793843947797",
        "5e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324", /* about half the smallest double */
        "1.7976931348623157e308",
        "1.7976931348623159e308",
        "123456789012345678901234567890",
        "0.000000000000000000000000000000123456789012345678",
        "1e22",
        "1e23",
        "8.5e-22",
        "1e-23",
        "00000000000000000000000001.5",
        "12345678901234567890.12345678901234567890"};
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
        assert_int_equal(bits(parse(text[i])), bits(strtod(text[i], NULL)));
    assert_true(isinf(parse("1e999"))); /* not finite: the caller's rule (a) */
    assert_int_equal(bits(parse("-0")), bits(-0.0));
    assert_int_equal(bits(parse("+.5")), bits(0.5));
    assert_int_equal(bits(parse("5.")), bits(5.0));
}

static void what_is_no_number_is_refused(void **state)
{
    (void)state;
    static const char *const text[] = {"",    ".",   "-",    "+",     "e5",   "1e",    "1e+",
                                       "nan", "inf", "1,5",  "1 2",   "0x10", "1.2.3", " 1",
                                       "1 ",  "--1", "1e5x", "1_000", "-.",   "NaN",   "Infinity",
                                       "1d5", "$5",  "5%",   "one"};
    double untouched = 7.0;
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
        assert_false(number_parse(text[i], strlen(text[i]), &untouched));
        assert_true(untouched == 7.0);
    }
    char longer[NUMBER_TEXT_MAX + 2];
    memset(longer, '1', sizeof longer);
    assert_true(number_parse(longer, NUMBER_TEXT_MAX, &untouched));
    assert_false(number_parse(longer, NUMBER_TEXT_MAX + 1, &untouched));
}

CM_MAIN("number", cmocka_unit_test(random_decimals_round_as_strtod_does),
        cmocka_unit_test(hard_cases_round_to_nearest_even),
        cmocka_unit_test(what_is_no_number_is_refused))
