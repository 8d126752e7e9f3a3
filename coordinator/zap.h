/* zap - who may finish a CURVE handshake: libzmq asks this thread (its ZAP, on
 * inproc://zeromq.zap.01) with the peer's public key, and the allow-list decides. A frame of an
 * admitted peer carries its name (User-Id) and key (ZAP_KEY_PROPERTY).
 *
 * The list is read again whenever its file changes: a new key may join and a revoked one is
 * refused while a run goes on. A file that cannot be read changes nothing. */
#ifndef COORDINATOR_ZAP_H
#define COORDINATOR_ZAP_H
#include "coordinator/allow.h"
#include "proto/err.h"
#include <stdint.h>

#define ZAP_DOMAIN "plateau"
#define ZAP_KEY_PROPERTY "Plateau-Key"
#define ZAP_RELOAD_MS 250 /* how often the file is looked at */

#define ZAP_TABLE(X) /* name, text of the refusal */                                               \
    X(ZAP_ADMITTED, "")                                                                            \
    X(ZAP_UNKNOWN_KEY, "the key is not on the allow-list")                                         \
    X(ZAP_REVOKED_KEY, "the key is revoked")                                                       \
    X(ZAP_NO_KEY, "no key is offered")                                                             \
    X(ZAP_MALFORMED, "the request makes no sense")
enum zap_verdict {
#define X(name, text) name,
    ZAP_TABLE(X)
#undef X
        N_ZAP_VERDICTS
};
const char *zap_verdict_text(enum zap_verdict verdict);

struct zap_frame {
    const void *bytes;
    size_t length;
};
struct zap_peer {
    char name[ACCESS_NAME_MAX + 1]; /* "" if unknown */
    access_key key;                 /* "" if none was offered */
    char address[64];               /* as libzmq tells it, printable */
};
/* The decision: of the list and a request of n frames (RFC 27: version, sequence, domain, address,
 * routing id, mechanism, credentials). *peer is filled as far as known. */
enum zap_verdict zap_decide(const struct allow_list *list, const struct zap_frame *frames, size_t n,
                            struct zap_peer *peer);

struct zap;
/* Starts the thread on a libzmq context. The caller owns *out. ERR_FORMAT, ERR_IO: the allow-list;
 * ERR_NET. */
enum err zap_start(struct zap **out, void *context, const char *folder, struct err_note *note);
/* After zmq_ctx_shutdown() of its context. */
void zap_end(struct zap **zap_p);

struct zap_stats {
    uint64_t verdicts[N_ZAP_VERDICTS];
    uint32_t generation, n_allowed; /* one more with every list read; keys in force */
    enum zap_verdict last;          /* refusal; ZAP_ADMITTED: none yet */
    struct zap_peer last_peer;
    struct err_note trouble; /* why the file's last state was not read; "" if it was */
};
void zap_stats(struct zap *zap, struct zap_stats *out);
uint32_t zap_generation(struct zap *zap);
/* What is true of a key now. */
enum zap_verdict zap_check(struct zap *zap, const char *key);
#endif
