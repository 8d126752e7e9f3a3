/* await - wait for a run to end, whoever computes it. */
#ifndef CLI_AWAIT_H
#define CLI_AWAIT_H
#include "cli/cli.h"
#include "coordinator/run.h"

/* Returns its exit code: 0; 1 with failed cells; 130 if it was cancelled or stopped; what the error
 * says if it failed; 124 (CLI_TIMEOUT) after timeout_ms (0: never). Ctrl-C ends the wait alone. */
int await_run(const struct run_dir *run, int64_t timeout_ms);
#endif
