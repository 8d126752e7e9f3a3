#include "review/statistics/agreement.h"
#include "review/statistics/sample.h"
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#define TOP 0.1
#define TOP_SLACK 1e-9
enum { POINTS_MIN = 3 };

static int largest_first(const void *a, const void *b, void *values)
{
    const double *v = values;
    size_t i = *(const size_t *)a, j = *(const size_t *)b;
    if (v[i] != v[j])
        return v[i] > v[j] ? -1 : 1;
    return (i > j) - (i < j);
}

/* Common share of the best tenths. order[n] and in_top[n] are scratch. */
static double top_overlap(const double *train, const double *validation, size_t n, size_t *order,
                          bool *in_top)
{
    size_t size = (size_t)ceil(TOP * (double)n - TOP_SLACK), common = 0;
    for (size_t i = 0; i < n; i++) {
        order[i] = i;
        in_top[i] = false;
    }
    qsort_r(order, n, sizeof *order, largest_first, (void *)train);
    for (size_t i = 0; i < size; i++)
        in_top[order[i]] = true;
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    qsort_r(order, n, sizeof *order, largest_first, (void *)validation);
    for (size_t i = 0; i < size; i++)
        common += in_top[order[i]];
    return (double)common / (double)size;
}

static void describe_pick(struct agreement *r, const double *train, const double *validation,
                          size_t pick)
{
    double below = 0.0, equal = 0.0;
    for (size_t i = 0; i < r->n; i++) {
        below += validation[i] < validation[pick] ? 1.0 : 0.0;
        equal += validation[i] == validation[pick] ? 1.0 : 0.0;
    }
    r->pick_val_pct = (below + 0.5 * equal) / (double)r->n;
    r->shrink = train[pick] == 0.0 ? NAN : validation[pick] / train[pick];
}

enum err agreement_measure(struct agreement *out, const double *train, const double *validation,
                           size_t n_points, size_t pick)
{
    struct agreement r = {0, NAN, NAN, NAN, NAN};
    double *a = malloc((4 * n_points + 1) * sizeof *a), *b = a + n_points;
    size_t *order = malloc((n_points + 1) * sizeof *order), at = SIZE_MAX;
    bool *in_top = malloc((n_points + 1) * sizeof *in_top);
    enum err rc = a && order && in_top ? OK : ERR_NOMEM;
    for (size_t p = 0; p < n_points && rc == OK; p++)
        if (!isnan(train[p]) && !isnan(validation[p])) {
            a[r.n] = train[p];
            b[r.n] = validation[p];
            if (pick == AGREEMENT_PICK_BEST ? at == SIZE_MAX || train[p] > a[at] : pick == p)
                at = r.n;
            r.n++;
        }
    if (rc == OK && r.n >= POINTS_MIN) {
        double *ranks_a = a + 2 * n_points, *ranks_b = a + 3 * n_points;
        sample_ranks(ranks_a, a, r.n, order);
        sample_ranks(ranks_b, b, r.n, order);
        r.spearman = sample_correlation(ranks_a, ranks_b, r.n);
        r.top_overlap = top_overlap(a, b, r.n, order, in_top);
        if (at != SIZE_MAX)
            describe_pick(&r, a, b, at);
    }
    if (rc == OK)
        *out = r;
    free(a);
    free(order);
    free(in_top);
    return rc;
}
