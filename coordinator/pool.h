/* pool - the workers of one coordinator and the runs that share them: a function of (state, now,
 * peer, frame), like dispatch, which it stands above. One dispatch per run decides about tiles; the
 * pool decides which run a worker works for, and hands each frame to the run it belongs to.
 *
 *    peer:  HELLO --> LOBBY <----> WORKING for one run --(withheld until it holds nothing)--> moved
 *                       '--- DRAIN ---> gone <--- BYE, silence, REFUSE ---'
 *
 * A move is the worker's own HELLO, kept from its arrival, given to the other run: that answers
 * with its JOB. A RESULT belongs to the run it names, whoever its worker works for by now. A run
 * that is held has no workers. Shares follow priorities (share.h) and are looked at each quantum,
 * or at once when a run begins, ends, is held or let go. */
#ifndef COORDINATOR_POOL_H
#define COORDINATOR_POOL_H
#include "coordinator/dispatch.h"
#include <stdbool.h>
#include <stdint.h>

#define POOL_RUNS_MAX 64u
#define POOL_QUANTUM_MS 2000

struct pool_options {
    const char *engine_id; /* borrowed */
    int64_t beat_ms, dead_ms, quantum_ms;
};

struct pool;
/* The caller owns *out. */
enum err pool_new(struct pool **out, const struct pool_options *options);
void pool_free(struct pool **pool_p);

/* Borrows the dispatch until pool_remove(). run: the dispatch's, an odd number. ERR_EXISTS;
 * ERR_OVERFLOW: more than POOL_RUNS_MAX. */
enum err pool_add(struct pool *pool, int64_t now_ms, uint64_t run, struct dispatch *dispatch,
                  uint32_t priority);
/* Its workers go to other runs, or to the lobby, at once. */
enum err pool_remove(struct pool *pool, int64_t now_ms, uint64_t run);
void pool_set_priority(struct pool *pool, uint64_t run, uint32_t priority);
/* Held: its workers finish what they hold and go to other runs; at_once: they go now, and what
 * they hand in later still counts. */
enum err pool_hold(struct pool *pool, int64_t now_ms, uint64_t run, bool held, bool at_once);
uint32_t pool_n_workers(const struct pool *pool, uint64_t run);
/* The run a process of this host works for, or worked for when it left a moment ago; 0: none, or
 * unknown. */
uint64_t pool_run_of(const struct pool *pool, uint64_t pid);

/* *run is the run that the verdict and the row are of. */
enum dispatch_verdict pool_frame_in(struct pool *pool, int64_t now_ms, uint64_t peer,
                                    const void *frame, size_t length, uint64_t *run,
                                    struct journal_row *row);
/* Ticks every run's dispatch too. */
enum err pool_tick(struct pool *pool, int64_t now_ms);
enum err pool_unreachable(struct pool *pool, int64_t now_ms, uint64_t peer);
/* As dispatch_worker_died(). */
enum err pool_worker_died(struct pool *pool, int64_t now_ms, uint64_t pid, const char *how);
/* Finish what you hold, and leave: the workers that name stands for
 * (coordinator/worker_name.h), or all (NULL), of one run or of
 * all (run 0). Number of workers told. */
uint32_t pool_drain(struct pool *pool, const char *name, uint64_t run);
/* The end: no more leases anywhere, everybody leaves. */
void pool_dismiss(struct pool *pool);

/* The next frame to send, of the pool's and of all its runs'; false: none is left. Borrowed until
 * the next call. */
bool pool_next_frame(struct pool *pool, struct dispatch_frame *out);

struct pool_worker { /* a row of the table of workers */
    char name[MSG_NAME_MAX + 1];
    uint64_t pid, run; /* run 0: in the lobby */
    uint32_t slots, n_held;
    bool moving, draining;
    uint64_t tiles, cells; /* handed in since it joined */
    double cells_per_s;    /* lately */
    int64_t heard_ms, joined_ms;
};
/* Worker i; returns how many there are. */
uint32_t pool_worker(const struct pool *pool, uint32_t i, struct pool_worker *out);
/* [N_REFUSALS] by the pool itself, before any run saw them; and the events of those. */
const uint64_t *pool_refusals(const struct pool *pool);
struct events *pool_events(struct pool *pool);
#endif
