/* truth - what every cell is: a formula of the run, tile and cell. */
#include "proto/codec.h"
#include "proto/result.h"
#include "tests/lib/null_job.h"
#include "tests/sim/inside.h"
#include <stdio.h>
#include <stdlib.h>

enum { FAILED_ONE_IN = 16, FIRST_RUN = 77, ROUND_POINTS = 1000 };

static const char *const FOLDERS[WORLD_RUNS_MAX] = {"sim", "sim-2", "sim-3"};

/* ---- a run ---- */

/* The known cells: all scenarios of a point of which one tells a liar from others. */
static void draw_canary(struct world_run *run, struct rng *rng)
{
    const struct world_profile *p = run->profile;
    for (bool good = false; !good;) {
        uint32_t point = rng_below(rng, p->n_points);
        run->canary_tile = point / p->tile_points;
        run->canary_cell = point % p->tile_points * p->n_scenarios;
        free(run->canary);
        run->canary = world_cells(run, run->canary_tile, run->canary_cell, p->n_scenarios, false,
                                  &run->canary_length);
        good = run->canary[0] == STATUS_OK;
    }
}

static bool is_known(const struct world_run *run, uint64_t cell)
{
    const struct world_profile *p = run->profile;
    uint64_t first = run->canary_tile * p->tile_points * p->n_scenarios + run->canary_cell;
    return run->canary && cell >= first && cell < first + p->n_scenarios;
}

static void draw_cells(struct world_run *run, struct rng *rng, uint8_t *marks, uint32_t n)
{
    const struct world_profile *p = run->profile;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t cell = rng_below(rng, p->n_points * p->n_scenarios);
        marks[cell] = !is_known(run, cell);
    }
}

void world_run_init(struct world *w, uint32_t r)
{
    struct world_run *run = &w->runs[r];
    const struct world_profile *p = &w->profile;
    struct rng rng = {w->seed ^ 0xce11 << r};
    uint32_t side =
        p->n_points % ROUND_POINTS == 0 ? ROUND_POINTS : 1; /* an axis has every level */
    uint64_t n_cells = (uint64_t)p->n_points * p->n_scenarios;
    *run = (struct world_run){.profile = p,
                              .seed = w->seed ^ (uint64_t)r << 56,
                              .run = FIRST_RUN + 2 * r, /* odd, as all runs' */
                              .folder = FOLDERS[r]};
    null_job_make(&run->job, run->folder, p->n_points / side, side, p->tile_points, p->n_scenarios,
                  p->row_bytes);
    run->acked = sim_memory(calloc(job_n_tiles(&run->job), 1));
    run->split = sim_memory(calloc(job_n_tiles(&run->job), 1));
    run->poisonous = sim_memory(calloc(n_cells, 1));
    run->slow = sim_memory(calloc(n_cells, 1));
    if (p->canary)
        draw_canary(run, &rng);
    draw_cells(run, &rng, run->poisonous, p->n_poisons);
    draw_cells(run, &rng, run->slow, p->n_slow);
}

void world_run_end(struct world_run *run)
{
    free(run->acked);
    free(run->split);
    free(run->poisonous);
    free(run->slow);
    free(run->canary);
    job_free(&run->job);
}

struct world_run *world_run_of(struct world *w, uint64_t number)
{
    for (uint32_t r = 0; r < w->profile.n_runs; r++)
        if (w->runs[r].run == number)
            return &w->runs[r];
    return NULL;
}

/* ---- its cells ---- */

uint32_t world_tile_cells(const struct world_run *run, uint64_t tile)
{
    const struct world_profile *p = run->profile;
    uint64_t left = p->n_points - tile * p->tile_points;
    return (uint32_t)(left < p->tile_points ? left : p->tile_points) * p->n_scenarios;
}

static uint64_t first_of_tile(const struct world_run *run, uint64_t tile)
{
    return tile * run->profile->tile_points * run->profile->n_scenarios;
}

static bool any_marked(const struct world_run *run, const uint8_t *marks, uint64_t tile,
                       uint32_t first, uint32_t n)
{
    for (uint32_t c = first; c < first + n; c++)
        if (marks[first_of_tile(run, tile) + c])
            return true;
    return false;
}

bool world_is_poisonous(const struct world_run *run, uint64_t tile, uint32_t first, uint32_t n)
{
    return any_marked(run, run->poisonous, tile, first, n);
}

bool world_is_slow(const struct world_run *run, uint64_t tile, uint32_t first, uint32_t n)
{
    return any_marked(run, run->slow, tile, first, n);
}

uint8_t *world_cells(const struct world_run *run, uint64_t tile, uint32_t first, uint32_t n,
                     bool lie, size_t *length)
{
    struct codec_writer out = {0};
    char reason[40];
    for (uint32_t c = first; c < first + n; c++) {
        struct rng cell = {run->seed ^ (first_of_tile(run, tile) + c) << 8};
        if (rng_below(&cell, FAILED_ONE_IN) == 0) {
            snprintf(reason, sizeof reason, "no price for cell %u of tile %u", c, (uint32_t)tile);
            result_put_status(&out, STATUS_FAILED, reason);
            continue;
        }
        codec_u8(&out, STATUS_OK);
        for (uint32_t b = 1; b < run->profile->row_bytes; b++)
            codec_u8(&out, (uint8_t)(rng_next(&cell) ^ lie));
    }
    if (out.failed)
        abort();
    *length = out.length;
    return out.bytes;
}
