/* run - one submitted sweep on disk and in flight.
 *
 *   RUNS/ID/  spec.yaml  strategies/  job (proto/job.h)  run.json (id, created, versions, data
 * sources) journal.db  results.h5  lock (host and pid of the process that holds it)
 *
 * ID = run name + '-' + first 8 hex digits of SHA-256(job before its tile size is known). The same
 * spec on the same data with the same engine is the same run: `run` resumes it. A folder appears
 * whole: it is made beside and renamed. */
#ifndef COORDINATOR_RUN_H
#define COORDINATOR_RUN_H
#include "coordinator/journal.h"
#include "coordinator/listen.h"
#include "coordinator/run_limits.h"
#include "market/market.h"
#include "proto/job.h"
#include "spec/spec.h"
#include <signal.h>
#include <stdbool.h>

struct run_dir {
    char path[4096], id[128];
    struct job job;
    char created[32], build[128]; /* UTC ISO time; "plateau VERSION compiler" */
    uint64_t tile_order_seed;
};
/* Freezes the spec under RUNS/ID (or opens the equal run that is there; *existed tells). A job
 * without a tile size is given one: measured on the image in the default cache folder, unless the
 * run is small. */
enum err run_dir_create(struct run_dir *out, const char *runs_dir, const struct spec *spec,
                        bool *existed, struct err_note *note);
/* A run by path, by ID, or by "last" under runs_dir. */
enum err run_dir_open(struct run_dir *out, const char *runs_dir, const char *which,
                      struct err_note *note);
/* Does run.json say of the job what the job says? ERR_CORRUPT with the first difference. */
enum err run_dir_check(const struct run_dir *run, struct err_note *note);
/* Are its bits those of this program's engine? ERR_VERSION. */
enum err run_dir_check_engine(const struct run_dir *run, struct err_note *note);
void run_dir_free(struct run_dir *run);
/* ERR_BUSY with host and pid of the holder. Released by run_unlock or by the holder's death. */
enum err run_lock(const struct run_dir *run, int *lock_fd, struct err_note *note);
/* Does a process hold it? Only looks: a run that was looked at is not the one last worked on, and
 * whoever wants to hold it at this moment can. *holder, if not NULL, as run_lock()'s note. */
bool run_is_held(const struct run_dir *run, struct err_note *holder);
void run_unlock(int lock_fd);

struct run_progress {
    uint64_t n_tiles, tiles_done, n_cells, cells_done, cells_failed, cells_excluded;
    uint32_t n_workers;
    double cells_per_s, eta_s, elapsed_s;       /* NaN while unknown; cells_per_s since the start */
    double recent_per_s, eta_low_s, eta_high_s; /* coordinator/pace.h */
    uint64_t disputes; /* tiles for which two workers gave different bits, ever */
    uint32_t n_quarantined;
};
struct outside;
#define RUN_NO_WORKERS UINT32_MAX
struct run_options {
    uint32_t n_workers;      /* local workers to start; 0: one per core; RUN_NO_WORKERS: none */
    const char *worker_path; /* plateau-worker; NULL: beside this program, then PATH */
    const char *cache_dir;   /* image cache */
    size_t worker_cache_bytes;
    void (*on_progress)(void *ctx,
                        const struct run_progress *progress); /* at most 10 times a second */
    void (*on_event)(void *ctx, const char *line);            /* for the user's eyes; may be NULL */
    void *ctx;
    const struct outside *outside; /* coordinator/outside.h; NULL: no log, no metrics */
    struct listen_options listen;  /* for remote workers, beside the local ones */
    struct run_limits limits;
    volatile sig_atomic_t *stop; /* 1: drain and save; 2: stop now; may be NULL */
};
/* Holds run_lock() and runs what is missing: listens on ipc, starts and reaps local workers,
 * listens for remote ones if asked to, journals, acks. OK with *out telling cells_failed, and
 * disputes: two workers gave different bits for a tile, now or in an earlier part of the run, and
 * a third decided. ERR_INTERRUPTED, ERR_FAILS with everything saved; ERR_BUSY; ERR_NET: workers end
 * as soon as they start. *out is filled in any case. */
enum err run_execute(const struct run_dir *run, const struct run_options *options,
                     struct run_progress *out, struct err_note *note);
#endif
