#include "review/statistics/entry_permutation.h"
#include "review/statistics/draws.h"
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define LEVEL 1e-12 /* placements this near the statistic count as level with it */

const char *const ENTRY_MODE_NAME[3] = {"none", "gaps", "independent"};

struct work {
    const struct entry_trade *trades;
    size_t n, n_days, n_slots;
    double *prefix;        /* [n_days + 1] of the market's returns */
    uint32_t *slot, *rank; /* [n_slots] 0, 1, 2 ...; [n] trades */
    uint32_t *swapped;     /* [n] partners of the last draw, to undo it */
    uint32_t *picked;      /* [n] */
};

static int by_entry(const void *a, const void *b)
{
    const struct entry_trade *x = a, *y = b;
    if (x->entry != y->entry)
        return x->entry < y->entry ? -1 : 1;
    return (x->exit > y->exit) - (x->exit < y->exit);
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static double held(const struct work *w, size_t trade, size_t start)
{
    const struct entry_trade *t = &w->trades[trade];
    size_t end = start + (size_t)(t->exit - t->entry);
    return t->weight * (w->prefix[end] - w->prefix[start]);
}

static void swap(uint32_t *a, uint32_t *b)
{
    uint32_t t = *a;
    *a = *b;
    *b = t;
}

/* n of the G + n slots for the trades, the rest are free days; then the trades in random order. */
static double place_in_gaps(struct work *w, struct draws *draws)
{
    size_t n = w->n, start = 0;
    double stat = 0.0;
    for (size_t j = 0; j < n; j++) {
        w->swapped[j] = (uint32_t)(j + draws_below(draws, j, w->n_slots - j));
        swap(&w->slot[j], &w->slot[w->swapped[j]]);
        w->picked[j] = w->slot[j];
        w->rank[j] = (uint32_t)j;
    }
    for (size_t j = n; j-- > 0;)
        swap(&w->slot[j], &w->slot[w->swapped[j]]);
    qsort(w->picked, n, sizeof *w->picked, ascending);
    for (size_t i = 0; i + 1 < n; i++)
        swap(&w->rank[i], &w->rank[i + draws_below(draws, n + i, n - i)]);
    for (size_t i = 0; i < n; i++) {
        const struct entry_trade *t = &w->trades[w->rank[i]];
        stat += held(w, w->rank[i], w->picked[i] - i + start);
        start += (size_t)(t->exit - t->entry);
    }
    return stat;
}

static double place_independently(const struct work *w, struct draws *draws)
{
    double stat = 0.0;
    for (size_t i = 0; i < w->n; i++) {
        size_t days = (size_t)(w->trades[i].exit - w->trades[i].entry);
        stat += held(w, i, draws_below(draws, i, w->n_days - days + 1));
    }
    return stat;
}

/* Do the trades, in order of entry, leave each other room? Counts the days they hold. */
static enum err overlap(const struct entry_trade *trades, size_t n, bool *overlapping, size_t *days)
{
    struct entry_trade *sorted = malloc(n * sizeof *sorted);
    if (!sorted)
        return ERR_NOMEM;
    *overlapping = false;
    *days = 0;
    for (size_t i = 0; i < n; i++)
        sorted[i] = trades[i];
    qsort(sorted, n, sizeof *sorted, by_entry);
    for (size_t i = 0; i < n; i++) {
        *days += (size_t)(sorted[i].exit - sorted[i].entry);
        *overlapping |= i > 0 && sorted[i].entry < sorted[i - 1].exit;
    }
    free(sorted);
    return OK;
}

static enum err prepare(struct work *w, const double *market)
{
    w->prefix = malloc((w->n_days + 1) * sizeof *w->prefix);
    w->slot = malloc((w->n_slots + 1) * sizeof *w->slot);
    w->rank = malloc(3 * w->n * sizeof *w->rank);
    if (!w->prefix || !w->slot || !w->rank)
        return ERR_NOMEM;
    w->swapped = w->rank + w->n;
    w->picked = w->swapped + w->n;
    w->prefix[0] = 0.0;
    for (size_t t = 0; t < w->n_days; t++)
        w->prefix[t + 1] = w->prefix[t] + market[t];
    for (size_t i = 0; i < w->n_slots; i++)
        w->slot[i] = (uint32_t)i;
    return OK;
}

enum err entry_permutation_run(struct entry_permutation *out, const double *market, size_t n_days,
                               const struct entry_trade *trades, size_t n, uint32_t n_iterations,
                               uint64_t seed, uint64_t unit)
{
    struct work w = {.trades = trades, .n = n, .n_days = n_days};
    struct entry_permutation r = {ENTRY_NONE, 0.0, 0.0, NAN};
    bool overlapping;
    size_t days;
    if (n_iterations == 0 || n_days > INT32_MAX)
        return ERR_RANGE;
    for (size_t i = 0; i < n; i++)
        if (trades[i].entry < 0 || trades[i].exit < trades[i].entry ||
            trades[i].exit > (int32_t)n_days)
            return ERR_RANGE;
    if (n == 0) {
        *out = (struct entry_permutation){ENTRY_NONE, NAN, NAN, NAN};
        return OK;
    }
    enum err rc = overlap(trades, n, &overlapping, &days);
    if (rc == OK) {
        r.mode = overlapping ? ENTRY_INDEPENDENT : ENTRY_GAPS;
        w.n_slots = overlapping ? 0 : n_days - days + n;
        rc = prepare(&w, market);
    }
    if (rc == OK) {
        uint32_t reached = 0;
        for (size_t i = 0; i < n; i++)
            r.stat += held(&w, i, (size_t)trades[i].entry);
        double level = r.stat - LEVEL * fmax(1.0, fabs(r.stat));
        for (uint32_t b = 0; b < n_iterations; b++) {
            struct draws draws;
            draws_start(&draws, seed, DRAWS_ENTRY_PERMUTATION, unit, b);
            double stat = overlapping ? place_independently(&w, &draws) : place_in_gaps(&w, &draws);
            reached += stat >= level;
            r.null_mean += stat;
        }
        r.null_mean /= n_iterations;
        r.p = (1.0 + reached) / (n_iterations + 1.0);
        *out = r;
    }
    free(w.prefix);
    free(w.slot);
    free(w.rank);
    return rc;
}
