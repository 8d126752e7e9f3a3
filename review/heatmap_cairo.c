#include "review/heatmap_cairo.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* All lengths in pixels of the PNG, points of the SVG. */
#define NUMBER_SIZE 11.0
#define LABEL_MAX 190.0 /* longer axis labels end in an ellipsis */
#define BAR_WIDTH 18.0
#define BAR_SPACE 120.0 /* bar, its ticks and its title */
#define BAR_HEIGHT 300.0
#define CELL_WIDTH_MAX 240.0
#define CELL_HEIGHT_MAX 64.0
#define TILT (M_PI / 4)

struct layout {
    uint32_t columns, rows; /* of panels */
    double panel_width, panel_height;
    double left, top, foot; /* of the plot inside a panel: labels and titles around it */
    double cell_width, cell_height, plot_width, plot_height;
    bool tilted;        /* x labels */
    bool y_title_above; /* the plot is too low for it */
    double bar_x;
    uint32_t x_step, y_step; /* every how many levels a label fits */
    double height;           /* of the picture */
};

struct painter {
    cairo_t *cr;
    const struct heatmap *map;
    struct heatmap_scale scale;
    struct layout lay;
};

static double label_width(cairo_t *cr, const struct heatmap_axis *axis)
{
    double widest = 0;
    canvas_font(cr, CANVAS_LABEL_SIZE, false);
    for (uint32_t l = 0; l < axis->n; l++)
        widest = fmax(widest, canvas_text_width(cr, axis->labels[l]));
    return fmin(widest, LABEL_MAX);
}

static struct layout lay_out(cairo_t *cr, const struct heatmap *map)
{
    struct layout lay = {.columns = map->n_panels <= 1   ? 1
                                    : map->n_panels <= 4 ? 2
                                    : map->n_panels <= 9 ? 3
                                                         : 4};
    lay.rows = (map->n_panels + lay.columns - 1) / lay.columns;
    lay.panel_width = (CANVAS_WIDTH - CANVAS_MARGIN - BAR_SPACE) / lay.columns;
    double y_labels = label_width(cr, &map->y), x_labels = label_width(cr, &map->x);
    lay.left = CANVAS_LINE + CANVAS_GAP / 2 + y_labels + CANVAS_GAP;
    lay.top = map->n_panels > 1 ? CANVAS_LINE + CANVAS_GAP / 2 : CANVAS_GAP / 2;
    double plot_max = lay.panel_width - lay.left - CANVAS_GAP;
    double high_max = map->n_panels > 1 ? fmax(260, 900.0 / lay.rows) : 640;
    lay.cell_width =
        fmin(plot_max / map->x.n, map->n_panels > 1 ? plot_max / map->x.n : CELL_WIDTH_MAX);
    lay.cell_height = fmax(fmin(high_max / map->y.n, CELL_HEIGHT_MAX), 1);
    lay.plot_width = floor(lay.cell_width * map->x.n);
    lay.plot_height = floor(lay.cell_height * map->y.n);
    lay.tilted = x_labels + 6 > lay.cell_width;
    lay.x_step = (uint32_t)fmax(1, ceil(CANVAS_LABEL_SIZE * 1.6 / lay.cell_width));
    lay.y_step = (uint32_t)fmax(1, ceil((CANVAS_LABEL_SIZE + 3) / lay.cell_height));
    double slanted = fmin(x_labels, LABEL_MAX) * sin(TILT) + CANVAS_LABEL_SIZE;
    canvas_font(cr, CANVAS_TEXT_SIZE, false);
    lay.y_title_above = canvas_text_width(cr, map->y.title) > lay.plot_height + CANVAS_LINE;
    if (lay.y_title_above)
        lay.top += CANVAS_LINE;
    lay.bar_x = CANVAS_WIDTH - BAR_SPACE + CANVAS_GAP;
    if (map->n_panels == 1)
        lay.bar_x = fmin(lay.bar_x, CANVAS_MARGIN + lay.left +
                                        fmax(lay.plot_width, canvas_text_width(cr, map->x.title)) +
                                        4 * CANVAS_GAP);
    lay.foot =
        CANVAS_GAP + (lay.tilted ? slanted : CANVAS_LABEL_SIZE) + CANVAS_GAP / 2 + CANVAS_LINE;
    lay.panel_height = lay.top + lay.plot_height + lay.foot + CANVAS_GAP;
    double body = fmax(lay.panel_height * lay.rows, lay.top + BAR_HEIGHT + CANVAS_GAP);
    lay.height = ceil(CANVAS_HEAD + body + CANVAS_LINE + CANVAS_MARGIN);
    return lay;
}

