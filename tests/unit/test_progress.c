#include "cli/progress.h"
#include "tests/lib/cm.h"
#include <math.h>
#include <string.h>

static const struct progress_state HALF = {
    .done = 1368, .total = 2736, .failed = 0, .rate = 1650.7, .eta_s = 42.2, .n_workers = 2};

static void a_line_has_bar_rate_and_time_left(void **state)
{
    (void)state;
    char line[300];
    progress_line(line, sizeof line, 110, &HALF);
    assert_string_equal(line, " 50 % [####################....................] 1,368 of 2,736 "
                              "cells  1,650/s  42 s left  2 workers");
    progress_line(line, sizeof line, 0, &HALF);
    assert_string_equal(line, " 50 %  1,368 of 2,736 cells  1,650/s  42 s left  2 workers");
    for (int columns = 1; columns < 130; columns++) {
        progress_line(line, sizeof line, columns, &HALF);
        assert_true(strlen(line) < (size_t)columns || strlen(line) == 0);
    }
}

static void unknown_rates_are_question_marks(void **state)
{
    (void)state;
    char line[300];
    struct progress_state start = {.total = 10, .rate = NAN, .eta_s = NAN, .n_workers = 1};
    progress_line(line, sizeof line, 0, &start);
    assert_string_equal(line, "  0 %  0 of 10 cells  ?/s  ? left  1 worker");
    start.done = 10;
    start.failed = 3;
    progress_line(line, sizeof line, 0, &start);
    assert_string_equal(line, "100 %  10 of 10 cells  ?/s  ? left  1 worker  3 failed");
}

static void spans_read_well(void **state)
{
    (void)state;
    char text[32];
    progress_span(text, sizeof text, 59.4);
    assert_string_equal(text, "59 s");
    progress_span(text, sizeof text, 725);
    assert_string_equal(text, "12:05");
    progress_span(text, sizeof text, 3 * 3600 + 7 * 60);
    assert_string_equal(text, "3 h 07 min");
    progress_span(text, sizeof text, INFINITY);
    assert_string_equal(text, "?");
}

static void off_a_terminal_a_line_comes_every_ten_seconds(void **state)
{
    (void)state;
    FILE *out = tmpfile();
    struct progress p;
    struct progress_state s = HALF;
    progress_init(&p, out, 0, false);
    int lines = 0;
    for (int tenth = 0; tenth <= 310; tenth++) {
        s.elapsed_s = tenth / 10.0;
        progress_show(&p, &s);
    }
    progress_end(&p, &s);
    rewind(out);
    for (int c; (c = fgetc(out)) != EOF;)
        lines += c == '\n';
    assert_int_equal(lines, 4); /* 10, 20, 30 s and the end */
    fclose(out);
}

CM_MAIN("progress", cmocka_unit_test(a_line_has_bar_rate_and_time_left),
        cmocka_unit_test(unknown_rates_are_question_marks), cmocka_unit_test(spans_read_well),
        cmocka_unit_test(off_a_terminal_a_line_comes_every_ten_seconds))
