#include "review/chart_cairo.h"
#include "review/heatmap.h"
#include <math.h>

#define LEFT 84.0 /* of a plot: tick labels and the axis title */
#define TOP 28.0
#define FOOT 48.0 /* labels and the x title */
#define LEGEND 22.0
#define LABEL_MAX 150.0
#define LINE_WIDTH 2.0
#define DOT 3.5
#define BAND_ALPHA 0.18
#define AREA_ALPHA 0.35
#define BAR_SHARE 0.72 /* of a position's width; the rest is air */

struct layout {
    double plot_width, plot_height, step_x, step_y;
    uint32_t rows;
    double height;
};
struct painter {
    const struct chart *chart;
    struct layout lay;
};
struct plot_box { /* a plot being painted */
    cairo_t *cr;
    const struct chart_plot *plot;
    struct chart_range range;
    double x, y, w, h; /* of the plotting area */
};

static struct layout lay_out(const struct chart *chart)
{
    struct layout lay = {.rows = (chart->n_plots + chart->columns - 1) / chart->columns};
    lay.step_x = (CANVAS_WIDTH - 2 * CANVAS_MARGIN) / chart->columns;
    lay.plot_width = lay.step_x - LEFT - CANVAS_GAP;
    lay.plot_height = chart->columns > 1 ? 230 : chart->n_plots > 1 ? 270 : 420;
    lay.step_y = TOP + lay.plot_height + FOOT + LEGEND;
    lay.height = ceil(CANVAS_HEAD + lay.rows * lay.step_y + CANVAS_MARGIN);
    return lay;
}

/* Lines run from edge to edge; bars and dots stand in the middle of their place. */
static double at_x(const struct plot_box *b, uint32_t i)
{
    const struct chart_plot *plot = b->plot;
    if (plot->bars || plot->dots || plot->n < 2)
        return b->x + (i + 0.5) * b->w / plot->n;
    return b->x + i * b->w / (plot->n - 1);
}

static double at_y(const struct plot_box *b, double y)
{
    return b->y + (1 - chart_share(&b->range, y)) * b->h;
}

static void colour_of(cairo_t *cr, enum chart_role role, double alpha)
{
    struct palette_rgb c = chart_colour(role);
    cairo_set_source_rgba(cr, c.r / 255.0, c.g / 255.0, c.b / 255.0, alpha);
}

/* ---- frame ---- */

static void draw_y_axis(const struct plot_box *b)
{
    double ticks[CHART_TICKS_MAX];
    uint32_t n = chart_ticks(&b->range, ticks, (uint32_t)(b->h / 42) + 2);
    char text[64];
    canvas_font(b->cr, CANVAS_LABEL_SIZE, false);
    cairo_set_line_width(b->cr, 1);
    for (uint32_t t = 0; t < n; t++) {
        double y = floor(at_y(b, ticks[t])) + 0.5;
        canvas_ink(b->cr, ticks[t] == 0 ? 0.45 : 0.88);
        cairo_move_to(b->cr, b->x, y);
        cairo_line_to(b->cr, b->x + b->w, y);
        cairo_stroke(b->cr);
        canvas_ink(b->cr, 0.25);
        snprintf(text, sizeof text, "%.6g", ticks[t]);
        canvas_put(b->cr, b->x - 6, y + CANVAS_LABEL_SIZE * 0.36, 1, text);
    }
    canvas_font(b->cr, CANVAS_LABEL_SIZE, false);
    canvas_ink(b->cr, 0.25);
    canvas_fit(b->cr, b->plot->y_title, b->h + TOP, text, sizeof text);
    canvas_put_turned(b->cr, b->x - LEFT + CANVAS_LABEL_SIZE + 2, b->y + b->h / 2, -M_PI / 2, 0.5,
                      text);
}

static void draw_x_axis(const struct plot_box *b)
{
    const struct chart_plot *plot = b->plot;
    char text[128];
    double widest = 0;
    canvas_font(b->cr, CANVAS_LABEL_SIZE, false);
    for (uint32_t i = 0; i < plot->n; i++)
        widest = fmax(widest, canvas_text_width(b->cr, plot->labels[i]));
    widest = fmin(widest, LABEL_MAX) + 14;
    uint32_t step = (uint32_t)fmax(1, ceil(widest * plot->n / b->w));
    uint32_t first = 0; /* of some of many labels: the first that stands below its position */
    while (step > 1 && first < step && at_x(b, first) - (widest - 14) / 2 < b->x)
        first++;
    canvas_ink(b->cr, 0.25);
    double used = -INFINITY; /* right end of the label before */
    for (uint32_t i = first; i < plot->n; i += step) {
        canvas_fit(b->cr, plot->labels[i], LABEL_MAX, text, sizeof text);
        double half = canvas_text_width(b->cr, text) / 2;
        double x = fmin(fmax(at_x(b, i), b->x + half), b->x + b->w - half);
        if (x - half < used + 6)
            continue;
        used = x + half;
        canvas_put(b->cr, x, b->y + b->h + CANVAS_LABEL_SIZE + 5, 0.5, text);
    }
    canvas_fit(b->cr, plot->x_title, b->w, text, sizeof text);
    canvas_put(b->cr, b->x + b->w / 2, b->y + b->h + 2 * CANVAS_LABEL_SIZE + 12, 0.5, text);
}

