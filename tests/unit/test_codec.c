#include "proto/codec.h"
#include "tests/lib/cm.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void every_kind_comes_back(void **state)
{
    (void)state;
    struct codec_writer w = {0};
    struct codec_reader r;
    size_t n;
    codec_u8(&w, 0xfe);
    codec_u16(&w, 0xfedc);
    codec_u32(&w, 0xfedcba98u);
    codec_u64(&w, 0xfedcba9876543210u);
    codec_f64(&w, -0.1);
    codec_blob(&w, "a\0b", 3);
    codec_string(&w, "text");
    codec_reader_init(&r, w.bytes, w.length);
    assert_int_equal(codec_read_u8(&r), 0xfe);
    assert_int_equal(codec_read_u16(&r), 0xfedc);
    assert_int_equal(codec_read_u32(&r), 0xfedcba98u);
    assert_true(codec_read_u64(&r) == 0xfedcba9876543210u);
    assert_true(codec_read_f64(&r) == -0.1);
    assert_memory_equal(codec_read_blob(&r, 3, &n), "a\0b", 3);
    char *text = codec_read_string(&r, 4);
    assert_string_equal(text, "text");
    assert_true(codec_reader_done(&r));
    free(text);
    free(w.bytes);
}

static void bytes_are_little_endian(void **state)
{
    (void)state;
    struct codec_writer w = {0};
    codec_u32(&w, 0x04030201u);
    assert_memory_equal(w.bytes, "\1\2\3\4", 4);
    free(w.bytes);
}

static void a_short_read_fails_for_good(void **state)
{
    (void)state;
    struct codec_reader r;
    codec_reader_init(&r, "\1\2\3", 3);
    assert_int_equal(codec_read_u32(&r), 0);
    assert_true(r.failed);
    assert_int_equal(codec_read_u8(&r), 0); /* a byte is left, but what it means is lost */
    assert_false(codec_reader_done(&r));
}

static void a_claimed_length_is_compared_with_what_is_left(void **state)
{
    (void)state;
    struct codec_reader r;
    size_t n;
    codec_reader_init(&r, "\xff\xff\xff\xff..", 6);
    assert_null(codec_read_blob(&r, SIZE_MAX, &n));
    assert_int_equal(n, 0);
    codec_reader_init(&r, "\3\0\0\0abc", 7);
    assert_null(codec_read_blob(&r, 2, &n)); /* over the limit of its field */
    codec_reader_init(&r, "\2\0\0\0\0\0\0\0\0\0\0\0", 12);
    assert_int_equal(codec_read_count(&r, 4, 9), 2);
    codec_reader_init(&r, "\3\0\0\0\0\0\0\0\0\0\0\0", 12);
    assert_int_equal(codec_read_count(&r, 4, 9), 0);
    assert_true(r.failed);
    codec_reader_init(&r, "\2\0\0\0\0\0\0\0\0\0\0\0", 12);
    assert_int_equal(codec_read_count(&r, 4, 1), 0);
}

static void a_text_with_a_nul_is_refused(void **state)
{
    (void)state;
    struct codec_reader r;
    codec_reader_init(&r, "\3\0\0\0a\0b", 7);
    assert_null(codec_read_string(&r, 9));
    assert_true(r.failed);
}

static void nothing_is_left_unread(void **state)
{
    (void)state;
    struct codec_reader r;
    codec_reader_init(&r, "\1\2", 2);
    codec_read_u8(&r);
    assert_false(codec_reader_done(&r));
    codec_reader_init(&r, NULL, 0);
    assert_true(codec_reader_done(&r));
}

CM_MAIN("codec", cmocka_unit_test(every_kind_comes_back), cmocka_unit_test(bytes_are_little_endian),
        cmocka_unit_test(a_short_read_fails_for_good),
        cmocka_unit_test(a_claimed_length_is_compared_with_what_is_left),
        cmocka_unit_test(a_text_with_a_nul_is_refused), cmocka_unit_test(nothing_is_left_unread))
