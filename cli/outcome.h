/* outcome - the end of a run for a human: best and median cell of the objective beside buy-and-hold
 * and equal weight, the share of profitable cells, warnings, a heatmap, and where the files are. */
#ifndef CLI_OUTCOME_H
#define CLI_OUTCOME_H
#include "cli/cli.h"
#include "coordinator/run.h"

/* results: path of results.h5. A grid too large for arrays in memory is told without the parts that
 * need them. */
enum err outcome_tell(const struct run_dir *run, const struct run_progress *done,
                      const char *results, FILE *out, struct err_note *note);
#endif
