/* parts - the pieces of split tiles until each tile is whole: only whole tiles go to the journal.
 * There are as many split tiles as killed a worker twice, so that a walk over all of them costs
 * nothing. */
#ifndef COORDINATOR_PARTS_H
#define COORDINATOR_PARTS_H
#include "coordinator/journal.h"
#include <stdbool.h>
#include <stdint.h>

/* Whose row it is if its pieces are of several workers, or a cell was given up. */
#define PARTS_JOINED "coordinator"

struct part_tile;
struct parts { /* zero is empty */
    struct part_tile *tiles;
    uint32_t n, capacity;
};
void parts_free(struct parts *parts);
/* Copies a piece; last: the tile is whole with it. Pieces do not overlap (the lease table saw to
 * that). ERR_NOMEM. */
enum err parts_add(struct parts *parts, const struct journal_row *piece, uint32_t first_cell,
                   bool last);
bool parts_any_waiting(const struct parts *parts); /* a whole tile that was not handed out */
/* The next whole tile that was not handed out yet, its pieces joined in cell order; until
 * parts_forget_handed_out(). */
bool parts_next_whole(struct parts *parts, struct journal_row *row);
void parts_forget_handed_out(struct parts *parts);
void parts_drop(struct parts *parts, uint64_t tile); /* a whole result came after all */
#endif
