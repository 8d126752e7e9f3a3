/* result - what a tile's computation leaves: the BLOB of the journal and the payload of RESULT, the
 * same bytes.
 *
 * Point by point in ordinal order, scenario by scenario: one status byte; if it is STATUS_OK, per
 * open period a u16 of flags and N_METRICS doubles, and for the baseline scenario 2 * n_blocks
 * doubles of block sums (sum, sumsq), then 2 * n_segments of fold sums (job_n_segments()) alike; if
 * it is STATUS_FAILED, CRASHED, TIMEOUT or DISPUTED, a u16
 * reason length and the text; EXCLUDED and MISSING are the byte alone. Little-endian. Every double
 * is a number, an infinity or the NaN 0x7ff8000000000000. A dispatch benchmark (job.null_row_bytes
 * > 0): each cell is the status byte OK and null_row_bytes - 1 bytes of anything. */
#ifndef PROTO_RESULT_H
#define PROTO_RESULT_H
#include "proto/err.h"
#include "proto/job.h"
#include <stddef.h>
#include <stdint.h>

// clang-format off
#define STATUS_TABLE(X) /* order is on the wire, in the journal and in results.h5 (flag_values) */ \
    X(OK, "ok") X(FAILED, "failed") X(CRASHED, "crashed") X(TIMEOUT, "timeout")                    \
    X(EXCLUDED, "excluded") X(MISSING, "missing") X(DISPUTED, "disputed")
// clang-format on
enum status {
#define X(id, name) STATUS_##id,
    STATUS_TABLE(X)
#undef X
        N_STATUSES
};
extern const char *const STATUS_NAME[N_STATUSES];

#define RESULT_REASON_MAX 200

/* One decoded cell: pointers into the tile's bytes (unaligned: read with result_metric()). */
struct result_cell {
    enum status status;
    const uint8_t *periods;  /* STATUS_OK: per open period flags u16 + metrics */
    const uint8_t *blocks;   /* baseline and STATUS_OK: sum[n_blocks], sumsq[n_blocks]; else NULL */
    const uint8_t *segments; /* the same of the fold segments; NULL without folds */
    const char *reason;      /* FAILED, CRASHED, TIMEOUT, DISPUTED: not NUL-terminated; else NULL */
    uint16_t reason_length;
};
double result_metric(const struct result_cell *cell, uint32_t n_metrics, uint32_t period,
                     uint32_t metric);
uint16_t result_flags(const struct result_cell *cell, uint32_t n_metrics, uint32_t period);

/* Writing, cell by cell in the order above. flags[n_periods], metrics[n_periods][n_metrics]; sum
 * and sumsq [n_blocks] of the baseline scenario, NULL for the others. */
struct codec_writer;
void result_put_ok(struct codec_writer *w, uint32_t n_periods, const uint16_t *flags,
                   uint32_t n_metrics, const double *metrics, uint32_t n_blocks, const double *sum,
                   const double *sumsq);
/* After the block sums of a baseline cell of a job with folds: sum and sumsq [n_segments]. */
void result_put_segments(struct codec_writer *w, uint32_t n_segments, const double *sum,
                         const double *sumsq);
void result_put_status(struct codec_writer *w, enum status status,
                       const char *reason); /* any but OK; the reason is cut at
                                               RESULT_REASON_MAX */

/* Largest encoding of a tile of `count` points, for buffers and limits. */
size_t result_tile_bound(const struct job *job, uint32_t n_metrics, uint32_t count);

/* Checked walk over a tile's bytes: next() fills the cell or returns ERR_FORMAT; ERR_EMPTY at the
 * end (and only there: trailing bytes are ERR_FORMAT). n_metrics is N_METRICS of engine/metrics.h,
 * handed in as proto knows nothing of the rest. */
struct result_reader {
    const uint8_t *at, *end;
    const struct job *job;
    uint32_t n_metrics, n_segments, cells_left, scenario;
};
void result_reader_init(struct result_reader *reader, const struct job *job, uint32_t n_metrics,
                        uint32_t count, const uint8_t *bytes, size_t length);
enum err result_next(struct result_reader *reader, struct result_cell *cell);
#endif
