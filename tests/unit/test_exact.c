#include "proto/exact.h"
#include "tests/lib/cm.h"
#include <stdio.h>
#include <string.h>

static struct exact number(const char *text)
{
    struct exact x;
    assert_int_equal(exact_parse(text, &x), OK);
    return x;
}

static int compare(const char *a, const char *b)
{
    struct exact x = number(a), y = number(b);
    return exact_compare(&x, &y);
}

static void texts_become_numbers(void **state)
{
    (void)state;
    struct exact x;
    assert_int_equal(compare("0.50", "5e-1"), 0);
    assert_int_equal(compare("-1", "1"), -1);
    assert_int_equal(compare("-2", "-1"), -1);
    assert_int_equal(compare("-0", "0"), 0);
    assert_int_equal(compare("1e20", "100000000000000000000"), 0);
    assert_int_equal(compare("0.1", "0.1000000000000000000000000000000000000001"), -1);
    assert_int_equal(exact_parse("", &x), ERR_FORMAT);
    assert_int_equal(exact_parse(".", &x), ERR_FORMAT);
    assert_int_equal(exact_parse("1e", &x), ERR_FORMAT);
    assert_int_equal(exact_parse("1e 5", &x), ERR_FORMAT);
    assert_int_equal(exact_parse("1x", &x), ERR_FORMAT);
    assert_int_equal(exact_parse("1e61", &x), ERR_RANGE);
}

static void arithmetic_is_exact(void **state)
{
    (void)state;
    struct exact x = number("0.1"), y = number("0.2"), z = number("0.3");
    exact_add(&x, &y);
    assert_int_equal(exact_compare(&x, &z), 0);
    exact_subtract(&x, &z);
    assert_int_equal(exact_compare(&x, &(struct exact){.den = {1, {1}}}), 0);
    assert_false(x.negative); /* zero has no sign */
    x = number("1");
    y = number("3");
    exact_divide(&x, &y);
    exact_multiply(&x, &y);
    y = number("1");
    assert_int_equal(exact_compare(&x, &y), 0);
    x = number("-2");
    y = number("-3");
    exact_multiply(&x, &y);
    y = number("6");
    assert_int_equal(exact_compare(&x, &y), 0);
}

/* 2^64 and neighbours, where a limb carries or borrows. */
static void carries_and_borrows(void **state)
{
    (void)state;
    struct exact x = number("18446744073709551615"), one = number("1"),
                 y = number("18446744073709551616");
    exact_add(&x, &one);
    assert_int_equal(exact_compare(&x, &y), 0);
    exact_subtract(&x, &one);
    assert_int_equal(exact_compare(&x, &y), -1);
    exact_multiply(&y, &y);
    x = number("340282366920938463463374607431768211456");
    assert_int_equal(exact_compare(&x, &y), 0);
    exact_subtract(&y, &one);
    assert_int_equal(exact_compare(&y, &x), -1);
}

static void zero_divided_by_is_undefined_and_stays_so(void **state)
{
    (void)state;
    struct exact x = number("1"), zero = number("0.0"), y = number("2");
    exact_divide(&x, &zero);
    assert_true(x.undefined);
    exact_add(&y, &x);
    exact_multiply(&y, &zero);
    assert_true(y.undefined);
}

/* The largest operands that the size rules let through. */
static void the_largest_sizes_fit(void **state)
{
    (void)state;
    struct exact x = number("1"), big = number("9e59");
    while (exact_bits(&x).num + exact_bits(&big).num <= EXACT_BITS_MAX - 2)
        exact_multiply(&x, &big);
    struct exact y = x;
    exact_add(&x, &y);
    assert_int_equal(exact_compare(&x, &y), 1);
    assert_true(exact_bits(&x).num > EXACT_BITS_MAX - 220);
}

CM_MAIN("exact", cmocka_unit_test(texts_become_numbers), cmocka_unit_test(arithmetic_is_exact),
        cmocka_unit_test(carries_and_borrows),
        cmocka_unit_test(zero_divided_by_is_undefined_and_stays_so),
        cmocka_unit_test(the_largest_sizes_fit))
