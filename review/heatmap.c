#include "review/heatmap.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

struct heatmap_scale heatmap_scale_of(const struct heatmap *heatmap)
{
    double low = NAN, high = NAN;
    uint64_t n = (uint64_t)heatmap->x.n * heatmap->y.n;
    for (uint32_t p = 0; p < heatmap->n_panels; p++)
        for (uint64_t i = 0; i < n; i++) {
            double v = heatmap->panels[p].value[i];
            if (!isfinite(v))
                continue;
            low = isnan(low) || v < low ? v : low;
            high = isnan(high) || v > high ? v : high;
        }
    struct heatmap_scale scale = {PALETTE_SEQUENTIAL, low, high};
    if (low < 0 && high > 0) {
        double reach = -low > high ? -low : high;
        scale = (struct heatmap_scale){PALETTE_DIVERGING, -reach, reach};
    }
    return scale;
}

double heatmap_share(const struct heatmap_scale *scale, double value)
{
    if (value == HUGE_VAL || value == -HUGE_VAL)
        return value > 0;
    if (!(scale->high > scale->low))
        return 0.5;
    return value / (scale->high - scale->low) - scale->low / (scale->high - scale->low);
}

struct palette_rgb heatmap_colour(const struct heatmap_scale *scale, double value)
{
    return palette_at(scale->palette, heatmap_share(scale, value));
}

uint32_t heatmap_row_level(const struct heatmap_axis *y, uint32_t row)
{
    return y->categorical ? row : y->n - 1 - row;
}

uint32_t heatmap_ticks(const struct heatmap_scale *scale, double *ticks, uint32_t max)
{
    double span = scale->high - scale->low;
    if (max == 0 || isnan(scale->low))
        return 0;
    if (!(span > 0) || max < 2) {
        ticks[0] = scale->low;
        return 1;
    }
    double step = pow(10, floor(log10(span / max)));
    const double factors[] = {1, 2, 5, 10};
    int f = 0;
    while (f < 3 && span / (step * factors[f]) > max - 1)
        f++;
    step *= factors[f];
    uint32_t n = 0;
    double first = ceil(scale->low / step - 1e-9);
    while (n < max && (first + n) * step <= scale->high + 1e-9 * step) {
        ticks[n] = first + n == 0 ? 0 : (first + n) * step; /* no "-0" */
        n++;
    }
    return n;
}

void heatmap_number(double value, int width, char *text, size_t size)
{
    if (isnan(value)) {
        snprintf(text, size, "-");
        return;
    }
    for (int digits = 4; digits > 0; digits--) {
        double size_of = fabs(value);
        bool plain = value == 0 || (size_of >= 1e-3 && size_of < 1e5);
        if (plain) {
            int first = value == 0 ? 0 : (int)floor(log10(size_of)); /* place of the first digit */
            int kept = first < 0 && digits > 3 ? 3 : digits,
                decimals = kept - 1 > first ? kept - 1 - first : 0;
            snprintf(text, size, "%.*f", decimals, value == 0 ? 0 : value);
        } else {
            snprintf(text, size, "%.*g", digits, value);
            char *e = strpbrk(text, "e"); /* 1.2e+06 -> 1.2e6 */
            if (e) {
                char *from = e + 1, *to = e + 1;
                if (*from == '-')
                    *to++ = *from++;
                from += *from == '+';
                while (*from == '0' && from[1])
                    from++;
                memmove(to, from, strlen(from) + 1);
            }
        }
        if (strlen(text) <= (size_t)width)
            return;
    }
}

void heatmap_cell_number(const struct heatmap *heatmap, double value, int width, char *text,
                         size_t size)
{
    double unit = pow(10, -heatmap->decimals);
    if (!heatmap->decimals || !isfinite(value) ||
        snprintf(text, size, "%.*f", heatmap->decimals, fabs(value) < unit / 2 ? 0 : value) > width)
        heatmap_number(value, width, text, size);
}
