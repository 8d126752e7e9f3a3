/* eigenvalues - of a real symmetric matrix: Householder's reduction to tridiagonal form, then
 * implicit QL. */
#ifndef REVIEW_STATISTICS_EIGENVALUES_H
#define REVIEW_STATISTICS_EIGENVALUES_H
#include "proto/err.h"
#include <stddef.h>

/* a[n * n], of which the lower triangle is read, is destroyed; values[n] in no particular order;
 * scratch[n]. ERR_RANGE when an eigenvalue does not settle (non-finite input). About 4/3 n^3
 * operations. */
enum err eigenvalues_symmetric(double *a, size_t n, double *values, double *scratch);
#endif
