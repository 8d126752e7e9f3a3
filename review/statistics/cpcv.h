/* cpcv - combinatorial purged cross-validation (Lopez de Prado 2018, chapter 12): statistics.md
 * section 7.
 *
 * n_groups groups of days, k of them tested at a time: C(n_groups, k) splits in lexicographic
 * order, which make C(n_groups - 1, k - 1) paths through all days. Paths share data: their spread
 * is not a standard error. */
#ifndef REVIEW_STATISTICS_CPCV_H
#define REVIEW_STATISTICS_CPCV_H
#include "proto/err.h"
#include <stddef.h>
#include <stdint.h>

#define CPCV_GROUPS_MAX 20u
struct cpcv_plan {
    uint32_t n_groups, k;  /* 1 <= k < n_groups <= CPCV_GROUPS_MAX */
    size_t purge, embargo; /* training days left out before and after each test group */
    double periods_per_year;
};
struct cpcv_summary {
    uint32_t n_splits, n_paths;
    double mean, sd, minimum; /* of the paths' annualised Sharpe ratios; sd is NaN for one path */
    double prob_loss;         /* share of paths below 0 */
};
uint32_t cpcv_n_splits(const struct cpcv_plan *plan);
uint32_t cpcv_n_paths(const struct cpcv_plan *plan);
/* Test groups of each split, a bit each, in lexicographic order of the choices. */
void cpcv_masks(const struct cpcv_plan *plan, uint32_t *mask);
/* From the picks' sums alone: sum and sumsq [n_splits][n_groups] of each split's pick over each
 * group, bounds[n_groups + 1] the groups' first days. path_sharpe and path_splits as below.
 * ERR_NOMEM. */
enum err cpcv_summarise(struct cpcv_summary *out, double *path_sharpe, uint32_t *path_splits,
                        const struct cpcv_plan *plan, const uint32_t *bounds, const double *sum,
                        const double *sumsq);
/* series[config * n_days + t]. picks[n_splits], path_sharpe[n_paths],
 * path_splits[n_paths][n_groups]. A split whose training days are all purged picks configuration 0,
 * every key being 0. ERR_RANGE, ERR_NOMEM. */
enum err cpcv_run(struct cpcv_summary *out, uint32_t *picks, double *path_sharpe,
                  uint32_t *path_splits, const struct cpcv_plan *plan, const double *series,
                  size_t n, size_t n_days);
#endif
