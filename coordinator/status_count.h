/* status_count - cells of a row by their status. */
#ifndef COORDINATOR_STATUS_COUNT_H
#define COORDINATOR_STATUS_COUNT_H
#include "coordinator/journal.h"
#include "proto/result.h"

/* Adds the row's cells that are neither ok nor excluded. ERR_FORMAT: the bytes are no cells of this
 * tile; what was counted till then stays. */
enum err status_count_row(const struct job *job, const struct journal_row *row,
                          uint64_t failed_as[N_STATUSES]);
/* The same over all rows of a journal. */
enum err status_count_journal(const struct job *job, struct journal *journal,
                              uint64_t failed_as[N_STATUSES], struct err_note *note);
#endif
