#include "coordinator/tried.h"
#include "coordinator/journal.h"
#include "engine/metrics.h"
#include "proto/result.h"
#include "review/point_identity.h"
#include <stdlib.h>

struct walk {
    const struct job *job;
    struct point_identity *identity;
    uint64_t *hashes;
    size_t n, capacity;
};

static enum err add(struct walk *w, uint64_t point)
{
    if (w->n == w->capacity) {
        size_t capacity = w->capacity ? 2 * w->capacity : 1024;
        uint64_t *grown = realloc(w->hashes, capacity * sizeof *grown);
        if (!grown)
            return ERR_NOMEM;
        w->hashes = grown;
        w->capacity = capacity;
    }
    w->hashes[w->n++] = point_identity_hash(w->identity, point);
    return OK;
}

static enum err visit(void *ctx, const struct journal_row *row)
{
    struct walk *w = ctx;
    struct result_reader reader;
    struct result_cell cell;
    uint64_t first;
    uint32_t count;
    if (row->tile >= job_n_tiles(w->job))
        return ERR_CORRUPT;
    job_tile_span(w->job, row->tile, &first, &count);
    result_reader_init(&reader, w->job, N_METRICS, count, row->bytes, row->length);
    enum err err = OK;
    for (uint32_t i = 0; !err && i < count; i++) {
        bool computed = false;
        for (uint32_t s = 0; s < w->job->n_scenarios; s++) {
            if (result_next(&reader, &cell))
                return ERR_CORRUPT;
            computed = computed || cell.status == STATUS_OK;
        }
        if (computed)
            err = add(w, sweep_point_of_ordinal(w->job->sweep, first + i));
    }
    return err;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void sort_unique(struct walk *w)
{
    size_t n = 0;
    if (w->n)
        qsort(w->hashes, w->n, sizeof *w->hashes, by_value);
    for (size_t i = 0; i < w->n; i++)
        if (i == 0 || w->hashes[i] != w->hashes[i - 1])
            w->hashes[n++] = w->hashes[i];
    w->n = n;
}

enum err tried_points(const struct run_dir *run, uint64_t **hashes, size_t *n,
                      struct err_note *note)
{
    struct walk w = {.job = &run->job};
    struct journal *journal = NULL;
    enum err err = point_identity_new(&w.identity, w.job);
    if (!err && w.job->null_row_bytes == 0) {
        err = journal_open(&journal, run->path, w.job, true, note);
        if (!err)
            err = journal_each(journal, visit, &w, note);
    }
    journal_close(&journal);
    point_identity_free(&w.identity);
    if (err) {
        free(w.hashes);
        return err;
    }
    sort_unique(&w);
    *hashes = w.hashes;
    *n = w.n;
    return OK;
}

static enum err put(const struct run_dir *run, uint64_t *hashes, size_t n, struct ledger *ledger,
                    struct err_note *note)
{
    char strategy[POINT_KEY_MAX], data[POINT_DATA_MAX];
    point_strategy_key(&run->job, strategy);
    point_data_hash(&run->job, data);
    return n ? ledger_record_points(ledger, strategy, data, hashes, n, note) : OK;
}

enum err tried_record(const struct run_dir *run, struct ledger *ledger, size_t *n,
                      struct err_note *note)
{
    uint64_t *hashes = NULL;
    size_t n_hashes = 0;
    enum err err = tried_points(run, &hashes, &n_hashes, note);
    if (err)
        return err;
    err = put(run, hashes, n_hashes, ledger, note);
    free(hashes);
    if (!err && n)
        *n = n_hashes;
    return err;
}

enum err tried_record_known(const struct run_dir *run, const bool *computed, struct ledger *ledger,
                            size_t *n, struct err_note *note)
{
    struct walk w = {.job = &run->job};
    const uint64_t n_points = sweep_n_points(run->job.sweep);
    enum err err = point_identity_new(&w.identity, w.job);
    for (uint64_t p = 0; !err && p < n_points; p++)
        if (computed[p])
            err = add(&w, p);
    point_identity_free(&w.identity);
    if (!err) {
        sort_unique(&w);
        err = put(run, w.hashes, w.n, ledger, note);
    }
    free(w.hashes);
    if (!err)
        *n = w.n;
    return err;
}
