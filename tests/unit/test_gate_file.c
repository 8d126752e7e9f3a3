#include "spec/gate_file.h"
#include "tests/lib/cm.h"
#include <string.h>

static const char *const NAMES[] = {"sharpe", "mdd", "calmar"};

static enum err parse(struct gate *gate, const char *text, struct err_note *note)
{
    return gate_parse(gate, "g.yaml", text, strlen(text), NAMES, 3, note);
}

static void lines_say_what_they_mean(void **state)
{
    (void)state;
    struct gate gate;
    struct err_note note = {""};
    assert_int_equal(parse(&gate,
                           "criteria:\n"
                           "  main:\n"
                           "    on: holdout\n"
                           "    at_least: 2\n"
                           "    require:\n"
                           "      - sharpe > 1.5 # words\n"
                           "      - mdd@slippage_2x<=15%\n"
                           "      - calmar >= -1e-1\n"
                           "  bad: {on: selection, reject: [mdd < .2]}\n",
                           &note),
                     OK);
    assert_int_equal(gate.n, 2);
    const struct gate_group *g = &gate.group[0];
    assert_string_equal(g->name, "main");
    assert_string_equal(g->on, "holdout");
    assert_false(g->reject);
    assert_int_equal(g->n, 3);
    assert_int_equal(g->need, 2);
    assert_int_equal(g->lines[0].measure, 0);
    assert_int_equal(g->lines[0].op, GATE_ABOVE);
    assert_true(g->lines[0].limit == 1.5);
    assert_int_equal(g->lines[0].line, 6);
    assert_string_equal(g->lines[0].text, "sharpe > 1.5");
    assert_string_equal(g->lines[1].scenario, "slippage_2x");
    assert_int_equal(g->lines[1].op, GATE_AT_MOST);
    assert_true(g->lines[1].limit == 0.15);
    assert_int_equal(g->lines[2].op, GATE_AT_LEAST);
    assert_true(g->lines[2].limit == -0.1);
    assert_true(gate.group[1].reject);
    assert_int_equal(gate.group[1].need, 1);
    assert_int_equal(gate.group[1].lines[0].op, GATE_BELOW);
    gate_free(&gate);
}

/* Each with its line and what to do about it. */
static void mistakes_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"criteria:\n  a:\n    on: x\n    require:\n      - sharp > 1\n",
         "g.yaml:5: require: 'sharp' is no measure (did you mean sharpe?)"},
        {"criteria:\n  a:\n    on: x\n    require:\n      - zzzzzzzz > 1\n", "--measures"},
        {"criteria: {a: {on: x, require: [sharpe = 1]}}\n", "expected <, <=, > or >="},
        {"criteria: {a: {on: x, require: [sharpe > much]}}\n", "expected a number"},
        {"criteria: {a: {on: x, require: [sharpe > 1 2]}}\n", "expected a number"},
        {"criteria: {a: {on: x, require: [sharpe > inf]}}\n", "expected a number"},
        {"criteria: {a: {on: x, require: [sharpe > 1e999]}}\n", "expected a number"},
        {"criteria: {a: {on: x, require: [sharpe@ > 1]}}\n", "expected MEASURE"},
        {"criteria: {a: {on: x, require: [{sharpe: 1}]}}\n", "found a map"},
        {"criteria: {a: {on: x, require: []}}\n", "found 0 criteria"},
        {"criteria: {a: {require: [sharpe > 1]}}\n", "on is missing"},
        {"criteria: {a: {on: x}}\n", "either require or reject"},
        {"criteria: {a: {on: x, reject: [mdd > 1], require: [mdd > 1]}}\n", "either"},
        {"criteria: {a: {on: x, reject: [mdd > 1], at_least: 1}}\n", "at_least goes with require"},
        {"criteria: {a: {on: x, require: [mdd > 1], at_least: 2}}\n", "at_least"},
        {"criteria: {a: {on: x, requires: [mdd > 1]}}\n", "did you mean require?"},
        {"criterias: {}\n", "did you mean criteria?"},
        {"criteria: {}\n", "found 0 groups"},
        {"- a\n", "expected a map with criteria"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct gate gate;
        struct err_note note = {""};
        assert_int_equal(parse(&gate, wrong[i].text, &note), ERR_SPEC);
        if (!strstr(note.text, wrong[i].says) || strncmp(note.text, "g.yaml:", 7) != 0)
            fail_msg("case %zu: \"%s\" does not say \"%s\"", i, note.text, wrong[i].says);
    }
}

static void a_missing_file_is_not_found(void **state)
{
    (void)state;
    struct gate gate;
    struct err_note note = {""};
    assert_int_equal(gate_read(&gate, "/nowhere/gate.yaml", NAMES, 3, &note), ERR_NOT_FOUND);
    assert_non_null(strstr(note.text, "/nowhere/gate.yaml"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_say_what_they_mean),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(a_missing_file_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
