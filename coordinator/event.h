/* event - what is worth telling of a run from outside: one closed table, and a short queue by which
 * pure decisions hand events to the shell that logs them.
 *
 * docs/log.schema.json names the same events; a test compares the two. */
#ifndef COORDINATOR_EVENT_H
#define COORDINATOR_EVENT_H
#include "proto/msg.h"
#include <stdint.h>

/* A limit is a burst and what is refilled every second: OWN events come from this program or its
 * operator, PEER events can be caused at will by whoever reaches the socket. */
// clang-format off
#define EVENT_TABLE(X) /* NAME, name in the log, level, limit */        \
    X(RUN_STARTED,        "run_started",        INFO,    OWN)          \
    X(RUN_ENDED,          "run_ended",          INFO,    OWN)          \
    X(RUN_FAILED,         "run_failed",         ERROR,   OWN)          \
    X(RUN_DRAINING,       "run_draining",       INFO,    OWN)          \
    X(WORKER_JOINED,      "worker_joined",      INFO,    PEER)         \
    X(WORKER_LEFT,        "worker_left",        INFO,    PEER)         \
    X(WORKER_DIED,        "worker_died",        WARNING, PEER)         \
    X(WORKER_ENDED,       "worker_ended",       DEBUG,   OWN)          \
    X(WORKER_REFUSED,     "worker_refused",     WARNING, PEER)         \
    X(WORKER_QUARANTINED, "worker_quarantined", ERROR,   PEER)         \
    X(WORKER_DIFFERS,     "worker_differs",     WARNING, PEER)         \
    X(TILE_SPLIT,         "tile_split",         WARNING, PEER)         \
    X(TILE_DUPLICATED,    "tile_duplicated",    DEBUG,   PEER)         \
    X(TILE_DISPUTED,      "tile_disputed",      ERROR,   PEER)         \
    X(LEASE_OVERDUE,      "lease_overdue",      WARNING, PEER)         \
    X(CELL_CRASHED,       "cell_crashed",       WARNING, PEER)         \
    X(CELL_TIMEOUT,       "cell_timeout",       WARNING, PEER)         \
    X(PEER_CUT,           "peer_cut",           WARNING, PEER)         \
    X(CONNECTION_REFUSED, "connection_refused", WARNING, PEER)         \
    X(HANDSHAKE_FAILED,   "handshake_failed",   WARNING, PEER)         \
    X(KEYS_READ,          "keys_read",          INFO,    OWN)          \
    X(KEYS_FAILED,        "keys_failed",        WARNING, OWN)          \
    X(JOURNAL_FAILED,     "journal_failed",     ERROR,   OWN)          \
    X(JOURNAL_SLOW,       "journal_slow",       WARNING, OWN)          \
    X(IMAGE_PORT_TAKEN,   "image_port_taken",   WARNING, OWN)          \
    X(HTTP_LISTENING,     "http_listening",     INFO,    OWN)          \
    X(HTTP_REFUSED,       "http_refused",       WARNING, PEER)         \
    X(EVENTS_LOST,        "events_lost",        WARNING, OWN)
// clang-format on

enum event_kind {
#define X(NAME, name, level, limit) EVENT_##NAME,
    EVENT_TABLE(X)
#undef X
        N_EVENTS
};
extern const char *const EVENT_NAME[N_EVENTS];

/* Why a peer was refused or cut, to be counted by. */
#define REFUSAL_TABLE(X)                                                                           \
    X(VERSION, "version")                                                                          \
    X(ENGINE, "engine")                                                                            \
    X(CROWDED, "crowded")                                                                          \
    X(MALFORMED, "malformed")                                                                      \
    X(RESULT, "result") X(DISPUTED, "disputed") X(CANARY, "canary") X(QUARANTINED, "quarantined")
enum refusal {
#define X(NAME, name) REFUSAL_##NAME,
    REFUSAL_TABLE(X)
#undef X
        N_REFUSALS
};
extern const char *const REFUSAL_NAME[N_REFUSALS];

#define EVENT_NO_TILE UINT64_MAX
#define EVENT_TEXT_MAX MSG_TEXT_MAX
struct event {
    enum event_kind kind;
    uint64_t tile;                 /* EVENT_NO_TILE: of none */
    uint32_t first_cell, n_cells;  /* a span of the tile; n_cells 0: of no span */
    char worker[MSG_NAME_MAX + 1]; /* as it calls itself; "" where unknown */
    char text[EVENT_TEXT_MAX + 1]; /* why; as a peer wrote it, perhaps */
};

/* Between two turns of the shell. What does not fit is counted: a flood of events costs no memory.
 */
#define EVENTS_MAX 256
struct events { /* zero is empty */
    struct event at[EVENTS_MAX];
    uint32_t n;
    uint64_t lost;
};
/* The new event with kind and worker set (worker may be NULL), or a place where writing does no
 * harm if there is no room: never NULL. */
struct event *events_add(struct events *events, enum event_kind kind, const char *worker);
void events_clear(struct events *events);
#endif
