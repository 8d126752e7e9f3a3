/* windows - indicators over all bars at once: neighbouring bars are neighbouring lanes, so that
 * every sum stays a fresh one, oldest first, and only its neighbours run beside it. */
#ifndef ENGINE_FAST_WINDOWS_H
#define ENGINE_FAST_WINDOWS_H
#include "engine/canonical.h"
#include "engine/fast/vector.h"
#include <stddef.h>

enum { WINDOW_UNROLL = 4 }; /* vectors in flight: an addition takes as many cycles */

static void window_mean(const double *x, uint32_t n_x, uint32_t n, double *out)
{
    for (uint32_t i = 0; i + 1 < n && i < n_x; i++)
        out[i] = nan_canonical();
    uint32_t i = n - 1;
    for (; i + WINDOW_UNROLL * VECTOR_LANES <= n_x; i += WINDOW_UNROLL * VECTOR_LANES) {
        const double *at = x + (i - (n - 1));
        vd sum[WINDOW_UNROLL] = {{0}};
        for (uint32_t k = 0; k < n; k++)
#pragma GCC unroll 4
            for (size_t u = 0; u < WINDOW_UNROLL; u++)
                sum[u] += vd_load(at + k + u * VECTOR_LANES);
#pragma GCC unroll 4
        for (size_t u = 0; u < WINDOW_UNROLL; u++)
            vd_store(out + i + u * VECTOR_LANES, sum[u] / (double)n);
    }
    for (; i < n_x; i += VECTOR_LANES) {
        vd sum = {0};
        for (uint32_t k = 0; k < n; k++)
            sum += vd_load(x + (i - (n - 1)) + k);
        vd_store(out + i, sum / (double)n);
    }
}

static void window_max(const double *x, uint32_t n_x, uint32_t n, double *out)
{
    for (uint32_t i = 0; i + 1 < n && i < n_x; i++)
        out[i] = nan_canonical();
    uint32_t i = n - 1;
    for (; i + WINDOW_UNROLL * VECTOR_LANES <= n_x; i += WINDOW_UNROLL * VECTOR_LANES) {
        const double *at = x + (i - (n - 1));
        vd high[WINDOW_UNROLL];
#pragma GCC unroll 4
        for (size_t u = 0; u < WINDOW_UNROLL; u++)
            high[u] = vd_load(at + u * VECTOR_LANES);
        for (uint32_t k = 1; k < n; k++)
#pragma GCC unroll 4
            for (size_t u = 0; u < WINDOW_UNROLL; u++)
                high[u] = vd_max(vd_load(at + k + u * VECTOR_LANES), high[u]);
#pragma GCC unroll 4
        for (size_t u = 0; u < WINDOW_UNROLL; u++)
            vd_store(out + i + u * VECTOR_LANES, high[u]);
    }
    for (; i < n_x; i += VECTOR_LANES) {
        vd high = vd_load(x + (i - (n - 1)));
        for (uint32_t k = 1; k < n; k++)
            high = vd_max(vd_load(x + (i - (n - 1)) + k), high);
        vd_store(out + i, high);
    }
}

/* Engine.md section 2, z: m and 1/sqrt(M2) of the window that ends at each session. ret[s .. s +
 * length - 1] is that of session s. Undefined returns count as 0 in the sums, which leaves them as
 * they are. */
static void window_moments(const double *ret, uint32_t n_sessions, uint32_t length, double *mean,
                           double *inv_norm)
{
    const double least = 10.0, no_variance = 1e-13;
    for (uint32_t s = 0; s < n_sessions; s += VECTOR_LANES) {
        vd sum = {0}, count = {0}, m2 = {0}, squares = {0};
        for (uint32_t k = 0; k < length; k++) {
            vd r = vd_load(ret + s + k);
            vl defined = vd_defined(r);
            sum += (vd)((vl)r & defined);
            count += (vd)((vl)vd_all(1.0) & defined);
        }
        vd m = sum / count;
        for (uint32_t k = 0; k < length; k++) {
            vd r = vd_load(ret + s + k);
            vl defined = vd_defined(r);
            vd off = r - m;
            m2 += (vd)((vl)(off * off) & defined);
            squares += (vd)((vl)(r * r) & defined);
        }
        vl defined = (count >= least) & (m2 > no_variance * squares);
        vd nan = vd_all(nan_canonical());
        vd_store(mean + s, vd_select(defined, m, nan));
        vd_store(inv_norm + s, vd_select(defined, 1.0 / vd_sqrt(m2), nan));
    }
}
#endif
