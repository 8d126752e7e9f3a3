#include "coordinator/export_plan.h"
#include "engine/metrics.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SPARSE_SHARE 100 /* a grid with fewer than 1 valid point in 100 is listed, not boxed */

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t ceil_div(uint64_t a, uint64_t b)
{
    return (a + b - 1) / b;
}

/* Balanced cuts: no chunk is mostly padding. `whole` dimensions get one extent, the split one a
 * power of two. */
static void choose_extents(struct export_plan *plan, enum export_chunking chunking, uint64_t target)
{
    struct export_chunks *chunks = &plan->chunks[chunking];
    uint32_t rank_of[EXPORT_AXES_MAX]; /* position in tile order */
    for (uint32_t k = 0; k < plan->n_dims; k++)
        rank_of[plan->order[k]] = k;
    uint64_t product = 1;
    for (uint32_t d = plan->n_dims; d-- > 0;) {
        uint64_t size = plan->size[d], room = target / product ? target / product : 1;
        uint64_t extent = size <= room ? size : ceil_div(size, ceil_div(size, room));
        if (rank_of[d] < plan->split)
            extent = 1;
        if (rank_of[d] == plan->split && plan->split_levels < size) {
            room = min_u64(room, plan->split_levels);
            for (extent = 1; extent * 2 <= room;)
                extent *= 2;
        }
        chunks->extent[d] = (uint32_t)extent;
        product *= extent;
    }
    chunks->chunk_points = product;
}

/* Bytes a point takes in the buffers of a pass. */
static uint64_t point_bytes(const struct export_plan *plan)
{
    uint64_t cells = plan->n_scenarios;
    return cells * plan->n_periods * (N_METRICS * sizeof(double) + sizeof(uint16_t)) + cells +
           2ull * (plan->width[EXPORT_BLOCKS] + plan->width[EXPORT_FOLDS]) * sizeof(double);
}

/* Tile order seen from outside: dimensions by falling ordinal stride. */
static void find_tile_order(struct export_plan *plan)
{
    const struct sweep *sweep = plan->job->sweep;
    uint64_t point_stride = 1;
    for (uint32_t d = plan->n_dims; d-- > 0;) {
        plan->stride[d] = plan->size[d] > 1 ? sweep_ordinal_of_point(sweep, point_stride) : 0;
        point_stride *= plan->size[d];
    }
    for (uint32_t d = 0; d < plan->n_dims; d++) {
        uint32_t at = d;
        for (; at > 0 && plan->stride[plan->order[at - 1]] < plan->stride[d]; at--)
            plan->order[at] = plan->order[at - 1];
        plan->order[at] = d;
    }
}

/* The largest boxes of consecutive ordinals that fit the memory of a pass. */
static void choose_passes(struct export_plan *plan, uint64_t pass_bytes)
{
    uint64_t points_max = pass_bytes / plan->point_bytes ? pass_bytes / plan->point_bytes : 1;
    plan->split = 0;
    plan->split_levels = 1;
    uint64_t inner = plan->n_points; /* points below order[split] */
    for (uint32_t k = 0; k < plan->n_dims; k++) {
        inner /= plan->size[plan->order[k]];
        plan->split = k;
        plan->split_levels = min_u64(points_max / inner, plan->size[plan->order[k]]);
        if (plan->split_levels >= 1)
            break;
    }
    if (plan->split_levels < 1)
        plan->split_levels = 1;
    /* Whole chunks in every pass: the pass is a multiple of the power-of-two extent chosen below.
     */
    if (plan->split_levels < plan->size[plan->order[plan->split]]) {
        uint64_t extent = 1;
        while (extent * 2 <= plan->split_levels && extent < EXPORT_CHUNK_ELEMENTS)
            extent *= 2;
        plan->split_levels -= plan->split_levels % extent;
    }
}

/* Ordinals of tiles that are there and that `where` leaves. */
static enum err list_points(struct export_plan *plan)
{
    const struct job *job = plan->job;
    size_t room = 0, n = 0;
    uint64_t n_tiles = job_n_tiles(job);
    for (uint64_t tile = 0; tile < n_tiles; tile++) {
        if (!(plan->have[tile / 8] >> tile % 8 & 1))
            continue;
        uint64_t first;
        uint32_t count;
        job_tile_span(job, tile, &first, &count);
        if (n + count > room) {
            room = (n + count) * 2;
            uint64_t *more = realloc(plan->listed, room * sizeof *more);
            if (!more)
                return ERR_NOMEM;
            plan->listed = more;
        }
        for (uint64_t i = first; i < first + count; i++)
            if (!sweep_excluded(job->sweep, sweep_point_of_ordinal(job->sweep, i)))
                plan->listed[n++] = i;
    }
    plan->size[0] = n;
    return OK;
}

