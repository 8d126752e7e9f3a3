/* contest - what two or three results of one tile make, cell by cell.
 *
 * Equal cells have equal bits. A cell to which the coordinator gave its status (crashed, timeout,
 * disputed) differs from nothing: a late result of it is no second opinion. Where two workers
 * differ, the third decides: what it agrees with counts, and a cell on which all three differ, or
 * for which there is no third, is `disputed`. */
#ifndef COORDINATOR_CONTEST_H
#define COORDINATOR_CONTEST_H
#include "coordinator/journal.h"
#include "proto/codec.h"
#include "proto/err.h"
#include "proto/job.h"
#include <stdbool.h>

/* Rows of one tile, whole and checked before. */
bool contest_equal(const struct job *job, const struct journal_row *first,
                   const struct journal_row *second);

struct contest_outcome {
    struct journal_row row; /* what counts; its bytes are those of `bytes` */
    struct codec_writer bytes;
    uint32_t n_disputed; /* cells */
    bool third_differs;  /* from what counts, in a cell or more */
};
/* third may be NULL. The caller ends *out with contest_outcome_free(), also after a failure.
 * ERR_NOMEM, ERR_CORRUPT: a row that is none. */
enum err contest_decide(const struct job *job, const struct journal_row *first,
                        const struct journal_row *second, const struct journal_row *third,
                        struct contest_outcome *out);
void contest_outcome_free(struct contest_outcome *outcome);
#endif
