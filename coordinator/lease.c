#include "coordinator/lease.h"
#include "coordinator/keymap.h"
#include "proto/visit.h"
#include <assert.h>
#include <stdlib.h>

#define NONE UINT32_MAX
enum { HOLDERS_MAX = 2, SPANS_MIN = 16, SPANS_MAX = 1 << 24 };

struct holder {
    uint64_t id, turn; /* turn: which grant of all; a holder computes in that order */
    int64_t granted_ms;
};
struct span {
    uint64_t tile;
    uint32_t first_cell, n_cells, epoch, deaths, n_holders;
    struct holder holders[HOLDERS_MAX];
    bool suspect, waiting;
    uint32_t next_of_tile;   /* other spans of a split tile; of a free record: the next free one */
    uint32_t previous, next; /* in its queue, while waiting */
};
struct queue {
    uint32_t head, tail;
};
struct lease_table {
    struct lease_shape shape;
    struct visit visit;
    uint64_t n_tiles, cursor, n_open, turn;
    uint8_t *done;
    struct span *spans;
    uint32_t n_spans, capacity, free_span, n_out;
    struct keymap by_tile; /* tile -> first of its spans */
    struct queue again, suspects;
    uint64_t n_splits;
    struct lease split; /* the last span that was split */
};

enum err lease_table_new(struct lease_table **out, const struct lease_shape *shape)
{
    if (shape->n_points == 0 || shape->tile_points == 0 || shape->n_scenarios == 0 ||
        (uint64_t)shape->tile_points * shape->n_scenarios > UINT32_MAX)
        return ERR_RANGE;
    struct lease_table *table = calloc(1, sizeof *table);
    if (!table)
        return ERR_NOMEM;
    table->shape = *shape;
    table->n_tiles = (shape->n_points - 1) / shape->tile_points + 1;
    if (table->shape.n_visited > table->n_tiles)
        table->shape.n_visited = table->n_tiles;
    table->n_open = table->shape.n_visited;
    table->visit = visit_new(table->n_tiles, shape->order_seed);
    table->free_span = NONE;
    table->again = table->suspects = (struct queue){NONE, NONE};
    table->done = calloc((size_t)((table->n_tiles + 7) / 8), 1);
    if (!table->done) {
        lease_table_free(&table);
        return ERR_NOMEM;
    }
    *out = table;
    return OK;
}

void lease_table_free(struct lease_table **table_p)
{
    struct lease_table *table = *table_p;
    if (!table)
        return;
    keymap_free(&table->by_tile);
    free(table->spans);
    free(table->done);
    free(table);
    *table_p = NULL;
}

uint64_t lease_n_tiles(const struct lease_table *table)
{
    return table->n_tiles;
}

uint32_t lease_tile_cells(const struct lease_table *table, uint64_t tile)
{
    uint64_t left = table->shape.n_points - tile * table->shape.tile_points;
    uint32_t points = left < table->shape.tile_points ? (uint32_t)left : table->shape.tile_points;
    return points * table->shape.n_scenarios;
}

uint8_t *lease_done_bits(struct lease_table *table)
{
    return table->done;
}

bool lease_is_done(const struct lease_table *table, uint64_t tile)
{
    return table->done[tile / 8] >> (tile % 8) & 1;
}

/* Outside a sample a tile may still be handed in, by a worker that computed it for a larger one. */
static bool is_wanted(const struct lease_table *table, uint64_t tile)
{
    return table->shape.n_visited == table->n_tiles ||
           visit_index(&table->visit, tile) < table->shape.n_visited;
}

void lease_resumed(struct lease_table *table)
{
    table->n_open = 0;
    for (uint64_t k = 0; k < table->shape.n_visited; k++)
        table->n_open += !lease_is_done(table, visit_tile(&table->visit, k));
}

uint64_t lease_n_open(const struct lease_table *table)
{
    return table->n_open;
}

/* Every tile has the same number of cells but the last, which may have fewer. */
void lease_cells(const struct lease_table *table, uint64_t *wanted, uint64_t *done)
{
    uint64_t last = table->n_tiles - 1;
    uint64_t full = (uint64_t)table->shape.tile_points * table->shape.n_scenarios;
    uint64_t lacking = is_wanted(table, last) ? full - lease_tile_cells(table, last) : 0;
    *wanted = table->shape.n_visited * full - lacking;
    *done = (table->shape.n_visited - table->n_open) * full;
    if (lease_is_done(table, last))
        *done -= lacking;
}

uint32_t lease_n_out(const struct lease_table *table)
{
    return table->n_out;
}