static bool is_dense(const struct job *job)
{
    if (sweep_plan(job->sweep)->method != SWEEP_GRID)
        return false;
    uint64_t n = sweep_n_points(job->sweep);
    bool exact;
    return n <= EXPORT_DENSE_MAX &&
           sweep_n_included(job->sweep, &exact) >= ceil_div(n, SPARSE_SHARE);
}

enum err export_plan_init(struct export_plan *plan, const struct job *job, const uint8_t *have,
                          uint64_t pass_bytes, struct err_note *note)
{
    memset(plan, 0, sizeof *plan);
    bool grid = sweep_plan(job->sweep)->method == SWEEP_GRID;
    if (grid && sweep_n_axes(job->sweep) > EXPORT_AXES_MAX)
        return err_set(note, ERR_RANGE,
                       "the grid has %u axes: results.h5 holds at most %u (HDF5 has 32 "
                       "dimensions); export csv or jsonl, "
                       "or draw a sample",
                       sweep_n_axes(job->sweep), EXPORT_AXES_MAX);
    plan->job = job;
    plan->have = have;
    plan->n_scenarios = job->n_scenarios;
    plan->n_periods = job_n_open_periods(job);
    plan->width[EXPORT_CELLS] = 1;
    plan->width[EXPORT_BLOCKS] = job_has_baseline(job) ? job->n_blocks : 0;
    plan->width[EXPORT_FOLDS] = job_n_segments(job);
    plan->n_ordinals = sweep_n_points(job->sweep);
    plan->point_bytes = point_bytes(plan);
    plan->dense = is_dense(job);
    plan->n_dims = plan->dense ? sweep_n_dimensions(job->sweep) : 1;
    if (plan->dense) {
        for (uint32_t d = 0; d < plan->n_dims; d++)
            plan->size[d] = sweep_dimension_size(job->sweep, d);
    } else {
        plan->size[0] = plan->n_ordinals;
        enum err err = grid ? list_points(plan) : OK;
        if (err) {
            export_plan_free(plan);
            return err_set(note, err, "out of memory for the list of points of a sparse grid");
        }
        plan->stride[0] = 1;
    }
    if (plan->dense &&
        plan->n_dims == 0) { /* no axes: one point still wants a dimension to lie on */
        plan->n_dims = 1;
        plan->size[0] = 1;
    }
    plan->n_points = 1;
    for (uint32_t d = 0; d < plan->n_dims; d++)
        plan->n_points *= plan->size[d];
    if (plan->dense)
        find_tile_order(plan);
    if (plan->n_points == 0) {
        export_plan_free(plan);
        return err_set(
            note, ERR_EMPTY,
            "no point of this grid has been computed yet: let the run go on, then export");
    }
    choose_passes(plan, pass_bytes);
    for (int c = 0; c < EXPORT_N_CHUNKINGS; c++)
        choose_extents(plan, (enum export_chunking)c,
                       plan->width[c] ? EXPORT_CHUNK_ELEMENTS / plan->width[c] : 1);
    return OK;
}

static void free_places(struct export_plan *plan)
{
    for (int c = 0; c < EXPORT_N_CHUNKINGS; c++)
        for (uint32_t d = 0; d < EXPORT_AXES_MAX; d++) {
            free(plan->chunks[c].place[d]);
            plan->chunks[c].place[d] = NULL;
        }
}

void export_plan_free(struct export_plan *plan)
{
    free_places(plan);
    free(plan->listed);
    plan->listed = NULL;
}

/* Tables of the current box: chunk number times chunk size, plus the place inside the chunk. */
static enum err make_places(struct export_plan *plan, struct export_chunks *chunks)
{
    uint64_t across = 1, within = 1; /* strides in chunks and in points, last dimension fastest */
    for (uint32_t d = plan->n_dims; d-- > 0;) {
        chunks->n_along[d] = ceil_div(plan->length[d], chunks->extent[d]);
        chunks->place[d] = malloc(plan->length[d] * sizeof(uint64_t));
        if (!chunks->place[d])
            return ERR_NOMEM;
        for (uint64_t i = 0; i < plan->length[d]; i++)
            chunks->place[d][i] = i / chunks->extent[d] * across * chunks->chunk_points +
                                  i % chunks->extent[d] * within;
        across *= chunks->n_along[d];
        within *= chunks->extent[d];
    }
    chunks->n_chunks = across;
    return OK;
}

