/* dispatch - what the coordinator decides: a function of (state, now, peer, message) to frames to
 * send and rows to save. No socket, clock, file or process: net.c is the shell around it, a test or
 * a simulator can be another.
 *
 *    peer:  (unknown) --HELLO--> GREETED --READY--> READY --DRAIN--> DRAINING --BYE--> gone
 *                 REFUSE at once: another version or engine, garbage, a result that is none
 *
 *    tile:  LEASE -> RESULT -> (checked) a row for the journal -> dispatch_saved() -> ACK
 *
 * Promises kept here: a tile counts once; an ACK is emitted only by dispatch_saved(); a tile whose
 * worker died is leased again; a second result is compared bit by bit. A frame of an unknown peer
 * is answered by PING with run 0: "say HELLO". */
#ifndef COORDINATOR_DISPATCH_H
#define COORDINATOR_DISPATCH_H
#include "coordinator/event.h"
#include "coordinator/journal.h"
#include "coordinator/lease.h"
#include "coordinator/quarantine.h"
#include "proto/codec.h"
#include "proto/err.h"
#include "proto/image_talk.h"
#include "proto/job.h"
#include "proto/msg.h"
#include "proto/result.h"
#include <stdbool.h>
#include <stdint.h>

#define DISPATCH_PEERS_MAX 8192
#define DISPATCH_CREDIT_MAX 64 /* leases a worker may hold */

/* Cells whose bits are known, the first that a new worker computes: a lease of epoch 0. */
struct dispatch_canary {
    uint64_t tile;
    uint32_t first_cell, n_cells;
    const uint8_t *bytes; /* proto/result.h */
    size_t length;
};
#define DISPATCH_CANARY_EPOCH 0u

struct dispatch_options {
    const struct job *job; /* borrowed */
    uint64_t run;          /* names the run in every message; not 0 */
    uint64_t order_seed, n_visited;
    int64_t beat_ms;  /* both ways */
    int64_t dead_ms;  /* silence after which a peer is gone */
    int32_t ttl_ms;   /* of a lease, renewed by every sign of progress */
    int64_t limit_ms; /* a cell that takes longer is given up as STATUS_TIMEOUT; 0: never */
    int64_t
        third_ms; /* how long a contested tile waits for a third worker, with nothing else open */
    const struct dispatch_canary *canary; /* borrowed; NULL: none */
};
#define DISPATCH_BEAT_MS 1000
#define DISPATCH_DEAD_MS 2900 /* under three heartbeats */
#define DISPATCH_TTL_MS 30000
#define DISPATCH_THIRD_MS 60000

struct dispatch;
/* The caller owns *out. */
enum err dispatch_new(struct dispatch **out, const struct dispatch_options *options);
void dispatch_free(struct dispatch **dispatch_p);
/* The lease table, for a resume: fill lease_done_bits(), then lease_resumed() and
 * dispatch_resumed(). */
struct lease_table *dispatch_leases(struct dispatch *d);
void dispatch_resumed(struct dispatch *d, uint64_t n_failed, uint64_t n_excluded,
                      const uint64_t failed_as[N_STATUSES]);

/* Where workers get the job's image if their cache lacks it: said in every JOB from now on. */
void dispatch_image(struct dispatch *d, uint16_t port,
                    const uint8_t list_hash[IMAGE_TALK_HASH_BYTES]);

/* Frames to send, in order; borrowed until dispatch_clear_outbox(). */
struct dispatch_frame {
    uint64_t peer;
    const uint8_t *bytes;
    size_t length;
};
size_t dispatch_outbox(const struct dispatch *d, size_t i,
                       struct dispatch_frame *out); /* number; *out is frame i, if there */
void dispatch_clear_outbox(struct dispatch *d);
/* What is worth telling outside; the shell takes it and clears it (log_events()). */
struct events *dispatch_events(struct dispatch *d);

enum dispatch_verdict {
    DISPATCH_NOTHING, /* more to do than the outbox says: no */
    DISPATCH_SAVE,    /* *row to the journal, then dispatch_saved() */
    DISPATCH_COMPARE, /* *row is a second result: compare with the journal's, then
                         dispatch_compared() */
    DISPATCH_NOMEM    /* stop the run */
};
/* A frame from a peer. *row points into the frame, or into memory that lasts until
 * dispatch_saved(). */
enum dispatch_verdict dispatch_frame_in(struct dispatch *d, int64_t now_ms, uint64_t peer,
                                        const void *frame, size_t length, struct journal_row *row);
/* Cells that were given up leave whole tiles behind: true with *row as long as there are any to
 * save. Ask after dispatch_worker_died() and dispatch_tick(). */
