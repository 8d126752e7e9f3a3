/* retry - tiles of a run whose cells ended badly, taken out so that the next resume computes them
 * again. What they were stays in the journal, on record. */
#ifndef COORDINATOR_RETRY_H
#define COORDINATOR_RETRY_H
#include "coordinator/run.h"
#include "proto/result.h"
#include <stdbool.h>
#include <stdint.h>

/* wanted[STATUS_DISPUTED]: also tiles whose dispute a third worker decided. Tiles with a cell of a
 * wanted status; *n_cells: such cells. Holds run_lock() meanwhile: ERR_BUSY. */
enum err retry_take_out(const struct run_dir *run, const bool wanted[N_STATUSES], uint64_t *n_tiles,
                        uint64_t *n_cells, struct err_note *note);
#endif
