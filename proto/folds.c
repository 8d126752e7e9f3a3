#include "proto/folds.h"
#include <stdlib.h>
#include <string.h>

static uint64_t choose(uint32_t n, uint32_t k)
{
    uint64_t c = 1;
    for (uint32_t i = 1; i <= k; i++)
        c = c * (n - k + i) / i;
    return c;
}

static const char *walk_fault(const struct folds_walk *w)
{
    if (w->train == 0)
        return w->test || w->step || w->gap || w->anchored ? "a walk-forward without train" : NULL;
    if (w->test == 0 || w->step == 0)
        return "a walk-forward without test or step";
    if (w->train > FOLDS_DAYS_MAX || w->test > FOLDS_DAYS_MAX || w->step > FOLDS_DAYS_MAX ||
        w->gap > FOLDS_DAYS_MAX)
        return "a walk-forward longer than any data";
    return NULL;
}

static const char *cpcv_fault(const struct folds_cpcv *c)
{
    if (c->groups == 0)
        return c->test || c->purge || c->embargo ? "a cpcv without groups" : NULL;
    if (c->groups < 2 || c->groups > FOLDS_GROUPS_MAX)
        return "groups outside 2 .. 20";
    if (c->test == 0 || c->test >= c->groups)
        return "as many test groups as groups, or none";
    if (c->purge > FOLDS_DAYS_MAX || c->embargo > FOLDS_DAYS_MAX)
        return "a purge or embargo longer than any data";
    return choose(c->groups, c->test) > FOLDS_SPLITS_MAX ? "more than 1000 splits" : NULL;
}

const char *folds_fault(const struct folds *folds)
{
    const char *why = walk_fault(&folds->walk);
    if (!why)
        why = cpcv_fault(&folds->cpcv);
    if (!why && folds->n_days > FOLDS_DAYS_MAX)
        why = "more days than any data";
    if (!why && folds->n_days && !folds_any(folds))
        why = "days without folds";
    if (!why && folds_cuts(folds, NULL) > FOLDS_SEGMENTS_MAX)
        why = "more than 512 segments";
    return why;
}

uint32_t folds_n_windows(const struct folds *folds)
{
    const struct folds_walk *w = &folds->walk;
    uint64_t first = (uint64_t)w->train + w->gap + w->test;
    if (w->train == 0 || first > folds->n_days)
        return 0;
    return (uint32_t)((folds->n_days - first) / w->step + 1);
}

uint32_t folds_n_splits(const struct folds *folds)
{
    return folds->cpcv.groups ? (uint32_t)choose(folds->cpcv.groups, folds->cpcv.test) : 0;
}

uint32_t folds_group_begin(const struct folds *folds, uint32_t group)
{
    return (uint32_t)((uint64_t)group * folds->n_days / folds->cpcv.groups);
}

/* Cuts in any order, as they are found. */
struct cut_list {
    uint32_t *at;
    size_t n, room;
    uint32_t n_days;
};

static void add(struct cut_list *list, uint64_t day)
{
    uint32_t cut = day < list->n_days ? (uint32_t)day : list->n_days;
    if (list->n < list->room)
        list->at[list->n++] = cut;
}

static void add_all(struct cut_list *list, const struct folds *folds, uint32_t n_windows)
{
    const struct folds_walk *w = &folds->walk;
    const struct folds_cpcv *c = &folds->cpcv;
    add(list, 0);
    add(list, folds->n_days);
    for (uint32_t i = 0; i < n_windows; i++) {
        uint64_t begin = (uint64_t)i * w->step, end = begin + w->train;
        add(list, w->anchored ? 0 : begin);
        add(list, end);
        add(list, end + w->gap);
        add(list, end + w->gap + w->test);
    }
    for (uint32_t g = 0; c->groups && g <= c->groups; g++) {
        uint32_t begin = folds_group_begin(folds, g);
        add(list, begin);
        add(list, begin > c->purge ? begin - c->purge : 0); /* before a test group */
        add(list, (uint64_t)begin + c->embargo);            /* after the one that ends here */
    }
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

uint32_t folds_cuts(const struct folds *folds, uint32_t *cuts)
{
    /* A window has an end of its own in sample: more of them than this are too many segments. */
    enum { WINDOWS_MOST = FOLDS_SEGMENTS_MAX + 1 };
    uint32_t all[2 + 4 * WINDOWS_MOST + 3 * (FOLDS_GROUPS_MAX + 1)], n = 0;
    uint32_t n_windows = folds_n_windows(folds);
    struct cut_list list = {.at = all, .room = sizeof all / sizeof all[0], .n_days = folds->n_days};
    if (folds->n_days == 0 || !folds_any(folds))
        return 0;
    if (n_windows > WINDOWS_MOST)
        return FOLDS_SEGMENTS_MAX + 1;
    add_all(&list, folds, n_windows);
    qsort(all, list.n, sizeof all[0], ascending);
    for (size_t i = 0; i < list.n; i++)
        if (n == 0 || all[i] != all[n - 1])
            all[n++] = all[i];
    if (n - 1 > FOLDS_SEGMENTS_MAX)
        return FOLDS_SEGMENTS_MAX + 1;
    if (cuts)
        memcpy(cuts, all, n * sizeof all[0]);
    return n - 1;
}
