/* truth - what every cell is: a formula of the seed, tile and cell. */
#include "proto/codec.h"
#include "proto/result.h"
#include "tests/sim/inside.h"
#include <stdio.h>
#include <stdlib.h>

enum { FAILED_ONE_IN = 16 };

uint32_t world_tile_cells(const struct world *w, uint64_t tile)
{
    uint64_t left = w->profile.n_points - tile * w->profile.tile_points;
    return (uint32_t)(left < w->profile.tile_points ? left : w->profile.tile_points) *
           w->profile.n_scenarios;
}

static uint64_t first_of_tile(const struct world *w, uint64_t tile)
{
    return tile * w->profile.tile_points * w->profile.n_scenarios;
}

bool world_is_poisonous(const struct world *w, uint64_t tile, uint32_t first, uint32_t n)
{
    for (uint32_t c = first; c < first + n; c++)
        if (w->poisonous[first_of_tile(w, tile) + c])
            return true;
    return false;
}

uint8_t *world_cells(const struct world *w, uint64_t tile, uint32_t first, uint32_t n, bool lie,
                     size_t *length)
{
    struct codec_writer out = {0};
    char reason[40];
    for (uint32_t c = first; c < first + n; c++) {
        struct rng cell = {w->seed ^ (first_of_tile(w, tile) + c) << 8};
        if (rng_below(&cell, FAILED_ONE_IN) == 0) {
            snprintf(reason, sizeof reason, "no price for cell %u of tile %u", c, (uint32_t)tile);
            result_put_status(&out, STATUS_FAILED, reason);
            continue;
        }
        codec_u8(&out, STATUS_OK);
        for (uint32_t b = 1; b < w->profile.row_bytes; b++)
            codec_u8(&out, (uint8_t)(rng_next(&cell) ^ lie));
    }
    if (out.failed)
        abort();
    *length = out.length;
    return out.bytes;
}
