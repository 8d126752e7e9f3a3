/* keys - the folder of keys (0700): what `plateau keygen` writes and a coordinator reads.
 *
 *   coordinator.key  the coordinator's key pair (0600)
 *   allow            the allow-list (coordinator/allow.h)
 *   NAME.access      the file a worker joins with (0600); may be moved to its machine
 */
#ifndef COORDINATOR_KEYS_H
#define COORDINATOR_KEYS_H
#include "coordinator/allow.h"
#include "proto/access.h"
#include "proto/err.h"

#define KEYS_COORDINATOR_FILE "coordinator.key"
#define KEYS_ALLOW_FILE "allow"

char *keys_default_folder(void); /* $XDG_CONFIG_HOME/plateau/keys, malloc'ed; NULL: out of memory */

/* ERR_NOT_FOUND: no key yet; ERR_RANGE: others can read the folder or the file. The caller wipes
 * *out. */
enum err keys_load_coordinator(struct access_keys *out, const char *folder, struct err_note *note);
/* No file: an empty list. The caller frees *out. */
enum err keys_load_allowed(struct allow_list *out, const char *folder, struct err_note *note);

/* These make the folder if need be and hold its lock. ERR_EXISTS: never overwritten. */
enum err keys_make_coordinator(const char *folder, access_key public_key, struct err_note *note);
/* A new key under `name`, on the allow-list, and its access file; the coordinator's key is made if
 * there is none. path: where the access file is. ERR_EXISTS: the file is there. */
enum err keys_make_worker(const char *folder, const char *name, const char *address, char *path,
                          size_t path_size, struct err_note *note);
/* ERR_NOT_FOUND with the nearest name: no key of that name is in force. */
enum err keys_revoke(const char *folder, const char *name, struct err_note *note);
#endif
