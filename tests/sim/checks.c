#include "tests/sim/checks.h"
#include "coordinator/lease.h"
#include "engine/metrics.h"
#include "proto/result.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct walk {
    struct world *w;
    uint8_t *seen; /* by tile */
    uint64_t n_tiles, n_failed, n_excluded, n_crashed, n_lies;
};

static bool equal(const uint8_t *a, const uint8_t *end, const uint8_t *b, size_t length)
{
    return (size_t)(end - a) == length && memcmp(a, b, length) == 0;
}

/* A cell's bytes are the formula's; or it was given up, which only a poisonous cell or deaths
 * explain; or a liar's, where there is one and nobody looked twice. */
static void check_cell(struct walk *walk, uint64_t tile, uint32_t cell, const uint8_t *at,
                       const uint8_t *end, enum status status)
{
    struct world *w = walk->w;
    size_t length;
    if (status == STATUS_CRASHED) {
        walk->n_crashed += !world_is_poisonous(w, tile, cell, 1);
        return;
    }
    if (status == STATUS_DISPUTED && w->profile.n_liars > 0)
        return;
    if (world_is_poisonous(w, tile, cell, 1))
        world_fail(w, "tile %" PRIu64 " cell %u kills its worker and has a result", tile, cell);
    uint8_t *truth = world_cells(w, tile, cell, 1, false, &length);
    bool good = equal(at, end, truth, length);
    free(truth);
    if (!good && w->profile.n_liars > 0) {
        truth = world_cells(w, tile, cell, 1, true, &length);
        good = equal(at, end, truth, length);
        free(truth);
    }
    if (!good)
        world_fail(w, "tile %" PRIu64 " cell %u is not what a calm run has there", tile, cell);
}

static enum err check_row(void *ctx, const struct journal_row *row)
{
    struct walk *walk = ctx;
    struct world *w = walk->w;
    struct result_reader reader;
    struct result_cell cell;
    uint32_t n_failed = 0, n_excluded = 0, c = 0;
    enum err err;
    if (row->tile >= job_n_tiles(&w->job) || walk->seen[row->tile]) {
        world_fail(w, "tile %" PRIu64 " is in the journal and should not be", row->tile);
        return OK;
    }
    walk->seen[row->tile] = 1;
    walk->n_tiles++;
    result_reader_init(&reader, &w->job, N_METRICS, 0, row->bytes, row->length);
    reader.cells_left = world_tile_cells(w, row->tile);
    for (const uint8_t *at = reader.at; (err = result_next(&reader, &cell)) == OK; at = reader.at) {
        check_cell(walk, row->tile, c++, at, reader.at, cell.status);
        n_failed += cell.status != STATUS_OK && cell.status != STATUS_EXCLUDED;
        n_excluded += cell.status == STATUS_EXCLUDED;
    }
    if (err != ERR_EMPTY)
        world_fail(w, "tile %" PRIu64 ": its bytes are not its cells", row->tile);
    if (n_failed != row->n_failed || n_excluded != row->n_excluded)
        world_fail(w, "tile %" PRIu64 ": %u cells failed, its row says %u", row->tile, n_failed,
                   row->n_failed);
    walk->n_failed += n_failed;
    walk->n_excluded += n_excluded;
    return OK;
}

static void check_all_there(struct walk *walk, const struct dispatch_stats *stats)
{
    struct world *w = walk->w;
    uint64_t n_cells = (uint64_t)w->profile.n_points * w->profile.n_scenarios;
    if (walk->n_tiles != job_n_tiles(&w->job))
        world_fail(w, "%" PRIu64 " of %" PRIu64 " tiles are in the journal of a finished run",
                   walk->n_tiles, job_n_tiles(&w->job));
    if (stats->cells_done != n_cells || stats->n_cells != n_cells)
        world_fail(w, "%" PRIu64 " cells are counted, the run has %" PRIu64, stats->cells_done,
                   n_cells);
    if (stats->cells_failed != walk->n_failed || stats->cells_excluded != walk->n_excluded)
        world_fail(w, "%" PRIu64 " cells failed, %" PRIu64 " are counted", walk->n_failed,
                   stats->cells_failed);
}

void check_journal(struct world *w, struct journal *journal, bool at_end,
                   const struct dispatch_stats *stats, uint64_t deaths)
{
    uint64_t n = job_n_tiles(&w->job), n_disputes = 0;
    struct walk walk = {.w = w, .seen = calloc(n, 1)};
    struct err_note note = {""};
    if (!walk.seen)
        abort();
    if (journal_each(journal, check_row, &walk, &note) ||
        journal_n_disputes(journal, &n_disputes, &note))
        world_fail(w, "the journal cannot be read: %s", note.text);
    for (uint64_t t = 0; t < n; t++)
        if (w->acked[t] && !walk.seen[t])
            world_fail(w, "tile %" PRIu64 " was acked and is not in the journal", t);
    if (walk.n_crashed > 0 && deaths < LEASE_DEATHS_MAX)
        world_fail(w, "%" PRIu64 " harmless cells were given up after %" PRIu64 " deaths",
                   walk.n_crashed, deaths);
    if (n_disputes > 0 && w->profile.n_liars == 0)
        world_fail(w, "honest workers are in dispute");
    if (at_end)
        check_all_there(&walk, stats);
    free(walk.seen);
}

void check_crash_now(struct world *w)
{
    struct journal *journal = NULL;
    struct err_note note = {""};
    struct disk *left = disk_after_crash(w->disk, DISK_LOSE_SOME, rng_next(&w->rng));
    disk_mount(left);
    if (journal_open_on(&journal, "sim", FS_LOCAL, &w->job, false, &note))
        world_fail(w, "after a crash the journal does not open: %s", note.text);
    else
        check_journal(w, journal, false, NULL, UINT64_MAX);
    journal_close(&journal);
    disk_mount(w->disk);
    disk_free(&left);
}

void check_turn(struct life *life)
{
    struct dispatch_stats stats = dispatch_stats(life->dispatch);
    struct world *w = life->w;
    uint64_t seen = stats.tiles_done + stats.n_contests; /* a contest opens a tile that was done */
    if (seen < life->tiles_seen || stats.tiles_done > stats.n_tiles ||
        stats.cells_done > stats.n_cells || stats.cells_failed > stats.n_cells)
        world_fail(w, "counts: %" PRIu64 " tiles done, %" PRIu64 " seen before, of %" PRIu64,
                   stats.tiles_done, life->tiles_seen, stats.n_tiles);
    life->tiles_seen = seen;
}
