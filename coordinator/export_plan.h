/* export_plan - how a run's cells lie in results.h5, and in which passes they get there.
 *
 * Dense: one dataset dimension per sweep dimension, in the sweep file's order. Point: one
 * dimension, the points one after the other in tile order (sampled sweeps; grids of which `where`
 * leaves less than 1 %; grids above 2^28 points).
 *
 * Tiles arrive in tile order, where entry-side dimensions are outermost; the file wants the sweep
 * file's order, in whole chunks. A pass is a run of ordinals that fills a box of the file: it is
 * collected in one buffer, chunk after chunk, each chunk in C order, so that a chunk is compressed
 * and written as it lies. The place of a point in the buffer is a sum of one table entry per
 * dimension.
 *
 *   pass:  ordinals first .. first + count - 1   ->   box origin[], length[]   ->   buffer of
 * n_chunks whole chunks */
#ifndef COORDINATOR_EXPORT_PLAN_H
#define COORDINATOR_EXPORT_PLAN_H
#include "proto/err.h"
#include "proto/job.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPORT_AXES_MAX                                                                            \
    28u /* HDF5 has 32 dimensions at most; scenario, period and block take some */
#define EXPORT_DENSE_MAX (1ull << 28) /* points */
#define EXPORT_PASS_BYTES (512ull << 20)
#define EXPORT_CHUNK_ELEMENTS                                                                      \
    65536u /* 512 KiB of doubles: inside HDF5's default chunk cache and a core's L2 */
#define EXPORT_NOWHERE UINT64_MAX

enum export_chunking {
    EXPORT_CELLS,
    EXPORT_BLOCKS,
    EXPORT_FOLDS,
    EXPORT_N_CHUNKINGS
}; /* sums of blocks and of fold segments have a dimension more */

struct export_chunks {                 /* how one chunking cuts the current box */
    uint32_t extent[EXPORT_AXES_MAX];  /* of a chunk: fixed for the whole file */
    uint64_t n_along[EXPORT_AXES_MAX]; /* chunks of the box along each dimension */
    uint64_t n_chunks, chunk_points;   /* buffer: n_chunks * chunk_points places */
    uint64_t *place[EXPORT_AXES_MAX];  /* [length]: sum over the dimensions = place in the buffer */
};

struct export_plan {
    const struct job *job;
    const uint8_t *have; /* bit per tile: the source has it; borrowed */
    bool dense;
    uint32_t n_dims;                /* of the points: sweep dimensions, or 1 */
    uint64_t size[EXPORT_AXES_MAX]; /* of the dataset along each */
    uint64_t n_points;              /* product of size */
    uint32_t n_scenarios, n_periods;
    uint32_t width[EXPORT_N_CHUNKINGS]; /* doubles a point and dataset: 1, blocks, fold segments; 0:
                                           no such datasets */
    uint64_t point_bytes;               /* of one point in a pass's buffers */
    uint64_t n_ordinals;
    /* the current pass */
    uint64_t first, count; /* ordinals */
    uint64_t origin[EXPORT_AXES_MAX], length[EXPORT_AXES_MAX];
    struct export_chunks chunks[EXPORT_N_CHUNKINGS];
    uint64_t *
        listed; /* point layout of a grid: the ordinals in the file, ascending; NULL: all of them */
    /* private */
    uint32_t order[EXPORT_AXES_MAX];  /* dimensions, outermost first in tile order */
    uint64_t stride[EXPORT_AXES_MAX]; /* ordinal stride of a dimension */
    uint32_t split; /* dimensions before order[split] are fixed in a pass, those after it whole */
    uint64_t split_levels; /* levels of order[split] per pass */
    uint64_t next;         /* ordinal (dense) or point of the file at which the next pass begins */
};

/* have: (n_tiles + 7) / 8 bytes, kept. pass_bytes: EXPORT_PASS_BYTES (tests: less). ERR_RANGE: too
 * many axes. ERR_EMPTY: no point to write. */
enum err export_plan_init(struct export_plan *plan, const struct job *job, const uint8_t *have,
                          uint64_t pass_bytes, struct err_note *note);
void export_plan_free(struct export_plan *plan);
/* Moves to the first or next pass. ERR_EMPTY: no more. */
enum err export_plan_next(struct export_plan *plan);
/* Of `count` ordinals: places in both buffers and position among the file's points; EXPORT_NOWHERE:
 * not in the file, or not in this pass. */
struct export_places {
    uint64_t *at[EXPORT_N_CHUNKINGS], *position;
};
void export_plan_places(const struct export_plan *plan, uint64_t first, uint32_t count,
                        struct export_places *out);
/* Sweep point of point i of the file (dense: i itself). */
uint64_t export_plan_point(const struct export_plan *plan, uint64_t i);
/* Position in the dataset of chunk i of the buffer: offset[n_dims]. */
void export_plan_chunk_offset(const struct export_plan *plan, enum export_chunking chunking,
                              uint64_t chunk, uint64_t *offset);
#endif
