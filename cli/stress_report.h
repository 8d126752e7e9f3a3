/* stress_report - what `plateau stress` found, and its three forms. */
#ifndef CLI_STRESS_REPORT_H
#define CLI_STRESS_REPORT_H
#include "cli/cli.h"
#include "cli/pick.h"
#include "coordinator/run.h"
#include "review/statistics/scenarios.h"
#include "review/stress.h"
#include "worker/ladder_sample.h"

struct stress_judged { /* a limit under a scenario of the run */
    uint32_t limit, scenario;
    double value; /* of the chosen point */
    enum stress_outcome outcome;
    uint64_t n_pass, n_known; /* points of the grid */
};
struct stress_report {
    const struct run_dir *run;
    uint32_t metric, period; /* period: open */
    uint64_t n_points;
    struct pick pick;
    double *f; /* [n_scenarios][n_points]: pick_objective() */
    struct stress_surfaces surfaces;
    struct scenarios_robust robust;
    double median[JOB_SCENARIOS_MAX]; /* of the grid; paired_median: of the differences */
    double paired_median[JOB_SCENARIOS_MAX];
    uint32_t n_judged;
    struct stress_judged judged[JOB_SCENARIOS_MAX * STRESS_LIMITS];
    struct ladder_sample ladder; /* n 0: none */
    bool traced;
    struct stress_correlation correlation;
    char missing[200]; /* why there is no ladder and no correlation; empty if there is */
};
/* ERR_IO, ERR_NOMEM. */
enum err stress_report_text(const struct stress_report *report, FILE *out);
enum err stress_report_json(const struct stress_report *report, FILE *out);
enum err stress_report_csv(const struct stress_report *report, FILE *out); /* a row a point */
#endif
