#include "review/statistics/trials.h"
#include "review/statistics/eigenvalues.h"
#include "review/statistics/sample.h"
#include "review/statistics/sharpe.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CONFIDENCE 0.95
enum { ROWS = 4 };

/* Standardised series (mean 0, length 1) of the trials, packed; returns how many. */
static size_t standardise(double *z, const double *series, size_t n, size_t n_days)
{
    size_t used = 0;
    for (size_t k = 0; k < n; k++) {
        const double *r = series + k * n_days;
        struct sample_moments m;
        sample_moments(&m, r, n_days, 1);
        if (m.flat || !isfinite(m.m2))
            continue;
        double *to = z + used++ * n_days, length = sqrt(m.m2);
        for (size_t t = 0; t < n_days; t++)
            to[t] = (r[t] - m.mean) / length;
    }
    return used;
}

static void average_correlation(struct trials_effective *out, const double *z, size_t n_days,
                                double *sum)
{
    double m = (double)out->n_used, square = 0.0;
    memset(sum, 0, n_days * sizeof *sum);
    for (size_t k = 0; k < out->n_used; k++)
        for (size_t t = 0; t < n_days; t++)
            sum[t] += z[k * n_days + t];
    for (size_t t = 0; t < n_days; t++)
        square += sum[t] * sum[t];
    if (out->n_used >= 2)
        out->avg_corr = (square - m) / (m * (m - 1.0));
    double effective = out->n_used >= 2 ? out->avg_corr + (1.0 - out->avg_corr) * m : 1.0;
    out->by_avg_corr = effective < 1.0 ? 1.0 : effective > m ? m : effective;
}

/* Row i of the lower triangle of z' z: the products of n rows, one after the other. */
static void add_rows(double *restrict to, const double *z, size_t n, size_t n_days, size_t i)
{
    if (n == ROWS) {
        const double *a = z, *b = a + n_days, *c = b + n_days, *d = c + n_days;
        double xa = a[i], xb = b[i], xc = c[i], xd = d[i];
        for (size_t j = 0; j <= i; j++)
            to[j] = to[j] + xa * a[j] + xb * b[j] + xc * c[j] + xd * d[j];
        return;
    }
    for (size_t k = 0; k < n; k++)
        for (size_t j = 0; j <= i; j++)
            to[j] += z[k * n_days + i] * z[k * n_days + j];
}

/* Lower triangle of z z' (rows) or z' z (columns), whichever is smaller; they share their non-zero
 * eigenvalues. */
static void gram(double *g, const double *z, size_t n_rows, size_t n_days)
{
    if (n_rows <= n_days) {
        for (size_t i = 0; i < n_rows; i++)
            for (size_t j = 0; j <= i; j++) {
                double dot = 0.0;
                for (size_t t = 0; t < n_days; t++)
                    dot += z[i * n_days + t] * z[j * n_days + t];
                g[i * n_rows + j] = dot;
            }
        return;
    }
    memset(g, 0, n_days * n_days * sizeof *g);
    for (size_t k = 0; k < n_rows;
         k += ROWS) { /* several rows a pass: the matrix outgrows the caches */
        size_t n = n_rows - k < ROWS ? n_rows - k : ROWS;
        for (size_t i = 0; i < n_days; i++)
            add_rows(g + i * n_days, z + k * n_days, n, n_days, i);
    }
}

static void spectrum(struct trials_effective *out, const double *lambda, size_t n)
{
    double sum = 0.0, squares = 0.0, entropy = 0.0;
    for (size_t i = 0; i < n; i++)
        if (lambda[i] > 0.0) { /* negative ones are rounding of zeros */
            sum += lambda[i];
            squares += lambda[i] * lambda[i];
        }
    for (size_t i = 0; i < n; i++)
        if (lambda[i] / sum > 0.0) { /* one of 1e-320 is positive, and its share is not */
            double p = lambda[i] / sum;
            entropy -= p * log(p);
        }
    out->by_entropy = exp(entropy);
    out->by_participation = sum * sum / squares;
}

enum err trials_effective(struct trials_effective *out, const double *series, size_t n,
                          size_t n_days)
{
    struct trials_effective e = {0, NAN, NAN, NAN, NAN};
    enum err rc = ERR_NOMEM;
    size_t side = n < n_days ? n : n_days;
    double *z = malloc((n * n_days + 1) * sizeof *z), *g = malloc((side * side + 1) * sizeof *g);
    double *work = malloc((2 * side + n_days + 1) * sizeof *work);
    if (!z || !g || !work)
        goto out;
    rc = OK;
    e.n_used = standardise(z, series, n, n_days);
    if (e.n_used > 0) {
        size_t used_side = e.n_used < n_days ? e.n_used : n_days;
        average_correlation(&e, z, n_days, work + 2 * side);
        gram(g, z, e.n_used, n_days);
        rc = eigenvalues_symmetric(g, used_side, work, work + side);
        if (rc == OK)
            spectrum(&e, work, used_side);
    }
    if (rc == OK)
        *out = e;
out:
    free(z);
    free(g);
    free(work);
    return rc;
}

/* Sample variance of the trials' Sharpe ratios. */
static enum err sharpe_variance(double *variance, const double *series, size_t n, size_t n_days)
{
    double *sr = malloc((n + 1) * sizeof *sr);
    size_t used = 0;
    if (!sr)
        return ERR_NOMEM;
    for (size_t k = 0; k < n; k++) {
        struct sample_moments m;
        sample_moments(&m, series + k * n_days, n_days, 1);
        double s = sample_sharpe(&m);
        if (isfinite(s))
            sr[used++] = s;
    }
    double sd = sample_sd(sr, used);
    *variance = sd * sd;
    free(sr);
    return OK;
}

enum err trials_deflated(struct trials_deflated *out, const double *series, size_t n, size_t n_days,
                         size_t pick)
{
    struct trials_deflated d;
    struct sample_moments m;
    if (pick >= n)
        return ERR_RANGE;
    enum err rc = trials_effective(&d.effective, series, n, n_days);
    if (rc == OK)
        rc = sharpe_variance(&d.trial_variance, series, n, n_days);
    if (rc != OK)
        return rc;
    sample_moments(&m, series + pick * n_days, n_days, 1);
    d.sr = sample_sharpe(&m);
    d.skew = sample_skew(&m);
    d.kurt = sample_kurt(&m);
    const struct sharpe_estimate e = {d.sr, (double)n_days, d.skew, d.kurt};
    d.luck_entropy = sharpe_luck(d.trial_variance, d.effective.by_entropy);
    d.luck_avg_corr = sharpe_luck(d.trial_variance, d.effective.by_avg_corr);
    d.luck_raw = sharpe_luck(d.trial_variance, (double)d.effective.n_used);
    d.dsr_entropy = sharpe_psr(&e, d.luck_entropy);
    d.dsr_avg_corr = sharpe_psr(&e, d.luck_avg_corr);
    d.dsr_raw = sharpe_psr(&e, d.luck_raw);
    d.psr0 = sharpe_psr(&e, 0.0);
    d.min_trl = sharpe_min_trl(&e, 0.0, CONFIDENCE);
    *out = d;
    return OK;
}
