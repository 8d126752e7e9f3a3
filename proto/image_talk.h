/* image_talk - how a market image travels: pieces of a MiB, asked for one by one on a socket of
 * their own (docs/protocol.md). Nothing is sent that was not asked for, so that neither side ever
 * holds a queue for the other.
 *
 *    LIST_ASK hash, first    ->  LIST hash, first, length | the hashes of up to 4,096 pieces
 *    PIECE_ASK hash, piece   ->  PIECE hash, piece, length | its bytes
 *    either, of an image that is not served             ->  NONE hash
 *
 * Every message is a head of one fixed size; the answers' bodies are a second part. What a piece
 * must hash to is in the list, what the list must hash to is in the JOB message, and what the whole
 * must hash to is in the job itself (worker/image_pieces.h). */
#ifndef PROTO_IMAGE_TALK_H
#define PROTO_IMAGE_TALK_H
#include "proto/err.h"
#include <stddef.h>
#include <stdint.h>

#define IMAGE_PIECE_BYTES ((uint32_t)1 << 20)
#define IMAGE_PIECES_MAX 65536u /* an image on the wire is at most 64 GiB */
#define IMAGE_LIST_MAX 4096u    /* pieces one LIST tells of */
#define IMAGE_TALK_HASH_BYTES 32u
#define IMAGE_HEAD_BYTES 45u

enum image_talk_id {
    IMAGE_LIST_ASK = 1,
    IMAGE_LIST,
    IMAGE_PIECE_ASK,
    IMAGE_PIECE,
    IMAGE_NONE,
};
struct image_head {
    enum image_talk_id id;
    uint8_t hash[IMAGE_TALK_HASH_BYTES]; /* of the image */
    uint32_t piece;                      /* the one, or the first of the list */
    uint64_t length;                     /* of the image, bytes; 0 in a question and in NONE */
};

void image_head_pack(uint8_t out[IMAGE_HEAD_BYTES], const struct image_head *head);
/* ERR_FORMAT: another size or id, or numbers no image has. */
enum err image_head_unpack(struct image_head *out, const void *bytes, size_t length);

uint32_t image_n_pieces(uint64_t length);
/* Bytes of a piece, and hashes in the LIST that begins with it; 0 beyond the end. */
size_t image_piece_bytes(uint64_t length, uint32_t piece);
uint32_t image_list_count(uint64_t length, uint32_t first);
#endif
