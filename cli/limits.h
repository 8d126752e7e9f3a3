/* limits - how much of a run is computed and what its cells may cost, as options of `run`,
 * `resume`, `retry` and `submit`.
 */
#ifndef CLI_LIMITS_H
#define CLI_LIMITS_H
#include "cli/cli.h"
#include "coordinator/run_limits.h"

struct limits_options {
    int64_t cell_timeout_ms; /* 0: none */
    const char *max_fails;   /* "N" or "P%"; NULL: none */
    double sample;           /* 0: all */
};
// clang-format off
#define LIMITS_OPTIONS(o)                                                                           \
    {"cell-timeout", 0, CLI_DURATION, &(o).cell_timeout_ms, "D", "a cell that takes longer is tried twice, then ends as timeout (default: never)", NULL}, \
    {"max-fails", 0, CLI_TEXT, &(o).max_fails, "N|P%", "stop early, all saved, when more cells failed", NULL}, \
    {"sample", 0, CLI_SHARE, &(o).sample, "SHARE", "only this share of the run, spread evenly: 2%", NULL}
// clang-format on
/* 0, or the exit code of a refusal. */
int limits_read(const struct limits_options *options, struct run_limits *out);
#endif
