/* visit - the order in which tiles are handed out: a bijection k -> tile over n tiles, so spread
 * that after any share of the run, 2 % say, the tiles done lie evenly over the grid and a heatmap
 * of them is already unbiased. */
#ifndef PROTO_VISIT_H
#define PROTO_VISIT_H
#include <stdint.h>

struct visit {
    uint64_t n, stride, first;
};
/* n >= 1 tiles; first: where the walk begins, any number (a run's seed). */
struct visit visit_new(uint64_t n, uint64_t first);
uint64_t visit_tile(const struct visit *visit, uint64_t k);     /* k < n */
uint64_t visit_index(const struct visit *visit, uint64_t tile); /* the k of a tile */
#endif
