#include "proto/err.h"
#include "tests/lib/cm.h"
#include <string.h>

static void a_note_is_one_line(void **state)
{
    (void)state;
    struct err_note note;
    assert_int_equal(err_set(&note, ERR_SPEC, "%s: %d", "a\nb\x1b[2J\x7f", 7), ERR_SPEC);
    assert_string_equal(note.text, "a b [2J : 7"); /* what is quoted cannot draw on a terminal */
    assert_int_equal(err_set(NULL, ERR_IO, "nobody asks"), ERR_IO);
}

static void a_long_note_is_cut(void **state)
{
    (void)state;
    struct err_note note;
    err_set(&note, ERR_IO, "%2000d", 1);
    assert_int_equal(strlen(note.text), ERR_NOTE_MAX - 1);
}

static void the_nearest_name_is_near(void **state)
{
    (void)state;
    const char *const names[] = {"exit_ma", "exit_mode", "seed", "step"};
    assert_string_equal(err_nearest("exit_am", names, 4), "exit_ma");
    assert_string_equal(err_nearest("exitmode", names, 4), "exit_mode");
    assert_string_equal(err_nearest("sed", names, 4), "seed");
    assert_string_equal(err_nearest("step", names, 4), "step");
    assert_null(err_nearest("breakout", names, 4));
    assert_null(err_nearest("x", names, 0));
}

static void every_code_has_a_text_and_an_exit(void **state)
{
    (void)state;
    assert_string_equal(err_text(OK), "ok");
    assert_int_equal(err_exit_code(OK), 0);
    assert_int_equal(err_exit_code(ERR_SPEC), 2);
    assert_int_equal(err_exit_code(ERR_MISMATCH), 5);
    assert_string_equal(err_text((enum err)9999), "unknown error");
    assert_int_equal(err_exit_code((enum err)9999), 3);
}

CM_MAIN("err", cmocka_unit_test(a_note_is_one_line), cmocka_unit_test(a_long_note_is_cut),
        cmocka_unit_test(the_nearest_name_is_near),
        cmocka_unit_test(every_code_has_a_text_and_an_exit))
