/* lease - which tiles are out with whom, which are done, and what goes out next.
 *
 *                      .------ overdue, or the holder is gone ------.
 *                      v                                            |
 *    FREE --grant--> OUT(epoch, one or two holders) --settle--> DONE
 *                      ^                                          |
 *                      '-------- reopen: two results differ ------'
 *
 *    waiting: AGAIN, or SUSPECT once its holder died with it
 *
 * A tile may run twice but counts once: the first result of any epoch is taken. Memory is one bit
 * per tile and a record per span in flight or waiting. Time and holders are arguments, never read
 * here, so that a simulator can own the clock.
 *
 * A tile that killed its worker goes to the end of the line and then runs alone on its worker, so
 * that a second death is its own; then it is split in aligned halves (of points, then of one
 * point's scenarios) down to the cell, which is given up after two deaths of its own. A span that
 * took too long is split at once: that is no accident. Cells of a tile are numbered point by point,
 * scenario by scenario. */
#ifndef COORDINATOR_LEASE_H
#define COORDINATOR_LEASE_H
#include "proto/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEASE_DEATHS_MAX 2 /* of a tile before it is split, of a cell before it is given up */

struct lease_shape {
    uint64_t n_points;
    uint32_t tile_points, n_scenarios;
    uint64_t order_seed;
    uint64_t n_visited; /* tiles of the visiting order that are wanted; the number of tiles: all */
};
struct lease { /* a span of one tile's cells; the whole tile unless it was split */
    uint64_t tile;
    uint32_t first_cell, n_cells;
    uint32_t epoch; /* 1 on the first grant, one more on each later one */
};

struct lease_table;
/* The caller owns *out. ERR_RANGE: an empty or impossible shape. */
enum err lease_table_new(struct lease_table **out, const struct lease_shape *shape);
void lease_table_free(struct lease_table **table_p);
uint64_t lease_n_tiles(const struct lease_table *table);
uint32_t lease_tile_cells(const struct lease_table *table, uint64_t tile);
/* (n_tiles + 7) / 8 bytes, a bit per finished tile: a resume fills it before the first grant, then
 * calls lease_resumed(). */
uint8_t *lease_done_bits(struct lease_table *table);
void lease_resumed(struct lease_table *table);
bool lease_is_done(const struct lease_table *table, uint64_t tile);
uint64_t lease_n_open(const struct lease_table *table); /* wanted tiles that are not done */
/* Cells of the wanted tiles, and of those that are done. */
void lease_cells(const struct lease_table *table, uint64_t *wanted, uint64_t *done);
uint32_t lease_n_out(const struct lease_table *table); /* spans with a holder */

/* Next work for a holder that has `held` leases out. ERR_EMPTY: nothing waits, or only suspects and
 * the holder is not free. *alone: a suspect; give this holder nothing more until it is settled. */
enum err lease_grant(struct lease_table *table, int64_t now_ms, uint64_t holder, uint32_t held,
                     struct lease *out, bool *alone);
/* The tail: a second holder for the span that has been out longest, if that is min_age_ms or more.
 * Never a suspect. */
enum err lease_duplicate(struct lease_table *table, int64_t now_ms, uint64_t holder,
                         int64_t min_age_ms, struct lease *out);

/* Is that span out with that holder? */
bool lease_is_held(const struct lease_table *table, uint64_t holder, const struct lease *lease);

enum lease_outcome {
    LEASE_TILE,    /* the whole tile is settled by this result */
    LEASE_PIECE,   /* a span of a split tile; others are open */
    LEASE_LAST,    /* the last span of a split tile: the tile is settled */
    LEASE_SETTLED, /* the tile was done before: compare the bits */
    LEASE_UNKNOWN  /* no such span: the split it belongs to is not in force, or out of range */
};
/* A result arrived, from whoever and of whatever epoch. The span is nobody's after that. */
enum lease_outcome lease_settle(struct lease_table *table, const struct lease *lease);

/* A settled tile is wanted again, whole, by whoever comes next: two results of it differ. After
 * lease_resumed(). ERR_NOMEM. */
enum err lease_reopen(struct lease_table *table, uint64_t tile);

/* The holder died: its first `suspects` leases are to blame, all wait again. Cells that are given
 * up are handed to `given_up` (already settled: outcome LEASE_TILE, PIECE or LAST). */
enum err lease_holder_died(struct lease_table *table, uint64_t holder, uint32_t suspects,
                           void (*given_up)(void *ctx, const struct lease *cell,
                                            enum lease_outcome outcome),
                           void *ctx);
/* The holder ended because `lease` took longer than a span may: that one is to blame if it still
 * holds it, all its leases wait again. Cells that are given up as above. */
enum err lease_holder_overran(struct lease_table *table, uint64_t holder, const struct lease *lease,
                              void (*given_up)(void *ctx, const struct lease *cell,
                                               enum lease_outcome outcome),
                              void *ctx);
/* Takes back what `overdue` says is late (called with holder and time of grant); it waits again.
 * Number taken back. */
uint32_t lease_take_back(struct lease_table *table,
                         bool (*overdue)(void *ctx, uint64_t holder, int64_t granted_ms),
                         void *ctx);
/* A holder that came back under another number. */
void lease_rename_holder(struct lease_table *table, uint64_t from, uint64_t to);
/* Spans that were split so far, and the last of them. */
uint64_t lease_n_splits(const struct lease_table *table, struct lease *last);
#endif