bool dispatch_next_row(struct dispatch *d, struct journal_row *row);
/* Every row handed out so far is durable: acks go to the outbox. */
void dispatch_saved(struct dispatch *d);
/* Of a DISPATCH_COMPARE. Other bits: no more work for either worker (but `coordinator`, who joined
 * the pieces of a split tile), and the tile goes to a third; until dispatch_judged() it is
 * contested. */
void dispatch_compared(struct dispatch *d, uint64_t peer, const struct journal_row *first,
                       const struct journal_row *second, bool equal);

/* ---- two results that differ (contest.h) ---- */

/* An open contest of the journal, at a resume, after lease_resumed() and dispatch_resumed(). */
enum err dispatch_contest(struct dispatch *d, const struct journal_row *first,
                          const char *second_worker);
/* The row of a DISPATCH_SAVE or dispatch_next_row() is the third result: to be decided (contest.h),
 * not saved like others. */
bool dispatch_is_contested(const struct dispatch *d, uint64_t tile);
/* True with a tile that no third worker will come for: to be decided without. */
bool dispatch_next_undecided(const struct dispatch *d, uint64_t *tile);
/* The decision is durable; then dispatch_saved(). third may be NULL. */
void dispatch_judged(struct dispatch *d, const struct journal_row *third,
                     const struct journal_row *final, uint32_t n_disputed, bool third_differs);
/* Workers that get nothing more, and why: the i-th, NULL beyond the last. */
const struct quarantined *dispatch_quarantined(const struct dispatch *d, uint32_t i);
const struct job *dispatch_job(const struct dispatch *d);

/* Time passed: peers that are silent, leases that are overdue, pings, the tail's duplicates. */
enum err dispatch_tick(struct dispatch *d, int64_t now_ms);
/* The process of a peer that said HELLO with this pid has ended; how: "signal 9 (Killed)", for the
 * reason of a cell that is given up. */
enum err dispatch_worker_died(struct dispatch *d, int64_t now_ms, uint64_t pid, const char *how);
/* A send found nobody there. */
enum err dispatch_unreachable(struct dispatch *d, int64_t now_ms, uint64_t peer);
/* No more leases from here on. */
void dispatch_drain(struct dispatch *d);

/* ---- workers that several runs share (pool.h) ---- */

/* A peer that left for another run is AWAY: it holds nothing here, is not pinged and not missed,
 * but what it hands in still counts. Its next HELLO brings it back. */
bool dispatch_knows(const struct dispatch *d, uint64_t peer); /* also if it is away */
/* Leases out with it whose result has not come. */
uint32_t dispatch_n_held(const struct dispatch *d, uint64_t peer);
/* Held: that no worker comes is no reason to decide a contest without one. */
void dispatch_hold(struct dispatch *d, bool held);
/* No more leases for this peer until its next HELLO. */
void dispatch_withhold(struct dispatch *d, uint64_t peer);
/* AWAY from here on; what it holds goes to others, at nobody's blame. */
enum err dispatch_release(struct dispatch *d, int64_t now_ms, uint64_t peer);
/* A peer that was greeted by another run hands in results of this one: AWAY, if it is unknown.
 * ERR_STALE: it is in quarantine here, and told so; its results do not count. */
enum err dispatch_guest(struct dispatch *d, int64_t now_ms, uint64_t peer, uint64_t pid,
                        const char *name);
/* The connection of a peer that is AWAY has ended. */
void dispatch_forget(struct dispatch *d, uint64_t peer);
/* Finish what you hold, and leave. */
void dispatch_drain_peer(struct dispatch *d, uint64_t peer);
/* May a worker with this greeting work for engine_id? ERR_VERSION with the line for its REFUSE. */
enum err dispatch_hello_fits(const struct msg_hello *hello, const char *engine_id,
                             struct err_note *note);
/* DRAIN to everyone, at the end. */
void dispatch_dismiss(struct dispatch *d);

struct dispatch_stats {
    uint64_t n_tiles, tiles_done, n_cells, cells_done, cells_failed,
        cells_excluded; /* of the wanted tiles; failed and
                           excluded of all that are done */
    uint64_t results, duplicates, disputes, cells_disputed, refused, deaths, overruns, compute_us;
    uint64_t failed_as[N_STATUSES]; /* cells_failed by status; 0 for ok and excluded */
    uint64_t refusals[N_REFUSALS];
    uint32_t n_peers, n_out, unacked, n_quarantined, n_contests;
    char last_refusal[300]; /* why the last peer was refused; empty if none */
};
struct dispatch_stats dispatch_stats(const struct dispatch *d);
bool dispatch_is_done(const struct dispatch *d); /* every wanted tile settled and saved */
bool dispatch_is_idle(const struct dispatch *d); /* nothing out, nothing to save */
#endif
