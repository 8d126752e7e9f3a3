#include "review/statistics/eigenvalues.h"
#include <float.h>
#include <math.h>
#include <stdbool.h>

enum { SWEEPS_MAX = 60 };

/* One Householder reflection: row i loses everything left of its subdiagonal. Returns the
 * subdiagonal element. v = a[i][0 .. i-1] becomes the reflection's vector; p[] is scratch. */
static double reflect(double *a, size_t n, size_t i, double *p)
{
    double *v = a + i * n, scale = 0.0, norm2 = 0.0;
    for (size_t k = 0; k < i; k++)
        scale += fabs(v[k]);
    if (i < 2 || scale == 0.0)
        return i ? v[i - 1] : 0.0;
    for (size_t k = 0; k < i; k++) {
        v[k] /= scale;
        norm2 += v[k] * v[k];
    }
    double last = v[i - 1], alpha = last >= 0.0 ? -sqrt(norm2) : sqrt(norm2);
    double h = norm2 - last * alpha;
    v[i - 1] = last - alpha;
    for (size_t j = 0; j < i; j++)
        p[j] = 0.0;
    for (size_t j = 0; j < i; j++) { /* p = A v / h from the lower triangle, row by row */
        const double *row = a + j * n;
        double sum = 0.0, vj = v[j];
        for (size_t k = 0; k < j; k++) {
            sum += row[k] * v[k];
            p[k] += row[k] * vj;
        }
        p[j] += sum + row[j] * vj;
    }
    double overlap = 0.0;
    for (size_t j = 0; j < i; j++) {
        p[j] /= h;
        overlap += p[j] * v[j];
    }
    overlap /= 2.0 * h;
    for (size_t j = 0; j < i; j++)
        p[j] -= overlap * v[j];
    for (size_t j = 0; j < i; j++) { /* A -= v p' + p v' */
        double *row = a + j * n, vj = v[j], pj = p[j];
        for (size_t k = 0; k <= j; k++)
            row[k] -= vj * p[k] + pj * v[k];
    }
    return scale * alpha;
}

/* First m >= l whose subdiagonal element is negligible: beside its neighbours, or beside the whole
 * matrix. Without the second a matrix of low rank never settles: its null space is rounding, and
 * there is nothing to be small against. */
static size_t split(const double *d, const double *e, size_t n, size_t l, double rounding)
{
    size_t m = l;
    for (; m + 1 < n; m++) {
        double size = fabs(d[m]) + fabs(d[m + 1]);
        if (fabs(e[m]) + size == size || fabs(e[m]) <= rounding)
            break;
    }
    return m;
}

/* One implicit QL step on rows l .. m; false when a rotation vanished and the matrix split by
 * itself. */
static bool rotate(double *d, double *e, size_t l, size_t m)
{
    double g = (d[l + 1] - d[l]) / (2.0 * e[l]), r = hypot(g, 1.0);
    double s = 1.0, c = 1.0, p = 0.0;
    g = d[m] - d[l] + e[l] / (g + copysign(r, g));
    for (size_t i = m; i-- > l;) {
        double f = s * e[i], b = c * e[i];
        r = hypot(f, g);
        e[i + 1] = r;
        if (r == 0.0) {
            d[i + 1] -= p;
            e[m] = 0.0;
            return false;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        r = (d[i] - g) * s + 2.0 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
    }
    d[l] -= p;
    e[l] = g;
    e[m] = 0.0;
    return true;
}

enum err eigenvalues_symmetric(double *a, size_t n, double *values, double *scratch)
{
    double *d = values, *e = scratch;
    for (size_t i = n; i-- > 0;) {
        double off = reflect(a, n, i, e);
        d[i] = off; /* until all reflections are done: the diagonal is read then */
    }
    for (size_t i = 1; i < n; i++)
        e[i - 1] = d[i];
    for (size_t i = 0; i < n; i++)
        d[i] = a[i * n + i];
    if (n)
        e[n - 1] = 0.0;
    double rounding = 0.0; /* of the largest row */
    for (size_t i = 0; i < n; i++)
        rounding = fmax(rounding, DBL_EPSILON * (fabs(d[i]) + fabs(e[i])));
    for (size_t l = 0; l < n; l++) {
        size_t m;
        int sweeps = 0;
        while ((m = split(d, e, n, l, rounding)) != l) {
            if (++sweeps > SWEEPS_MAX)
                return ERR_RANGE;
            rotate(d, e, l, m);
        }
    }
    return OK;
}
