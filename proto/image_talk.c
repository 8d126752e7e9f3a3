#include "proto/image_talk.h"
#include "proto/codec.h"
#include <string.h>

#define LENGTH_MAX ((uint64_t)IMAGE_PIECES_MAX * IMAGE_PIECE_BYTES)

static void put(uint8_t *at, uint64_t v, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        at[i] = (uint8_t)(v >> (8 * i));
}

void image_head_pack(uint8_t out[IMAGE_HEAD_BYTES], const struct image_head *head)
{
    out[0] = (uint8_t)head->id;
    memcpy(out + 1, head->hash, IMAGE_TALK_HASH_BYTES);
    put(out + 33, head->piece, 4);
    put(out + 37, head->length, 8);
}

enum err image_head_unpack(struct image_head *out, const void *bytes, size_t length)
{
    struct codec_reader r;
    struct image_head head;
    codec_reader_init(&r, bytes, length);
    head.id = codec_read_u8(&r);
    const uint8_t *hash = codec_read_bytes(&r, IMAGE_TALK_HASH_BYTES);
    head.piece = codec_read_u32(&r);
    head.length = codec_read_u64(&r);
    if (!hash || !codec_reader_done(&r) || head.id < IMAGE_LIST_ASK || head.id > IMAGE_NONE)
        return ERR_FORMAT;
    bool answer = head.id == IMAGE_LIST || head.id == IMAGE_PIECE;
    if (head.length > LENGTH_MAX || answer != (head.length > 0) || head.piece >= IMAGE_PIECES_MAX ||
        (answer && head.piece >= image_n_pieces(head.length)))
        return ERR_FORMAT;
    memcpy(head.hash, hash, sizeof head.hash);
    *out = head;
    return OK;
}

uint32_t image_n_pieces(uint64_t length)
{
    return length > LENGTH_MAX ? IMAGE_PIECES_MAX
                               : (uint32_t)((length + IMAGE_PIECE_BYTES - 1) / IMAGE_PIECE_BYTES);
}

size_t image_piece_bytes(uint64_t length, uint32_t piece)
{
    uint64_t at = (uint64_t)piece * IMAGE_PIECE_BYTES;
    if (at >= length)
        return 0;
    return length - at < IMAGE_PIECE_BYTES ? (size_t)(length - at) : IMAGE_PIECE_BYTES;
}

uint32_t image_list_count(uint64_t length, uint32_t first)
{
    uint32_t n = image_n_pieces(length);
    if (first >= n)
        return 0;
    return n - first < IMAGE_LIST_MAX ? n - first : IMAGE_LIST_MAX;
}
