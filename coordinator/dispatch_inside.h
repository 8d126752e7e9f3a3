/* dispatch_inside - what the files of dispatch share: its peers, and how they answer. Not for
 * others. */
#ifndef COORDINATOR_DISPATCH_INSIDE_H
#define COORDINATOR_DISPATCH_INSIDE_H
#include "coordinator/dispatch.h"
#include "coordinator/event.h"
#include "coordinator/keymap.h"
#include "coordinator/parts.h"
#include "coordinator/quarantine.h"
#include "proto/msg.h"

/* A worker gets leases that count once its bits of the known cells were right. */
enum trust { TRUST_NONE, TRUST_ASKED, TRUST_PROVEN };
enum peer_state { PEER_FREE, PEER_AWAY, PEER_GREETED, PEER_READY, PEER_DRAINING };
struct peer {
    enum peer_state state;
    uint64_t key, pid;
    char name[MSG_NAME_MAX + 1];
    uint32_t slots, credit;
    uint32_t n_out;     /* leases sent whose result has not come from this peer */
    uint32_t in_flight; /* what its last BEAT said of that */
    bool alone;         /* holds a suspect: nothing beside it */
    bool withheld;      /* is about to leave for another run */
    bool met;           /* that it joined was told */
    enum trust trust;
    uint32_t failed_in_a_row; /* results with a cell that is neither ok nor excluded */
    int64_t heard_ms, renewed_ms, pinged_ms, job_ms;
    int64_t asked_ms; /* for the known cells */
};
struct posted {
    uint64_t peer;
    size_t offset, length;
};
struct ack {
    uint64_t peer, tile;
    uint32_t first_cell, epoch;
    bool handed_out; /* its tile's row is with the shell: the next dispatch_saved() makes it durable
                      */
};
struct contest { /* a tile whose two results differ, until a third decides */
    uint64_t tile;
    char worker[2][MSG_NAME_MAX + 1];
};
struct dispatch {
    struct dispatch_options options;
    struct lease_table *leases;
    uint8_t *job_bytes;
    size_t job_length;
    uint16_t image_port; /* 0: nobody serves it */
    uint8_t image_list[IMAGE_TALK_HASH_BYTES];
    struct peer *peers;
    uint32_t n_peers, peers_capacity; /* n_peers: records in use or freed before */
    uint32_t first_granted;           /* whose turn it is when many may be granted */
    struct keymap by_key;
    struct codec_writer frames;
    struct posted *outbox;
    size_t n_outbox, outbox_capacity;
    struct ack *acks;
    size_t n_acks, acks_capacity;
    struct parts parts;
    uint32_t n_unsaved;
    bool draining, held, nomem;
    int64_t ticked_ms; /* the last dispatch_tick(); 0 before the first */
    int64_t now_ms;    /* of the last call that said so */
    struct quarantine quarantine;
    struct contest *contests;
    size_t n_contests, contests_capacity;
    int64_t alone_ms; /* since when nothing but contests is open and nobody there for them; 0 */
    struct dispatch_stats stats;
    struct events events;
    uint64_t splits_told;
    const char *how; /* the death being worked on */
    bool overran;    /* it is no death but a span over the time limit */
};

/* SEND packs a message straight into the outbox: SEND(d, peer, ping, {.run = run}). */
#define SEND(d, key, name, ...)                                                                    \
    do {                                                                                           \
        size_t start_ = (d)->frames.length;                                                        \
        msg_pack_##name(&(d)->frames, &(struct msg_##name)__VA_ARGS__);                            \
        dispatch_post(d, key, start_);                                                             \
    } while (0)

void dispatch_post(struct dispatch *d, uint64_t key, size_t start);
void dispatch_refuse(struct dispatch *d, uint64_t key, enum refusal why, const char *reason);
void dispatch_ack(struct dispatch *d, uint64_t key, uint64_t run, uint64_t tile,
                  uint32_t first_cell, uint32_t epoch);
struct event *dispatch_tell(struct dispatch *d, enum event_kind kind, const char *worker,
                            const char *text);
/* Doubling growth of a plain array: room for one more, or nomem set. */
bool dispatch_room(struct dispatch *d, void **array, size_t *capacity, size_t n, size_t size);

struct peer *dispatch_find_peer(const struct dispatch *d, uint64_t key); /* NULL: unknown */
struct peer *dispatch_new_peer(struct dispatch *d, uint64_t key);        /* NULL: nomem */
void dispatch_forget_peer(struct dispatch *d, struct peer *peer);
void dispatch_grant_to(struct dispatch *d, int64_t now_ms, struct peer *peer);
void dispatch_grant_to_all(struct dispatch *d, int64_t now_ms);
/* Its leases go to others, the first `suspects` of them as suspects. */
void dispatch_peer_died(struct dispatch *d, int64_t now_ms, struct peer *peer, uint32_t suspects,
                        const char *how);
void dispatch_drain_one(struct dispatch *d, struct peer *peer);
/* It ended because `lease` took too long. */
void dispatch_overran(struct dispatch *d, int64_t now_ms, struct peer *peer,
                      const struct lease *lease);
void dispatch_take_back(struct dispatch *d,
                        struct peer *peer); /* all it holds, at nobody's blame */

/* What becomes of a RESULT (dispatch_result.c): *row for a SAVE or COMPARE. */
enum dispatch_verdict dispatch_result(struct dispatch *d, int64_t now_ms, struct peer *peer,
                                      const struct msg_result *m, struct journal_row *row);

/* ---- whom to believe (dispatch_trust.c) ---- */

/* No more for this worker, and its peers are told why. */
void dispatch_isolate(struct dispatch *d, int64_t now_ms, const char *worker, enum refusal kind,
                      const char *reason);
/* ERR_STALE with the line for its REFUSE. */
enum err dispatch_hello_quarantined(const struct dispatch *d, const struct msg_hello *hello,
                                    struct err_note *reason);
/* False: it is to compute the known cells first, and has just been sent them or was before. */
bool dispatch_trusts(struct dispatch *d, int64_t now_ms, struct peer *peer);
void dispatch_canary_came(struct dispatch *d, int64_t now_ms, struct peer *peer,
                          const struct msg_result *m);
void dispatch_watch_failures(struct dispatch *d, struct peer *peer, bool failed);
/* One of the two whose results of this tile differ: not the one to decide. */
bool dispatch_had_its_say(const struct dispatch *d, const struct peer *peer, uint64_t tile);
void dispatch_trust_tick(struct dispatch *d, int64_t now_ms);
#endif
