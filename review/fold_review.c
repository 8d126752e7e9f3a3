#include "review/fold_review.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

void fold_review_none(struct fold_review *f)
{
    const struct walk_forward_plan plan = {.oos_len = 1};
    *f = (struct fold_review){.cpcv = {0, 0, NAN, NAN, NAN, NAN}};
    walk_forward_summarise(&f->walk, NULL, 0, &plan, NULL);
}

static enum err walk(struct fold_review *f, const struct fold_choice *choice, double year,
                     const struct surface *grid)
{
    const struct folds_walk *w = &f->folds.walk;
    const struct walk_forward_plan plan = {.is_len = w->train,
                                           .oos_len = w->test,
                                           .step = w->step,
                                           .gap = w->gap,
                                           .anchored = w->anchored,
                                           .periods_per_year = year};
    uint32_t n = f->n_configs ? folds_n_windows(&f->folds) : 0;
    f->windows = calloc(n + 1, sizeof *f->windows);
    if (!f->windows)
        return ERR_NOMEM;
    for (uint32_t i = 0; i < n; i++) {
        struct fold_pick pick;
        struct walk_forward_window *at = &f->windows[i];
        fold_choice_window(choice, i, &pick);
        *at = walk_forward_window(&plan, i);
        at->pick = pick.point;
        at->is_sum = fold_choice_sum(choice, pick.sum, at->is_begin, at->is_end);
        at->oos_sum = fold_choice_sum(choice, pick.sum, at->oos_begin, at->oos_end);
        at->oos_sumsq = fold_choice_sum(choice, pick.sumsq, at->oos_begin, at->oos_end);
    }
    walk_forward_summarise(&f->walk, f->windows, n, &plan, grid);
    return OK;
}

static enum err paths(struct fold_review *f, const struct fold_choice *choice, double year)
{
    const struct folds_cpcv *c = &f->folds.cpcv;
    const struct cpcv_plan plan = {c->groups, c->test, c->purge, c->embargo, year};
    if (c->groups == 0 || f->n_configs == 0)
        return OK;
    uint32_t n_splits = cpcv_n_splits(&plan), n_paths = cpcv_n_paths(&plan), n = c->groups;
    uint32_t bounds[FOLDS_GROUPS_MAX + 1];
    double *sum = calloc((size_t)2 * n_splits * n, sizeof *sum);
    f->split_pick = calloc(n_splits, sizeof *f->split_pick);
    f->path_sharpe = calloc(n_paths, sizeof *f->path_sharpe);
    f->path_splits = calloc((size_t)n_paths * n, sizeof *f->path_splits);
    if (!sum || !f->split_pick || !f->path_sharpe || !f->path_splits) {
        free(sum);
        return ERR_NOMEM;
    }
    double *sumsq = sum + (size_t)n_splits * n;
    for (uint32_t g = 0; g <= n; g++)
        bounds[g] = folds_group_begin(&f->folds, g);
    for (uint32_t s = 0; s < n_splits; s++) {
        struct fold_pick pick;
        fold_choice_split(choice, s, &pick);
        f->split_pick[s] = pick.point;
        for (uint32_t g = 0; g < n; g++) {
            sum[s * n + g] = fold_choice_sum(choice, pick.sum, bounds[g], bounds[g + 1]);
            sumsq[s * n + g] = fold_choice_sum(choice, pick.sumsq, bounds[g], bounds[g + 1]);
        }
    }
    enum err err =
        cpcv_summarise(&f->cpcv, f->path_sharpe, f->path_splits, &plan, bounds, sum, sumsq);
    free(sum);
    if (!err && isnan(f->cpcv.mean)) /* a path that never traded is no path that earned */
        f->cpcv.prob_loss = NAN;
    return err;
}

enum err fold_review_make(struct fold_review *out, const struct fold_choice *choice,
                          double periods_per_year, const struct surface *grid)
{
    struct fold_review f;
    fold_review_none(&f);
    f.folds = *fold_choice_folds(choice);
    f.n_configs = fold_choice_n_offered(choice);
    enum err err = walk(&f, choice, periods_per_year, grid);
    if (!err)
        err = paths(&f, choice, periods_per_year);
    if (err)
        fold_review_free(&f);
    else
        *out = f;
    return err;
}

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

size_t fold_review_picks(const struct fold_review *f, uint64_t *points)
{
    size_t n = 0;
    for (size_t i = 0; i < f->walk.n_windows; i++)
        points[i] = f->windows[i].pick;
    qsort(points, f->walk.n_windows, sizeof *points, ascending);
    for (size_t i = 0; i < f->walk.n_windows; i++)
        if (n == 0 || points[i] != points[n - 1])
            points[n++] = points[i];
    return n;
}

enum err fold_review_stitch(struct fold_review *f, const uint64_t *points, size_t n,
                            const double *series, size_t n_days)
{
    size_t length = f->folds.walk.test, n_windows = f->walk.n_windows;
    if (n_windows == 0)
        return OK;
    if (n_days != f->folds.n_days)
        return ERR_RANGE;
    double *stitched = malloc(n_windows * length * sizeof *stitched);
    if (!stitched)
        return ERR_NOMEM;
    for (size_t i = 0; i < n_windows; i++) {
        uint64_t pick = f->windows[i].pick;
        const uint64_t *at = bsearch(&pick, points, n, sizeof *points, ascending);
        if (!at) {
            free(stitched);
            return ERR_RANGE;
        }
        memcpy(stitched + i * length,
               series + (size_t)(at - points) * n_days + f->windows[i].oos_begin,
               length * sizeof *stitched);
    }
    free(f->stitched);
    f->stitched = stitched;
    f->walk.stitched_mdd = walk_forward_mdd(stitched, n_windows * length);
    return OK;
}

void fold_review_free(struct fold_review *f)
{
    free(f->windows);
    free(f->stitched);
    free(f->split_pick);
    free(f->path_sharpe);
    free(f->path_splits);
    memset(f, 0, sizeof *f);
}
