/* draws - streams of random words for resampling: statistics.md section 5.
 *
 * Every word is a pure function of (seed, tag, unit, iteration, position): any worker count draws
 * the same numbers. */
#ifndef REVIEW_STATISTICS_DRAWS_H
#define REVIEW_STATISTICS_DRAWS_H
#include <stdint.h>

enum draws_tag { DRAWS_TRADE_BOOTSTRAP = 1, DRAWS_ENTRY_PERMUTATION = 2, DRAWS_STATIONARY = 3 };

struct draws {
    uint64_t seed, unit; /* unit: configuration index (56 bits), 0 for shared streams */
    uint32_t tag, iteration;
    uint32_t block; /* of the four words held */
    uint32_t word[4];
};
void draws_start(struct draws *self, uint64_t seed, uint32_t tag, uint64_t unit,
                 uint32_t iteration);
/* Word number `position` of the stream; cheapest in ascending order. */
uint32_t draws_word(struct draws *self, uint64_t position);
/* The word as an integer in [0, n): (word * n) >> 32. n <= 2^32. */
uint64_t draws_below(struct draws *self, uint64_t position, uint64_t n);
#endif
