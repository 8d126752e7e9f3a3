/* listen - where remote workers come in, and whether a key is asked of them.
 *
 *   keys there, no --insecure   CURVE and the allow-list, on any address
 *   no keys, loopback           plain: only users of this machine can connect
 *   no keys, any other address  an error
 *   --insecure                  plain, with a warning beyond loopback
 */
#ifndef COORDINATOR_LISTEN_H
#define COORDINATOR_LISTEN_H
#include "proto/access.h"
#include "proto/err.h"
#include <stdbool.h>
#include <stdint.h>

struct listen_options {
    const char *endpoint; /* tcp://HOST:PORT; port 0: any free one; NULL: local workers only */
    const char *keys;     /* folder (coordinator/keys.h); NULL: the user's */
    bool insecure;
    uint64_t image_port; /* 0: the one after endpoint's; any free one, if that is 0 or taken */
    uint64_t image_bytes_per_s; /* that market images may take; 0: no cap */
};
/* Only what is written as one: 127.0.0.0/8, [::1]. */
bool listen_is_loopback(const char *endpoint);
/* ERR_RANGE with what is expected: tcp://HOST:PORT, HOST an address of this machine, an interface
 * or '*'.
 */
enum err listen_check(const char *endpoint, struct err_note *note);

enum listen_mode { LISTEN_PLAIN, LISTEN_CURVE };
/* keys_err: what reading the coordinator's key gave (OK, ERR_NOT_FOUND, or an error that is passed
 * on with its note). */
enum err listen_decide(const struct listen_options *options, enum err keys_err,
                       enum listen_mode *mode, struct err_note *note);
/* Reads the keys and decides. *folder: malloc'ed, of the keys; *keys only for LISTEN_CURVE, to be
 * wiped by the caller. */
enum err listen_prepare(const struct listen_options *options, enum listen_mode *mode, char **folder,
                        struct access_keys *keys, struct err_note *note);
#endif
