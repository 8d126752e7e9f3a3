#include "worker/image_pieces.h"
#include <sodium.h>
#include <stdlib.h>

static const unsigned char PIECE_KEY[] = "plateau image piece", LIST_KEY[] = "plateau image list";

void image_piece_hash_of(const void *bytes, size_t n, image_piece_hash out)
{
    if (sodium_init() < 0)
        abort();
    crypto_generichash(out, IMAGE_TALK_HASH_BYTES, bytes, n, PIECE_KEY, sizeof PIECE_KEY);
}

void image_list_hash_of(uint64_t length, const uint8_t *hashes, image_piece_hash out)
{
    crypto_generichash_state state;
    uint8_t bytes[8];
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(length >> (8 * i));
    if (sodium_init() < 0)
        abort();
    crypto_generichash_init(&state, LIST_KEY, sizeof LIST_KEY, IMAGE_TALK_HASH_BYTES);
    crypto_generichash_update(&state, bytes, sizeof bytes);
    crypto_generichash_update(&state, hashes,
                              (size_t)image_n_pieces(length) * IMAGE_TALK_HASH_BYTES);
    crypto_generichash_final(&state, out, IMAGE_TALK_HASH_BYTES);
}

enum err image_list_of(const void *bytes, size_t length, image_piece_hash **out)
{
    uint32_t n = image_n_pieces(length);
    if (length == 0 || length > (uint64_t)IMAGE_PIECES_MAX * IMAGE_PIECE_BYTES)
        return ERR_RANGE;
    image_piece_hash *hashes = calloc(n, sizeof *hashes);
    if (!hashes)
        return ERR_NOMEM;
    for (uint32_t i = 0; i < n; i++)
        image_piece_hash_of((const uint8_t *)bytes + (size_t)i * IMAGE_PIECE_BYTES,
                            image_piece_bytes(length, i), hashes[i]);
    *out = hashes;
    return OK;
}
