#include "cli/cli.h"
#include "tests/lib/cm.h"
#include <string.h>
#include <unistd.h>

struct given {
    bool quiet;
    const char *out;
    uint64_t workers;
    double number, share;
    int64_t span_ms;
    uint64_t bytes;
    int format;
    struct cli_list set;
    struct cli_args args;
};

/* The refusal's lines are for a human; the test keeps them out of its own output, and reads them.
 */
static char said[2048];
static int parse(struct given *g, int argc, const char *const *argv)
{
    const struct cli_option options[] = {
        {"quiet", 'q', CLI_FLAG, &g->quiet, NULL, "", NULL},
        {"output", 'o', CLI_TEXT, &g->out, "FILE", "", NULL},
        {"workers", 0, CLI_COUNT, &g->workers, "N", "", NULL},
        {"number", 0, CLI_NUMBER, &g->number, "X", "", NULL},
        {"sample", 0, CLI_SHARE, &g->share, "SHARE", "", NULL},
        {"older-than", 0, CLI_DURATION, &g->span_ms, "TIME", "", NULL},
        {"max-size", 0, CLI_BYTES, &g->bytes, "SIZE", "", NULL},
        {"format", 0, CLI_CHOICE, &g->format, "FORM", "", CLI_FORMATS},
        {"set", 0, CLI_LIST, &g->set, "PATH=VALUE", "", NULL},
        CLI_OPTION_END,
    };
    char *copy[16];
    for (int i = 0; i < argc; i++)
        copy[i] = (char *)(uintptr_t)argv[i];
    memset(g, 0, sizeof *g);
    FILE *keep = tmpfile();
    fflush(stderr);
    int saved = dup(STDERR_FILENO);
    dup2(fileno(keep), STDERR_FILENO);
    int code = cli_parse(argc, copy, options, 1, 2, &g->args);
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(keep);
    size_t length = fread(said, 1, sizeof said - 1, keep);
    said[length] = '\0';
    fclose(keep);
    return code;
}
#define PARSE(g, ...)                                                                              \
    parse(g, (int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)),                        \
          (const char *[]){__VA_ARGS__})

static void options_are_read_in_any_place_and_form(void **state)
{
    (void)state;
    struct given g;
    assert_int_equal(PARSE(&g, "run", "--workers=3", "spec.yaml", "-q", "-oout.csv", "--set", "a=1",
                           "--format", "csv", "--set=b=2", "--sample", "2%", "--number", "-1.5e3",
                           "last"),
                     -1);
    assert_true(g.quiet);
    assert_string_equal(g.out, "out.csv");
    assert_int_equal(g.workers, 3);
    assert_int_equal(g.format, CLI_CSV);
    assert_true(g.share > 0.0199 && g.share < 0.0201);
    assert_true(g.number < -1499 && g.number > -1501);
    assert_int_equal(g.set.n, 2);
    assert_string_equal(g.set.at[1], "b=2");
    assert_null(g.set.at[2]);
    assert_int_equal(g.args.n, 2);
    assert_string_equal(g.args.at[0], "spec.yaml");
    assert_string_equal(g.args.at[1], "last");
    assert_int_equal(PARSE(&g, "run", "--", "--quiet"), -1);
    assert_string_equal(g.args.at[0], "--quiet");
}

static void a_misspelt_option_names_the_nearest(void **state)
{
    (void)state;
    struct given g;
    assert_int_equal(PARSE(&g, "run", "--worker", "3", "x"), CLI_USAGE);
    assert_non_null(strstr(said, "plateau: unknown option --worker (did you mean --workers?)"));
    assert_non_null(strstr(said, "next: plateau run --help"));
    assert_int_equal(PARSE(&g, "run", "--format", "cvs", "x"), CLI_USAGE);
    assert_non_null(strstr(said, "expected one of table, json, csv (did you mean \"csv\"?)"));
}

static void values_out_of_form_are_refused(void **state)
{
    (void)state;
    struct given g;
    assert_int_equal(PARSE(&g, "run", "--workers", "-1", "x"), CLI_USAGE);
    assert_int_equal(PARSE(&g, "run", "--workers", "2x", "x"), CLI_USAGE);
    assert_int_equal(PARSE(&g, "run", "--workers", "99999999999999999999", "x"), CLI_USAGE);
    assert_int_equal(PARSE(&g, "run", "--sample", "0%", "x"), CLI_USAGE);
    assert_int_equal(PARSE(&g, "run", "--sample", "101%", "x"), CLI_USAGE);
    assert_int_equal(PARSE(&g, "run", "--number", "nan", "x"), CLI_USAGE);
    assert_int_equal(PARSE(&g, "run", "--number", "1,5", "x"), CLI_USAGE);
    assert_int_equal(PARSE(&g, "run", "--quiet=1", "x"), CLI_USAGE);
    assert_int_equal(PARSE(&g, "run", "x", "--workers"), CLI_USAGE);
    assert_non_null(strstr(said, "--workers needs a value"));
}

static void arguments_are_counted(void **state)
{
    (void)state;
    struct given g;
    assert_int_equal(PARSE(&g, "run"), CLI_USAGE);
    assert_non_null(strstr(said, "plateau run SPEC"));
    assert_int_equal(PARSE(&g, "run", "a", "b", "c"), CLI_USAGE);
    assert_non_null(strstr(said, "unexpected argument \"c\""));
}

static void spans_and_sizes_carry_their_unit(void **state)
{
    (void)state;
    struct given g;
    assert_int_equal(PARSE(&g, "run", "--older-than", "1.5h", "--max-size=2G", "last"), -1);
    assert_int_equal(g.span_ms, 5400000);
    assert_int_equal(g.bytes, UINT64_C(2) << 30);
    assert_int_equal(PARSE(&g, "run", "--older-than", "90", "last"), 2);
    assert_non_null(strstr(said, "--older-than: found \"90\", expected a time such as"));
    assert_int_equal(PARSE(&g, "run", "--max-size", "2X", "last"), 2);
    assert_non_null(strstr(said, "--max-size: found \"2X\", expected a size such as"));
}

CM_MAIN("cli_options", cmocka_unit_test(spans_and_sizes_carry_their_unit),
        cmocka_unit_test(options_are_read_in_any_place_and_form),
        cmocka_unit_test(a_misspelt_option_names_the_nearest),
        cmocka_unit_test(values_out_of_form_are_refused), cmocka_unit_test(arguments_are_counted))
