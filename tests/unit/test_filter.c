#include "tests/lib/cm.h"

#include "coordinator/filter.h"
#include <math.h>
#include <string.h>

/* Columns a = 1, b = 2, c = NaN, mode = "off" (2 of on, auto, off). */
static enum err column(void *ctx, const char *name, uint32_t *out, struct err_note *note)
{
    (void)ctx;
    static const char *const names[] = {"a", "b", "c", "mode"};
    for (uint32_t i = 0; i < 4; i++)
        if (strcmp(names[i], name) == 0) {
            *out = i;
            return OK;
        }
    return err_set(note, ERR_NOT_FOUND, "no column %s", name);
}

static enum err text(void *ctx, uint32_t of, const char *word, double *out, struct err_note *note)
{
    (void)ctx;
    static const char *const modes[] = {"on", "auto", "off"};
    for (int i = 0; of == 3 && i < 3; i++)
        if (strcmp(modes[i], word) == 0) {
            *out = i;
            return OK;
        }
    return err_set(note, ERR_NOT_FOUND, "no text %s", word);
}

static double value(void *ctx, uint32_t of)
{
    (void)ctx;
    const double values[] = {1, 2, NAN, 2};
    return values[of];
}

static const struct filter_names names = {NULL, column, text};

static void conditions_mean_what_they_say(void **state)
{
    (void)state;
    const struct {
        const char *text;
        bool holds;
    } cases[] = {
        {"a < b", true},
        {"a > b", false},
        {"a <= 1 and b >= 2", true},
        {"a = 1", true},
        {"a == 2", false},
        {"a != 2", true},
        {"0 < a < b <= 2", true},
        {"0 < b < a", false},
        {"not a > b", true},
        {"not (a < b)", false},
        {"a > b or b > a", true},
        {"a > b or a > b and b > a", false},
        {"a < b or a > b and a > b", true}, /* and binds tighter */
        {"a + b * 2 == 5", true},
        {"(a + b) * 2 == 6", true},
        {"b - a - a == 0", true},
        {"b / 4 == 0.5", true},
        {"-a < 0", true},
        {"1 - -a == 2", true},
        {"c > 0", false},
        {"c <= 0", false},
        {"c != 0", false},
        {"c == c", false},
        {"not c > 0", true},
        {"c > 0 or a", true}, /* undefined */
        {"mode == 'off'", true},
        {"mode == \"on\"", false},
        {"'off' == mode", true},
        {"mode != 'auto' and a < b", true},
        {"a", true},
        {"a - 1", false},
        {"1e3 > .5", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct filter *filter = NULL;
        struct err_note note = {""};
        if (filter_new(&filter, cases[i].text, &names, &note))
            fail_msg("%s: %s", cases[i].text, note.text);
        if (filter_holds(filter, value, NULL) != cases[i].holds)
            fail_msg("%s", cases[i].text);
        filter_free(&filter);
    }
}

static void nonsense_is_refused_with_its_place(void **state)
{
    (void)state;
    const struct {
        const char *text;
        enum err err;
        const char *says;
    } cases[] = {
        {"", ERR_FORMAT, "character 1"},
        {"a <", ERR_FORMAT, "character 4"},
        {"a < b)", ERR_FORMAT, "character 6"},
        {"(a < b", ERR_FORMAT, "expected )"},
        {"a b", ERR_FORMAT, "character 3"},
        {"a < 'x", ERR_FORMAT, "quoted"},
        {"d > 1", ERR_NOT_FOUND, "no column d"},
        {"mode == 'of'", ERR_NOT_FOUND, "no text of"},
        {"'on'", ERR_FORMAT, "a comparison"},
        {"'on' == 'on'", ERR_FORMAT, "a name beside"},
        {"1 < 'on'", ERR_FORMAT, "a name beside"},
        {"a = = b", ERR_FORMAT, "character 5"},
        {"and", ERR_NOT_FOUND, "and"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct filter *filter = NULL;
        struct err_note note = {""};
        enum err err = filter_new(&filter, cases[i].text, &names, &note);
        if (err != cases[i].err || !strstr(note.text, cases[i].says))
            fail_msg("%s: %d %s", cases[i].text, err, note.text);
        assert_null(filter);
    }
}

static void depth_and_length_have_limits(void **state)
{
    (void)state;
    char deep[4000];
    struct filter *filter = NULL;
    const char *const parts[] = {"(", "not ", "-", "a<", "a+"};
    for (size_t k = 0; k < sizeof parts / sizeof parts[0]; k++) {
        deep[0] = '\0';
        for (int i = 0; i < 900 && strlen(deep) < 3900; i++)
            strcat(deep, parts[k]);
        strcat(deep, "a");
        struct err_note note = {""};
        assert_int_equal(filter_new(&filter, deep, &names, &note), ERR_FORMAT);
        assert_null(filter);
    }
}

CM_MAIN("filter", cmocka_unit_test(conditions_mean_what_they_say),
        cmocka_unit_test(nonsense_is_refused_with_its_place),
        cmocka_unit_test(depth_and_length_have_limits))
