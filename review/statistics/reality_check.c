#include "review/statistics/reality_check.h"
#include "review/statistics/parallel.h"
#include "review/statistics/sample.h"
#include "review/statistics/stationary.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RC, SPA_L, SPA_C, SPA_U, N_TESTS };
enum { GROUP = 8 }; /* iterations summed side by side */

struct work {
    const struct reality_check_input *in;
    unsigned n_threads;
    double *counts; /* [groups of iterations][n_days][GROUP]: how often a resample draws a day */
    struct share {
        size_t n_used;
        double rc_stat, spa_stat;
        double *largest[N_TESTS]; /* [n_iterations]: largest statistic of each resample */
    } * share;
};

static enum err draw_counts(struct work *w)
{
    const struct reality_check_input *in = w->in;
    uint32_t *index = malloc(in->n_days * sizeof *index);
    size_t n_groups = ((size_t)in->n_iterations + GROUP - 1) / GROUP;
    w->counts = calloc(n_groups * in->n_days, GROUP * sizeof *w->counts);
    if (!index || !w->counts) {
        free(index);
        return ERR_NOMEM;
    }
    for (uint32_t b = 0; b < in->n_iterations; b++) {
        stationary_indices(index, in->n_days, in->q, in->seed, 0, b);
        for (size_t t = 0; t < in->n_days; t++)
            w->counts[(b / GROUP * in->n_days + index[t]) * GROUP + b % GROUP] += 1.0;
    }
    free(index);
    return OK;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* Resampled sums of a group of iterations: a chain of additions each, oldest day first, side by
 * side. */
static void resampled_sums(const double *counts, const double *d, size_t n_days, double sum[GROUP])
{
    double s[GROUP] = {0};
    for (size_t t = 0; t < n_days; t++)
        for (size_t i = 0; i < GROUP; i++)
            s[i] += counts[t * GROUP + i] * d[t];
    memcpy(sum, s, sizeof s);
}

static void resample_one(const struct work *w, struct share *share, const double *d, double mean,
                         double omega)
{
    const struct reality_check_input *in = w->in;
    double n = (double)in->n_days, root = sqrt(n), sum[GROUP];
    double threshold = -sqrt(2.0 * log(log(n))) * omega / root;
    const double g[N_TESTS] = {mean, larger(0.0, mean), mean >= threshold ? mean : 0.0, mean};
    for (uint32_t b = 0; b < in->n_iterations; b++) {
        if (b % GROUP == 0)
            resampled_sums(w->counts + b * in->n_days, d, in->n_days, sum);
        double resampled = sum[b % GROUP] / n;
        share->largest[RC][b] = larger(share->largest[RC][b], root * (resampled - g[RC]));
        for (int test = SPA_L; test <= SPA_U; test++)
            share->largest[test][b] =
                larger(share->largest[test][b], root * (resampled - g[test]) / omega);
    }
}

static void resample_range(void *context, unsigned i, size_t begin, size_t end)
{
    struct work *w = context;
    struct share *share = &w->share[i];
    size_t n_days = w->in->n_days;
    share->rc_stat = -INFINITY;
    for (uint32_t b = 0; b < w->in->n_iterations; b++) {
        share->largest[RC][b] = -INFINITY;
        for (int test = SPA_L; test <= SPA_U; test++)
            share->largest[test][b] =
                0.0; /* "no configuration is better" is always one of the choices */
    }
    for (size_t k = begin; k < end; k++) {
        const double *d = w->in->excess + k * n_days;
        struct sample_moments m;
        sample_moments(&m, d, n_days, 1);
        if (m.flat || !isfinite(m.m2))
            continue;
        share->n_used++;
        if (n_days < REALITY_CHECK_DAYS_MIN)
            continue;
        double omega = sqrt(stationary_variance(d, n_days, w->in->q)), root = sqrt((double)n_days);
        share->rc_stat = larger(share->rc_stat, root * m.mean);
        share->spa_stat = larger(share->spa_stat, root * m.mean / omega);
        resample_one(w, share, d, m.mean, omega);
    }
}

static void conclude(const struct work *w, struct reality_check *r)
{
    uint32_t n = w->in->n_iterations, reached[N_TESTS] = {0};
    *r = (struct reality_check){0, NAN, NAN, NAN, NAN, NAN, NAN};
    for (unsigned i = 0; i < w->n_threads; i++)
        r->n_used += w->share[i].n_used;
    if (r->n_used == 0 || w->in->n_days < REALITY_CHECK_DAYS_MIN)
        return;
    r->rc_stat = -INFINITY;
    r->spa_stat = 0.0;
    for (unsigned i = 0; i < w->n_threads; i++) {
        r->rc_stat = larger(r->rc_stat, w->share[i].rc_stat);
        r->spa_stat = larger(r->spa_stat, w->share[i].spa_stat);
    }
    for (uint32_t b = 0; b < n; b++)
        for (int test = RC; test < N_TESTS; test++) {
            double largest = w->share[0].largest[test][b];
            for (unsigned i = 1; i < w->n_threads; i++)
                largest = larger(largest, w->share[i].largest[test][b]);
            reached[test] += largest >= (test == RC ? r->rc_stat : r->spa_stat);
        }
    double *p[N_TESTS] = {&r->p_rc, &r->p_spa_l, &r->p_spa_c, &r->p_spa_u};
    for (int test = RC; test < N_TESTS; test++)
        *p[test] = (1.0 + reached[test]) / (n + 1.0);
}

enum err reality_check_run(struct reality_check *out, const struct reality_check_input *in)
{
    if (in->n_iterations == 0 || !(in->q > 0.0 && in->q <= 1.0))
        return ERR_RANGE;
    struct work w = {.in = in, .n_threads = parallel_threads(in->n_threads, in->n)};
    enum err rc = draw_counts(&w);
    w.share = calloc(w.n_threads, sizeof *w.share);
    if (!w.share)
        rc = ERR_NOMEM;
    for (unsigned i = 0; i < w.n_threads && rc == OK; i++) {
        double *room = malloc(N_TESTS * (size_t)in->n_iterations * sizeof *room);
        for (int test = RC; test < N_TESTS; test++)
            w.share[i].largest[test] = room ? room + (size_t)test * in->n_iterations : NULL;
        rc = room ? OK : ERR_NOMEM;
    }
    if (rc == OK)
        rc = parallel_ranges(w.n_threads, in->n, resample_range, &w);
    if (rc == OK)
        conclude(&w, out);
    for (unsigned i = 0; w.share && i < w.n_threads; i++)
        free(w.share[i].largest[RC]);
    free(w.share);
    free(w.counts);
    return rc;
}
