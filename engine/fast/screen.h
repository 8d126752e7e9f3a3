/* screen - which bars are candidates, everything of engine.md section 4 up to and including the
 * trigger; and ranks of a row. */
#ifndef ENGINE_FAST_SCREEN_H
#define ENGINE_FAST_SCREEN_H
#include "engine/fast/fast.h"
#include "engine/fast/vector.h"
#include "engine/strategies/momentum.h"

/* Bars first .. end-1 of one symbol, the earliest of which has every window full. Appends bar * 2 +
 * slow to out (room for end - first) and returns how many. Relative strength is left to the caller:
 * few bars get that far. */
static uint32_t screen(const struct fast_entry_key *key, const struct fast_screen *in,
                       uint32_t first, uint32_t end, uint32_t *out)
{
    uint32_t n = 0, lag = (uint32_t)key->ma_slope_lookback;
    const vd slow_factor = vd_all(1 + key->slow_clearance),
             fast_factor = vd_all(1 + key->fast_clearance);
    const vl use_slow = key->trigger != TRIGGER_FAST ? ~(vl){0} : (vl){0};
    const vl use_fast = key->trigger != TRIGGER_SLOW ? ~(vl){0} : (vl){0};
    for (uint32_t i = first; i < end; i += VECTOR_LANES) {
        vd close = vd_load(in->close + i);
        vl slow = (close >= vd_load(in->hc_slow + i) * slow_factor) & use_slow;
        vl hit = slow | ((close >= vd_load(in->hc_fast + i) * fast_factor) & use_fast);
        if (key->require_trend != 0.0) {
            vd trend = vd_load(in->trend + i);
            vd slope = trend / vd_load(in->trend + i - lag) - 1;
            hit &= (close > trend) & (slope > key->ma_slope_min);
        }
        if (key->require_ma200 != 0.0)
            hit &= close > vd_load(in->ma200 + i);
        unsigned bits = vl_bits(hit), slow_bits = vl_bits(slow);
        for (; bits; bits &= bits - 1) {
            unsigned l = (unsigned)__builtin_ctz(bits);
            if (i + l < end)
                out[n++] = (i + l) * 2 + (slow_bits >> l & 1);
        }
    }
    return n;
}

/* out[i] = twice the mean rank of x[i] among x[0 .. n-1], 1 = smallest; NaN has no rank and counts
 * for nobody. x may be read and out written up to FAST_PAD past the end: x holds NaN there. */
static void rank2(const double *x, uint32_t n, double *out)
{
    double n_ranked = 0, sum = 0;
    for (uint32_t j = 0; j < n; j += VECTOR_LANES) { /* no two equal: 2 * smaller + 2 */
        vd mine = vd_load(x + j);
        vl below = {0}; /* minus their number */
        for (uint32_t i = 0; i < n; i++)
            below += x[i] < mine;
        vd smaller = vd_of_count(-below);
        vd_store(out + j, 2 * smaller + 2);
        n_ranked += vd_sum(vd_count(vd_defined(mine)));
        sum += vd_sum(smaller);
    }
    if (sum == n_ranked * (n_ranked - 1) / 2)
        return;
    for (uint32_t j = 0; j < n;
         j += VECTOR_LANES) { /* 2 * smaller + equal + 1, itself among the equal */
        vd mine = vd_load(x + j), not_above = {0};
        for (uint32_t i = 0; i < n; i++) {
            not_above += vd_count(x[i] < mine);
            not_above += vd_count(x[i] <= mine);
        }
        vd_store(out + j, not_above + 1);
    }
}
#endif
