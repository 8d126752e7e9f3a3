/* failures - cells that failed, counted by what they say: for whoever looks on. A closed number of
 * messages is kept; what comes later is counted together. */
#ifndef COORDINATOR_FAILURES_H
#define COORDINATOR_FAILURES_H
#include "coordinator/journal.h"
#include "proto/job.h"
#include "proto/result.h"
#include <stdint.h>

enum { FAILURES_MAX = 24, FAILURES_TEXT = 120 };

struct failure {
    enum status status;
    char reason[FAILURES_TEXT];
    uint64_t n_cells;
};
struct failures { /* zero: none */
    struct failure at[FAILURES_MAX];
    uint32_t n;
    uint64_t n_other; /* cells whose message is not among them */
};
/* Walks a row's cells, if any of them failed. */
void failures_add(struct failures *failures, const struct job *job, const struct journal_row *row);
#endif