static void next_box(struct export_plan *plan)
{
    uint64_t rest = plan->next;
    plan->first = plan->next;
    plan->count = 1;
    for (uint32_t k = 0; k < plan->n_dims; k++) {
        uint32_t d = plan->order[k];
        uint64_t stride = plan->stride[d] ? plan->stride[d] : 1;
        plan->origin[d] = plan->size[d] > 1 ? rest / stride : 0;
        rest -= plan->origin[d] * stride;
        plan->length[d] = k < plan->split ? 1
                          : k > plan->split
                              ? plan->size[d]
                              : min_u64(plan->split_levels, plan->size[d] - plan->origin[d]);
        plan->count *= plan->length[d];
    }
    plan->next += plan->count;
}

static void next_stretch(struct export_plan *plan)
{
    plan->origin[0] = plan->next;
    plan->length[0] = min_u64(plan->split_levels, plan->n_points - plan->next);
    plan->next += plan->length[0];
    plan->first = plan->listed ? plan->listed[plan->origin[0]] : plan->origin[0];
    plan->count = (plan->listed ? plan->listed[plan->next - 1] : plan->next - 1) - plan->first + 1;
}

enum err export_plan_next(struct export_plan *plan)
{
    if (plan->next >= plan->n_points)
        return ERR_EMPTY;
    free_places(plan);
    if (plan->dense)
        next_box(plan);
    else
        next_stretch(plan);
    for (int c = 0; c < EXPORT_N_CHUNKINGS; c++) {
        enum err err = make_places(plan, &plan->chunks[c]);
        if (err)
            return err;
    }
    return OK;
}

static void places_listed(const struct export_plan *plan, uint64_t first, uint32_t count,
                          struct export_places *out)
{
    uint64_t low = plan->origin[0], end = plan->origin[0] + plan->length[0];
    for (uint64_t high = end; low < high;) { /* first listed ordinal >= first */
        uint64_t middle = low + (high - low) / 2;
        if (plan->listed[middle] < first)
            low = middle + 1;
        else
            high = middle;
    }
    for (uint32_t i = 0; i < count; i++) {
        bool here = low < end && plan->listed[low] == first + i;
        for (int c = 0; c < EXPORT_N_CHUNKINGS; c++)
            out->at[c][i] = here ? plan->chunks[c].place[0][low - plan->origin[0]] : EXPORT_NOWHERE;
        out->position[i] = here ? low : EXPORT_NOWHERE;
        low += here;
    }
}

void export_plan_places(const struct export_plan *plan, uint64_t first, uint32_t count,
                        struct export_places *out)
{
    if (plan->listed) {
        places_listed(plan, first, count, out);
        return;
    }
    uint64_t file_stride[EXPORT_AXES_MAX], product = 1;
    for (uint32_t d = plan->n_dims; d-- > 0; product *= plan->size[d])
        file_stride[d] = product;
    const struct export_chunks *chunks = plan->chunks;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t ordinal = first + i, position = 0, at[EXPORT_N_CHUNKINGS] = {0};
        if (ordinal < plan->first || ordinal - plan->first >= plan->count) {
            for (int c = 0; c < EXPORT_N_CHUNKINGS; c++)
                out->at[c][i] = EXPORT_NOWHERE;
            out->position[i] = EXPORT_NOWHERE;
            continue;
        }
        for (uint32_t k = 0; k < plan->n_dims; k++) {
            uint32_t d = plan->order[k];
            if (plan->size[d] == 1)
                break; /* these come last; their only level is at place 0 */
            uint64_t level = ordinal / plan->stride[d];
            ordinal -= level * plan->stride[d];
            for (int c = 0; c < EXPORT_N_CHUNKINGS; c++)
                at[c] += chunks[c].place[d][level - plan->origin[d]];
            position += level * file_stride[d];
        }
        for (int c = 0; c < EXPORT_N_CHUNKINGS; c++)
            out->at[c][i] = at[c];
        out->position[i] = position;
    }
}

uint64_t export_plan_point(const struct export_plan *plan, uint64_t i)
{
    if (plan->dense)
        return i;
    return sweep_point_of_ordinal(plan->job->sweep, plan->listed ? plan->listed[i] : i);
}

void export_plan_chunk_offset(const struct export_plan *plan, enum export_chunking chunking,
                              uint64_t chunk, uint64_t *offset)
{
    const struct export_chunks *chunks = &plan->chunks[chunking];
    for (uint32_t d = plan->n_dims; d-- > 0;) {
        offset[d] = plan->origin[d] + chunk % chunks->n_along[d] * chunks->extent[d];
        chunk /= chunks->n_along[d];
    }
}
