/* export - a run's journal as a file for others: results.h5 (docs/results.md), CSV, JSON lines.
 *
 * Whatever is written is written beside, fsynced and renamed: a file of the final name is whole.
 * The metric datasets depend on the cells alone: any number of workers, any order, any crash gives
 * the same bytes. */
#ifndef COORDINATOR_EXPORT_H
#define COORDINATOR_EXPORT_H
#include "coordinator/journal.h"
#include "coordinator/run.h"
#include "market/market.h"
#include "proto/err.h"
#include "proto/job.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Where cells come from: a journal, or a test. */
struct export_source {
    const uint8_t *have; /* bit per tile: there is a row */
    /* The row of a tile that is there, valid until the next call. */
    enum err (*get)(void *ctx, uint64_t tile, struct journal_row *row, struct err_note *note);
    void *ctx;
};
struct holdout;
struct export_review;
/* What surrounds the cells in results.h5. */
struct export_about {
    const struct job *job;
    const char *run_id, *created, *build; /* "" where unknown */
    const char *spec_text;
    const struct market_image *image;   /* NULL: the file has no /benchmark and no data_sha256 */
    const struct holdout *holdout;      /* what is on record (coordinator/holdout.h), or NULL */
    const struct export_review *review; /* coordinator/export_review.h, or NULL */
    uint64_t pass_bytes;                /* 0: EXPORT_PASS_BYTES of export_plan.h */
    uint32_t n_threads;                 /* for compression; 0: one per core */
};

/* results.h5 of a run at path. Without `partial`, tiles that are missing are ERR_EMPTY with their
 * number. */
enum err export_h5(const struct run_dir *run, const char *path, bool partial,
                   struct err_note *note);
/* The same from any source, missing tiles being cells of status "missing". */
enum err export_h5_from(const struct export_about *about, const struct export_source *source,
                        const char *path, struct err_note *note);

/* One row per cell and open period in tile order: point, scenario, period, status, axes
 * (exact text), metrics (17 digits; NaN is an empty field in CSV, null in JSON), flags. A cell that
 * is not ok has one row per period, its metrics empty. */
enum export_text_format { EXPORT_CSV, EXPORT_JSONL };
enum err export_text(const struct run_dir *run, FILE *out, enum export_text_format format,
                     bool partial, struct err_note *note);
enum err export_text_from(const struct job *job, const struct export_source *source, FILE *out,
                          enum export_text_format format, struct err_note *note);

/* A run's journal as a source. The caller ends it with export_close(). */
struct export_journal {
    struct export_source source;
    struct journal *journal;
    uint8_t *have;
    uint64_t n_tiles, n_done;
};
/* ERR_EMPTY unless every tile is there or partial is set. */
enum err export_open(struct export_journal *out, const struct run_dir *run, bool partial,
                     struct err_note *note);
void export_close(struct export_journal *journal);
/* Renames a file that is written and fsynced, and makes the name durable. */
enum err export_rename(const char *from, const char *to, struct err_note *note);
#endif
