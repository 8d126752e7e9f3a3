/* Any bytes as the head of an image message: refused, or packed again to the same bytes and sizes
 * that fit. */
#include "proto/image_talk.h"
#include "tests/fuzz/fuzz.h"
#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct image_head head;
    uint8_t *bytes = fuzz_copy(data, size), again[IMAGE_HEAD_BYTES];
    if (image_head_unpack(&head, bytes, size) == OK) {
        image_head_pack(again, &head);
        assert(size == sizeof again && !memcmp(again, bytes, size));
        assert(head.piece < IMAGE_PIECES_MAX);
        assert(image_piece_bytes(head.length, head.piece) <= IMAGE_PIECE_BYTES);
        assert(image_list_count(head.length, head.piece) <= IMAGE_LIST_MAX);
    }
    free(bytes);
    return 0;
}
