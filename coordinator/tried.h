/* tried - the points of a run whose numbers somebody could have looked at, for the trial ledger.
 *
 * A point counts when at least one of its cells was computed: excluded, missing and failed ones
 * show nothing to choose by. */
#ifndef COORDINATOR_TRIED_H
#define COORDINATOR_TRIED_H
#include "coordinator/run.h"
#include "review/ledger.h"
#include <stdbool.h>

/* Hashes (review/point_identity.h) of the run's points so far, ascending, each once; the caller
 * frees. A dispatch benchmark has none. */
enum err tried_points(const struct run_dir *run, uint64_t **hashes, size_t *n,
                      struct err_note *note);
/* Puts them in the ledger; again is harmless. *n (may be NULL): how many this run has. */
enum err tried_record(const struct run_dir *run, struct ledger *ledger, size_t *n,
                      struct err_note *note);
/* The same by someone who has read the journal: computed[n_points], by sweep point. */
enum err tried_record_known(const struct run_dir *run, const bool *computed, struct ledger *ledger,
                            size_t *n, struct err_note *note);
#endif
