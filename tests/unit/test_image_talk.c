#include "proto/image_talk.h"
#include "tests/lib/cm.h"
#include <string.h>

#define MIB ((uint64_t)IMAGE_PIECE_BYTES)

static enum err there_and_back(struct image_head head, struct image_head *out)
{
    uint8_t bytes[IMAGE_HEAD_BYTES];
    memset(head.hash, 0xab, sizeof head.hash);
    image_head_pack(bytes, &head);
    return image_head_unpack(out, bytes, sizeof bytes);
}

static void a_head_reads_back(void **state)
{
    (void)state;
    struct image_head out;
    assert_int_equal(
        there_and_back((struct image_head){.id = IMAGE_PIECE, .piece = 2, .length = 3 * MIB}, &out),
        OK);
    assert_int_equal(out.id, IMAGE_PIECE);
    assert_int_equal(out.piece, 2);
    assert_int_equal(out.length, 3 * MIB);
    assert_int_equal(out.hash[31], 0xab);
    assert_int_equal(there_and_back((struct image_head){.id = IMAGE_LIST_ASK, .piece = 7}, &out),
                     OK);
}

static void numbers_that_no_image_has_are_refused(void **state)
{
    (void)state;
    static const struct image_head wrong[] = {
        {.id = 0},
        {.id = IMAGE_NONE + 1},
        {.id = IMAGE_PIECE, .piece = 3, .length = 3 * MIB}, /* beyond the end */
        {.id = IMAGE_LIST, .piece = 0, .length = 0},        /* an answer of nothing */
        {.id = IMAGE_PIECE_ASK, .piece = 0, .length = 1},   /* a question knows no length */
        {.id = IMAGE_PIECE_ASK, .piece = IMAGE_PIECES_MAX},
        {.id = IMAGE_LIST, .length = (uint64_t)IMAGE_PIECES_MAX * MIB + 1},
        {.id = IMAGE_LIST, .length = UINT64_MAX},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct image_head out = {.piece = 99};
        assert_int_equal(there_and_back(wrong[i], &out), ERR_FORMAT);
        assert_int_equal(out.piece, 99); /* left alone */
    }
    uint8_t bytes[IMAGE_HEAD_BYTES + 1] = {IMAGE_PIECE_ASK};
    struct image_head out;
    for (size_t n = 0; n <= sizeof bytes; n++)
        assert_int_equal(image_head_unpack(&out, bytes, n),
                         n == IMAGE_HEAD_BYTES ? OK : ERR_FORMAT);
}

static void pieces_cover_an_image_and_no_more(void **state)
{
    (void)state;
    static const uint64_t lengths[] = {1, 72, MIB - 1, MIB, MIB + 1, 4096 * MIB, 4097 * MIB - 5};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        uint64_t sum = 0, listed = 0;
        uint32_t n = image_n_pieces(lengths[i]);
        for (uint32_t p = 0; p < n; p++)
            sum += image_piece_bytes(lengths[i], p);
        assert_int_equal(sum, lengths[i]);
        assert_int_equal(image_piece_bytes(lengths[i], n), 0);
        while (listed < n) {
            uint32_t count = image_list_count(lengths[i], (uint32_t)listed);
            assert_in_range(count, 1, IMAGE_LIST_MAX);
            listed += count;
        }
        assert_int_equal(listed, n);
        assert_int_equal(image_list_count(lengths[i], n), 0);
    }
}

CM_MAIN("image_talk", cmocka_unit_test(a_head_reads_back),
        cmocka_unit_test(numbers_that_no_image_has_are_refused),
        cmocka_unit_test(pieces_cover_an_image_and_no_more))
