#include "proto/levels.h"
#include "tests/lib/cm.h"
#include <stdlib.h>
#include <string.h>

static void range(const char *a, const char *b, const char *step, const char *joined)
{
    struct levels l = {0};
    struct err_note note;
    char text[1000] = "";
    if (levels_range(&l, a, b, step, &note))
        fail_msg("%s", note.text);
    for (uint32_t i = 0; i < l.n; i++) {
        strcat(strcat(text, i ? " " : ""), l.texts[i]);
        assert_true(l.values[i] == strtod(l.texts[i], NULL)); /* what is printed is what is run */
    }
    assert_string_equal(text, joined);
    levels_free(&l);
    assert_int_equal(l.n, 0);
}

static void refused(const char *a, const char *b, const char *step, const char *why)
{
    struct levels l = {0};
    struct err_note note;
    assert_int_equal(levels_range(&l, a, b, step, &note), ERR_SPEC);
    if (!strstr(note.text, why))
        fail_msg("\"%s\" does not say \"%s\"", note.text, why);
    assert_int_equal(l.n, 0);
}

static void ranges_are_decimals(void **state)
{
    (void)state;
    range("2.0", "3.0", "0.25", "2.00 2.25 2.50 2.75 3.00");
    range("0.1", "0.5", "0.1", "0.1 0.2 0.3 0.4 0.5"); /* accumulated doubles miss 0.3 */
    range("3", "1", "-1", "3 2 1");
    range("-0.5", "0.5", "0.5", "-0.5 0.0 0.5");
    range("2", "2", "1", "2");
    range("2.0", "3.000", "0.5", "2.0 2.5 3.0"); /* the end's zeros add nothing */
    range("1e-3", "3e-3", "1e-3", "0.001 0.002 0.003");
}

static void a_step_must_land_on_the_end(void **state)
{
    (void)state;
    refused("2.0", "4.1", "0.25",
            "step 0.25 does not land on the end 4.1: the nearest valid ends are 4.00 and 4.25");
    refused("1", "2", "3", "the nearest valid ends are 1 and 4");
    refused("0", "-1", "-0.3", "are -0.9 and -1.2");
    refused("1", "2", "0", "step 0");
    refused("2", "1", "1", "leads away");
    refused("1", "2", "-1", "leads away");
    refused("1", "1.5", "-1", "leads away");
    refused("0", "2000000", "1", "more than 1048576 values");
    refused("a", "2", "1", "range start a");
    refused("1", "2", "1e-19", "at most 18 digits");
    refused("100000000000", "200000000000", "0.0000000001", "at most 18 digits");
}

static void linspace_is_exact_where_the_decimal_ends(void **state)
{
    (void)state;
    struct levels l = {0};
    assert_int_equal(levels_linspace(&l, "0", "1", 5, NULL), OK);
    assert_string_equal(l.texts[1], "0.25");
    assert_string_equal(l.texts[4], "1");
    levels_free(&l);
    assert_int_equal(levels_linspace(&l, "0", "1", 4, NULL), OK);
    assert_string_equal(l.texts[1], "0.333333333333333");
    assert_true(l.values[1] == 0.333333333333333);
    assert_string_equal(l.texts[3], "1");
    levels_free(&l);
    assert_int_equal(levels_linspace(&l, "1.0", "-2.0", 3, NULL), OK);
    assert_string_equal(l.texts[1], "-0.5");
    levels_free(&l);
    assert_int_equal(levels_linspace(&l, "1", "1", 3, NULL), ERR_SPEC);
    assert_int_equal(levels_linspace(&l, "1", "2", 1, NULL), ERR_SPEC);
}

static void logspace_has_even_ratios_and_its_own_ends(void **state)
{
    (void)state;
    struct levels l = {0};
    assert_int_equal(levels_logspace(&l, "0.0010", "10", 5, NULL), OK);
    assert_int_equal(l.spacing, SWEEP_LOG);
    assert_string_equal(l.texts[0], "0.0010");
    assert_string_equal(l.texts[1], "0.01");
    assert_string_equal(l.texts[3], "1");
    assert_string_equal(l.texts[4], "10");
    levels_free(&l);
    assert_int_equal(levels_logspace(&l, "1", "2", 3, NULL), OK);
    assert_string_equal(l.texts[1], "1.41421356237");
    levels_free(&l);
    assert_int_equal(levels_logspace(&l, "0", "2", 3, NULL), ERR_SPEC);
    assert_int_equal(levels_logspace(&l, "-1", "2", 3, NULL), ERR_SPEC);
    assert_int_equal(levels_logspace(&l, "2", "2", 3, NULL), ERR_SPEC);
}

static void a_text_has_a_limit(void **state)
{
    (void)state;
    struct levels l = {0};
    char text[SWEEP_TEXT_MAX + 2];
    memset(text, '1', sizeof text - 1);
    text[sizeof text - 1] = 0;
    assert_int_equal(levels_add(&l, text, 1), ERR_RANGE);
    assert_int_equal(levels_add(&l, text + 1, 1), OK);
    levels_free(&l);
}

CM_MAIN("levels", cmocka_unit_test(ranges_are_decimals),
        cmocka_unit_test(a_step_must_land_on_the_end),
        cmocka_unit_test(linspace_is_exact_where_the_decimal_ends),
        cmocka_unit_test(logspace_has_even_ratios_and_its_own_ends),
        cmocka_unit_test(a_text_has_a_limit))
