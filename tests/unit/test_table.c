#include "cli/table.h"
#include "tests/lib/cm.h"
#include <math.h>
#include <string.h>

static const char *const COLUMNS[] = {"name", "value", NULL};

static void prints(enum cli_format format, const char *expected)
{
    struct table *t = NULL;
    char text[512];
    FILE *out = tmpfile();
    assert_int_equal(table_new(&t, COLUMNS), OK);
    table_text(t, "a, \"b\"");
    table_number(t, 0.1, 17);
    table_text(t, "\xc3\xa9");
    table_number(t, NAN, 17);
    table_text(t, "n");
    table_whole(t, -12);
    assert_int_equal(table_print(t, format, out), OK);
    rewind(out);
    size_t length = fread(text, 1, sizeof text - 1, out);
    text[length] = '\0';
    assert_string_equal(text, expected);
    fclose(out);
    table_free(&t);
    assert_null(t);
}

static void one_table_in_three_forms(void **state)
{
    (void)state;
    prints(CLI_CSV, "name,value\n\"a, \"\"b\"\"\",0.10000000000000001\n\xc3\xa9,\nn,-12\n");
    prints(CLI_JSON, "[{\"name\": \"a, \\\"b\\\"\", \"value\": 0.10000000000000001},\n"
                     " {\"name\": \"\xc3\xa9\", \"value\": null},\n"
                     " {\"name\": \"n\", \"value\": -12}]\n");
    prints(CLI_TABLE, "name                  value\n"
                      "a, \"b\"  0.10000000000000001\n"
                      "\xc3\xa9                          \n"
                      "n                       -12\n");
}

static void an_empty_table_is_a_heading(void **state)
{
    (void)state;
    struct table *t = NULL;
    char text[64] = "";
    FILE *out = tmpfile();
    assert_int_equal(table_new(&t, COLUMNS), OK);
    assert_int_equal(table_print(t, CLI_JSON, out), OK);
    assert_int_equal(table_print(t, CLI_TABLE, out), OK);
    rewind(out);
    assert_true(fread(text, 1, sizeof text - 1, out) > 0);
    assert_string_equal(text, "[]\nname  value\n");
    fclose(out);
    table_free(&t);
}

CM_MAIN("table", cmocka_unit_test(one_table_in_three_forms),
        cmocka_unit_test(an_empty_table_is_a_heading))
