/* chart - lines or bars over one axis, in one or several plots of one picture: slices, equity
 * curves, scenarios. What is drawn is decided here; chart_text.h and chart_cairo.h draw it.
 *
 * Positions along x are index steps, as on the grid: one step of a logarithmic axis is one ratio.
 * A value that is not finite is a gap in its line, and a bar that says so. */
#ifndef REVIEW_CHART_H
#define REVIEW_CHART_H
#include "review/palette.h"
#include <stdbool.h>
#include <stdint.h>

#define CHART_NONE UINT32_MAX
#define CHART_PLOTS_MAX 32u
#define CHART_SERIES_MAX 4u
#define CHART_TICKS_MAX 12u

enum chart_role { /* how a series is drawn */
                  CHART_MAIN,
                  CHART_OTHER,
                  CHART_REFERENCE, /* thin and grey: a benchmark */
                  CHART_AREA,      /* filled to zero */
};
struct chart_series {
    const char *title; /* in the legend */
    const double *y;   /* [n] of its plot */
    enum chart_role role;
};
struct chart_plot {
    const char *title;         /* "" for none */
    const char *x_title;       /* "" for none */
    const char *y_title;       /* metric and unit */
    const char *const *labels; /* [n] */
    uint32_t n;
    const struct chart_series *series; /* [n_series], at most CHART_SERIES_MAX */
    uint32_t n_series;
    const double *band_low, *band_high; /* [n] around the first series, or NULL */
    const char *band_title;
    const uint32_t *rules;          /* [n_rules] positions where something begins: a line across */
    const char *const *rule_titles; /* [n_rules] what begins there, or NULL */
    uint32_t n_rules;
    uint32_t chosen; /* a position to mark, or CHART_NONE */
    bool bars;       /* else lines; bars begin at zero */
    bool dots;       /* on every value of a line */
    bool log;        /* y logarithmic; values at or below zero are gaps then */
};
struct chart {
    const char *title, *subtitle;
    const struct chart_plot *plots;
    uint32_t n_plots;
    uint32_t columns; /* plots beside each other */
    bool one_scale;   /* the same y axis in every plot: they are compared */
};

struct chart_range {  /* of a y axis */
    double low, high; /* NaN: no value; never equal */
    bool log;
};
struct chart_range chart_range_of(const struct chart_plot *plot);
/* Of plot i of a chart: its own, or that of all of them. */
struct chart_range chart_range_in(const struct chart *chart, uint32_t i);
/* 0 at low .. 1 at high; NaN for what cannot be shown. */
double chart_share(const struct chart_range *range, double y);
/* Round numbers inside the range, ascending; returns how many, at most max and CHART_TICKS_MAX. */
uint32_t chart_ticks(const struct chart_range *range, double *ticks, uint32_t max);
struct palette_rgb chart_colour(enum chart_role role);
#endif
