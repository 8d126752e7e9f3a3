/* periods_report - the periods of a run side by side, as tables, CSV or JSON: one builder a part,
 * the same cells in every form. */
#ifndef CLI_PERIODS_REPORT_H
#define CLI_PERIODS_REPORT_H
#include "cli/cli.h"
#include "cli/reviewing.h"
#include "coordinator/holdout.h"

enum periods_part {
    PERIODS_METRICS, /* of the point, period by period */
    PERIODS_AXES,    /* the objective averaged over each level of each axis */
    PERIODS_WINDOWS, /* of the walk-forward */
    PERIODS_CURVE,   /* its days out of sample */
    PERIODS_PATHS,   /* of CPCV */
    PERIODS_N_PARTS
};
extern const char *const PERIODS_PART_NAME[PERIODS_N_PARTS + 1]; /* NULL-terminated */

struct periods_report {
    const struct reviewing *reviewing;
    const struct holdout_opening *opening; /* of the point; NULL: its holdout is not opened */
    const struct holdout *holdout;
    const int32_t *day; /* [n_days] of the selection series; NULL: not known */
    size_t n_days;
    const char *missing; /* why there are no days and no stitched curve; "" otherwise */
};
/* part PERIODS_N_PARTS: all of them (the curve not in the table form; CSV takes one part only). */
enum err periods_print(const struct periods_report *report, int part, enum cli_format format,
                       FILE *out);
#endif
