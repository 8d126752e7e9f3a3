#include "proto/decimal.h"
#include "tests/lib/cm.h"

static void parses(const char *text, int64_t mantissa, int scale)
{
    struct decimal d;
    assert_int_equal(decimal_parse(text, &d), OK);
    if (d.mantissa != mantissa || d.scale != scale)
        fail_msg("%s: %lld / 10^%d", text, (long long)d.mantissa, d.scale);
}

static void a_number_keeps_its_digits(void **state)
{
    (void)state;
    parses("2", 2, 0);
    parses("2.50", 250, 2);
    parses("-0.005", -5, 3);
    parses("+.5", 5, 1);
    parses("5.", 5, 0);
    parses("1e-3", 1, 3);
    parses("1.5e3", 1500, 0);
    parses("0e9", 0, 0);
    parses("999999999999999999", 999999999999999999, 0);
}

static void what_is_no_number_or_too_long_is_refused(void **state)
{
    (void)state;
    const char *const bad[] = {"", "-", ".", "e5", "1e", "1.2.3", "0x10", "1 ", " 1", "nan", "1,5"};
    const char *const longer[] = {"1000000000000000000", "1e18", "1e-19", "0.0000000000000000001"};
    struct decimal d = {7, 7};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(decimal_parse(bad[i], &d), ERR_FORMAT);
    for (size_t i = 0; i < sizeof longer / sizeof longer[0]; i++)
        assert_int_equal(decimal_parse(longer[i], &d), ERR_RANGE);
    assert_int_equal(d.mantissa, 7); /* left alone */
}

static void formatting_gives_the_digits_back(void **state)
{
    (void)state;
    const char *const texts[] = {
        "0", "-1", "2.50", "-0.005", "0.000", "123456789012345678", "0.000000000000000001"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct decimal d;
        char text[DECIMAL_TEXT_MAX];
        assert_int_equal(decimal_parse(texts[i], &d), OK);
        decimal_format(d, text);
        assert_string_equal(text, texts[i]);
    }
}

static void rescaling_never_loses_a_digit(void **state)
{
    (void)state;
    struct decimal d = {25, 1};
    assert_int_equal(decimal_rescale(&d, 3), OK);
    assert_int_equal(d.mantissa, 2500);
    assert_int_equal(decimal_rescale(&d, 2), ERR_RANGE);
    assert_int_equal(decimal_rescale(&d, 18), ERR_RANGE);
    assert_int_equal(d.scale, 3);
}

static void numbers_and_what_looks_like_them(void **state)
{
    (void)state;
    assert_true(decimal_is_number("1e-3"));
    assert_true(decimal_is_number("-0.5"));
    assert_false(decimal_is_number("1e999"));
    assert_false(decimal_is_number("inf"));
    assert_false(decimal_is_number("0x1p3"));
    assert_false(decimal_is_number("1e"));
    assert_false(decimal_is_number(""));
}

CM_MAIN("decimal", cmocka_unit_test(a_number_keeps_its_digits),
        cmocka_unit_test(what_is_no_number_or_too_long_is_refused),
        cmocka_unit_test(formatting_gives_the_digits_back),
        cmocka_unit_test(rescaling_never_loses_a_digit),
        cmocka_unit_test(numbers_and_what_looks_like_them))
