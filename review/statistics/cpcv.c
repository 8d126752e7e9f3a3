#include "review/statistics/cpcv.h"
#include "engine/metrics.h"
#include "review/statistics/cscv.h"
#include "review/statistics/sample.h"
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

static uint32_t choose(uint32_t n, uint32_t k)
{
    uint64_t c = 1;
    for (uint32_t i = 1; i <= k; i++)
        c = c * (n - k + i) / i;
    return (uint32_t)c;
}

uint32_t cpcv_n_splits(const struct cpcv_plan *plan)
{
    return choose(plan->n_groups, plan->k);
}

uint32_t cpcv_n_paths(const struct cpcv_plan *plan)
{
    return choose(plan->n_groups - 1, plan->k - 1);
}

void cpcv_masks(const struct cpcv_plan *plan, uint32_t *mask)
{
    uint32_t choice[CPCV_GROUPS_MAX], k = plan->k, n = plan->n_groups;
    for (uint32_t i = 0; i < k; i++)
        choice[i] = i;
    for (uint32_t s = 0; s < cpcv_n_splits(plan); s++) {
        mask[s] = 0;
        for (uint32_t i = 0; i < k; i++)
            mask[s] |= 1u << choice[i];
        uint32_t i = k;
        while (i > 0 && choice[i - 1] == n - k + i - 1)
            i--;
        if (i == 0)
            return;
        choice[i - 1]++;
        for (; i < k; i++)
            choice[i] = choice[i - 1] + 1;
    }
}

/* Days outside the test groups, purge and embargo. */
static void training_days(const struct cpcv_plan *plan, uint32_t mask, const uint32_t *bounds,
                          size_t n_days, bool *train)
{
    for (size_t t = 0; t < n_days; t++)
        train[t] = true;
    for (uint32_t g = 0; g < plan->n_groups; g++) {
        if (!(mask >> g & 1u))
            continue;
        size_t begin = bounds[g] > plan->purge ? bounds[g] - plan->purge : 0;
        size_t end =
            n_days - bounds[g + 1] > plan->embargo ? bounds[g + 1] + plan->embargo : n_days;
        for (size_t t = begin; t < end; t++)
            train[t] = false;
    }
}

static uint32_t best_on(const double *series, size_t n, size_t n_days, const bool *train)
{
    uint32_t best = 0;
    double best_key = -INFINITY;
    for (size_t k = 0; k < n; k++) {
        double s = 0.0, q = 0.0;
        for (size_t t = 0; t < n_days; t++) {
            double r = train[t] ? series[k * n_days + t] : 0.0;
            s += r;
            q += r * r;
        }
        if (cscv_key(s, q) > best_key) {
            best_key = cscv_key(s, q);
            best = (uint32_t)k;
        }
    }
    return best;
}

/* Path j takes, for each group, the j-th split that tests it. */
static void lay_paths(const struct cpcv_plan *plan, const uint32_t *mask, uint32_t *path_splits)
{
    for (uint32_t g = 0; g < plan->n_groups; g++) {
        uint32_t path = 0;
        for (uint32_t s = 0; s < cpcv_n_splits(plan); s++)
            if (mask[s] >> g & 1u)
                path_splits[path++ * plan->n_groups + g] = s;
    }
}

static void describe_paths(struct cpcv_summary *out, const double *path_sharpe)
{
    uint32_t losses = 0;
    out->minimum = path_sharpe[0];
    for (uint32_t j = 0; j < out->n_paths; j++) {
        losses += path_sharpe[j] < 0.0;
        if (!(path_sharpe[j] >= out->minimum)) /* an undefined path leaves the minimum undefined */
            out->minimum = isnan(out->minimum) ? out->minimum : path_sharpe[j];
    }
    out->mean = sample_mean(path_sharpe, out->n_paths);
    out->sd = sample_sd(path_sharpe, out->n_paths);
    out->prob_loss = (double)losses / out->n_paths;
}

enum err cpcv_summarise(struct cpcv_summary *out, double *path_sharpe, uint32_t *path_splits,
                        const struct cpcv_plan *plan, const uint32_t *bounds, const double *sum,
                        const double *sumsq)
{
    struct cpcv_summary r = {.n_splits = cpcv_n_splits(plan), .n_paths = cpcv_n_paths(plan)};
    uint32_t n_groups = plan->n_groups, *mask = calloc(r.n_splits, sizeof *mask);
    if (!mask)
        return ERR_NOMEM;
    cpcv_masks(plan, mask);
    lay_paths(plan, mask, path_splits);
    free(mask);
    for (uint32_t j = 0; j < r.n_paths; j++) {
        double s = 0.0, q = 0.0;
        for (uint32_t g = 0; g < n_groups; g++) {
            size_t at = (size_t)path_splits[j * n_groups + g] * n_groups + g;
            s += sum[at];
            q += sumsq[at];
        }
        path_sharpe[j] =
            sample_sharpe_of_sums(bounds[n_groups], s, q) * sqrt(plan->periods_per_year);
    }
    describe_paths(&r, path_sharpe);
    *out = r;
    return OK;
}

enum err cpcv_run(struct cpcv_summary *out, uint32_t *picks, double *path_sharpe,
                  uint32_t *path_splits, const struct cpcv_plan *plan, const double *series,
                  size_t n, size_t n_days)
{
    if (plan->k == 0 || plan->k >= plan->n_groups || plan->n_groups > CPCV_GROUPS_MAX || n == 0 ||
        n > UINT32_MAX || n_days < plan->n_groups || n_days > UINT32_MAX)
        return ERR_RANGE;
    uint32_t n_splits = cpcv_n_splits(plan), n_groups = plan->n_groups;
    uint32_t bounds[CPCV_GROUPS_MAX + 1], *mask = calloc(n_splits, sizeof *mask);
    bool *train = malloc(n_days * sizeof *train);
    double *sum = calloc((size_t)2 * n_splits * n_groups, sizeof *sum);
    enum err rc = mask && train && sum ? OK : ERR_NOMEM;
    if (rc == OK) {
        metrics_block_bounds(n_days, n_groups, bounds);
        cpcv_masks(plan, mask);
    }
    double *sumsq = sum + (size_t)n_splits * n_groups;
    for (size_t s = 0; s < n_splits && rc == OK; s++) {
        training_days(plan, mask[s], bounds, n_days, train);
        picks[s] = best_on(series, n, n_days, train);
        metrics_block_sums(series + picks[s] * n_days, bounds, n_groups, sum + s * n_groups,
                           sumsq + s * n_groups);
    }
    if (rc == OK)
        rc = cpcv_summarise(out, path_sharpe, path_splits, plan, bounds, sum, sumsq);
    free(mask);
    free(train);
    free(sum);
    return rc;
}
