#include "coordinator/parts.h"
#include <stdlib.h>
#include <string.h>

struct piece {
    uint32_t first_cell;
    uint8_t *bytes;
    size_t length;
};
struct part_tile {
    struct journal_row
        row;              /* sums of the pieces so far; bytes: the joined pieces once handed out */
    struct piece *pieces; /* by first cell */
    uint8_t *joined;
    uint32_t n, capacity;
    bool whole, handed_out;
};

static void tile_free(struct part_tile *tile)
{
    for (uint32_t i = 0; i < tile->n; i++)
        free(tile->pieces[i].bytes);
    free(tile->pieces);
    free(tile->joined);
}

void parts_free(struct parts *parts)
{
    for (uint32_t i = 0; i < parts->n; i++)
        tile_free(&parts->tiles[i]);
    free(parts->tiles);
    *parts = (struct parts){0};
}

static void remove_tile(struct parts *parts, uint32_t i)
{
    tile_free(&parts->tiles[i]);
    parts->tiles[i] = parts->tiles[--parts->n];
}

void parts_drop(struct parts *parts, uint64_t tile)
{
    for (uint32_t i = parts->n; i-- > 0;)
        if (parts->tiles[i].row.tile == tile)
            remove_tile(parts, i);
}

static struct part_tile *tile_of(struct parts *parts, const struct journal_row *piece)
{
    for (uint32_t i = 0; i < parts->n; i++)
        if (parts->tiles[i].row.tile == piece->tile)
            return &parts->tiles[i];
    if (parts->n == parts->capacity) {
        uint32_t capacity = parts->capacity ? 2 * parts->capacity : 4;
        struct part_tile *tiles = realloc(parts->tiles, capacity * sizeof *tiles);
        if (!tiles)
            return NULL;
        parts->tiles = tiles;
        parts->capacity = capacity;
    }
    struct part_tile *tile = &parts->tiles[parts->n++];
    *tile = (struct part_tile){.row = {.tile = piece->tile}};
    return tile;
}

enum err parts_add(struct parts *parts, const struct journal_row *piece, uint32_t first_cell,
                   bool last)
{
    struct part_tile *tile = tile_of(parts, piece);
    uint8_t *bytes = malloc(piece->length + 1);
    if (tile && tile->n == tile->capacity) {
        uint32_t capacity = tile->capacity ? 2 * tile->capacity : 4;
        struct piece *pieces = realloc(tile->pieces, capacity * sizeof *pieces);
        if (pieces) {
            tile->pieces = pieces;
            tile->capacity = capacity;
        }
    }
    if (!tile || !bytes || tile->n == tile->capacity) {
        free(bytes);
        return ERR_NOMEM;
    }
    memcpy(bytes, piece->bytes, piece->length);
    uint32_t at = tile->n++;
    for (; at > 0 && tile->pieces[at - 1].first_cell > first_cell; at--)
        tile->pieces[at] = tile->pieces[at - 1];
    tile->pieces[at] = (struct piece){first_cell, bytes, piece->length};
    tile->row.epoch = piece->epoch > tile->row.epoch ? piece->epoch : tile->row.epoch;
    tile->row.compute_us += piece->compute_us;
    tile->row.n_failed += piece->n_failed;
    tile->row.n_excluded += piece->n_excluded;
    tile->row.length += piece->length;
    if (tile->n == 1)
        memcpy(tile->row.worker, piece->worker, sizeof piece->worker);
    else if (strcmp(tile->row.worker, piece->worker) != 0)
        strcpy(tile->row.worker, PARTS_JOINED);
    tile->whole = last;
    return OK;
}

bool parts_any_waiting(const struct parts *parts)
{
    for (uint32_t i = 0; i < parts->n; i++)
        if (parts->tiles[i].whole && !parts->tiles[i].handed_out)
            return true;
    return false;
}

bool parts_next_whole(struct parts *parts, struct journal_row *row)
{
    for (uint32_t i = 0; i < parts->n; i++) {
        struct part_tile *tile = &parts->tiles[i];
        if (!tile->whole || tile->handed_out)
            continue;
        tile->joined = malloc(tile->row.length + 1);
        if (!tile->joined)
            return false; /* asked for again at the next tick */
        size_t at = 0;
        for (uint32_t p = 0; p < tile->n; p++) {
            memcpy(tile->joined + at, tile->pieces[p].bytes, tile->pieces[p].length);
            at += tile->pieces[p].length;
        }
        tile->handed_out = true;
        tile->row.bytes = tile->joined;
        *row = tile->row;
        return true;
    }
    return false;
}

void parts_forget_handed_out(struct parts *parts)
{
    for (uint32_t i = parts->n; i-- > 0;)
        if (parts->tiles[i].handed_out)
            remove_tile(parts, i);
}
