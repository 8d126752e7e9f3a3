/* outcome - the end of a run for a human: best and median cell of the objective beside buy-and-hold
 * and equal weight, the share of profitable cells, warnings, a heatmap, the verdict, and where the
 * files are. */
#ifndef CLI_OUTCOME_H
#define CLI_OUTCOME_H
#include "cli/cli.h"
#include "cli/review_report.h"
#include "coordinator/run.h"

struct outcome_files {
    const char *results;                /* path of results.h5 */
    const struct review_report *review; /* in it; NULL: none */
    const char *no_review;              /* why there is none; NULL: it was not asked for */
};
/* A grid too large for arrays in memory is told without the parts that need them. */
enum err outcome_tell(const struct run_dir *run, const struct run_progress *done,
                      const struct outcome_files *files, FILE *out, struct err_note *note);
#endif
