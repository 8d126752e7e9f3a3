/* image_pieces - the hashes by which an image that travels is checked long before it is whole.
 * BLAKE2b-256, each kind with a key of its own, so that none can be passed off as another. */
#ifndef WORKER_IMAGE_PIECES_H
#define WORKER_IMAGE_PIECES_H
#include "proto/err.h"
#include "proto/image_talk.h"

typedef uint8_t image_piece_hash[IMAGE_TALK_HASH_BYTES];

void image_piece_hash_of(const void *bytes, size_t n, image_piece_hash out);
/* Of the list, hash after hash: what JOB names. */
void image_list_hash_of(uint64_t length, const uint8_t *hashes, image_piece_hash out);
/* The hashes of all pieces; the caller frees. ERR_RANGE: empty, or longer than what can travel;
 * ERR_NOMEM. */
enum err image_list_of(const void *bytes, size_t length, image_piece_hash **out);
#endif
