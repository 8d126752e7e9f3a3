/* image_file - market images as bytes and as files: laid out, named by their hash, written whole or
 * not at all, verified. */
#ifndef MARKET_IMAGE_FILE_H
#define MARKET_IMAGE_FILE_H
#include "market/market.h"

/* Lays out the image of n sleeves (engine/image.h); views point to the caller's arrays, symbols in
 * bytewise order. Equal input gives equal bytes. */
enum err image_layout(const struct image_view *sleeves, uint32_t n, double max_daily_move,
                      struct market_image *out, struct err_note *note);
/* BLAKE2b-256 of the image with its hash field zero; length >= sizeof(struct image_header). */
void image_hash(const void *bytes, size_t length, uint8_t hash[IMAGE_HASH_BYTES]);
void image_hash_hex(const uint8_t hash[IMAGE_HASH_BYTES], char hex[2 * IMAGE_HASH_BYTES + 1]);
/* CACHE_DIR/HASH.img; ERR_RANGE where the path does not fit. */
enum err image_file_path(const char *cache_dir, const uint8_t hash[IMAGE_HASH_BYTES], char *path,
                         size_t size);
/* Beside, fsynced, renamed, folder fsynced: the file is whole or not there. Makes the folder if
 * need be. */
enum err image_file_write(const char *dir, const char *name, const void *bytes, size_t length,
                          struct err_note *note);
/* Everything about bytes that claim to be an image, and their hash; path is for the note.
 * ERR_CORRUPT, ERR_VERSION. */
enum err image_file_verify(const char *path, const void *bytes, size_t length,
                           uint8_t hash[IMAGE_HASH_BYTES], struct err_note *note);
/* 0, or -1 with errno. */
int image_file_make_folders(const char *dir);
int image_file_sync_folder(const char *dir);
#endif