static void draw_rules(const struct plot_box *b)
{
    static const double dashes[] = {4, 4};
    canvas_ink(b->cr, 0.4);
    cairo_set_line_width(b->cr, 1);
    cairo_set_dash(b->cr, dashes, 2, 0);
    for (uint32_t r = 0; r < b->plot->n_rules; r++) {
        double x = floor(at_x(b, b->plot->rules[r])) + 0.5;
        cairo_move_to(b->cr, x, b->y);
        cairo_line_to(b->cr, x, b->y + b->h);
        cairo_stroke(b->cr);
    }
    cairo_set_dash(b->cr, NULL, 0, 0);
    canvas_font(b->cr, CANVAS_LABEL_SIZE, false);
    for (uint32_t r = 0; b->plot->rule_titles && r < b->plot->n_rules; r++)
        canvas_put(b->cr, at_x(b, b->plot->rules[r]) + 6, b->y + CANVAS_LABEL_SIZE + 4, 0,
                   b->plot->rule_titles[r]);
}

/* ---- data ---- */

static bool shown(const struct plot_box *b, double y)
{
    return !isnan(chart_share(&b->range, y));
}

static void draw_band(const struct plot_box *b)
{
    const struct chart_plot *plot = b->plot;
    if (!plot->band_low)
        return;
    colour_of(b->cr, CHART_MAIN, BAND_ALPHA);
    for (uint32_t i = 0; i < plot->n; i++) {
        uint32_t end = i;
        while (end < plot->n && shown(b, plot->band_low[end]) && shown(b, plot->band_high[end]))
            end++;
        if (end == i)
            continue;
        cairo_new_path(b->cr);
        double alone = end == i + 1 ? 6 : 0; /* a band of one position still has a width */
        for (uint32_t k = i; k < end; k++)
            cairo_line_to(b->cr, at_x(b, k) - alone, at_y(b, plot->band_high[k]));
        if (alone > 0)
            cairo_line_to(b->cr, at_x(b, i) + alone, at_y(b, plot->band_high[i]));
        for (uint32_t k = end; k-- > i;)
            cairo_line_to(b->cr, at_x(b, k) + alone, at_y(b, plot->band_low[k]));
        if (alone > 0)
            cairo_line_to(b->cr, at_x(b, i) - alone, at_y(b, plot->band_low[i]));
        cairo_close_path(b->cr);
        cairo_fill(b->cr);
        i = end;
    }
}

static void trace_run(const struct plot_box *b, const double *y, uint32_t begin, uint32_t end)
{
    cairo_new_path(b->cr);
    for (uint32_t k = begin; k < end; k++)
        cairo_line_to(b->cr, at_x(b, k), at_y(b, y[k]));
}

static void draw_line(const struct plot_box *b, const struct chart_series *s)
{
    for (uint32_t i = 0; i < b->plot->n; i++) {
        uint32_t end = i;
        while (end < b->plot->n && shown(b, s->y[end]))
            end++;
        if (end == i)
            continue;
        if (s->role == CHART_AREA) {
            colour_of(b->cr, s->role, AREA_ALPHA);
            trace_run(b, s->y, i, end);
            cairo_line_to(b->cr, at_x(b, end - 1), at_y(b, 0));
            cairo_line_to(b->cr, at_x(b, i), at_y(b, 0));
            cairo_close_path(b->cr);
            cairo_fill(b->cr);
        }
        colour_of(b->cr, s->role, 1);
        cairo_set_line_width(b->cr, s->role == CHART_MAIN ? LINE_WIDTH : LINE_WIDTH / 2);
        trace_run(b, s->y, i, end);
        cairo_stroke(b->cr);
        i = end;
    }
    for (uint32_t i = 0; b->plot->dots && i < b->plot->n; i++)
        if (shown(b, s->y[i])) {
            cairo_new_path(b->cr);
            cairo_arc(b->cr, at_x(b, i), at_y(b, s->y[i]), DOT, 0, 2 * M_PI);
            cairo_fill(b->cr);
        }
}

