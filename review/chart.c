#include "review/chart.h"
#include "review/heatmap.h"
#include <math.h>

#define HEADROOM 0.04 /* of the span, above and below what is drawn */
#define BAR_ROOM 0.07 /* where a bar's number stands */

static void widen(const struct chart_plot *plot, const double *y, double *low, double *high)
{
    for (uint32_t i = 0; y && i < plot->n; i++) {
        if (!isfinite(y[i]) || (plot->log && y[i] <= 0))
            continue;
        *low = isnan(*low) || y[i] < *low ? y[i] : *low;
        *high = isnan(*high) || y[i] > *high ? y[i] : *high;
    }
}

struct chart_range chart_range_of(const struct chart_plot *plot)
{
    double low = NAN, high = NAN;
    bool from_zero = plot->bars;
    for (uint32_t s = 0; s < plot->n_series; s++) {
        widen(plot, plot->series[s].y, &low, &high);
        from_zero |= plot->series[s].role == CHART_AREA;
    }
    widen(plot, plot->band_low, &low, &high);
    widen(plot, plot->band_high, &low, &high);
    if (isnan(low))
        return (struct chart_range){NAN, NAN, plot->log};
    if (plot->log) {
        double room = pow(high / low, HEADROOM);
        if (!(room > 1))
            room = 1.1;
        return (struct chart_range){low / room, high * room, true};
    }
    if (from_zero) {
        low = low < 0 ? low : 0;
        high = high > 0 ? high : 0;
        if (low == high)
            return (struct chart_range){0, 1, false};
    }
    double room = (high - low) * (plot->bars ? BAR_ROOM : HEADROOM);
    if (!(room > 0))
        room = fabs(high) > 0 ? 0.1 * fabs(high) : 1;
    return (struct chart_range){from_zero && low == 0 ? 0 : low - room,
                                from_zero && high == 0 ? 0 : high + room, false};
}

struct chart_range chart_range_in(const struct chart *chart, uint32_t i)
{
    struct chart_range all = chart_range_of(&chart->plots[i]);
    for (uint32_t p = 0; chart->one_scale && p < chart->n_plots; p++) {
        struct chart_range one = chart_range_of(&chart->plots[p]);
        all.low = fmin(all.low, one.low); /* a NaN is no value: the other one is taken */
        all.high = fmax(all.high, one.high);
    }
    return all;
}

double chart_share(const struct chart_range *range, double y)
{
    if (!isfinite(y) || isnan(range->low))
        return NAN;
    if (!range->log)
        return (y - range->low) / (range->high - range->low);
    return y > 0 ? log(y / range->low) / log(range->high / range->low) : NAN;
}

static uint32_t log_ticks(const struct chart_range *range, double *ticks, uint32_t max)
{
    static const double factors[] = {1, 2, 5};
    uint32_t n = 0;
    int first = (int)floor(log10(range->low)), last = (int)floor(log10(range->high));
    for (int decade = first; decade <= last; decade++)
        for (int f = 0; f < 3 && n < max; f++) {
            double tick = factors[f] * pow(10, decade);
            if (tick >= range->low && tick <= range->high)
                ticks[n++] = tick;
        }
    return n;
}

uint32_t chart_ticks(const struct chart_range *range, double *ticks, uint32_t max)
{
    if (isnan(range->low))
        return 0;
    max = max < CHART_TICKS_MAX ? max : CHART_TICKS_MAX;
    /* Less than a factor of four holds too few of 1, 2, 5: its ticks are even steps. */
    if (range->log && range->high / range->low > 4)
        return log_ticks(range, ticks, max);
    const struct heatmap_scale scale = {PALETTE_SEQUENTIAL, range->low, range->high};
    return heatmap_ticks(&scale, ticks, max);
}

struct palette_rgb chart_colour(enum chart_role role)
{
    static const struct palette_rgb colours[] = {[CHART_MAIN] = {33, 102, 172},
                                                 [CHART_OTHER] = {217, 72, 1},
                                                 [CHART_REFERENCE] = {110, 110, 110},
                                                 [CHART_AREA] = {178, 58, 72}};
    return colours[role];
}
