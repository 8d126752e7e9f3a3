/* overview - what a reviewer looks for first in a finished run: best and median cell, share of
 * profitable cells, cells that never traded, axes that do nothing and axes whose end holds the
 * optimum. One scenario, one period, arrays by point. */
#ifndef REVIEW_OVERVIEW_H
#define REVIEW_OVERVIEW_H
#include "proto/err.h"
#include "proto/sweep.h"

#define OVERVIEW_NONE UINT64_MAX

struct overview_input { /* [sweep_n_points] each; NaN: not computed or undefined */
    const double *objective, *total_return, *n_trades;
    int better; /* of the objective: -1 lower, else higher */
};
struct overview {
    uint64_t n_computed, n_profitable, n_never_traded; /* cells with a total return; of these */
    uint64_t best, median;                             /* points; OVERVIEW_NONE */
    /* Axes, in the sweep's order. Dead: no change of level changes the objective of any pair of
     * computed cells (only full grids can tell). Edge: ordered axes of three or more levels that
     * are not dead and hold the best cell at an end. */
    uint32_t n_dead, n_edge;
    uint32_t dead[SWEEP_AXES_MAX], edge[SWEEP_AXES_MAX];
};
/* ERR_NOMEM. */
enum err overview_of(const struct sweep *sweep, const struct overview_input *input,
                     struct overview *out);
#endif
