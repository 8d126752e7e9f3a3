/* selection - one point traced over the open periods of its run, one after the other, each from its
 * own flat start: the selection series of statistics.md section 0 with its trades. */
#ifndef WORKER_SELECTION_H
#define WORKER_SELECTION_H
#include "engine/metrics.h"
#include "worker/cell.h"

struct selection_trade { /* closed */
    int32_t entry, exit; /* day indices into the series, half-open */
    double pnl, r_multiple;
    double weight; /* value at entry over the account's equity before it */
};
struct selection {
    uint32_t n_days, n_trades;
    double *returns, *bench, *equity, *correlation; /* [n_days]; bench and correlation
                                                       (held_correlation.h): NaN where undefined */
    int32_t *day;                                   /* [n_days] */
    struct selection_trade *trades;                 /* [n_trades], by period, then by exit */
    double periods_per_year;
    struct metric_row row; /* of the whole series: statistics.md section 1. A position that is open
                              at the end of a period but the last has no place in exposure. */
};
/* first_period .. end_period - 1: open periods to trace. ERR_RANGE: the point does not fit
 * together, with the reason. ERR_NOMEM. The caller ends it with selection_free(). */
enum err selection_run(struct selection *out, struct cell_engine *cells, const struct job *job,
                       uint64_t point, const struct plateau_scenario *scenario,
                       uint32_t first_period, uint32_t end_period, struct err_note *note);
void selection_free(struct selection *selection);
#endif
