/* cell - how a user names a cell on the command line: POINT or POINT:SCENARIO. POINT is the grid
 * index as `cells` and results.h5 number it; without a scenario the first one (the baseline) is
 * meant. */
#ifndef CLI_CELL_H
#define CLI_CELL_H
#include "proto/err.h"
#include "proto/job.h"

struct cli_cell {
    uint64_t point;
    uint32_t scenario; /* index into job->scenarios */
};
/* ERR_RANGE: no such point; ERR_NOT_FOUND: no such scenario, with the nearest name. */
enum err cli_cell_parse(struct cli_cell *out, const struct job *job, const char *text,
                        struct err_note *note);
#endif
