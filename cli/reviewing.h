/* reviewing - a review made of a run on disk: its journal read, its picks computed again, the trial
 * ledger asked. What the verbs `review` and `report` share. */
#ifndef CLI_REVIEWING_H
#define CLI_REVIEWING_H
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
};
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
