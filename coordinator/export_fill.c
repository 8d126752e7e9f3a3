#include "coordinator/export_fill.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Cells transposed at a time: their rows stay in the L1 cache while metric after metric is picked
 * out of them. Without blocks the columns, a power of two apart in large grids, evict each other's
 * cache lines. */
enum { BLOCK_CELLS = 64 };

struct tile_scratch {
    uint64_t *memory;
    struct export_places places;
    uint64_t *place;     /* [count]: of cells that are ok, one scenario */
    const uint8_t **row; /* [count] their encoded periods */
};

static void canonical_nan(double *values, size_t n)
{
    const uint64_t bits = 0x7ff8000000000000u;
    double nan_value;
    memcpy(&nan_value, &bits, sizeof nan_value);
    for (size_t i = 0; i < n; i++)
        values[i] = nan_value;
}

void export_columns_free(struct export_columns *columns)
{
    if (columns->value)
        munmap(columns->value, columns->value_bytes);
    free(columns->flags);
    free(columns->status);
    for (int c = 0; c < EXPORT_N_CHUNKINGS; c++) {
        free(columns->sum[c]);
        free(columns->sumsq[c]);
    }
    free(columns->objective);
    free(columns->failures);
    memset(columns, 0, sizeof *columns);
}

static enum err room_for_sums(const struct export_plan *plan, struct export_columns *columns)
{
    for (int c = EXPORT_BLOCKS; c < EXPORT_N_CHUNKINGS; c++) {
        size_t n = columns->n_places[c] * plan->width[c];
        if (!columns->sum[c]) {
            columns->sum[c] = malloc((n + 1) * sizeof(double));
            columns->sumsq[c] = malloc((n + 1) * sizeof(double));
        }
        if (!columns->sum[c] || !columns->sumsq[c])
            return ERR_NOMEM;
        canonical_nan(columns->sum[c], n);
        canonical_nan(columns->sumsq[c], n);
    }
    return OK;
}

