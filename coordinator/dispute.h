/* dispute - what workers said of one cell of a tile for which they gave different bits: whose
 * result counts, what the others had instead, and what decided it (contest.h). */
#ifndef COORDINATOR_DISPUTE_H
#define COORDINATOR_DISPUTE_H
#include "coordinator/results.h"

#define DISPUTE_SAID_MAX 8 /* beyond them n_said still counts */
#define DISPUTE_ANY N_METRICS

struct dispute_said {
    char worker[64];
    enum status status;
    bool counts; /* these bits of the cell count */
    double value;
};
struct dispute {
    uint32_t n, n_said; /* 0: nobody differed about the tile */
    struct dispute_said said[DISPUTE_SAID_MAX];
    /* Where the first two that are told apart differ, and what `value` is: an open period and a
     * metric; DISPUTE_ANY: in no metric (flags, sums), or not about this cell. */
    uint32_t period, metric;
    char verdict[160]; /* "": not decided yet */
};
/* ERR_CORRUPT and others as the journal says. */
enum err dispute_of_cell(const struct run_dir *run, const struct results_cell *cell,
                         struct dispute *out, struct err_note *note);
#endif
