#include "proto/byte_size.h"
#include "proto/duration.h"
#include "tests/lib/cm.h"
#include <string.h>

static int64_t ms_of(const char *text)
{
    int64_t ms = -1;
    struct err_note note = {""};
    enum err err = duration_parse(text, &ms, &note);
    if (err) {
        assert_int_equal(ms, -1); /* left alone */
        assert_non_null(strstr(note.text, "expected"));
        return -(int64_t)err;
    }
    return ms;
}

static void a_duration_is_a_number_and_a_unit(void **state)
{
    (void)state;
    assert_int_equal(ms_of("90s"), 90000);
    assert_int_equal(ms_of("500ms"), 500);
    assert_int_equal(ms_of("10m"), 600000);
    assert_int_equal(ms_of("2h"), 7200000);
    assert_int_equal(ms_of("1.5h"), 5400000);
    assert_int_equal(ms_of("0.0019s"), 1);
    assert_int_equal(ms_of("1d"), 86400000);
    assert_int_equal(ms_of("0s"), 0);
}

static void a_duration_of_another_form_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "s",
                                        "90",
                                        "-1s",
                                        "+1s",
                                        " 1s",
                                        "1 s",
                                        "1s ",
                                        "1.s",
                                        ".5s",
                                        "1..2s",
                                        "1.2.3s",
                                        "1sec",
                                        "1S",
                                        "1h30m",
                                        "1e3s",
                                        "0x1s",
                                        "nans",
                                        "1234567890123456789s"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(ms_of(wrong[i]), -(int64_t)ERR_FORMAT);
    assert_int_equal(ms_of("3660d"), DURATION_MAX_MS);
    assert_int_equal(ms_of("3661d"), -(int64_t)ERR_RANGE);
    assert_int_equal(ms_of("999999999999999999d"), -(int64_t)ERR_RANGE);
}

static uint64_t bytes_of(const char *text)
{
    uint64_t bytes = 7;
    struct err_note note = {""};
    enum err err = byte_size_parse(text, &bytes, &note);
    if (err) {
        assert_int_equal(bytes, 7);
        assert_non_null(strstr(note.text, "expected"));
    }
    return bytes;
}

static void a_size_is_a_number_and_a_unit(void **state)
{
    (void)state;
    assert_int_equal(bytes_of("12B"), 12);
    assert_int_equal(bytes_of("500M"), UINT64_C(500) << 20);
    assert_int_equal(bytes_of("1.5G"), UINT64_C(3) << 29);
    assert_int_equal(bytes_of("2KiB"), 2048);
    assert_int_equal(bytes_of("1024T"), BYTE_SIZE_MAX);
    assert_int_equal(bytes_of("1025T"), 7);
    assert_int_equal(bytes_of("500"), 7);
    assert_int_equal(bytes_of("500m"), 7);
    assert_int_equal(bytes_of("-1M"), 7);
}

static void a_size_is_told_in_its_largest_unit(void **state)
{
    (void)state;
    static const struct {
        uint64_t bytes;
        const char *text;
    } cases[] = {{0, "0 bytes"},
                 {1, "1 byte"},
                 {1023, "1023 bytes"},
                 {1536, "1.5 KiB"},
                 {(1u << 20) - 1, "1.0 MiB"},
                 {UINT64_C(5) << 30, "5.0 GiB"}};
    char text[32];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        byte_size_text(text, sizeof text, cases[i].bytes);
        assert_string_equal(text, cases[i].text);
    }
}

CM_MAIN("quantity", cmocka_unit_test(a_duration_is_a_number_and_a_unit),
        cmocka_unit_test(a_duration_of_another_form_is_refused),
        cmocka_unit_test(a_size_is_a_number_and_a_unit),
        cmocka_unit_test(a_size_is_told_in_its_largest_unit))
