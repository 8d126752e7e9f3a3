#include "coordinator/columns.h"
#include "coordinator/export.h"
#include <stdlib.h>
#include <string.h>

enum { KEPT_MIN = 2, KEPT_MAX = 32 };

struct column {
    struct columns_key key;
    double *values;
    uint8_t *status, *seen; /* seen: bit per tile that is in values */
    uint64_t used;          /* when; 0: the slot is free */
};
struct columns {
    const struct run_dir *run;
    uint64_t n_points, n_tiles, clock;
    uint32_t n_kept;
    struct column kept[KEPT_MAX];
};

enum err columns_new(struct columns **out, const struct run_dir *run, struct err_note *note)
{
    uint64_t n = sweep_n_points(run->job.sweep), kept;
    if (n > COLUMNS_POINTS_MAX)
        return err_set(note, ERR_RANGE, "the grid has %llu points, more than the %llu shown live",
                       (unsigned long long)n, COLUMNS_POINTS_MAX);
    struct columns *columns = calloc(1, sizeof *columns);
    if (!columns)
        return ERR_NOMEM;
    kept = COLUMNS_BYTES_MAX / ((n + 1) * (sizeof(double) + 1));
    columns->run = run;
    columns->n_points = n;
    columns->n_tiles = job_n_tiles(&run->job);
    columns->n_kept = kept < KEPT_MIN ? KEPT_MIN : kept > KEPT_MAX ? KEPT_MAX : (uint32_t)kept;
    *out = columns;
    return OK;
}

static void drop(struct column *column)
{
    free(column->values);
    free(column->status);
    free(column->seen);
    *column = (struct column){.used = 0};
}

void columns_free(struct columns **columns_p)
{
    if (!*columns_p)
        return;
    for (uint32_t i = 0; i < (*columns_p)->n_kept; i++)
        drop(&(*columns_p)->kept[i]);
    free(*columns_p);
    *columns_p = NULL;
}

static bool same_key(struct columns_key a, struct columns_key b)
{
    return a.scenario == b.scenario && a.period == b.period && a.metric == b.metric;
}

/* The column, or the slot that was not asked for for the longest time. */
static struct column *find(struct columns *columns, struct columns_key key)
{
    struct column *oldest = &columns->kept[0];
    for (uint32_t i = 0; i < columns->n_kept; i++) {
        struct column *column = &columns->kept[i];
        if (column->used && same_key(column->key, key))
            return column;
        if (column->used < oldest->used)
            oldest = column;
    }
    drop(oldest);
    return oldest;
}

static enum err begin(const struct columns *columns, struct column *column, struct columns_key key)
{
    const struct sweep *sweep = columns->run->job.sweep;
    column->key = key;
    column->values = malloc((columns->n_points + 1) * sizeof *column->values);
    column->status = malloc(columns->n_points + 1);
    column->seen = calloc(columns->n_tiles / 8 + 1, 1);
    if (!column->values || !column->status || !column->seen) {
        drop(column);
        return ERR_NOMEM;
    }
    results_begin(sweep, column->values, column->status);
    return OK;
}

static enum err catch_up(const struct columns *columns, struct column *column,
                         struct err_note *note)
{
    const struct columns_key *key = &column->key;
    const struct results_query query = {key->scenario, key->period, &key->metric, 1};
    struct export_journal journal;
    struct journal_row row;
    enum err err = export_open(&journal, columns->run, true, note);
    if (err)
        return err;
    for (uint64_t tile = 0; tile < journal.n_tiles && !err; tile++) {
        uint8_t bit = (uint8_t)(1u << tile % 8);
        if (!(journal.have[tile / 8] & bit) || (column->seen[tile / 8] & bit))
            continue;
        err = journal.source.get(journal.source.ctx, tile, &row, note);
        if (!err)
            err = results_tile(&columns->run->job, &query, &row, &column->values, column->status,
                               note);
        if (!err)
            column->seen[tile / 8] |= bit;
    }
    export_close(&journal);
    return err;
}

enum err columns_get(struct columns *columns, struct columns_key key, const double **values,
                     const uint8_t **status, struct err_note *note)
{
    struct column *column = find(columns, key);
    enum err err = column->used ? OK : begin(columns, column, key);
    if (!err)
        err = catch_up(columns, column, note);
    if (err) {
        drop(column);
        return err;
    }
    column->used = ++columns->clock;
    *values = column->values;
    *status = column->status;
    return OK;
}
