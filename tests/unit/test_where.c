#include "proto/where.h"
#include "tests/lib/cm.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double fast_values[] = {20, 30, 55}, slow_values[] = {40, 55};
static char *fast_texts[] = {"20", "30", "55"}, *slow_texts[] = {"40", "55"};
static double step_values[] = {0.1, 0.2, 0.3};
static char *step_texts[] = {"0.1", "0.2", "0.3"};
static double mode_values[] = {0, 2};
static char *mode_texts[] = {"continuous", "off"};
static double flag_values[] = {0, 1};
static char *flag_texts[] = {"false", "true"};

static const struct sweep_axis axes[] = {
    {"sleeves.equity.indicators.fast", "fast_label", "bars", SWEEP_LINEAR, true, 0, 3, fast_values,
     fast_texts},
    {"sleeves.equity.indicators.slow", "sleeves_equity_indicators_slow", "bars", SWEEP_LINEAR, true,
     1, 2, slow_values, slow_texts},
    {"sleeves.equity.step", "equity_step", "1", SWEEP_LINEAR, false, 2, 3, step_values, step_texts},
    {"sleeves.crypto.step", "crypto_step", "1", SWEEP_LINEAR, false, 3, 3, step_values, step_texts},
    {"portfolio.mode", "mode", "", SWEEP_CATEGORICAL, false, 4, 2, mode_values, mode_texts},
    {"portfolio.flag", "flag", "", SWEEP_CATEGORICAL, false, 5, 2, flag_values, flag_texts},
};
enum { N = sizeof axes / sizeof axes[0] };

static bool holds(const char *text, uint32_t fast, uint32_t slow, uint32_t step, uint32_t mode)
{
    struct where *w = NULL;
    struct err_note note;
    const uint32_t levels[N] = {fast, slow, step, step, mode, mode};
    if (where_new(&w, text, axes, N, &note))
        fail_msg("%s", note.text);
    bool r = where_holds(w, levels);
    where_free(&w);
    return r;
}

static void refused(const char *text, const char *why)
{
    struct where *w = NULL;
    struct err_note note = {""};
    assert_int_equal(where_new(&w, text, axes, N, &note), ERR_SPEC);
    assert_null(w);
    if (!strstr(note.text, why))
        fail_msg("%s: \"%s\" does not say \"%s\"", text, note.text, why);
}

static void comparisons_and_logic(void **state)
{
    (void)state;
    assert_true(holds("fast < slow", 0, 0, 0, 0));
    assert_false(holds("fast < slow", 2, 1, 0, 0)); /* 55 < 55 */
    assert_true(holds("fast <= slow", 2, 1, 0, 0));
    assert_true(holds("fast == slow", 2, 1, 0, 0));
    assert_false(holds("fast != slow", 2, 1, 0, 0));
    assert_true(holds("not fast > slow", 0, 0, 0, 0));
    assert_true(holds("fast > slow or fast == 20 and slow == 40", 0, 0, 0, 0));
    assert_false(holds("(fast > slow or fast == 20) and slow == 55", 0, 0, 0, 0));
    assert_true(holds("20 <= fast < slow < 100", 0, 0, 0, 0)); /* a chain */
    assert_false(holds("20 < fast < slow", 0, 0, 0, 0));
}

static void arithmetic_has_precedence_and_is_exact(void **state)
{
    (void)state;
    assert_true(holds("fast + 2 * slow == 100", 0, 0, 0, 0));
    assert_true(holds("(fast + 2) * slow == 880", 0, 0, 0, 0));
    assert_true(holds("slow - fast - 20 == 0", 0, 0, 0, 0)); /* left to right */
    assert_true(holds("-fast == -20", 0, 0, 0, 0));
    assert_true(holds("fast / 3 * 3 == 20", 0, 0, 0, 0));
    /* In doubles 0.1 + 0.2 is not 0.3 and 3 * 0.1 is more than 0.3. */
    assert_true(holds("equity_step + 0.2 == 0.3", 0, 0, 0, 0));
    assert_false(holds("3 * equity_step > 0.3", 0, 0, 0, 0));
    assert_true(holds("equity_step == 0.10", 0, 0, 0, 0));
    assert_false(holds("equity_step == 0.1000000000000000000001", 0, 0, 0, 0));
    assert_true(holds("1e-1 == equity_step", 0, 0, 0, 0));
}

