/* pick - the point a verb speaks of when none is named: the robust pick of the run, chosen on the
 * first open period alone, as `plateau review` chooses it. */
#ifndef CLI_PICK_H
#define CLI_PICK_H
#include "cli/cli.h"
#include "coordinator/run.h"

struct pick {
    uint64_t point;
    const char *how; /* "named", "robust pick", or "peak" where no robust pick exists */
};
/* at: a point or "best", or NULL. ERR_EMPTY: no point has a value in every scenario. */
enum err pick_point(struct pick *out, const struct run_dir *run, const char *at,
                    struct err_note *note);
/* The objective of every point under a scenario and period, higher is better (its sign is turned
 * where lower is): 0 where a cell is ok and was never invested, NaN without a finite value.
 * f[sweep_n_points]; status[sweep_n_points] or NULL. */
enum err pick_objective(const struct run_dir *run, uint32_t metric, uint32_t scenario,
                        uint32_t period, double *f, uint8_t *status, struct err_note *note);
/* *eligible: ok in every scenario; the caller frees it. */
enum err pick_eligible(const struct run_dir *run, bool **eligible, struct err_note *note);
#endif
