#include "cli/hint.h"
#include "tests/lib/cm.h"
#include <string.h>

static const char *runs;
static const struct cli_option OPTIONS[] = {
    {"dir", 0, CLI_TEXT, &runs, "RUNS", "", NULL},
    CLI_OPTION_END,
};

static const char *fill(const char *verb, const char *first, const char *second, const char *text)
{
    static char out[HINT_TEXT_MAX];
    struct cli_args args = {.at = {first, second}, .n = !first ? 0 : !second ? 1 : 2};
    hint_learn(verb, OPTIONS, &args);
    hint_fill(out, sizeof out, text);
    return out;
}

static void words_become_what_was_typed(void **state)
{
    (void)state;
    runs = "runs";
    assert_string_equal(fill("heatmap", "sharpe", "base-1", "plateau resume RUN goes on"),
                        "plateau resume base-1 goes on");
    assert_string_equal(fill("heatmap", "sharpe", NULL, "plateau VERB --help; plateau resume RUN"),
                        "plateau heatmap --help; plateau resume last");
    assert_string_equal(fill("plan", "a b.yaml", NULL, "plateau data check SPEC"),
                        "plateau data check 'a b.yaml'");
    assert_string_equal(fill("data", "check", "s.yaml", "plateau data check SPEC"),
                        "plateau data check s.yaml");
    assert_string_equal(fill("prereg", "base-1", NULL, "RUN"), "base-1"); /* no file: a run */
}

static void what_is_not_known_stays(void **state)
{
    (void)state;
    runs = "runs";
    assert_string_equal(fill("status", "x", NULL, "plateau run SPEC starts one, RUNNING"),
                        "plateau run SPEC starts one, RUNNING");
    assert_string_equal(fill("plan", "s.yaml", NULL, "plateau status RUN"), "plateau status RUN");
    assert_false(hint_knows_run());
}

static void a_run_of_another_folder_is_found_again(void **state)
{
    (void)state;
    runs = "/data/my runs";
    assert_string_equal(fill("status", "base-1", NULL, "plateau ls --dir RUNS; plateau resume RUN"),
                        "plateau ls --dir '/data/my runs'; "
                        "plateau resume base-1 --dir '/data/my runs'");
    assert_string_equal(fill("status", "/data/x/base-1", NULL, "RUN"), "/data/x/base-1");
    assert_string_equal(hint_run("it's"), "'it'\\''s' --dir '/data/my runs'");
}

static void a_text_that_does_not_fit_is_cut(void **state)
{
    (void)state;
    static char name[2000], small[16];
    memset(name, '\'', sizeof name - 1);
    runs = name;
    fill("status", name, NULL, "plateau resume RUN; RUN; RUN; RUN");
    hint_fill(small, sizeof small, "plateau resume RUN");
    assert_memory_equal(small, "plateau resume ", 15);
    assert_int_equal(strlen(small), 15);
}

CM_MAIN("hint", cmocka_unit_test(words_become_what_was_typed),
        cmocka_unit_test(what_is_not_known_stays),
        cmocka_unit_test(a_run_of_another_folder_is_found_again),
        cmocka_unit_test(a_text_that_does_not_fit_is_cut))