static void hatch(cairo_t *cr, double x, double y, double w, double h)
{
    const double step = 7;
    cairo_save(cr);
    cairo_rectangle(cr, x, y, w, h);
    cairo_clip_preserve(cr);
    canvas_ink(cr, 0.93);
    cairo_fill(cr);
    canvas_ink(cr, 0.62);
    cairo_set_line_width(cr, 1);
    /* Lines lie on one lattice of the picture: one pattern across neighbouring cells. */
    double first = floor((x - h) / step) * step - fmod(y + h, step);
    int n = (int)ceil((w + h) / step) + 2;
    for (int i = 0; i < n; i++) {
        cairo_move_to(cr, first + i * step, y + h);
        cairo_line_to(cr, first + i * step + h + step, y - step);
    }
    cairo_stroke(cr);
    cairo_restore(cr);
}

struct box {
    double x, y, w, h;
};

/* Edges on whole pixels: no seams between neighbours. */
static struct box cell_box(const struct layout *lay, double x0, double y0, uint32_t column,
                           uint32_t row)
{
    double left = floor(x0 + column * lay->cell_width),
           right = floor(x0 + (column + 1) * lay->cell_width);
    double top = floor(y0 + row * lay->cell_height),
           bottom = floor(y0 + (row + 1) * lay->cell_height);
    return (struct box){left, top, right - left, bottom - top};
}

static void draw_cell(const struct painter *p, struct box box, double value)
{
    cairo_t *cr = p->cr;
    if (isnan(value)) {
        hatch(cr, box.x, box.y, box.w, box.h);
        return;
    }
    struct palette_rgb colour = heatmap_colour(&p->scale, value);
    canvas_colour(cr, colour);
    cairo_rectangle(cr, box.x, box.y, box.w, box.h);
    cairo_fill(cr);
    if (p->lay.cell_height < NUMBER_SIZE + 5)
        return;
    char text[32];
    heatmap_cell_number(p->map, value, 7, text, sizeof text);
    canvas_font(cr, NUMBER_SIZE, false);
    if (canvas_text_width(cr, text) + 6 > p->lay.cell_width)
        return;
    canvas_ink(cr, palette_luminance(colour) > 0.35 ? 0.05 : 1);
    canvas_put(cr, box.x + box.w / 2, box.y + box.h / 2 + NUMBER_SIZE * 0.36, 0.5, text);
}

/* White under black: seen on any colour. */
static void outline(cairo_t *cr)
{
    canvas_ink(cr, 1);
    cairo_set_line_width(cr, 4.5);
    cairo_stroke_preserve(cr);
    canvas_ink(cr, 0);
    cairo_set_line_width(cr, 2);
    cairo_stroke(cr);
}

static void ring(cairo_t *cr, double x, double y, double rx, double ry)
{
    cairo_save(cr);
    cairo_translate(cr, x, y);
    cairo_scale(cr, rx, ry);
    cairo_new_sub_path(cr);
    cairo_arc(cr, 0, 0, 1, 0, 2 * M_PI);
    cairo_restore(cr);
    outline(cr);
}

static void diamond(cairo_t *cr, double x, double y, double rx, double ry)
{
    cairo_move_to(cr, x - rx, y);
    cairo_line_to(cr, x, y - ry);
    cairo_line_to(cr, x + rx, y);
    cairo_line_to(cr, x, y + ry);
    cairo_close_path(cr);
    outline(cr);
}

static void mark(const struct painter *p, double x0, double y0, uint32_t cell, bool best)
{
    const struct heatmap *map = p->map;
    if (cell == HEATMAP_NO_CELL || map->x.n == 0)
        return;
    uint32_t level = cell / map->x.n, row = heatmap_row_level(&map->y, level); /* its own inverse */
    struct box box = cell_box(&p->lay, x0, y0, cell % map->x.n, row);
    double rx = fmax(box.w * 0.46, 6), ry = fmax(box.h * 0.42, 6);
    if (box.w > 2.2 * box.h) /* a wide cell: around its number, not around the cell */
        rx = fmin(rx, fmax(1.25 * ry, 26));
    if (best)
        ring(p->cr, box.x + box.w / 2, box.y + box.h / 2, rx, ry);
    else
        diamond(p->cr, box.x + box.w / 2, box.y + box.h / 2, rx * 1.06, ry * 1.06);
}

