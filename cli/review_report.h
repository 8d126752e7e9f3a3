/* review_report - a finished review as text for a human and as JSON for a program. */
#ifndef CLI_REVIEW_REPORT_H
#define CLI_REVIEW_REPORT_H
#include "coordinator/review_data.h"
#include "coordinator/run.h"
#include "review/review.h"
#include <jansson.h>
#include <stdio.h>

struct review_report {
    const struct run_dir *run;
    const struct review *review;
    const struct review_data *data;
    uint32_t objective; /* enum metric */
    bool ledger_used;
    uint64_t ledger_points;    /* distinct points over all runs, this one's included */
    uint64_t holdout_openings; /* of this run's locked dates */
    const char *holdout;       /* name of the locked period; NULL: there is none */
    char opened[32];           /* when, for the chosen point; "": it was not */
};
enum err review_report_text(const struct review_report *report, FILE *out);
/* Its first lines: the point, the verdict and the reasons in words. */
void review_report_verdict(const struct review_report *report, FILE *out);
/* The form of docs/review.schema.json. ERR_NOMEM, ERR_IO. */
json_t *
review_report_tree(const struct review_report *report); /* the caller owns it; NULL: no memory */
enum err review_report_json(const struct review_report *report, FILE *out);
#endif
