/* inside - what the world's own files share. */
#ifndef TESTS_SIM_INSIDE_H
#define TESTS_SIM_INSIDE_H
#include "tests/sim/world.h"

enum happening_kind {
    WORLD_TO_WORKER,
    WORLD_TO_COORDINATOR,
    WORLD_TICK,
    WORLD_LOADED,
    WORLD_COMPUTED,
    WORLD_START,
    WORLD_FAULT,
    WORLD_HEAL,
    WORLD_ORDER, /* worker: the run that is let go, or taken up again */
    WORLD_END    /* of the coordinator's process; life: which one */
};
struct happening {
    int64_t at_ms;
    uint64_t order; /* of two at one moment, the first pushed is first */
    enum happening_kind kind;
    uint32_t worker, life; /* life: an event of another process is void */
    uint64_t key;          /* of the connection a frame came or goes by */
    struct frame frame;
};
struct mail {
    uint64_t peer;
    struct frame frame;
};

void *sim_memory(void *memory); /* aborts on NULL */
void events_push(struct world *w, int64_t at_ms, struct happening event);
/* Puts a copy of a frame on worker i's link; at_ms is the sender's time. */
void wire_send(struct world *w, uint32_t i, int direction, int64_t at_ms, const void *bytes,
               size_t length);
void mail_drop_all(struct world *w);
void mail_put(struct world *w, uint64_t peer, struct frame frame);

void worker_start(struct world *w, uint32_t i);
void worker_event(struct world *w, struct happening *event);
/* What the coordinator received from a worker and what it sends one: noted, and checked where it
 * must not be sent. */
void watch_received(struct world *w, uint64_t key, const struct frame *frame);
void watch_sent(struct world *w, uint64_t key, const void *bytes, size_t length);
/* A worker that was told to leave must be gone in time. */
void watch_leaving(struct world *w, const struct world_worker *worker);
struct world_worker *world_worker_of(struct world *w, uint64_t key); /* NULL: no such connection */
/* To a coordinator that has just started, or because its process is new. */
void worker_unknown(struct world_worker *worker);
void worker_forget_held(struct world_worker *worker);
#endif
