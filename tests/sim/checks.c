#include "tests/sim/checks.h"
#include "coordinator/lease.h"
#include "engine/metrics.h"
#include "proto/result.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct walk {
    struct world *w;
    struct world_run *run;
    uint8_t *seen; /* by tile */
    uint64_t n_tiles, n_failed, n_excluded;
    uint64_t n_crashed, n_slow_crashed; /* cells that kill nobody, and of those that never end */
};

static bool equal(const uint8_t *a, const uint8_t *end, const uint8_t *b, size_t length)
{
    return (size_t)(end - a) == length && memcmp(a, b, length) == 0;
}

/* Who lies with the known cells too is found out before anything of it counts. */
static bool lies_may_count(const struct world *w)
{
    return w->profile.n_liars > 0 && !w->profile.always_lie;
}

/* A cell's bytes are the formula's; or it was given up, which only a poisonous cell, one that never
 * ends, or deaths explain; or a liar's, where there is one and nobody looked twice. */
static void check_cell(struct walk *walk, uint64_t tile, uint32_t cell, const uint8_t *at,
                       const uint8_t *end, enum status status)
{
    struct world *w = walk->w;
    struct world_run *run = walk->run;
    bool kills = world_is_poisonous(run, tile, cell, 1), slow = world_is_slow(run, tile, cell, 1);
    size_t length;
    if (status == STATUS_CRASHED) {
        walk->n_crashed += !kills && !slow;
        walk->n_slow_crashed += !kills && slow;
        return;
    }
    if (status == STATUS_TIMEOUT && slow)
        return;
    if (status == STATUS_DISPUTED && lies_may_count(w))
        return;
    if (kills || slow)
        world_fail(w, "tile %" PRIu64 " cell %u kills its worker or never ends and has a result",
                   tile, cell);
    uint8_t *truth = world_cells(run, tile, cell, 1, false, &length);
    bool good = equal(at, end, truth, length);
    free(truth);
    if (!good && lies_may_count(w)) {
        truth = world_cells(run, tile, cell, 1, true, &length);
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
    if (row->tile >= job_n_tiles(&walk->run->job) || walk->seen[row->tile]) {
        world_fail(w, "tile %" PRIu64 " is in the journal and should not be", row->tile);
        return OK;
    }
    walk->seen[row->tile] = 1;
    walk->n_tiles++;
    result_reader_init(&reader, &walk->run->job, N_METRICS, 0, row->bytes, row->length);
    reader.cells_left = world_tile_cells(walk->run, row->tile);
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
    if (walk->n_tiles != job_n_tiles(&walk->run->job))
        world_fail(w, "%" PRIu64 " of %" PRIu64 " tiles are in the journal of a finished run",
                   walk->n_tiles, job_n_tiles(&walk->run->job));
    if (stats->cells_done != n_cells || stats->n_cells != n_cells)
        world_fail(w, "%" PRIu64 " cells are counted, the run has %" PRIu64, stats->cells_done,
                   n_cells);
    if (stats->cells_failed != walk->n_failed || stats->cells_excluded != walk->n_excluded)
        world_fail(w, "%" PRIu64 " cells failed, %" PRIu64 " are counted", walk->n_failed,
                   stats->cells_failed);
}

static void check_given_up(const struct walk *walk, uint64_t deaths)
{
    if (walk->n_crashed > 0 && deaths < LEASE_DEATHS_MAX)
        world_fail(walk->w, "%" PRIu64 " harmless cells were given up after %" PRIu64 " deaths",
                   walk->n_crashed, deaths);
    if (walk->n_slow_crashed > 0 && deaths == 0)
        world_fail(walk->w, "%" PRIu64 " cells that never end have crashed, and no worker died",
                   walk->n_slow_crashed);
}

void check_journal(struct world *w, struct world_run *run, struct journal *journal,
                   const struct dispatch_stats *stats, uint64_t deaths)
{
    uint64_t n = job_n_tiles(&run->job), n_disputes = 0;
    struct walk walk = {.w = w, .run = run, .seen = calloc(n, 1)};
    struct err_note note = {""};
    if (!walk.seen)
        abort();
    if (journal_each(journal, check_row, &walk, &note) ||
        journal_n_disputes(journal, &n_disputes, &note))
        world_fail(w, "the journal cannot be read: %s", note.text);
    for (uint64_t t = 0; t < n; t++)
        if (run->acked[t] && !walk.seen[t])
            world_fail(w, "tile %" PRIu64 " was acked and is not in the journal", t);
    check_given_up(&walk, deaths);
    if (n_disputes > 0 && !lies_may_count(w))
        world_fail(w, "honest workers are in dispute");
    if (stats)
        check_all_there(&walk, stats);
    free(walk.seen);
}

void check_crash_now(struct world *w)
{
    struct disk *left = disk_after_crash(w->disk, DISK_LOSE_SOME, rng_next(&w->rng));
    disk_mount(left);
    for (uint32_t r = 0; r < w->profile.n_runs; r++) {
        struct world_run *run = &w->runs[r];
        struct journal *journal = NULL;
        struct err_note note = {""};
        if (journal_open_on(&journal, run->folder, FS_LOCAL, &run->job, false, &note))
            world_fail(w, "after a crash the journal does not open: %s", note.text);
        else
            check_journal(w, run, journal, NULL, UINT64_MAX);
        journal_close(&journal);
    }
    disk_mount(w->disk);
    disk_free(&left);
}

static void check_counts(struct world *w, struct life_run *run)
{
    struct dispatch_stats stats = dispatch_stats(run->dispatch);
    uint64_t seen = stats.tiles_done + stats.n_contests; /* a contest opens a tile that was done */
    if (seen < run->tiles_seen || stats.tiles_done > stats.n_tiles ||
        stats.cells_done > stats.n_cells || stats.cells_failed > stats.n_cells)
        world_fail(w, "counts: %" PRIu64 " tiles done, %" PRIu64 " seen before, of %" PRIu64,
                   stats.tiles_done, run->tiles_seen, stats.n_tiles);
    run->tiles_seen = seen;
}

void check_turn(struct life *life)
{
    for (uint32_t r = 0; r < life->w->profile.n_runs; r++)
        if (life->runs[r].dispatch)
            check_counts(life->w, &life->runs[r]);
}
