/* export_holdout - the group /holdout of results.h5: what was seen of the locked periods.
 *
 *   point  scenario  period              scales: grid points in order of opening, locked periods
 *   METRIC [point, scenario, period]     float64, NaN where the cell is not ok; also status, flags
 *   opened [point]                       UTC time */
#ifndef COORDINATOR_EXPORT_HOLDOUT_H
#define COORDINATOR_EXPORT_HOLDOUT_H
#include "coordinator/h5.h"
#include "coordinator/holdout.h"

/* Nothing without an opening. A failure is h5's. */
void export_holdout_write(struct h5 *h5, const struct job *job, const struct holdout *holdout);
#endif
