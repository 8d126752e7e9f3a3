#include "review/statistics/fold_choice.h"
#include "review/statistics/cpcv.h"
#include "review/statistics/cscv.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Training days are a few runs of segments. */
struct run {
    uint32_t begin, end;
};
struct fold {
    uint32_t first_run, n_runs; /* of the runs of all folds */
    uint64_t point;
    double key; /* -INFINITY: nothing was offered */
};
struct fold_choice {
    struct folds folds;
    uint32_t n_segments, n_windows, n_folds, n_runs;
    uint32_t cuts[FOLDS_SEGMENTS_MAX + 1];
    struct fold *fold; /* [n_folds]: windows, then splits */
    struct run *run;   /* [n_runs] */
    double *sums;      /* [n_folds][2 * n_segments] of the picks */
    uint64_t n_offered;
};

static uint32_t segment_at(const struct fold_choice *c, size_t day)
{
    uint32_t k = 0;
    while (k < c->n_segments && c->cuts[k] < day)
        k++;
    assert(c->cuts[k] == day);
    return k;
}

static void add_run(struct fold_choice *c, struct fold *fold, uint32_t begin, uint32_t end)
{
    c->run[c->n_runs++] = (struct run){begin, end};
    fold->n_runs++;
}

static void lay_windows(struct fold_choice *c)
{
    const struct folds_walk *w = &c->folds.walk;
    for (uint32_t i = 0; i < c->n_windows; i++) {
        size_t begin = (size_t)i * w->step;
        c->fold[i] = (struct fold){.first_run = c->n_runs, .key = -INFINITY};
        add_run(c, &c->fold[i], segment_at(c, w->anchored ? 0 : begin),
                segment_at(c, begin + w->train));
    }
}

/* Outside the test groups, purge and embargo. */
static bool is_training(const struct fold_choice *c, uint32_t mask, uint32_t day)
{
    const struct folds_cpcv *cpcv = &c->folds.cpcv;
    for (uint32_t g = 0; g < cpcv->groups; g++)
        if (mask >> g & 1u && day + cpcv->purge >= folds_group_begin(&c->folds, g) &&
            day < folds_group_begin(&c->folds, g + 1) + cpcv->embargo)
            return false;
    return true;
}

static void lay_split(struct fold_choice *c, struct fold *fold, uint32_t mask)
{
    *fold = (struct fold){.first_run = c->n_runs, .key = -INFINITY};
    for (uint32_t k = 0; k < c->n_segments; k++) {
        if (!is_training(c, mask, c->cuts[k]))
            continue;
        if (fold->n_runs && c->run[c->n_runs - 1].end == k)
            c->run[c->n_runs - 1].end = k + 1;
        else
            add_run(c, fold, k, k + 1);
    }
}

static enum err lay_splits(struct fold_choice *c)
{
    const struct cpcv_plan plan = {.n_groups = c->folds.cpcv.groups, .k = c->folds.cpcv.test};
    uint32_t n = c->n_folds - c->n_windows, *mask = calloc(n + 1, sizeof *mask);
    if (!mask)
        return ERR_NOMEM;
    if (n)
        cpcv_masks(&plan, mask);
    for (uint32_t s = 0; s < n; s++)
        lay_split(c, &c->fold[c->n_windows + s], mask[s]);
    free(mask);
    return OK;
}

enum err fold_choice_new(struct fold_choice **out, const struct folds *folds)
{
    if (folds_fault(folds) || folds_cuts(folds, NULL) == 0)
        return ERR_RANGE;
    struct fold_choice *c = calloc(1, sizeof *c);
    if (!c)
        return ERR_NOMEM;
    c->folds = *folds;
    c->n_segments = folds_cuts(folds, c->cuts);
    c->n_windows = folds_n_windows(folds);
    c->n_folds = c->n_windows + folds_n_splits(folds);
    /* Test groups part the training days into groups + 1 runs at most. */
    c->fold = calloc(c->n_folds + 1, sizeof *c->fold);
    c->run = calloc((size_t)c->n_folds * (FOLDS_GROUPS_MAX + 1) + 1, sizeof *c->run);
    c->sums = calloc((size_t)c->n_folds * 2 * c->n_segments + 1, sizeof *c->sums);
    enum err err = c->fold && c->run && c->sums ? OK : ERR_NOMEM;
    if (!err) {
        lay_windows(c);
        err = lay_splits(c);
    }
    if (err)
        fold_choice_free(&c);
    else
        *out = c;
    return err;
}

void fold_choice_free(struct fold_choice **choice_p)
{
    struct fold_choice *c = *choice_p;
    if (!c)
        return;
    free(c->fold);
    free(c->run);
    free(c->sums);
    free(c);
    *choice_p = NULL;
}

void fold_choice_offer(struct fold_choice *c, uint64_t point, const double *sums)
{
    uint32_t n = c->n_segments;
    c->n_offered++;
    for (uint32_t i = 0; i < c->n_folds; i++) {
        struct fold *fold = &c->fold[i];
        const struct run *run = c->run + fold->first_run;
        double s = 0.0, q = 0.0;
        for (uint32_t r = 0; r < fold->n_runs; r++)
            for (uint32_t k = run[r].begin; k < run[r].end; k++) {
                s += sums[k];
                q += sums[n + k];
            }
        double key = cscv_key(s, q);
        if (key < fold->key || (key == fold->key && point > fold->point))
            continue;
        fold->key = key;
        fold->point = point;
        memcpy(c->sums + (size_t)i * 2 * n, sums, (size_t)2 * n * sizeof *sums);
    }
}

uint64_t fold_choice_n_offered(const struct fold_choice *c)
{
    return c->n_offered;
}

const struct folds *fold_choice_folds(const struct fold_choice *c)
{
    return &c->folds;
}

static bool pick(const struct fold_choice *c, uint32_t i, struct fold_pick *out)
{
    const double *sums = c->sums + (size_t)i * 2 * c->n_segments;
    *out = (struct fold_pick){c->fold[i].point, c->fold[i].key, sums, sums + c->n_segments};
    return c->n_offered > 0;
}

bool fold_choice_window(const struct fold_choice *c, uint32_t window, struct fold_pick *out)
{
    assert(window < c->n_windows);
    return pick(c, window, out);
}

bool fold_choice_split(const struct fold_choice *c, uint32_t split, struct fold_pick *out)
{
    assert(c->n_windows + split < c->n_folds);
    return pick(c, c->n_windows + split, out);
}

double fold_choice_sum(const struct fold_choice *c, const double *per_segment, size_t begin,
                       size_t end)
{
    double sum = 0.0;
    for (uint32_t k = segment_at(c, begin), last = segment_at(c, end); k < last; k++)
        sum += per_segment[k];
    return sum;
}