static void draw_labels(const struct painter *p, double x0, double y0)
{
    const struct layout *lay = &p->lay;
    const struct heatmap *map = p->map;
    cairo_t *cr = p->cr;
    char text[256];
    canvas_ink(cr, 0.15);
    canvas_font(cr, CANVAS_LABEL_SIZE, false);
    for (uint32_t row = 0; row < map->y.n; row += lay->y_step) {
        double y = y0 + (row + 0.5) * lay->cell_height + CANVAS_LABEL_SIZE * 0.36;
        const char *label = map->y.labels[heatmap_row_level(&map->y, row)];
        canvas_put(cr, x0 - CANVAS_GAP / 2, y, 1,
                   canvas_fit(cr, label, LABEL_MAX, text, sizeof text));
    }
    double below = y0 + lay->plot_height + CANVAS_GAP / 2 + CANVAS_LABEL_SIZE;
    for (uint32_t column = 0; column < map->x.n; column += lay->x_step) {
        double x = x0 + (column + 0.5) * lay->cell_width;
        canvas_fit(cr, map->x.labels[column], LABEL_MAX, text, sizeof text);
        if (lay->tilted)
            canvas_put_turned(cr, x + CANVAS_LABEL_SIZE * 0.3, below - CANVAS_LABEL_SIZE * 0.4,
                              -TILT, 1, text);
        else
            canvas_put(cr, x, below, 0.5, text);
    }
    canvas_font(cr, CANVAS_TEXT_SIZE, false);
    double title_width = fmax(lay->plot_width, lay->panel_width - lay->left - CANVAS_GAP);
    canvas_fit(cr, map->x.title, title_width, text, sizeof text);
    double half = canvas_text_width(cr, text) / 2, middle = x0 + lay->plot_width / 2;
    canvas_put(cr, fmax(middle, x0 + half), y0 + lay->plot_height + lay->foot - CANVAS_GAP / 2, 0.5,
               text);
    if (lay->y_title_above) {
        canvas_fit(cr, map->y.title, lay->panel_width - CANVAS_GAP, text, sizeof text);
        canvas_put(cr, x0 - lay->left + CANVAS_GAP, y0 - CANVAS_GAP, 0, text);
        return;
    }
    half = canvas_text_width(cr, map->y.title) / 2;
    canvas_put_turned(cr, x0 - lay->left + CANVAS_TEXT_SIZE,
                      fmax(y0 + lay->plot_height / 2, y0 + half), -M_PI / 2, 0.5, map->y.title);
}

static void draw_panel(const struct painter *p, const struct heatmap_panel *panel, double x,
                       double y)
{
    const struct layout *lay = &p->lay;
    const struct heatmap *map = p->map;
    double x0 = floor(x + lay->left), y0 = floor(y + lay->top);
    char text[256];
    if (map->n_panels > 1) {
        canvas_font(p->cr, CANVAS_TEXT_SIZE, true);
        canvas_ink(p->cr, 0.15);
        canvas_put(p->cr, x0, y + CANVAS_LINE - CANVAS_GAP / 2, 0,
                   canvas_fit(p->cr, panel->title, lay->panel_width - lay->left - CANVAS_GAP, text,
                              sizeof text));
    }
    for (uint32_t row = 0; row < map->y.n; row++)
        for (uint32_t column = 0; column < map->x.n; column++)
            draw_cell(p, cell_box(lay, x0, y0, column, row),
                      panel->value[(size_t)heatmap_row_level(&map->y, row) * map->x.n + column]);
    canvas_ink(p->cr, 0.4);
    cairo_set_line_width(p->cr, 1);
    cairo_rectangle(p->cr, x0 - 0.5, y0 - 0.5, lay->plot_width + 1, lay->plot_height + 1);
    cairo_stroke(p->cr);
    mark(p, x0, y0, panel->best, true);
    mark(p, x0, y0, panel->chosen, false);
    draw_labels(p, x0, y0);
}