/* ---- records and queues ---- */

static enum err span_new(struct lease_table *table, uint64_t tile, uint32_t first_cell,
                         uint32_t n_cells, uint32_t *index)
{
    if (table->free_span == NONE && table->n_spans == table->capacity) {
        uint32_t capacity = table->capacity ? 2 * table->capacity : SPANS_MIN;
        struct span *spans =
            capacity > SPANS_MAX ? NULL : realloc(table->spans, capacity * sizeof *spans);
        if (!spans)
            return ERR_NOMEM;
        table->spans = spans;
        table->capacity = capacity;
    }
    uint32_t first = keymap_get(&table->by_tile, tile);
    uint32_t i = table->free_span != NONE ? table->free_span : table->n_spans;
    if (keymap_put(&table->by_tile, tile, i))
        return ERR_NOMEM;
    if (i == table->n_spans)
        table->n_spans++;
    else
        table->free_span = table->spans[i].next_of_tile;
    table->spans[i] = (struct span){
        .tile = tile, .first_cell = first_cell, .n_cells = n_cells, .next_of_tile = first};
    *index = i;
    return OK;
}

static struct queue *queue_of(struct lease_table *table, const struct span *span)
{
    return span->suspect ? &table->suspects : &table->again;
}

static void wait_in_line(struct lease_table *table, uint32_t i)
{
    struct span *span = &table->spans[i];
    struct queue *queue = queue_of(table, span);
    assert(!span->waiting && span->n_holders == 0);
    span->waiting = true;
    span->previous = queue->tail;
    span->next = NONE;
    if (queue->tail == NONE)
        queue->head = i;
    else
        table->spans[queue->tail].next = i;
    queue->tail = i;
}

static void leave_line(struct lease_table *table, uint32_t i)
{
    struct span *span = &table->spans[i];
    struct queue *queue = queue_of(table, span);
    if (!span->waiting)
        return;
    span->waiting = false;
    if (span->previous == NONE)
        queue->head = span->next;
    else
        table->spans[span->previous].next = span->next;
    if (span->next == NONE)
        queue->tail = span->previous;
    else
        table->spans[span->next].previous = span->previous;
}

static void span_free(struct lease_table *table, uint32_t i)
{
    struct span *span = &table->spans[i];
    leave_line(table, i);
    table->n_out -= span->n_holders > 0;
    span->n_holders = 0;
    uint32_t *link = NULL, first = keymap_get(&table->by_tile, span->tile);
    if (first == i && span->next_of_tile == NONE) {
        keymap_remove(&table->by_tile, span->tile);
    } else if (first == i) {
        enum err err = keymap_put(&table->by_tile, span->tile, span->next_of_tile);
        assert(!err); /* the key is there: nothing grows */
    } else {
        for (link = &table->spans[first].next_of_tile; *link != i;)
            link = &table->spans[*link].next_of_tile;
        *link = span->next_of_tile;
    }
    span->n_cells = 0; /* marks the record as free */
    span->next_of_tile = table->free_span;
    table->free_span = i;
}

static void add_holder(struct lease_table *table, uint32_t i, uint64_t holder, int64_t now_ms,
                       struct lease *out)
{
    struct span *span = &table->spans[i];
    assert(span->n_holders < HOLDERS_MAX && !span->waiting);
    table->n_out += span->n_holders == 0;
    span->holders[span->n_holders++] = (struct holder){holder, table->turn++, now_ms};
    *out = (struct lease){span->tile, span->first_cell, span->n_cells, ++span->epoch};
}

static void drop_holder(struct lease_table *table, uint32_t i, uint32_t h)
{
    struct span *span = &table->spans[i];
    span->holders[h] = span->holders[--span->n_holders];
    table->n_out -= span->n_holders == 0;
}

static uint32_t holder_index(const struct span *span, uint64_t holder)
{
    for (uint32_t h = 0; h < span->n_holders; h++)
        if (span->holders[h].id == holder)
            return h;
    return NONE;
}

/* ---- granting ---- */

static enum err next_fresh(struct lease_table *table, uint32_t *index)
{
    while (table->cursor < table->shape.n_visited) {
        uint64_t tile = visit_tile(&table->visit, table->cursor);
        if (lease_is_done(table, tile) || keymap_get(&table->by_tile, tile) != KEYMAP_NONE) {
            table->cursor++;
            continue;
        }
        enum err err = span_new(table, tile, 0, lease_tile_cells(table, tile), index);
        table->cursor += err == OK;
        return err;
    }
    return ERR_EMPTY;
}

