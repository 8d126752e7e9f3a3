#include "review/gate.h"
#include "tests/lib/cm.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char TEXT[] = "criteria:\n"
                           "  main:\n"
                           "    on: holdout\n"
                           "    at_least: 2\n"
                           "    require: [sharpe > 1, mdd < 15%, n_trades >= 50]\n"
                           "  hard:\n"
                           "    on: selection\n"
                           "    reject: [sharpe@slippage_2x < 0.5]\n";

struct known {
    double main[3], hard;
    bool unopened;
};

static enum err source(void *ctx, const struct gate_group *group, const struct gate_line *line,
                       struct gate_value *out, struct err_note *note)
{
    const struct known *k = ctx;
    (void)note;
    if (strcmp(group->name, "hard") == 0) {
        out->value = k->hard;
        return OK;
    }
    out->unopened = k->unopened;
    if (k->unopened)
        strcpy(out->why, "nobody looked <&> \"yet\"");
    else
        out->value = k->main[line - group->lines];
    return OK;
}

static void judge(struct gate *gate, const struct known *known, bool require_holdout,
                  struct gate_judgement *out)
{
    struct err_note note = {""};
    struct known k = *known;
    assert_int_equal(gate_parse(gate, "a&b<\"c'.yaml", TEXT, sizeof TEXT - 1, GATE_MEASURE,
                                GATE_N_MEASURES, &note),
                     OK);
    assert_int_equal(gate_judge(out, gate, require_holdout, source, &k, &note), OK);
}

static enum gate_outcome outcome(const struct known *known, bool require_holdout)
{
    struct gate gate;
    struct gate_judgement j;
    judge(&gate, known, require_holdout, &j);
    gate_free(&gate);
    return j.outcome;
}

static void enough_lines_are_enough(void **state)
{
    (void)state;
    assert_int_equal(outcome(&(struct known){{2, 0.1, 60}, 1, false}, false), GATE_PASS);
    assert_int_equal(outcome(&(struct known){{2, 0.2, 50}, 0.5, false}, false), GATE_PASS);
    assert_int_equal(outcome(&(struct known){{1, 0.15, 60}, 1, false}, false), GATE_FAIL);
    assert_int_equal(outcome(&(struct known){{2, 0.1, 60}, 0.49, false}, false), GATE_FAIL);
}

static void the_unknown_never_passes(void **state)
{
    (void)state;
    assert_int_equal(outcome(&(struct known){{2, 0.1, NAN}, 1, false}, false), GATE_PASS);
    assert_int_equal(outcome(&(struct known){{2, NAN, NAN}, 1, false}, false), GATE_FAIL);
    assert_int_equal(outcome(&(struct known){{2, 0.1, 60}, NAN, false}, false), GATE_FAIL);
    assert_int_equal(outcome(&(struct known){{INFINITY, 0.1, 60}, INFINITY, false}, false),
                     GATE_PASS);
}

static void a_closed_holdout_fails_only_when_asked(void **state)
{
    (void)state;
    assert_int_equal(outcome(&(struct known){{0}, 1, true}, false), GATE_NOT_EVALUATED);
    assert_int_equal(outcome(&(struct known){{0}, 1, true}, true), GATE_FAIL);
    assert_int_equal(outcome(&(struct known){{0}, 0, true}, false), GATE_FAIL);
}

static void write_junit(const struct known *known, bool require_holdout, char **text)
{
    struct gate gate;
    struct gate_judgement j;
    size_t length;
    FILE *out = open_memstream(text, &length);
    assert_non_null(out);
    judge(&gate, known, require_holdout, &j);
    assert_int_equal(gate_junit(out, &gate, &j, "run\x01 <1>"), OK);
    fclose(out);
    gate_free(&gate);
}

static void junit_counts_and_escapes(void **state)
{
    (void)state;
    char *text = NULL;
    /* main passes with two of three: the third is no failure; hard fails. */
    write_junit(&(struct known){{2, 0.2, 60}, 0, false}, false, &text);
    assert_non_null(strstr(text, "<testsuites name=\"run? &lt;1&gt;\" tests=\"4\" failures=\"1\" "
                                 "errors=\"0\" skipped=\"1\""));
    assert_non_null(strstr(text, "name=\"mdd &lt; 15%\" file=\"a&amp;b&lt;&quot;c&apos;.yaml\" "
                                 "line=\"5\" time=\"0\">\n      <skipped"));
    assert_non_null(strstr(text, "<failure message=\"sharpe under slippage_2x on selection is 0, "
                                 "rejected if &lt; 0.5\" type=\"reject\"/>"));
    free(text);
    write_junit(&(struct known){{0}, 1, true}, true, &text);
    assert_non_null(strstr(text, "failures=\"3\""));
    assert_non_null(strstr(text, "nobody looked &lt;&amp;&gt; &quot;yet&quot;"));
    free(text);
}

static void every_measure_has_words(void **state)
{
    (void)state;
    for (uint32_t m = 0; m < GATE_N_MEASURES; m++) {
        assert_non_null(GATE_MEASURE[m]);
        assert_true(strlen(gate_measure_text(m)) > 5);
    }
    assert_string_equal(GATE_MEASURE[METRIC_sharpe], "sharpe");
}

/* The shipped criteria are those of the documentation, line by line. */
static void the_shipped_gate_reads(void **state)
{
    (void)state;
    struct gate gate;
    struct err_note note = {""};
    assert_int_equal(gate_read(&gate, "configs/gate.yaml", GATE_MEASURE, GATE_N_MEASURES, &note),
                     OK);
    assert_int_equal(gate.n, 3);
    assert_int_equal(gate.group[0].n, 4);
    assert_int_equal(gate.group[1].n, 4);
    assert_int_equal(gate.group[1].need, 3);
    assert_int_equal(gate.group[2].n, 7);
    assert_true(gate.group[2].reject);
    assert_string_equal(gate.group[2].on, "selection");
    gate_free(&gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enough_lines_are_enough),
        cmocka_unit_test(the_unknown_never_passes),
        cmocka_unit_test(a_closed_holdout_fails_only_when_asked),
        cmocka_unit_test(junit_counts_and_escapes),
        cmocka_unit_test(every_measure_has_words),
        cmocka_unit_test(the_shipped_gate_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
