/* cell - computes cells: a job and a market image make an engine and a base config; a span of a
 * tile makes the bytes of proto/result.h. The worker's heart, and what `plan`, `show` and `replay`
 * use in their own process.
 *
 * A cell whose parameters do not fit together at its point ends as STATUS_FAILED with the engine's
 * reason; one that was computed is STATUS_OK even if a period's metrics are undefined (flags EMPTY,
 * FAILED: statistics.md section 0). */
#ifndef WORKER_CELL_H
#define WORKER_CELL_H
#include "engine/plateau_engine.h"
#include "proto/codec.h"
#include "proto/err.h"
#include "proto/job.h"
#include <stddef.h>
#include <stdint.h>

struct cell_engine;
/* Borrows job and image for its life; of a null job (null_row_bytes > 0) the image may be NULL.
 * ERR_SPEC: the job's values do not fit this engine's fields. The caller owns *out. */
enum err cell_engine_new(struct cell_engine **out, const struct job *job, const void *image,
                         size_t length, size_t cache_bytes, struct err_note *note);
void cell_engine_free(struct cell_engine **cells_p);

/* Appends cells first_cell .. first_cell + n_cells - 1 of a tile (point by point in ordinal order,
 * scenario by scenario). ERR_RANGE: no such cells; ERR_NOMEM. */
enum err cell_compute_span(struct cell_engine *cells, uint64_t tile, uint32_t first_cell,
                           uint32_t n_cells, struct codec_writer *out);
enum err cell_compute_tile(struct cell_engine *cells, uint64_t tile, struct codec_writer *out);
/* One cell by grid point and scenario; n_cells of a tile is count * n_scenarios. */
enum err cell_compute_point(struct cell_engine *cells, uint64_t point, uint32_t scenario,
                            struct codec_writer *out);

/* The config of a grid point, good until the next call on cells; *failed tells that it does not fit
 * together, with the reason in note. Never of a null job. */
enum err cell_config(struct cell_engine *cells, uint64_t point,
                     const struct plateau_config **config, bool *failed, struct err_note *note);
struct plateau_engine *cell_plateau_engine(struct cell_engine *cells);
struct plateau_scenario cell_scenario(const struct job *job, uint32_t scenario);
struct plateau_period cell_period(const struct job *job,
                                  uint32_t open_period); /* of those that are not locked */
#endif
