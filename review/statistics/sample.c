#include "review/statistics/sample.h"
#include <math.h>
#include <stdlib.h>

void sample_moments(struct sample_moments *out, const double *v, size_t n, size_t stride)
{
    struct sample_moments m = {.n = n};
    double sum = 0.0, sumsq = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += v[i * stride];
        sumsq += v[i * stride] * v[i * stride];
    }
    m.mean = n ? sum / (double)n : NAN;
    for (size_t i = 0; i < n; i++) {
        double d = v[i * stride] - m.mean, d2 = d * d;
        m.m2 += d2;
        m.m3 += d2 * d;
        m.m4 += d2 * d2;
    }
    if (m.m2 <= SAMPLE_ZERO_VARIANCE * sumsq)
        m.m2 = 0.0;
    m.flat = n < 2 || !(m.m2 > 0.0);
    *out = m;
}

double sample_mean(const double *v, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += v[i];
    return n ? sum / (double)n : NAN;
}

double sample_sd(const double *v, size_t n)
{
    struct sample_moments m;
    sample_moments(&m, v, n, 1);
    return n < 2 ? NAN : sqrt(m.m2 / (double)(n - 1));
}

double sample_sharpe(const struct sample_moments *m)
{
    return m->flat ? NAN : m->mean / sqrt(m->m2 / (double)(m->n - 1));
}

double sample_sharpe_of_sums(double n, double sum, double sumsq)
{
    double m2 = sumsq - sum * sum / n;
    bool flat = n < 2.0 || !(m2 > SAMPLE_ZERO_VARIANCE * sumsq);
    return flat ? NAN : sum / n / sqrt(m2 / (n - 1.0));
}

double sample_skew(const struct sample_moments *m)
{
    double n = (double)m->n, var = m->m2 / n;
    return m->flat || m->n < 3 ? NAN : m->m3 / n / (var * sqrt(var));
}

double sample_kurt(const struct sample_moments *m)
{
    double n = (double)m->n, var = m->m2 / n;
    return m->flat || m->n < 4 ? NAN : m->m4 / n / (var * var);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void sample_sort(double *v, size_t n)
{
    if (n > 1)
        qsort(v, n, sizeof *v, ascending);
}

double sample_quantile(const double *sorted, size_t n, double p)
{
    if (n == 0)
        return NAN;
    double h = (double)(n - 1) * p;
    size_t i = (size_t)h, j = i + 1 < n ? i + 1 : i;
    double part = h - (double)i;
    if (part == 0.0 || sorted[i] == sorted[j])
        return sorted[i];
    return sorted[i] + part * (sorted[j] - sorted[i]);
}

static int by_value(const void *a, const void *b, void *values)
{
    const double *v = values;
    size_t i = *(const size_t *)a, j = *(const size_t *)b;
    if (v[i] != v[j])
        return v[i] < v[j] ? -1 : 1;
    return (i > j) - (i < j);
}

void sample_ranks(double *ranks, const double *v, size_t n, size_t *order)
{
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    if (n > 1)
        qsort_r(order, n, sizeof *order, by_value, (void *)v);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && v[order[j]] == v[order[i]]; j++)
            ;
        for (size_t k = i; k < j; k++)
            ranks[order[k]] = 0.5 * (double)(i + 1 + j); /* mean of ranks i + 1 .. j */
    }
}

double sample_correlation(const double *x, const double *y, size_t n)
{
    struct sample_moments a, b;
    sample_moments(&a, x, n, 1);
    sample_moments(&b, y, n, 1);
    if (a.flat || b.flat)
        return NAN;
    double cross = 0.0;
    for (size_t i = 0; i < n; i++)
        cross += (x[i] - a.mean) * (y[i] - b.mean);
    return cross / sqrt(a.m2 * b.m2);
}