enum err lease_grant(struct lease_table *table, int64_t now_ms, uint64_t holder, uint32_t held,
                     struct lease *out, bool *alone)
{
    uint32_t i = table->again.head;
    enum err err = OK;
    if (i == NONE)
        err = next_fresh(table, &i);
    if (err == ERR_EMPTY && held == 0 && table->suspects.head != NONE) {
        i = table->suspects.head;
        err = OK;
    }
    if (err)
        return err;
    leave_line(table, i);
    *alone = table->spans[i].suspect;
    add_holder(table, i, holder, now_ms, out);
    return OK;
}

enum err lease_duplicate(struct lease_table *table, int64_t now_ms, uint64_t holder,
                         int64_t min_age_ms, struct lease *out)
{
    uint32_t oldest = NONE;
    for (uint32_t i = 0; i < table->n_spans; i++) {
        const struct span *span = &table->spans[i];
        if (span->n_cells == 0 || span->n_holders != 1 || span->suspect ||
            span->holders[0].id == holder || now_ms - span->holders[0].granted_ms < min_age_ms)
            continue;
        if (oldest == NONE || span->holders[0].turn < table->spans[oldest].holders[0].turn)
            oldest = i;
    }
    if (oldest == NONE)
        return ERR_EMPTY;
    add_holder(table, oldest, holder, now_ms, out);
    return OK;
}

static uint32_t find_span(const struct lease_table *table, const struct lease *lease)
{
    uint32_t i = keymap_get(&table->by_tile, lease->tile);
    while (i != NONE && (table->spans[i].first_cell != lease->first_cell ||
                         table->spans[i].n_cells != lease->n_cells))
        i = table->spans[i].next_of_tile;
    return i;
}

bool lease_is_held(const struct lease_table *table, uint64_t holder, const struct lease *lease)
{
    uint32_t i = find_span(table, lease);
    return i != NONE && holder_index(&table->spans[i], holder) != NONE;
}

/* ---- settling ---- */

static void mark_done(struct lease_table *table, uint64_t tile)
{
    assert(!lease_is_done(table, tile));
    table->done[tile / 8] |= (uint8_t)(1u << (tile % 8));
    if (is_wanted(table, tile)) {
        assert(table->n_open > 0);
        table->n_open--;
    }
}

static enum lease_outcome settle_whole(struct lease_table *table, uint64_t tile)
{
    for (uint32_t i; (i = keymap_get(&table->by_tile, tile)) != KEYMAP_NONE;)
        span_free(table, i);
    mark_done(table, tile);
    return LEASE_TILE;
}

enum lease_outcome lease_settle(struct lease_table *table, const struct lease *lease)
{
    if (lease->tile >= table->n_tiles)
        return LEASE_UNKNOWN;
    bool whole = lease->first_cell == 0 && lease->n_cells == lease_tile_cells(table, lease->tile);
    if (lease_is_done(table, lease->tile))
        return whole ? LEASE_SETTLED : LEASE_UNKNOWN;
    if (whole)
        return settle_whole(table, lease->tile);
    uint32_t i = find_span(table, lease);
    if (i == NONE)
        return LEASE_UNKNOWN;
    span_free(table, i);
    if (keymap_get(&table->by_tile, lease->tile) != KEYMAP_NONE)
        return LEASE_PIECE;
    mark_done(table, lease->tile);
    return LEASE_LAST;
}

enum err lease_reopen(struct lease_table *table, uint64_t tile)
{
    uint32_t i;
    assert(lease_is_done(table, tile));
    enum err err = span_new(table, tile, 0, lease_tile_cells(table, tile), &i);
    if (err)
        return err;
    table->done[tile / 8] &= (uint8_t) ~(1u << (tile % 8));
    table->n_open += is_wanted(table, tile);
    wait_in_line(table, i);
    return OK;
}

/* ---- holders that are gone ---- */

/* Cells of the first half: the largest power of two of points below the whole, or of a single
 * point's scenarios. */
static uint32_t first_half(const struct lease_table *table, uint32_t n_cells)
{
    uint32_t unit = n_cells > table->shape.n_scenarios ? table->shape.n_scenarios : 1, half = unit;
    while (2 * half < n_cells)
        half *= 2;
    return half;
}

uint64_t lease_n_splits(const struct lease_table *table, struct lease *last)
{
    *last = table->split;
    return table->n_splits;
}

