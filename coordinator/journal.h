/* journal - what survives a crash: one SQLite file (WAL, synchronous=FULL), one row per finished
 * tile with a checksum. journal_commit returns only when its rows are durable; an ack may follow
 * it, never precede it.
 *
 * On a network file system the journal uses an exclusive rollback journal, or refuses. */
#ifndef COORDINATOR_JOURNAL_H
#define COORDINATOR_JOURNAL_H
#include "coordinator/fs_kind.h"
#include "proto/err.h"
#include "proto/job.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOURNAL_FILE "journal.db"

struct journal;
struct journal_row {
    uint64_t tile;
    uint32_t epoch, compute_us;
    uint32_t n_failed,
        n_excluded; /* cells: failed counts every status that is neither ok nor excluded */
    char worker[64];
    const uint8_t *bytes; /* result.h encoding */
    size_t length;
};
/* Creates or opens RUN/journal.db. A journal of another spec, data or engine id is ERR_MISMATCH
 * with both named. */
enum err journal_open(struct journal **out, const char *run_dir, const struct job *job,
                      bool read_only, struct err_note *note);
/* The same for a file system of a given kind, whatever run_dir lies on. */
enum err journal_open_on(struct journal **out, const char *run_dir, enum fs_kind kind,
                         const struct job *job, bool read_only, struct err_note *note);
void journal_close(struct journal **journal_p);
/* One durable transaction: all rows or, on failure, none. A tile that is already there is left
 * alone (promise 1). */
enum err journal_commit(struct journal *journal, const struct journal_row *rows, size_t n,
                        struct err_note *note);
/* What journal_commit() did so far, in this process. */
#define JOURNAL_BOUNDS_US(X) X(500) X(1000) X(2500) X(5000) X(10000) X(25000) X(100000) X(1000000)
#define X(us) +1
enum { JOURNAL_N_BOUNDS = 0 JOURNAL_BOUNDS_US(X) };
#undef X
#define JOURNAL_SLOW_US 1000000u
extern const uint32_t JOURNAL_BOUND_US[JOURNAL_N_BOUNDS];
struct journal_stats {
    uint64_t commits, rows, bytes, commit_us; /* commit_us: the sum */
    uint64_t in_bound[JOURNAL_N_BOUNDS + 1];  /* commits by the first bound not exceeded; the last:
                                                 longer than all */
    uint64_t slow, slowest_us;                /* over JOURNAL_SLOW_US; the longest commit */
};
struct journal_stats journal_stats(const struct journal *journal);
/* Sets the bit of every tile present; done has (n_tiles + 7) / 8 bytes, all zero. ERR_CORRUPT: a
 * tile that the run has not, or one that is there twice. */
enum err journal_done(struct journal *journal, uint8_t *done, uint64_t n_tiles, uint64_t *n_done,
                      struct err_note *note);
/* Sums over the rows: cells that failed, cells that are excluded. */
enum err journal_counts(struct journal *journal, uint64_t *n_failed, uint64_t *n_excluded,
                        struct err_note *note);
/* Visits rows in tile order, checksum verified (ERR_CORRUPT names the tile). Stops at the first
 * error of visit. */
enum err journal_each(struct journal *journal,
                      enum err (*visit)(void *ctx, const struct journal_row *row), void *ctx,
                      struct err_note *note);
/* The same, only rows with cells that are neither ok nor excluded. */
enum err journal_each_failed(struct journal *journal,
                             enum err (*visit)(void *ctx, const struct journal_row *row), void *ctx,
                             struct err_note *note);
/* What each worker handed in: rows, time, and whether last_tile is one of them. */
struct journal_worker {
    char name[64];
    uint64_t tiles, compute_us;
    bool has_last;
};
enum err journal_each_worker(struct journal *journal, uint64_t last_tile,
                             void (*visit)(void *ctx, const struct journal_worker *worker),
                             void *ctx, struct err_note *note);
/* One row, checksum verified; its bytes are good until the next call. ERR_NOT_FOUND. */
enum err journal_get(struct journal *journal, uint64_t tile, struct journal_row *row,
                     struct err_note *note);
/* Two workers gave different bits for a tile: kept beside the first result, so that no later look
 * at the run misses it. */
enum err journal_dispute(struct journal *journal, const struct journal_row *second,
                         struct err_note *note);
enum err journal_n_disputes(struct journal *journal, uint64_t *n,
                            struct err_note *note); /* tiles */
/* Visits the tiles with a dispute, decided or not. visit may not use the journal. */
enum err journal_each_disputed(struct journal *journal, enum err (*visit)(void *ctx, uint64_t tile),
                               void *ctx, struct err_note *note);
/* The latest of a tile's results beside its row, checksum verified; its bytes are good until the
 * next call. ERR_NOT_FOUND. */
enum err journal_second(struct journal *journal, uint64_t tile, struct journal_row *row,
                        struct err_note *note);
/* Visits the results that were kept beside a tile's row, oldest first, checksum verified. */
enum err journal_each_said(struct journal *journal, uint64_t tile,
                           enum err (*visit)(void *ctx, const struct journal_row *row), void *ctx,
                           struct err_note *note);
/* What decided the latest dispute of a tile; "" while none did. */
enum err journal_verdict(struct journal *journal, uint64_t tile, char *out, size_t size,
                         struct err_note *note);
/* A dispute is decided (contest.h): `final` is the tile's row from here on, verdict says why. The
 * row before it, and third (may be NULL), are kept beside it where their bits differ. One durable
 * transaction. */
enum err journal_judge(struct journal *journal, const struct journal_row *final,
                       const struct journal_row *third, const char *verdict, struct err_note *note);
/* Takes a tile out of the run, to be computed again: its row, and what was beside it, are kept in
 * the table `retried` with the reason. One durable transaction over all. ERR_NOT_FOUND: a tile that
 * is not there; nothing was changed. */
enum err journal_retry(struct journal *journal, const uint64_t *tiles, size_t n, const char *reason,
                       struct err_note *note);
/* Tiles whose dispute is not decided: their row and who gave the other result. visit may not use
 * the journal. */
enum err journal_each_contest(struct journal *journal,
                              enum err (*visit)(void *ctx, const struct journal_row *first,
                                                const char *second_worker),
                              void *ctx, struct err_note *note);

/* ---- for whoever checks a journal, or mends it (fsck.h) ---- */

/* ERR_CORRUPT: SQLite's own check of its pages and indices, its first finding. */
enum err journal_integrity(struct journal *journal, struct err_note *note);
/* Visits every row in tile order; sound: its checksum fits. */
enum err journal_scan(struct journal *journal,
                      enum err (*visit)(void *ctx, const struct journal_row *row, bool sound),
                      void *ctx, struct err_note *note);
/* A row that is of no use goes, so that its tile is computed again. Durable. */
enum err journal_forget(struct journal *journal, uint64_t tile, struct err_note *note);
#endif
