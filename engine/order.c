#include "engine/order.h"
#include <stdbool.h>
#include <string.h>

/* Shell sort with Ciura's gaps: no recursion, no allocation, fast on the few dozen values it mostly
 * sees. */
void order_sort(double *v, size_t n)
{
    static const size_t gaps[] = {1750, 701, 301, 132, 57, 23, 10, 4, 1};
    size_t gap = n;
    unsigned next = 0;
    do {
        if (gap > 4000)
            gap = gap * 4 / 9; /* 1/2.25, down to the table */
        else {
            while (gaps[next] >= n && gaps[next] > 1)
                next++;
            gap = gaps[next++];
        }
        for (size_t i = gap; i < n; i++) {
            double x = v[i];
            size_t j = i;
            for (; j >= gap && v[j - gap] > x; j -= gap)
                v[j] = v[j - gap];
            v[j] = x;
        }
    } while (gap > 1);
}

static double median_of_three(double a, double b, double c)
{
    double low = a < b ? a : b, high = a < b ? b : a;
    return c < low ? low : c > high ? high : c;
}

/* Values below the pivot (or, with `equal_too`, not above it) go to the front; returns how many. No
 * branch depends on a value: a mispredicted one would cost more than the two stores. */
static size_t partition(double *v, size_t n, double pivot, bool equal_too)
{
    size_t front = 0;
    for (size_t i = 0; i < n; i++) {
        double x = v[i];
        v[i] = v[front];
        v[front] = x;
        front += equal_too ? x <= pivot : x < pivot;
    }
    return front;
}

void order_smallest(double *v, size_t n, size_t k)
{
    double *at = v;
    size_t want = k;
    while (want > 0 && want < n) {
        double pivot = median_of_three(at[0], at[n / 2], at[n - 1]);
        size_t below = partition(at, n, pivot, false);
        if (want <= below) {
            n = below;
            continue;
        }
        at += below;
        n -= below;
        want -= below;
        size_t equal = partition(at, n, pivot, true); /* a sample may be mostly zeros */
        if (want <= equal)
            break;
        at += equal;
        n -= equal;
        want -= equal;
    }
    order_sort(v, k);
}

size_t order_reach_low(size_t n, double p)
{
    size_t reach = (size_t)((double)(n - 1) * p) + 2;
    return reach < n ? reach : n;
}

size_t order_reach_high(size_t n, double p)
{
    return n - (size_t)((double)(n - 1) * p);
}

/* A first sieve: what lies further than this many deviations from the mean holds a twentieth of
 * most samples, with room to spare. */
#define SIEVE 1.2

/* Lowest candidates to the front of scratch, negated highest ones to its back. False: too few of
 * either, or too many to be worth it. */
static bool sieve(const double *v, size_t n, double mean, double reach, double *scratch,
                  size_t *n_low, size_t *n_high)
{
    size_t far = 0, low = 0, high = 0;
    for (size_t i = 0; i < n; i++) {
        scratch[far] = v[i];
        far += __builtin_fabs(v[i] - mean) > reach;
    }
    if (2 * far > n) /* the two ends would meet */
        return false;
    for (size_t i = 0; i < far; i++) {
        double x = scratch[i];
        scratch[n - 1 - high] = -x;
        scratch[low] = x;
        low += x < mean;
        high += x > mean;
    }
    bool enough = low >= *n_low && high >= *n_high;
    *n_low = low;
    *n_high = high;
    return enough;
}

void order_ends(struct order_ends *out, const double *v, size_t n, size_t n_low, size_t n_high,
                double mean, double deviation, double *scratch)
{
    size_t low = n_low, high = n_high;
    double *back = scratch + n_low;
    if (n_low + n_high > n) { /* the ends overlap: a short sample */
        memcpy(scratch, v, n * sizeof *v);
        order_sort(scratch, n);
        *out = (struct order_ends){n, scratch, NULL};
        return;
    }
    if (sieve(v, n, mean, SIEVE * deviation, scratch, &low, &high)) {
        back = scratch + (n - high);
        order_smallest(scratch, low, n_low);
        order_smallest(back, high, n_high);
    } else {
        memcpy(scratch, v, n * sizeof *v);
        order_smallest(scratch, n, n_low);
        for (size_t i = n_low; i < n; i++)
            scratch[i] = -scratch[i];
        order_smallest(back, n - n_low, n_high);
    }
    *out = (struct order_ends){n, scratch, back};
}

static double between(double lower, double upper, double fraction)
{
    return lower == upper ? lower : lower + fraction * (upper - lower);
}

double order_quantile_low(const struct order_ends *ends, double p)
{
    double h = (double)(ends->n - 1) * p;
    size_t i = (size_t)h, j = i + 1 < ends->n ? i + 1 : i;
    return between(ends->low[i], ends->low[j], h - (double)i);
}

double order_quantile_high(const struct order_ends *ends, double p)
{
    if (!ends->negated_high)
        return order_quantile_low(ends, p);
    double h = (double)(ends->n - 1) * p;
    size_t i = (size_t)h, j = i + 1 < ends->n ? i + 1 : i, last = ends->n - 1;
    return between(-ends->negated_high[last - i], -ends->negated_high[last - j], h - (double)i);
}
