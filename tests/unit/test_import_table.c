#include "coordinator/import_table.h"
#include "tests/lib/cm.h"
#include "tests/lib/text_file.h"
#include <string.h>

static enum err read_text(struct import_table *t, const char *text, struct err_note *note)
{
    static char path[40];
    strcpy(path, "/tmp/plateau-table-XXXXXX");
    enum err err = import_table_read(t, text_file(path, text), note);
    unlink(path);
    return err;
}

static void fields_are_unquoted_and_trimmed(void **state)
{
    (void)state;
    struct import_table t;
    struct err_note note = {""};
    assert_int_equal(
        read_text(&t, "\xef\xbb\xbf a ,\"b, \"\"x\"\"\",\r\n\r\n1,2,3\r\n,\"\", 5\t\n7,8,9", &note),
        OK);
    assert_int_equal(t.n_columns, 3);
    assert_int_equal(t.n_rows, 3);
    assert_string_equal(t.header[0], "a");
    assert_string_equal(t.header[1], "b, \"x\"");
    assert_string_equal(t.header[2], "");
    static const char *const expected[] = {"1", "2", "3", "", "", "5", "7", "8", "9"};
    for (uint32_t i = 0; i < 9; i++)
        assert_string_equal(import_table_field(&t, i / 3, i % 3), expected[i]);
    assert_int_equal(t.line[0], 3); /* of the file: the empty line counts */
    assert_int_equal(t.line[2], 5);
    import_table_free(&t);
}

static void what_is_no_table_is_named(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"", ": empty"},
        {"\n\r\n", ": empty"},
        {"a,b\n", ": no rows"},
        {"a,b\n1,2\n\n1\n", ":4: 1 fields, expected 2"},
        {"a,b\n1,2,3\n", ":2: 3 fields, expected 2"},
        {"a,b\n\"1,2\n", ":2: a quote is not closed"},
        {"a;b\n1;2\n", ":1: no comma"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct import_table t;
        struct err_note note = {""};
        assert_int_equal(read_text(&t, wrong[i][0], &note), ERR_FORMAT);
        if (!strstr(note.text, wrong[i][1]))
            fail_msg("%s: %s", wrong[i][1], note.text);
    }
    struct import_table t;
    struct err_note note = {""};
    assert_int_equal(import_table_read(&t, "/no/such/file.csv", &note), ERR_NOT_FOUND);
}

CM_MAIN("import_table", cmocka_unit_test(fields_are_unquoted_and_trimmed),
        cmocka_unit_test(what_is_no_table_is_named))
