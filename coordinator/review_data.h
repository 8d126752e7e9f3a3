/* review_data - what a review needs of a run, read in one pass over its journal: the objective of
 * every point under every scenario that counts, and the block sums of its daily returns.
 *
 * The objective of a cell is 0 where it is ok and was never invested, NaN where it has no finite
 * value. The first open period is train, the second validation. */
#ifndef COORDINATOR_REVIEW_DATA_H
#define COORDINATOR_REVIEW_DATA_H
#include "coordinator/run.h"
#include "proto/result.h"
#include "review/statistics/fold_choice.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REVIEW_DATA_POINTS_MAX (1ull << 26)

struct review_data {
    uint64_t n_points;
    uint32_t n_stress;                          /* cost and shock scenarios */
    uint32_t n_scenarios;                       /* all of the job's: 1 + n_stress + regimes */
    uint32_t scenario[JOB_SCENARIOS_MAX];       /* of the job: the base, cost and shock, regimes */
    double *f;                                  /* [n_scenarios][n_points]: train, in that order */
    double *validation, *sharpe, *total_return; /* [n_points]: base; validation NaN without one */
    bool *eligible;                             /* [n_points]: ok in every scenario of the job */
    bool *computed;                             /* [n_points]: ok in any */
    uint64_t n_status[N_STATUSES];              /* points, base scenario */
    double period_days[JOB_PERIODS_MAX];        /* recorded days of the base; NaN: no cell is ok */
    bool has_baseline; /* else the base is scenario 0 and there are no sums */
    size_t n_configs;
    uint32_t n_blocks;
    double block_days[JOB_BLOCKS_MAX];
    double *sum, *sumsq; /* [n_configs][n_blocks], point order, configurations without a number
                            left out */
    struct fold_choice *folds; /* over those configurations; NULL: the sweep asks for no folds */
};
/* objective: enum metric, higher is better (the caller sees to that). ERR_RANGE: too many points;
 * ERR_NOMEM; what a journal can say. The caller ends it with review_data_free(). */
enum err review_data_read(struct review_data *out, const struct run_dir *run, uint32_t objective,
                          struct err_note *note);
void review_data_free(struct review_data *data);
/* The objective of a cell that is ok, of its value there and its exposure (see above). */
double review_data_objective(double value, double exposure);
/* Frees the block sums, which are most of it. */
void review_data_drop_sums(struct review_data *data);
#endif
