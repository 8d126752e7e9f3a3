/* held_correlation - how much the positions of a traced backtest move together, day by day: the
 * mean pairwise correlation of engine.md section 2, over the pairs of positions on one session
 * calendar, as the correlation guard sees it at the close. */
#ifndef WORKER_HELD_CORRELATION_H
#define WORKER_HELD_CORRELATION_H
#include "engine/plateau_engine.h"

/* out[trace->n_days]: NaN on days with fewer than two positions whose windows are defined. trace is
 * of this engine and config. ERR_NOMEM. */
enum err held_correlation(struct plateau_engine *engine, const struct plateau_config *config,
                          const struct plateau_trace *trace, double *out);
#endif
