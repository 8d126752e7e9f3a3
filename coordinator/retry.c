#include "coordinator/retry.h"
#include "coordinator/journal.h"
#include "coordinator/status_count.h"
#include <stdlib.h>

struct found {
    const struct job *job;
    const bool *wanted;
    uint64_t *tiles, n_cells;
    size_t n, n_disputed, capacity;
};

/* Twice the same tile can only be a dispute, which there are few of, and come first. */
static enum err add(struct found *found, uint64_t tile)
{
    for (size_t i = 0; i < found->n_disputed; i++)
        if (found->tiles[i] == tile)
            return OK;
    if (found->n == found->capacity) {
        size_t capacity = found->capacity ? 2 * found->capacity : 16;
        uint64_t *grown = realloc(found->tiles, capacity * sizeof *grown);
        if (!grown)
            return ERR_NOMEM;
        found->tiles = grown;
        found->capacity = capacity;
    }
    found->tiles[found->n++] = tile;
    return OK;
}

static enum err look_at_row(void *ctx, const struct journal_row *row)
{
    struct found *found = ctx;
    uint64_t as[N_STATUSES] = {0}, n = 0;
    enum err err = status_count_row(found->job, row, as);
    for (unsigned s = 0; s < N_STATUSES; s++)
        n += found->wanted[s] ? as[s] : 0;
    if (err || n == 0)
        return err;
    found->n_cells += n;
    return add(found, row->tile);
}

static enum err look_at_dispute(void *ctx, uint64_t tile)
{
    struct found *found = ctx;
    enum err err = add(found, tile);
    found->n_disputed = found->n;
    return err;
}

static enum err take_out(const struct run_dir *run, struct found *found, struct err_note *note)
{
    struct journal *journal = NULL;
    enum err err = journal_open(&journal, run->path, &run->job, false, note);
    if (!err && found->wanted[STATUS_DISPUTED])
        err = journal_each_disputed(journal, look_at_dispute, found, note);
    if (!err)
        err = journal_each_failed(journal, look_at_row, found, note);
    if (!err && found->n > 0)
        err = journal_retry(journal, found->tiles, found->n, "retry", note);
    journal_close(&journal);
    return err;
}

enum err retry_take_out(const struct run_dir *run, const bool wanted[N_STATUSES], uint64_t *n_tiles,
                        uint64_t *n_cells, struct err_note *note)
{
    struct found found = {.job = &run->job, .wanted = wanted};
    int lock = -1;
    enum err err = run_lock(run, &lock, note);
    if (err)
        return err;
    err = take_out(run, &found, note);
    run_unlock(lock);
    if (!err) {
        *n_tiles = found.n;
        *n_cells = found.n_cells;
    }
    free(found.tiles);
    return err;
}
