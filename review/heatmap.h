/* heatmap - a picture of numbers over two axes, in one or several panels with one colour scale.
 * What is drawn is decided here; heatmap_text.h and heatmap_cairo.h draw it.
 *
 * Cells without a number are hatched. A ring marks the best cell, a diamond the chosen one. Numeric
 * y axes run upwards, categorical ones downwards in their order. Where values lie on both sides of
 * zero the colours diverge from it. */
#ifndef REVIEW_HEATMAP_H
#define REVIEW_HEATMAP_H
#include "review/palette.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEATMAP_NO_CELL UINT32_MAX
#define HEATMAP_PANELS_MAX 64u
#define HEATMAP_LEVELS_MAX 1024u /* along an axis: a picture cannot show more */

struct heatmap_axis {
    const char *title;
    const char *const *labels; /* [n] exact texts */
    uint32_t n;
    bool categorical;
};
struct heatmap_panel {
    const char *title;     /* "" if there is one panel */
    const double *value;   /* [y.n][x.n]; NaN: nothing there */
    uint32_t best, chosen; /* index y * x.n + x, or HEATMAP_NO_CELL */
};
struct heatmap {
    const char *title, *subtitle; /* metric; scenario, period, run, aggregation */
    const char *value_title;      /* of the colour bar: "sharpe (1/sqrt(year)), higher is better" */
    const char *chosen_title;     /* legend of the diamond; NULL: none */
    struct heatmap_axis x, y;
    const struct heatmap_panel *panels;
    uint32_t n_panels;
    int decimals; /* of the numbers in cells; 0: as many as fit */
};

struct heatmap_scale {
    enum palette palette;
    double low, high; /* of the colours; low == high: all values are equal; NaN: there are none */
};
struct heatmap_scale heatmap_scale_of(const struct heatmap *heatmap);
/* 0..1 along the colours; infinities are its ends. */
double heatmap_share(const struct heatmap_scale *scale, double value);
struct palette_rgb heatmap_colour(const struct heatmap_scale *scale, double value);
/* Level shown in row `row` from the top. */
uint32_t heatmap_row_level(const struct heatmap_axis *y, uint32_t row);
/* Round numbers inside the scale: ticks[max]; returns how many. */
uint32_t heatmap_ticks(const struct heatmap_scale *scale, double *ticks, uint32_t max);
/* A value in at most `width` characters ("1.23", "-0.05", "1.2e6", "inf"); at least 5. */
void heatmap_number(double value, int width, char *text, size_t size);
/* The number in a cell of this heatmap, in the same way. */
void heatmap_cell_number(const struct heatmap *heatmap, double value, int width, char *text,
                         size_t size);
#endif
