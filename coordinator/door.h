/* door - what stands between the socket and the decisions: who each peer is, and what it may take.
 *
 *    (first frame) --> IN --over a limit, key no longer allowed--> CUT --silent for a minute-->
 * forgotten
 *
 * A frame of a peer that is IN passes. A remote HELLO passes with a name that is vouched for ("NAME
 * of its key/what it calls itself") and a process id that cannot be one of this machine's, so that
 * no worker can be taken for another one. Whoever is cut is told why, once; the decisions get a BYE
 * in its place, so that what it held goes to others; later frames of it are dropped unread.
 *
 * Local workers, over the private ipc socket, are this program's own and have no limits here. Time
 * and keys are arguments, so that a test can own them. */
#ifndef COORDINATOR_DOOR_H
#define COORDINATOR_DOOR_H
#include "coordinator/zap.h"
#include "proto/codec.h"
#include "proto/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A worker sends some 20 frames of at most 1 MiB a second when all goes well (tiles aim at 50-200
 * ms); what it may send is far above, and far below what would hold up the others. */
struct door_limits {
    uint32_t peers;
    uint64_t frames_per_s, frames_at_once; /* of one peer */
    uint64_t bytes_per_s, bytes_at_once;
};
#define DOOR_LIMITS                                                                                \
    {                                                                                              \
        .peers = 8192, .frames_per_s = 5000, .frames_at_once = 10000,                              \
        .bytes_per_s = (uint64_t)128 << 20, .bytes_at_once = (uint64_t)256 << 20                   \
    }
#define DOOR_FORGET_MS 60000
#define DOOR_REMOTE_PID (UINT64_C(1) << 63) /* set in the process id of a remote HELLO */

#define DOOR_TABLE(X) /* name, name in metrics, what the peer is told */                           \
    X(DOOR_UNKNOWN_KEY, "unknown_key", "the key is not on the allow-list")                         \
    X(DOOR_REVOKED_KEY, "revoked_key", "the key is revoked")                                       \
    X(DOOR_PEERS, "peers", "too many workers are connected")                                       \
    X(DOOR_FRAMES, "frames", "too many messages a second")                                         \
    X(DOOR_BYTES, "bytes", "too many bytes a second")
enum door_reason {
#define X(name, metric, text) name,
    DOOR_TABLE(X)
#undef X
        N_DOOR_REASONS
};
const char *door_reason_name(enum door_reason reason);
const char *door_reason_text(enum door_reason reason);

struct door_options {
    struct door_limits limits;
    /* What is true of a key now, asked when `generation` of door_frame() changed; NULL: keys are
     * not asked for. */
    enum zap_verdict (*check)(void *ctx, const char *key);
    void *ctx;
};
struct door_frame { /* one frame and what the socket knows of its sender */
    uint64_t peer;
    bool remote;
    const char *user, *key; /* "" without keys */
    uint32_t generation;    /* of the allow-list */
    const void *bytes;
    size_t length;
};
enum door_verdict {
    DOOR_PASS,
    DOOR_PASS_INSTEAD, /* *out in its place */
    DOOR_CUT,          /* *out, a BYE, in its place; and tell the peer: door_refusal() */
    DOOR_DROP
};

struct door;
/* The caller owns *out. */
enum err door_new(struct door **out, const struct door_options *options);
void door_free(struct door **door_p);
/* Appends to *out what goes to the decisions instead, where the verdict says so. */
enum door_verdict door_frame(struct door *door, int64_t now_ms, const struct door_frame *frame,
                             struct codec_writer *out);
/* The REFUSE for the peer that was cut last. */
void door_refusal(const struct door *door, struct codec_writer *out);

struct door_stats {
    uint64_t cut[N_DOOR_REASONS], dropped; /* peers; frames of peers cut before */
    uint32_t n_peers;
    enum door_reason last;
};
struct door_stats door_stats(const struct door *door);
#endif
