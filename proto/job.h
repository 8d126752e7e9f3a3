/* job - everything a worker needs to compute any tile of a run, apart from the market image: the
 * frozen, canonical form of a sweep file after every check. Written once under runs/ID/job, sent to
 * workers, never changed.
 *
 * Encoding: little-endian, length-prefixed, decoded only through proto/codec.h's checked reader.
 * Equal jobs have equal bytes. */
#ifndef PROTO_JOB_H
#define PROTO_JOB_H
#include "proto/err.h"
#include "proto/folds.h"
#include "proto/sweep.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOB_SLEEVES_MAX 16
#define JOB_PERIODS_MAX 8
#define JOB_SCENARIOS_MAX 64
#define JOB_NAME_MAX 63
#define JOB_HASH_BYTES 32

struct job_period {
    char name[JOB_NAME_MAX + 1];
    int32_t start_day, end_day; /* days since 1970-01-01, inclusive */
    bool locked;                /* never computed by a worker; kept for `holdout` */
};
struct job_scenario {
    char name[JOB_NAME_MAX + 1];
    double slippage_multiplier;
    bool flash_crash;
    uint8_t regime; /* 0 none, 1 bear, 2 range */
};
struct job_sleeve {
    char name[JOB_NAME_MAX + 1], strategy[JOB_NAME_MAX + 1];
};
struct job_value {
    char *path; /* "portfolio.seed", "sleeves.equity.exit.exit_ma" */
    double value;
};

struct job {
    char engine_id[65];                 /* hex */
    uint8_t image_hash[JOB_HASH_BYTES]; /* BLAKE2b-256 of the market image */
    uint8_t spec_sha256[JOB_HASH_BYTES];
    char *name;      /* run.name */
    char *objective; /* metric name, default "sharpe" */
    uint32_t n_blocks;
    struct folds folds; /* of the selection series; all 0: none */
    uint32_t n_sleeves, n_periods, n_scenarios, n_values;
    struct job_sleeve sleeves[JOB_SLEEVES_MAX];
    struct job_period periods[JOB_PERIODS_MAX];
    struct job_scenario scenarios[JOB_SCENARIOS_MAX]; /* baseline is index 0 whenever it is there */
    struct job_value *values;                         /* every field of the base config */
    struct sweep *sweep;
    uint32_t tile_points;    /* power of two; frozen by calibration when the run is created */
    uint32_t null_row_bytes; /* > 0: a dispatch benchmark: workers answer with this many bytes a
                                cell and compute nothing */
};

#define JOB_BYTES_MAX (3u << 20) /* encoded: fits a message */
#define JOB_VALUES_MAX 4096u
#define JOB_PATH_MAX 255u
#define JOB_BLOCKS_MAX 64u
#define JOB_TILE_POINTS_MAX 4096u
#define JOB_NULL_ROW_MAX 4096u

void job_free(struct job *job); /* frees what it points to, zeroes it */
/* ERR_OVERFLOW: more than JOB_BYTES_MAX. tile_points must be a power of two (1 until it is
 * calibrated). */
enum err job_encode(const struct job *job, uint8_t **bytes, size_t *length); /* caller frees */
enum err job_decode(struct job *out, const uint8_t *bytes, size_t length, struct err_note *note);

/* ---- sizes every side agrees on ---- */
/* Periods that are not locked, in order. */
uint32_t job_n_open_periods(const struct job *job);
/* Scenario 0 is the baseline (slippage 1, no crash, no regime): only its cells carry block sums. */
bool job_has_baseline(const struct job *job);
/* Segments of which every baseline cell carries the sums (proto/folds.h). */
uint32_t job_n_segments(const struct job *job);
uint64_t job_n_tiles(const struct job *job);
/* Ordinals of a tile: first = tile * tile_points, count <= tile_points. */
void job_tile_span(const struct job *job, uint64_t tile, uint64_t *first, uint32_t *count);
#endif
