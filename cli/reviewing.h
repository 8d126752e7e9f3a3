/* reviewing - a review made of a run on disk: its journal read, its picks computed again, the trial
 * ledger asked. What the verbs `review` and `report` share. */
#ifndef CLI_REVIEWING_H
#define CLI_REVIEWING_H
#include "cli/cli.h"
#include "cli/review_report.h"
#include "coordinator/daily.h"
#include "coordinator/results.h"
#include "coordinator/review_data.h"
#include "coordinator/run.h"
#include "review/review.h"

struct reviewing_options {
    const char *runs, *objective, *at, *ledger; /* NULL: the sweep's, the robust pick, the user's */
    bool no_ledger;
    uint64_t trials;                     /* 0: those counted */
    const struct verdict_limits *limits; /* NULL: the defaults */
    struct cli_list own_limits;          /* --limit, until reviewing_read_limits() */
};
/* Rows of a verb's option table: what is reviewed, and against which limits. */
// clang-format off
#define REVIEWING_OPTIONS(o)                                                                                                    \
    {"objective", 0, CLI_TEXT, &(o).objective, "METRIC", "what is judged (default: the sweep's objective)", NULL},              \
    {"at", 0, CLI_TEXT, &(o).at, "CELL", "point to judge, or best (default: the robust pick)", NULL},                           \
    {"trials", 0, CLI_COUNT, &(o).trials, "N", "independent trials behind the choice, instead of those counted", NULL},         \
    {"no-ledger", 0, CLI_FLAG, &(o).no_ledger, NULL, "count this run's trials only", NULL},                                     \
    {"limit", 0, CLI_LIST, &(o).own_limits, "NAME=VALUE", "a limit of the verdict, such as dsr_robust=0.9 (names: review --format json)", NULL}, \
    {"ledger", 0, CLI_TEXT, &(o).ledger, "FILE", "trial ledger (default: the user's)", NULL},                                   \
    {"dir", 0, CLI_TEXT, &(o).runs, "RUNS", "folder of runs (default: runs)", NULL}
// clang-format on
/* The defaults with those of --limit, into *limits, which options then points to. ERR_RANGE,
 * ERR_NOT_FOUND. */
enum err reviewing_read_limits(struct reviewing_options *options, struct verdict_limits *limits,
                               struct err_note *note);
struct reviewing {
    struct run_dir run;
    const struct reviewing_options *options;
    uint32_t objective;
    struct review_data data;
    struct review_input input;
    struct review review;
    struct results_cell chosen;
    struct review_report report; /* filled in, ready to print */
};
/* Too large for a stack; zeroed by the caller, who ends it with reviewing_end() in any case. */
enum err reviewing_make(struct reviewing *v, const struct reviewing_options *options,
                        const char *which, struct err_note *note);
/* Only the run read, the point chosen and the folds: review's later numbers are not known. */
enum err reviewing_open(struct reviewing *v, const struct reviewing_options *options,
                        const char *which, struct err_note *note);
/* The stitched series of the folds, and the days and returns behind it, which the caller ends with
 * daily_free(). Without windows the days alone. */
enum err reviewing_stitch(struct reviewing *v, const struct market_image *image,
                          struct daily *series, struct err_note *note);
/* results.h5 of the run at path, with this review in it: a new whole file, renamed. */
enum err reviewing_export(struct reviewing *v, const char *path, struct err_note *note);
void reviewing_end(struct reviewing *v);
#endif