static void draw_bars(const struct plot_box *b)
{
    const struct chart_plot *plot = b->plot;
    double place = b->w / plot->n, width = place * BAR_SHARE / plot->n_series;
    char text[32];
    canvas_font(b->cr, CANVAS_LABEL_SIZE - 1, false);
    for (uint32_t s = 0; s < plot->n_series; s++)
        for (uint32_t i = 0; i < plot->n; i++) {
            double y = plot->series[s].y[i], x = at_x(b, i) - place * BAR_SHARE / 2 + s * width;
            bool here = shown(b, y);
            double top = at_y(b, here ? y : 0), base = at_y(b, 0);
            colour_of(b->cr, plot->series[s].role, 1);
            cairo_rectangle(b->cr, x + 1, fmin(top, base), width - 2, fabs(top - base));
            cairo_fill(b->cr);
            heatmap_number(y, 7, text, sizeof text);
            canvas_ink(b->cr, 0.15);
            if (canvas_text_width(b->cr, text) < width + 8)
                canvas_put(b->cr, x + width / 2, here && y < 0 ? top + CANVAS_LABEL_SIZE : top - 4,
                           0.5, here ? text : "none");
        }
}

static void mark_chosen(const struct plot_box *b)
{
    uint32_t i = b->plot->chosen;
    if (i == CHART_NONE || b->plot->n_series == 0 || !shown(b, b->plot->series[0].y[i]))
        return;
    double x = at_x(b, i), y = at_y(b, b->plot->series[0].y[i]), r = 9;
    cairo_move_to(b->cr, x - r, y);
    cairo_line_to(b->cr, x, y - r);
    cairo_line_to(b->cr, x + r, y);
    cairo_line_to(b->cr, x, y + r);
    cairo_close_path(b->cr);
    canvas_ink(b->cr, 0.05);
    cairo_set_line_width(b->cr, 2);
    cairo_stroke(b->cr);
}

static double legend_entry(const struct plot_box *b, double x, enum chart_role role, double alpha,
                           const char *title)
{
    double y = b->y + b->h + FOOT + LEGEND / 2;
    colour_of(b->cr, role, alpha);
    cairo_rectangle(b->cr, x, y - 9, 16, 9);
    cairo_fill(b->cr);
    canvas_ink(b->cr, 0.25);
    canvas_put(b->cr, x + 22, y, 0, title);
    return x + 22 + canvas_text_width(b->cr, title) + 2 * CANVAS_GAP;
}

static void draw_legend(const struct plot_box *b)
{
    const struct chart_plot *plot = b->plot;
    double x = b->x;
    if (plot->n_series < 2 && !plot->band_low)
        return;
    canvas_font(b->cr, CANVAS_LABEL_SIZE, false);
    for (uint32_t s = 0; s < plot->n_series; s++)
        x = legend_entry(b, x, plot->series[s].role, 1, plot->series[s].title);
    if (plot->band_low)
        legend_entry(b, x, CHART_MAIN, BAND_ALPHA, plot->band_title);
}

static void draw_plot(const struct plot_box *b)
{
    char text[256];
    canvas_font(b->cr, CANVAS_TEXT_SIZE, true);
    canvas_ink(b->cr, 0.15);
    canvas_put(b->cr, b->x, b->y - 8, 0,
               canvas_fit(b->cr, b->plot->title, b->w, text, sizeof text));
    if (isnan(b->range.low)) {
        canvas_font(b->cr, CANVAS_TEXT_SIZE, false);
        canvas_put(b->cr, b->x + b->w / 2, b->y + b->h / 2, 0.5, "no values");
    } else {
        draw_y_axis(b);
        draw_rules(b);
        draw_band(b);
        if (b->plot->bars)
            draw_bars(b);
        for (uint32_t s = b->plot->n_series; !b->plot->bars && s-- > 0;) /* the first on top */
            draw_line(b, &b->plot->series[s]);
        mark_chosen(b);
    }
    canvas_ink(b->cr, 0.4);
    cairo_set_line_width(b->cr, 1);
    cairo_rectangle(b->cr, b->x - 0.5, b->y - 0.5, b->w + 1, b->h + 1);
    cairo_stroke(b->cr);
    draw_x_axis(b);
    draw_legend(b);
}

static void paint(void *ctx, cairo_t *cr)
{
    const struct painter *p = ctx;
    const struct chart *chart = p->chart;
    canvas_titles(cr, chart->title, chart->subtitle);
    for (uint32_t i = 0; i < chart->n_plots; i++) {
        uint32_t row = i / chart->columns, column = i % chart->columns;
        const struct plot_box box = {.cr = cr,
                                     .plot = &chart->plots[i],
                                     .range = chart_range_in(chart, i),
                                     .x = floor(CANVAS_MARGIN + column * p->lay.step_x + LEFT),
                                     .y = floor(CANVAS_HEAD + row * p->lay.step_y + TOP),
                                     .w = floor(p->lay.plot_width),
                                     .h = p->lay.plot_height};
        draw_plot(&box);
    }
}

enum err chart_draw(const struct chart *chart, enum canvas_format format, FILE *out,
                    struct err_note *note)
{
    struct painter painter = {.chart = chart, .lay = lay_out(chart)};
    const struct canvas canvas = {.width = CANVAS_WIDTH,
                                  .height = painter.lay.height,
                                  .title = chart->title,
                                  .paint = paint,
                                  .ctx = &painter};
    return canvas_write(&canvas, format, out, note);
}
