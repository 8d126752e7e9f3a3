#include "cli/facts.h"
#include "tests/lib/cm.h"
#include <math.h>

static void prints(enum cli_format format, const char *expected)
{
    struct facts *f = NULL;
    char text[512];
    FILE *out = tmpfile();
    assert_int_equal(facts_new(&f), OK);
    facts_text(f, "name", "a \"%s\"", "b");
    facts_whole(f, "cells", 12);
    facts_number(f, "rate", 0.25, 6);
    facts_number(f, "eta", NAN, 6);
    assert_int_equal(facts_print(f, format, out), OK);
    rewind(out);
    text[fread(text, 1, sizeof text - 1, out)] = '\0';
    assert_string_equal(text, expected);
    fclose(out);
    facts_free(&f);
    assert_null(f);
}

static void the_same_names_in_all_forms(void **state)
{
    (void)state;
    prints(CLI_TABLE, "name                 a \"b\"\ncells                12\n"
                      "rate                 0.25\neta                  \n");
    prints(CLI_CSV, "name,value\nname,\"a \"\"b\"\"\"\ncells,12\nrate,0.25\neta,\n");
    prints(CLI_JSON,
           "{\"name\": \"a \\\"b\\\"\",\n \"cells\": 12,\n \"rate\": 0.25,\n \"eta\": null}\n");
}

/* A cell of many periods and folds. */
static void there_is_room_for_all(void **state)
{
    (void)state;
    struct facts *f = NULL;
    FILE *out = tmpfile();
    assert_int_equal(facts_new(&f), OK);
    for (uint64_t i = 0; i < 1500; i++)
        facts_whole(f, "n", i);
    assert_int_equal(facts_print(f, CLI_CSV, out), OK);
    rewind(out);
    int lines = 0;
    for (int c; (c = fgetc(out)) != EOF;)
        lines += c == '\n';
    assert_int_equal(lines, 1501);
    fclose(out);
    facts_free(&f);
}

CM_MAIN("facts", cmocka_unit_test(the_same_names_in_all_forms),
        cmocka_unit_test(there_is_room_for_all))
