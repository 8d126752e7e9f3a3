/* session - what a worker decides: a function of (state, now, message) to frames to send. No
 * socket, clock or thread: worker/net.c is the shell around it, a test or a simulator can be
 * another.
 *
 *    HELLO --> (REFUSE: stop) | JOB --> loading --> READY --> LEASE* --> RESULT* --> ACK*
 *
 * A result is kept until it is acked and handed in again after a PING with run 0 (the coordinator
 * does not know us: it came back, or the connection did), or when no ack came for long.
 *
 * A coordinator that is silent is lost after SESSION_SILENT_MS. What then, is the user's choice:
 *   wait    go on with what is in hand, keep the results, try again until wait_ms of silence
 *   finish  the same, but leave once nothing is in hand; results are offered for
 *           SESSION_FINISH_MS of silence, counted from the last of them
 *   stop    leave; what is in hand is lost, and others will be given it
 * A worker that was stopped itself (SIGSTOP, a suspended laptop) has not listened: that time does
 * not count. */
#ifndef WORKER_SESSION_H
#define WORKER_SESSION_H
#include "proto/codec.h"
#include "proto/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SESSION_BEAT_MS 1000
#define SESSION_SILENT_MS 10000 /* silence of the coordinator that is more than a slow disk */
#define SESSION_FINISH_MS 60000
#define SESSION_WAIT_MS 600000
#define SESSION_RESEND_MS 10000 /* a result without an ack is handed in again */
#define SESSION_UNACKED_MAX                                                                        \
    (16u << 20) /* bytes of results without an ack: no more is computed beyond */
#define SESSION_LEASES_MAX 64u

enum session_lost { SESSION_LOST_WAIT, SESSION_LOST_FINISH, SESSION_LOST_STOP };
struct session_options {
    const char *engine_id, *name, *facts; /* borrowed; facts (worker/facts.h) may be NULL */
    uint32_t slots, credit;
    uint64_t pid;
    int64_t beat_ms, resend_ms;
    enum session_lost on_lost;
    int64_t wait_ms; /* SESSION_LOST_WAIT: the longest silence */
};
struct session_lease {
    uint64_t run, tile;
    uint32_t first_cell, n_cells, epoch;
    uint64_t limit_ms; /* 0: none */
};

struct session;
/* The caller owns *out. HELLO is in the outbox. */
enum err session_new(struct session **out, const struct session_options *options, int64_t now_ms);
void session_free(struct session **session_p);

/* Frame i of the outbox; returns how many there are. Borrowed until session_clear_outbox(). */
size_t session_outbox(const struct session *s, size_t i, const uint8_t **bytes, size_t *length);
void session_clear_outbox(struct session *s);

enum session_verdict {
    SESSION_GO_ON,
    SESSION_LOAD, /* a new job: session_job(), then session_loaded() */
    SESSION_STOP  /* session_end() and session_reason() say why */
};
enum session_verdict session_frame_in(struct session *s, int64_t now_ms, const void *frame,
                                      size_t length);
enum session_verdict session_tick(struct session *s, int64_t now_ms);
/* The job to load, until the next frame. */
void session_job(const struct session *s, uint64_t *run, const uint8_t **bytes, size_t *length);
/* Where its image may be had: port 0: nowhere but in the cache; list: MSG's image_list, until the
 * next frame. */
void session_image(const struct session *s, uint16_t *port, const uint8_t **list);
void session_loaded(struct session *s, int64_t now_ms);
/* The next lease to compute, from now on; false: none, or too many results wait for their ack. */
bool session_next_lease(struct session *s, int64_t now_ms, struct session_lease *out);
/* Takes cells (malloc'ed), whatever it returns. ERR_NOMEM. */
enum err session_computed(struct session *s, int64_t now_ms, const struct session_lease *lease,
                          uint32_t compute_us, uint8_t *cells, size_t length);
/* As after a DRAIN: finish what is in hand and leave. */
enum session_verdict session_drain(struct session *s);
/* Give up, and say why: BYE. */
void session_give_up(struct session *s, const char *reason);
/* OK: drained. ERR_NET: refused, or the coordinator is lost. ERR_TIMEOUT: the span in hand took too
 * long; the process must end, as its engine's thread cannot be interrupted. */
enum err session_end(const struct session *s);
const char *session_reason(const struct session *s); /* "" after a DRAIN */
uint32_t session_n_unacked(const struct session *s);
#endif
