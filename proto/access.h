/* access - who may talk to whom, as text: CURVE keys, their names, and the file a worker joins
 * with.
 *
 *   # plateau access file: whoever reads it may join as this worker
 *   address      tcp://10.0.0.1:5555
 *   coordinator  <public key of the coordinator>
 *   name         site-a
 *   public       <own public key>
 *   secret       <own secret key>
 *
 * A line is a field, blanks, its value; '#' begins a comment line. A key is 32 bytes in Z85: 40
 * characters. The coordinator's own file has `public` and `secret` alone. Secrets are read from
 * files only, never from arguments or the environment, which other users can see. */
#ifndef PROTO_ACCESS_H
#define PROTO_ACCESS_H
#include "proto/err.h"
#include <stdbool.h>
#include <stddef.h>

#define ACCESS_KEY_CHARS 40
#define ACCESS_KEY_BYTES 32
#define ACCESS_NAME_MAX 31
#define ACCESS_ADDRESS_MAX 255
#define ACCESS_FILE_MAX 4096 /* bytes of an access file or the coordinator's key file */

typedef char access_key[ACCESS_KEY_CHARS + 1];
struct access_keys {
    access_key public_key, secret_key;
};
struct access {
    char address[ACCESS_ADDRESS_MAX + 1], name[ACCESS_NAME_MAX + 1];
    access_key coordinator;
    struct access_keys own;
};

bool access_key_is_valid(const char *text);
/* Letters, digits, '-', '_' and '.', a letter or digit first, at most ACCESS_NAME_MAX. */
bool access_name_is_valid(const char *text);
bool access_address_is_valid(const char *text); /* tcp://HOST:PORT with a port from 1 */

/* All fields, each once. `file` is for messages, which never quote a secret. ERR_FORMAT with file,
 * line and what was expected. */
enum err access_parse(struct access *out, const char *file, const char *text, size_t length,
                      struct err_note *note);
enum err access_parse_keys(struct access_keys *out, const char *file, const char *text,
                           size_t length, struct err_note *note);
/* Bytes written without the NUL; size at least ACCESS_FILE_MAX. */
size_t access_print(const struct access *access, char *text, size_t size);
size_t access_print_keys(const struct access_keys *keys, char *text, size_t size);

/* A secret file: regular, at most size - 1 bytes, and closed to all but its owner; or root's and
 * ours by its group, as an orchestrator mounts secrets. ERR_NOT_FOUND, ERR_IO, or ERR_RANGE with
 * the chmod that mends it. */
enum err access_read_secret(const char *path, char *text, size_t size, size_t *length,
                            struct err_note *note);
enum err access_load(struct access *out, const char *path, struct err_note *note);
/* Out of memory and out of reach of a later core file. */
void access_wipe(void *secret, size_t size);
#endif