static void draw_bar(const struct painter *p)
{
    cairo_t *cr = p->cr;
    double x = p->lay.bar_x, y = floor(CANVAS_HEAD + p->lay.top), height = BAR_HEIGHT;
    char text[256];
    canvas_font(cr, CANVAS_LABEL_SIZE, false);
    canvas_ink(cr, 0.15);
    if (isnan(p->scale.low)) {
        canvas_put(cr, x, y + CANVAS_LABEL_SIZE, 0, "no values");
        return;
    }
    for (int row = 0; row < (int)height; row++) {
        double share = p->scale.high > p->scale.low ? 1 - (row + 0.5) / height : 0.5;
        struct palette_rgb colour = palette_at(p->scale.palette, share);
        canvas_colour(cr, colour);
        cairo_rectangle(cr, x, y + row, BAR_WIDTH, 1);
        cairo_fill(cr);
    }
    canvas_ink(cr, 0.4);
    cairo_set_line_width(cr, 1);
    cairo_rectangle(cr, x - 0.5, y - 0.5, BAR_WIDTH + 1, height + 1);
    cairo_stroke(cr);
    double ticks[8];
    uint32_t n = heatmap_ticks(&p->scale, ticks, sizeof ticks / sizeof ticks[0]);
    for (uint32_t t = 0; t < n; t++) {
        double at = floor(y + (1 - heatmap_share(&p->scale, ticks[t])) * height) + 0.5;
        canvas_ink(cr, 0.4);
        cairo_move_to(cr, x + BAR_WIDTH, at);
        cairo_line_to(cr, x + BAR_WIDTH + 4, at);
        cairo_stroke(cr);
        canvas_ink(cr, 0.15);
        snprintf(text, sizeof text, "%.6g", ticks[t]);
        canvas_put(cr, x + BAR_WIDTH + 7, at + CANVAS_LABEL_SIZE * 0.36, 0, text);
    }
    canvas_font(cr, CANVAS_TEXT_SIZE, false);
    canvas_fit(cr, p->map->value_title, height + CANVAS_GAP, text, sizeof text);
    canvas_put_turned(cr, x + BAR_SPACE - 2 * CANVAS_GAP, y + height / 2, -M_PI / 2, 0.5, text);
}

static bool any_cell(const struct heatmap *map, bool best)
{
    for (uint32_t p = 0; p < map->n_panels; p++)
        if ((best ? map->panels[p].best : map->panels[p].chosen) != HEATMAP_NO_CELL)
            return true;
    return false;
}

static bool any_hole(const struct heatmap *map)
{
    size_t n = (size_t)map->x.n * map->y.n;
    for (uint32_t p = 0; p < map->n_panels; p++)
        for (size_t i = 0; i < n; i++)
            if (isnan(map->panels[p].value[i]))
                return true;
    return false;
}

static void draw_legend(const struct painter *p)
{
    cairo_t *cr = p->cr;
    double x = CANVAS_MARGIN + p->lay.left, y = p->lay.height - CANVAS_MARGIN;
    canvas_font(cr, CANVAS_LABEL_SIZE, false);
    if (any_cell(p->map, true)) {
        ring(cr, x + 8, y - 4, 8, 6);
        canvas_put(cr, x + 24, y, 0, "best cell");
        x += 24 + canvas_text_width(cr, "best cell") + 3 * CANVAS_GAP;
    }
    if (p->map->chosen_title && any_cell(p->map, false)) {
        diamond(cr, x + 8, y - 4, 9, 7);
        canvas_put(cr, x + 24, y, 0, p->map->chosen_title);
        x += 24 + canvas_text_width(cr, p->map->chosen_title) + 3 * CANVAS_GAP;
    }
    if (any_hole(p->map)) {
        hatch(cr, x, y - 11, 18, 13);
        canvas_ink(cr, 0.15);
        canvas_put(cr, x + 24, y, 0, "no value");
    }
}

static void paint(const struct painter *p)
{
    cairo_t *cr = p->cr;
    const struct heatmap *map = p->map;
    canvas_titles(cr, map->title, map->subtitle);
    for (uint32_t i = 0; i < map->n_panels; i++) {
        uint32_t row = i / p->lay.columns, column = i % p->lay.columns;
        draw_panel(p, &map->panels[i], CANVAS_MARGIN + column * p->lay.panel_width,
                   CANVAS_HEAD + row * p->lay.panel_height);
    }
    draw_bar(p);
    draw_legend(p);
}

static void paint_on(void *ctx, cairo_t *cr)
{
    struct painter *painter = ctx;
    painter->cr = cr;
    paint(painter);
}

enum err heatmap_draw(const struct heatmap *heatmap, enum canvas_format format, FILE *out,
                      struct err_note *note)
{
    struct canvas_ruler ruler;
    canvas_ruler_open(&ruler); /* labels are measured before the size is known */
    struct painter painter = {
        .map = heatmap, .scale = heatmap_scale_of(heatmap), .lay = lay_out(ruler.cr, heatmap)};
    canvas_ruler_close(&ruler);
    const struct canvas canvas = {.width = CANVAS_WIDTH,
                                  .height = painter.lay.height,
                                  .title = heatmap->title,
                                  .paint = paint_on,
                                  .ctx = &painter};
    return canvas_write(&canvas, format, out, note);
}
