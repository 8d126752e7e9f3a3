/* evidence - where the numbers of `plateau check` come from: one point of a run, computed again
 * with its trades, or as the run stored it; and the record of its holdout. */
#ifndef CLI_EVIDENCE_H
#define CLI_EVIDENCE_H
#include "coordinator/holdout.h"
#include "coordinator/run.h"
#include "market/market.h"
#include "review/gate.h"
#include "worker/selection.h"

enum { EVIDENCE_ROWS_MAX = 32 }; /* (scenario, periods) a gate may speak of */

struct evidence_row { /* a scenario over a range of open periods */
    struct plateau_scenario scenario;
    uint32_t first_period, end_period;
    struct selection selection;
    double bootstrap_p05, permutation_p; /* NaN until asked for, and where undefined */
    bool resampled;
};
struct evidence {
    const struct run_dir *run;
    const struct gate *gate;
    uint64_t point;
    struct market_image image;
    struct cell_engine *cells; /* NULL: the run cannot be computed again, why says */
    char why[120];
    struct holdout holdout;
    uint32_t n_rows;
    struct evidence_row row[EVIDENCE_ROWS_MAX];
};
/* Borrows run and gate. Not being able to compute the point again is no error: stored rows serve
 * as far as they go. The caller ends it with evidence_free(). */
enum err evidence_open(struct evidence *out, const struct run_dir *run, const struct gate *gate,
                       uint64_t point, struct err_note *note);
void evidence_free(struct evidence *evidence);
/* The gate_source over a struct evidence. ERR_SPEC: no such period or scenario, with file:line. */
enum err evidence_value(void *ctx, const struct gate_group *group, const struct gate_line *line,
                        struct gate_value *out, struct err_note *note);
#endif
