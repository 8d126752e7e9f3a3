/* allow - the allow-list: which public keys may join, and under which names.
 *
 *   # plateau allow-list: one key a line
 *   allow   site-a  <public key>
 *   revoke  site-b  <public key>
 *
 * A key stands in one line only; a name may have several keys. A revoked key stays, so that its
 * refusals can be told by name. */
#ifndef COORDINATOR_ALLOW_H
#define COORDINATOR_ALLOW_H
#include "proto/access.h"
#include "proto/err.h"
#include <stdbool.h>
#include <stddef.h>

#define ALLOW_KEYS_MAX 8192
#define ALLOW_FILE_MAX ((size_t)ALLOW_KEYS_MAX * 96) /* bytes */

struct allow_entry {
    char name[ACCESS_NAME_MAX + 1];
    access_key key;
    bool revoked;
};
struct allow_list { /* zero is the empty list: nobody may join */
    struct allow_entry *entries;
    size_t n, capacity;
};
void allow_free(struct allow_list *list);
/* The caller frees *out. ERR_FORMAT with file, line and what was expected. */
enum err allow_parse(struct allow_list *out, const char *file, const char *text, size_t length,
                     struct err_note *note);
/* ERR_EXISTS: the key is there; ERR_OVERFLOW: ALLOW_KEYS_MAX. */
enum err allow_add(struct allow_list *list, const struct allow_entry *entry);
const struct allow_entry *allow_find(const struct allow_list *list, const char *key); /* or NULL */
/* Revokes every key of that name: how many were in force. */
size_t allow_revoke(struct allow_list *list, const char *name);
/* malloc'ed text of the file; NULL: out of memory. */
char *allow_print(const struct allow_list *list);
#endif
