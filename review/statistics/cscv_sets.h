/* cscv_sets - the C(S, S/2) choices of in-sample blocks, in the two orders cscv needs:
 * lexicographic, as they are reported; and by upper half, as they are computed: sets that share
 * their upper blocks stand together. */
#ifndef REVIEW_STATISTICS_CSCV_SETS_H
#define REVIEW_STATISTICS_CSCV_SETS_H
#include "proto/err.h"
#include <stdint.h>

struct cscv_sets {
    uint32_t n, half;        /* sets; blocks in each half, S/2 */
    uint32_t *low;           /* [2^half] lower masks by number of bits, ascending within */
    uint32_t first[34];      /* low[first[k]] .. low[first[k + 1] - 1] have k bits */
    uint32_t *start;         /* [2^half] first set of an upper mask, in computing order */
    uint32_t *lexicographic; /* [n] computing order -> lexicographic */
    uint32_t *mask;          /* [n] of the lexicographic order: bit b = block b is in sample */
};
enum err cscv_sets_new(struct cscv_sets *out, uint32_t n_blocks);
void cscv_sets_free(struct cscv_sets *self);
#endif