static enum err split(struct lease_table *table, uint32_t i)
{
    struct span whole = table->spans[i];
    table->n_splits++;
    table->split = (struct lease){whole.tile, whole.first_cell, whole.n_cells, whole.epoch};
    uint32_t half = first_half(table, whole.n_cells);
    const uint32_t first[2] = {whole.first_cell, whole.first_cell + half};
    const uint32_t n_cells[2] = {half, whole.n_cells - half};
    uint32_t part[2];
    for (unsigned k = 0; k < 2; k++) {
        if (span_new(table, whole.tile, first[k], n_cells[k], &part[k])) {
            if (k)
                span_free(table, part[0]);
            return ERR_NOMEM;
        }
    }
    for (unsigned k = 0; k < 2; k++) {
        struct span *span = &table->spans[part[k]];
        span->epoch = whole.epoch;
        span->suspect = true;
        span->deaths = n_cells[k] > 1 ? LEASE_DEATHS_MAX - 1
                                      : 0; /* a cell is judged by its own deaths alone */
        wait_in_line(table, part[k]);
    }
    span_free(table, i);
    return OK;
}

static uint32_t oldest_of(const struct lease_table *table, uint64_t holder)
{
    uint32_t oldest = NONE;
    uint64_t turn = UINT64_MAX;
    for (uint32_t i = 0; i < table->n_spans; i++) {
        const struct span *span = &table->spans[i];
        uint32_t h = span->n_cells ? holder_index(span, holder) : NONE;
        if (h == NONE || span->holders[h].turn >= turn)
            continue;
        turn = span->holders[h].turn;
        oldest = i;
    }
    return oldest;
}

/* A span that lost a holder: somebody else's, to be run again, to be split, or given up. */
static enum err after_loss(struct lease_table *table, uint32_t i,
                           void (*given_up)(void *ctx, const struct lease *cell,
                                            enum lease_outcome outcome),
                           void *ctx)
{
    struct span *span = &table->spans[i];
    if (span->n_holders > 0)
        return OK;
    if (span->deaths < LEASE_DEATHS_MAX) {
        wait_in_line(table, i);
        return OK;
    }
    if (span->n_cells > 1)
        return split(table, i);
    struct lease cell = {span->tile, span->first_cell, 1, span->epoch};
    given_up(ctx, &cell, lease_settle(table, &cell));
    return OK;
}

enum err lease_holder_died(struct lease_table *table, uint64_t holder, uint32_t suspects,
                           void (*given_up)(void *ctx, const struct lease *cell,
                                            enum lease_outcome outcome),
                           void *ctx)
{
    enum err err = OK;
    for (uint32_t i; !err && (i = oldest_of(table, holder)) != NONE;) {
        struct span *span = &table->spans[i];
        drop_holder(table, i, holder_index(span, holder));
        if (suspects > 0) {
            suspects--;
            span->deaths++;
            span->suspect = true;
        }
        err = after_loss(table, i, given_up, ctx);
    }
    return err;
}

enum err lease_holder_overran(struct lease_table *table, uint64_t holder, const struct lease *lease,
                              void (*given_up)(void *ctx, const struct lease *cell,
                                               enum lease_outcome outcome),
                              void *ctx)
{
    enum err err = OK;
    uint32_t i = find_span(table, lease);
    uint32_t h = i != NONE ? holder_index(&table->spans[i], holder) : NONE;
    if (h != NONE) {
        struct span *span = &table->spans[i];
        drop_holder(table, i, h);
        span->deaths = span->n_cells > 1 ? LEASE_DEATHS_MAX : span->deaths + 1;
        span->suspect = true;
        err = after_loss(table, i, given_up, ctx);
    }
    return err ? err : lease_holder_died(table, holder, 0, given_up, ctx);
}

uint32_t lease_take_back(struct lease_table *table,
                         bool (*overdue)(void *ctx, uint64_t holder, int64_t granted_ms), void *ctx)
{
    uint32_t taken = 0;
    for (uint32_t i = 0; i < table->n_spans; i++) {
        struct span *span = &table->spans[i];
        if (span->n_cells == 0 || span->n_holders == 0)
            continue;
        for (uint32_t h = span->n_holders; h-- > 0;) {
            if (!overdue(ctx, span->holders[h].id, span->holders[h].granted_ms))
                continue;
            drop_holder(table, i, h);
            taken++;
        }
        if (span->n_holders == 0)
            wait_in_line(table, i);
    }
    return taken;
}

void lease_rename_holder(struct lease_table *table, uint64_t from, uint64_t to)
{
    for (uint32_t i = 0; i < table->n_spans; i++) {
        struct span *span = &table->spans[i];
        uint32_t h = span->n_cells ? holder_index(span, from) : NONE;
        if (h != NONE)
            span->holders[h].id = to;
    }
}