static void division_by_zero_makes_a_comparison_false(void **state)
{
    (void)state;
    assert_false(holds("1 / (fast - 20) > 0", 0, 0, 0, 0));
    assert_false(holds("1 / (fast - 20) != 0", 0, 0, 0, 0));
    assert_false(holds("1 / (equity_step - 0.1) <= 0", 0, 0, 0, 0)); /* zero only exactly */
    assert_true(holds("1 / (fast - 20) > 0", 1, 0, 0, 0));
}

static void categories_compare_with_their_names(void **state)
{
    (void)state;
    assert_true(holds("mode == 'off'", 0, 0, 0, 1));
    assert_true(holds("mode != \"off\"", 0, 0, 0, 0));
    assert_true(holds("flag == true and mode == 'off'", 0, 0, 0, 1));
    refused("mode == 'of'", "'continuous' 'off'");
    refused("mode < 'off'", "== or !=");
    refused("mode == 2", "two numbers, or a category");
}

static void names_are_paths_labels_or_unique_ends(void **state)
{
    (void)state;
    assert_true(holds("sleeves.equity.indicators.fast == fast_label", 0, 0, 0, 0));
    assert_true(holds("indicators.fast == 20", 0, 0, 0, 0));
    assert_true(holds("equity.step == crypto.step", 0, 0, 1, 0));
    refused("step < 1", "sleeves.equity.step or sleeves.crypto.step");
    refused("fats < 1", "did you mean fast?");
    refused("ast < 1", "not an axis"); /* an end is a whole component */
}

static void what_is_wrong_is_said_with_its_place(void **state)
{
    (void)state;
    refused("", "column 1: found the end");
    refused("fast = 20", "column 6: found '='");
    refused("fast <", "column 7: found the end");
    refused("fast < 20 20", "column 11: found '20'");
    refused("(fast < 20", "expected ')'");
    refused("fast", "expected a comparison");
    refused("fast + (slow < 3) > 1", "numbers around");
    refused("not fast", "expected a comparison");
    refused("1 and 2", "comparisons around");
    refused("fast < 'off'", "two numbers");
    refused("fast < 1.2.3", "decimal number");
    refused("fast < 1e99", "decimal number of at most 60 digits");
    refused("mode == 'off", "column 9");
}

static void depth_and_size_have_limits(void **state)
{
    (void)state;
    char deep[SWEEP_WHERE_TEXT_MAX + 50] = "";
    for (int i = 0; i < 40; i++)
        strcat(deep, "(");
    refused(deep, "at most 24 levels");
    deep[0] = 0;
    for (int i = 0; i < 40; i++)
        strcat(deep, "not ");
    refused(deep, "at most 24 levels");
    strcpy(deep, "fast * 0.123456789012345678901234567890");
    while (strlen(deep) < SWEEP_WHERE_TEXT_MAX - 80)
        strcat(deep, " * 0.123456789012345678901234567890");
    refused(deep, "too many digits");
    memset(deep, ' ', sizeof deep - 1);
    deep[sizeof deep - 1] = 0;
    refused(deep, "expected at most 1000");
}

static char *resolve(void *ctx, const char *name)
{
    (void)ctx;
    return strcmp(name, "base") ? NULL : strdup("0.5");
}

static void names_can_be_replaced(void **state)
{
    (void)state;
    char *text = where_rewrite("not (base*2<fast)and mode=='off'", resolve, NULL);
    assert_string_equal(text, "not ( 0.5 * 2 < fast ) and mode == 'off'");
    free(text);
    assert_null(where_rewrite("a # b", resolve, NULL));
}

static void the_axes_named_are_known(void **state)
{
    (void)state;
    struct where *w = NULL;
    assert_int_equal(where_new(&w, "fast < 3 and mode == 'off'", axes, N, NULL), OK);
    assert_true(where_axes(w) == (1u << 0 | 1u << 4));
    where_free(&w);
}

CM_MAIN("where", cmocka_unit_test(comparisons_and_logic),
        cmocka_unit_test(arithmetic_has_precedence_and_is_exact),
        cmocka_unit_test(division_by_zero_makes_a_comparison_false),
        cmocka_unit_test(categories_compare_with_their_names),
        cmocka_unit_test(names_are_paths_labels_or_unique_ends),
        cmocka_unit_test(what_is_wrong_is_said_with_its_place),
        cmocka_unit_test(depth_and_size_have_limits), cmocka_unit_test(names_can_be_replaced),
        cmocka_unit_test(the_axes_named_are_known))