/* Room for the pass; the first pass is the largest, so this allocates once. */
static enum err make_room(const struct export_plan *plan, struct export_columns *columns)
{
    size_t cells = plan->n_scenarios, rows = cells * plan->n_periods;
    for (int c = 0; c < EXPORT_N_CHUNKINGS; c++)
        columns->n_places[c] = plan->chunks[c].n_chunks * plan->chunks[c].chunk_points;
    size_t places = columns->n_places[EXPORT_CELLS];
    if (!columns->value) {
        columns->value_bytes = N_METRICS * rows * places * sizeof(double);
        void *map = mmap(NULL, columns->value_bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (map == MAP_FAILED)
            return ERR_NOMEM;
        madvise(map, columns->value_bytes,
                MADV_HUGEPAGE); /* advice: page faults cost more than the copy */
        columns->value = map;
        columns->flags = malloc(rows * places * sizeof *columns->flags);
        columns->status = malloc(cells * places);
        if (!columns->flags || !columns->status)
            return ERR_NOMEM;
    }
    assert(N_METRICS * rows * places * sizeof(double) <= columns->value_bytes);
    canonical_nan(columns->value, N_METRICS * rows * places);
    memset(columns->flags, 0, rows * places * sizeof *columns->flags);
    memset(columns->status, STATUS_MISSING, cells * places);
    return room_for_sums(plan, columns);
}

/* n ok cells of one scenario: every period's metrics and flags to their columns. */
static void transpose(const struct export_plan *plan, struct export_columns *columns,
                      uint32_t scenario, const struct tile_scratch *scratch, size_t n)
{
    const size_t row_bytes = sizeof(uint16_t) + N_METRICS * sizeof(double);
    const size_t places = columns->n_places[EXPORT_CELLS];
    const size_t rows = (size_t)plan->n_scenarios * plan->n_periods;
    for (uint32_t p = 0; p < plan->n_periods; p++) {
        size_t column = scenario * plan->n_periods + p;
        for (size_t from = 0; from < n; from += BLOCK_CELLS) {
            size_t to = from + BLOCK_CELLS < n ? from + BLOCK_CELLS : n;
            uint16_t *flags = columns->flags + column * places;
            for (size_t i = from; i < to; i++)
                memcpy(&flags[scratch->place[i]], scratch->row[i] + p * row_bytes, sizeof *flags);
            for (size_t m = 0; m < N_METRICS; m++) {
                double *out = columns->value + (m * rows + column) * places;
                size_t at = p * row_bytes + sizeof *flags + m * sizeof(double);
                for (size_t i = from; i < to; i++)
                    memcpy(&out[scratch->place[i]], scratch->row[i] + at, sizeof *out);
            }
        }
    }
}

static enum err keep_failure(struct export_columns *columns, uint64_t point, uint32_t scenario,
                             uint32_t attempts, const struct result_cell *cell)
{
    columns->n_failures_all++;
    if (columns->n_failures >= EXPORT_FAILURES_MAX)
        return OK;
    if (!columns->failures) {
        columns->failures = malloc(EXPORT_FAILURES_MAX *
                                   sizeof *columns->failures); /* pages are taken as they fill */
        if (!columns->failures)
            return ERR_NOMEM;
    }
    struct export_failure *failure = &columns->failures[columns->n_failures++];
    *failure = (struct export_failure){
        .point = point, .scenario = scenario, .attempts = attempts, .status = cell->status};
    size_t length =
        cell->reason_length < RESULT_REASON_MAX ? cell->reason_length : RESULT_REASON_MAX;
    if (cell->reason)
        memcpy(failure->reason, cell->reason, length);
    return OK;
}

static bool has_reason(enum status status)
{
    return status != STATUS_OK && status != STATUS_EXCLUDED && status != STATUS_MISSING;
}

static void take_sums(const struct export_plan *plan, struct export_columns *columns,
                      enum export_chunking kind, uint64_t place, const uint8_t *sums)
{
    size_t width = plan->width[kind], bytes = width * sizeof(double);
    if (!sums || width == 0)
        return;
    memcpy(columns->sum[kind] + place * width, sums, bytes);
    memcpy(columns->sumsq[kind] + place * width, sums + bytes, bytes);
}

/* What only the baseline cell of a point carries. */
static void take_baseline(const struct export_plan *plan, struct export_columns *columns,
                          const struct result_cell *cell, const struct export_places *places,
                          uint32_t i)
{
    uint64_t position = places->position[i];
    take_sums(plan, columns, EXPORT_BLOCKS, places->at[EXPORT_BLOCKS][i], cell->blocks);
    take_sums(plan, columns, EXPORT_FOLDS, places->at[EXPORT_FOLDS][i], cell->segments);
    if (columns->objective)
        columns->objective[position] = result_metric(cell, N_METRICS, 0, columns->objective_metric);
    if (columns->n_days[0] <= 0)
        for (uint32_t p = 0; p < plan->n_periods; p++)
            columns->n_days[p] = result_metric(cell, N_METRICS, p, METRIC_n);
}

struct tile {
    uint64_t index, first;
    uint32_t count;
    struct journal_row row;
};

static enum err fill_tile(const struct export_plan *plan, struct export_columns *columns,
                          const struct tile *tile, struct tile_scratch *scratch,
                          struct result_cell *cells)
{
    const struct job *job = plan->job;
    const size_t places = columns->n_places[EXPORT_CELLS];
    struct result_reader reader;
    size_t n_cells = (size_t)tile->count * plan->n_scenarios;
    result_reader_init(&reader, job, N_METRICS, tile->count, tile->row.bytes, tile->row.length);
    for (size_t i = 0; i < n_cells; i++)
        if (result_next(&reader, &cells[i]) != OK)
            return ERR_FORMAT;
    if (result_next(&reader, &(struct result_cell){0}) != ERR_EMPTY)
        return ERR_FORMAT;
    const bool baseline = job_has_baseline(job);
    for (uint32_t s = 0; s < plan->n_scenarios; s++) {
        size_t n_ok = 0;
        for (uint32_t i = 0; i < tile->count; i++) {
            uint64_t place = scratch->places.at[EXPORT_CELLS][i];
            if (place == EXPORT_NOWHERE)
                continue;
            const struct result_cell *cell = &cells[(size_t)i * plan->n_scenarios + s];
            columns->status[s * places + place] = (uint8_t)cell->status;
            columns->n_status[cell->status]++;
            if (has_reason(cell->status) &&
                keep_failure(columns, sweep_point_of_ordinal(job->sweep, tile->first + i), s,
                             tile->row.epoch, cell) != OK)
                return ERR_NOMEM;
            if (cell->status != STATUS_OK)
                continue;
            assert(cell->periods);
            scratch->place[n_ok] = place;
            scratch->row[n_ok++] = cell->periods;
            if (s == 0 && baseline)
                take_baseline(plan, columns, cell, &scratch->places, i);
        }
        transpose(plan, columns, s, scratch, n_ok);
    }
    return OK;
}

/* A tile nobody has computed: its points are missing, or excluded as they would be. */
static void fill_missing(const struct export_plan *plan, struct export_columns *columns,
                         uint64_t first, uint32_t count, const struct export_places *at)
{
    const size_t places = columns->n_places[EXPORT_CELLS];
    for (uint32_t i = 0; i < count; i++) {
        uint64_t place = at->at[EXPORT_CELLS][i];
        if (place == EXPORT_NOWHERE)
            continue;
        bool excluded =
            sweep_excluded(plan->job->sweep, sweep_point_of_ordinal(plan->job->sweep, first + i));
        columns->n_status[excluded ? STATUS_EXCLUDED : STATUS_MISSING] += plan->n_scenarios;
        for (uint32_t s = 0; excluded && s < plan->n_scenarios; s++)
            columns->status[s * places + place] = STATUS_EXCLUDED;
    }
}

static enum err scratch_new(struct tile_scratch *scratch, uint32_t n)
{
    scratch->memory = malloc((size_t)n * (EXPORT_N_CHUNKINGS + 2) * sizeof(uint64_t));
    scratch->row = malloc((size_t)n * sizeof *scratch->row);
    if (!scratch->memory || !scratch->row)
        return ERR_NOMEM;
    for (size_t c = 0; c < EXPORT_N_CHUNKINGS; c++)
        scratch->places.at[c] = scratch->memory + c * n;
    scratch->places.position = scratch->memory + EXPORT_N_CHUNKINGS * (size_t)n;
    scratch->place = scratch->places.position + n;
    return OK;
}

enum err export_fill(const struct export_plan *plan, const struct export_source *source,
                     struct export_columns *columns, struct err_note *note)
{
    const struct job *job = plan->job;
    struct tile_scratch scratch = {0};
    struct result_cell *cells = calloc((size_t)job->tile_points * plan->n_scenarios, sizeof *cells);
    enum err err = cells ? scratch_new(&scratch, job->tile_points) : ERR_NOMEM;
    if (!err)
        err = make_room(plan, columns);
    if (err)
        err_set(note, err, "out of memory for a pass of %zu MB over the results",
                columns->value_bytes >> 20);
    uint64_t end = plan->first + plan->count, first = plan->first;
    struct tile tile = {.index = plan->first / job->tile_points};
    for (; !err && first < end; tile.index++) {
        job_tile_span(job, tile.index, &tile.first, &tile.count);
        first = tile.first + tile.count;
        export_plan_places(plan, tile.first, tile.count, &scratch.places);
        if (!(source->have[tile.index / 8] >> tile.index % 8 & 1)) {
            fill_missing(plan, columns, tile.first, tile.count, &scratch.places);
            continue;
        }
        err = source->get(source->ctx, tile.index, &tile.row, note);
        if (err)
            break;
        err = fill_tile(plan, columns, &tile, &scratch, cells);
        if (err == ERR_FORMAT)
            err_set(note, err,
                    "tile %llu of the journal is not a result of this run (%zu bytes): run fsck",
                    (unsigned long long)tile.index, tile.row.length);
        else if (err)
            err_set(note, err, "out of memory");
    }
    free(cells);
    free(scratch.memory);
    free(scratch.row);
    return err;
}
