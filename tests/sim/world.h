/* world - all that is not the coordinator: a clock, a network, workers (real sessions whose cells
 * are a formula), and faults that a seed draws.
 *
 *    coordinator --net_send--> link --delay, loss, copies, other order, a cut--> session
 *         ^------- mailbox <-----------------------------------------------------'
 *
 * The coordinator is the caller: world.c defines net_wait(), net_receive(), net_send() and
 * net_frame_end() in place of coordinator/net.c, so that the real serve_turn() runs over it, and
 * the rest of the world lives while it waits. Everything follows from the seed. */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H
#include "proto/err.h"
#include "proto/job.h"
#include "tests/lib/rng.h"
#include "tests/sim/disk.h"
#include "worker/session.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WORLD_RUNS_MAX = 3,
    WORLD_TICK_MS = 200,
    WORLD_CUT_MS = 2900
}; /* as worker/net.c: its turns, a connection that
      is silent for that long is cut */

struct world_profile { /* what a seed draws */
    uint32_t n_runs, n_workers, n_points, tile_points, n_scenarios, row_bytes, credit;
    int64_t ttl_ms, resend_ms;
    int64_t delay_min_ms, delay_max_ms, compute_min_ms, compute_max_ms, sync_max_ms;
    double loss, copies, reorder; /* of a frame */
    uint32_t faults;              /* bits of enum world_fault */
    int64_t fault_every_ms, faults_until_ms, last_ms;
    uint32_t n_poisons, n_liars;
    int64_t limit_ms; /* of a cell; 0: none */
    uint32_t n_slow;  /* cells that never end */
    bool canary;
    bool always_lie; /* a liar does, with the known cells too */
    bool local;      /* the coordinator is told of workers' deaths, as of its children */
};
enum world_fault {
    FAULT_KILL_WORKER,
    FAULT_STOP_WORKER,
    FAULT_CUT_BOTH,
    FAULT_CUT_TO_WORKER,
    FAULT_CUT_TO_COORDINATOR,
    FAULT_NEW_CONNECTION,
    FAULT_KILL_COORDINATOR,
    FAULT_POWER, /* of the coordinator's machine, at a write or between two */
    FAULT_STOP_COORDINATOR,
    FAULT_DISK, /* one of enum disk_fault but DISK_POWER */
    FAULT_HANG, /* a worker's cell never ends */
    FAULT_DRAIN_WORKER,
    FAULT_HOLD_RUN,
    FAULT_REMOVE_RUN, /* and take it up again later */
    N_FAULTS
};

struct frame {
    uint8_t *bytes;
    size_t length;
};
/* A run: what is true of it, and what was promised to its workers. */
struct world_run {
    const struct world_profile *profile; /* n_points and all that: of every run */
    uint64_t seed, run;
    struct job job;
    const char *folder;                        /* of its journal, on the virtual disk */
    uint8_t *acked, *split, *poisonous, *slow; /* by tile, by tile, by cell, by cell */
    uint64_t canary_tile;
    uint32_t canary_cell; /* the first; there are n_scenarios */
    uint8_t *canary;
    size_t canary_length;
    bool want_held, at_once, want_absent; /* what its operator ordered */
    bool held, absent; /* and the coordinator did; absent: also when it is done */
};
struct world_worker {
    struct session *session; /* NULL: no process */
    char name[24];
    uint32_t life;
    uint64_t pid, key; /* key: of its connection */
    bool liar, load_wanted, loading, busy, hangs;
    bool want_drain;             /* the operator's order */
    int64_t drained_ms;          /* when this coordinator told it to leave; 0: it did not */
    bool proven[WORLD_RUNS_MAX]; /* it gave this coordinator the known bits */
    struct session_lease lease;  /* being computed */
    int64_t stopped_until_ms;
    bool cut[2]; /* to the worker, to the coordinator */
    int64_t cut_ms, last_at_ms[2];
    struct frame *held; /* by the worker's socket, while it is cut off */
    size_t n_held;
};
enum { TO_WORKER, TO_COORDINATOR };

struct world {
    struct world_profile profile;
    uint64_t seed;
    struct rng rng;
    bool trace;
    struct world_run runs[WORLD_RUNS_MAX];
    struct disk *disk;
    bool timed;               /* cpu_ns is kept */
    int64_t cpu_ns;           /* that the world took while the coordinator waited */
    int64_t now_ms;           /* of the world */
    int64_t coordinator_ms;   /* where the coordinator's own time is: later while it is held up */
    struct happening *events; /* a heap */
    size_t n_events, events_capacity;
    uint64_t n_pushed;
    struct world_worker *workers;
    bool up; /* the coordinator lives */
    uint32_t coordinator_life;
    uint64_t n_connections;
    struct mail *mail; /* a ring */
    size_t n_mail, first_mail, mail_capacity;
    uint64_t *dead_pids; /* the coordinator was not told of them yet */
    size_t n_dead_pids;
    uint64_t n_acks, n_new_acks, n_results;
    uint64_t n_computed, n_killed, n_canaries, n_overruns, n_drained, n_held, n_removed;
    int64_t last_result_ms; /* a RESULT reached the coordinator */
    char failure[400];      /* "" so far */
};

/* ---- making and living ---- */
struct world_profile world_draw(uint64_t seed);
void world_init(struct world *w, uint64_t seed, const struct world_profile *profile, bool trace);
void world_end(struct world *w);
/* Until that moment, or until mail came for the coordinator, or its end. */
void world_live_until(struct world *w, int64_t until_ms, bool or_mail);
int64_t world_cpu_ns(void);                     /* of this process, so far */
void world_coordinator_starts(struct world *w); /* everybody connects anew */
void world_coordinator_ends(struct world *w);
int64_t world_coordinator_now(void); /* for serve_turn() */
void world_stop_coordinator(struct world *w, int64_t for_ms);

void world_fail(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
void world_trace(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- faults ---- */
void world_kill_worker(struct world *w, uint32_t i, int64_t back_in_ms); /* < 0: never back */
void world_cut(struct world *w, uint32_t i, bool to_worker, bool to_coordinator);
void world_heal(struct world *w, uint32_t i);
void world_reconnect(struct world *w, uint32_t i);
void world_fault(struct world *w, enum world_fault fault);

/* ---- truth ---- */
void world_run_init(struct world *w, uint32_t r);
void world_run_end(struct world_run *run);
/* NULL: there is none of that number. */
struct world_run *world_run_of(struct world *w, uint64_t number);
/* The cells of a span as an honest worker computes them; malloc'ed. */
uint8_t *world_cells(const struct world_run *run, uint64_t tile, uint32_t first, uint32_t n,
                     bool lie, size_t *length);
uint32_t world_tile_cells(const struct world_run *run, uint64_t tile);
/* Is any cell of the span one that kills its worker, one that never ends? */
bool world_is_poisonous(const struct world_run *run, uint64_t tile, uint32_t first, uint32_t n);
bool world_is_slow(const struct world_run *run, uint64_t tile, uint32_t first, uint32_t n);
#endif
