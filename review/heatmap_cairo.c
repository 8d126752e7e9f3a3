#include "review/heatmap_cairo.h"
#include <cairo-svg.h>
#include <cairo.h>
#include <fontconfig/fontconfig.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* All lengths in pixels of the PNG, points of the SVG. */
#define WIDTH 1280.0
#define MARGIN 24.0
#define GAP 10.0
#define TITLE_SIZE 20.0
#define TEXT_SIZE 14.0
#define LABEL_SIZE 12.0
#define NUMBER_SIZE 11.0
#define LINE 20.0
#define LABEL_MAX 190.0 /* longer axis labels end in an ellipsis */
#define BAR_WIDTH 18.0
#define BAR_SPACE 120.0 /* bar, its ticks and its title */
#define BAR_HEIGHT 300.0
#define CELL_WIDTH_MAX 240.0
#define CELL_HEIGHT_MAX 64.0
#define TILT (M_PI / 4)

struct layout {
    uint32_t columns, rows;                 /* of panels */
    double head, panel_width, panel_height; /* head: height of the title lines */
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

static void font(cairo_t *cr, double size, bool bold)
{
    cairo_select_font_face(cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
                           bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cr, size);
}

static double text_width(cairo_t *cr, const char *text)
{
    cairo_text_extents_t extents;
    cairo_text_extents(cr, text, &extents);
    return extents.x_advance;
}

static bool inside_character(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* The text, or its beginning and end around an ellipsis: names differ at both. Never cut inside a
 * UTF-8 character. */
static const char *fit(cairo_t *cr, const char *text, double width, char *out, size_t size)
{
    size_t n = strlen(text), head = n - n / 2, tail = n / 2;
    snprintf(out, size, "%s", text);
    while (head > 0 && text_width(cr, out) > width) {
        size_t *longer = head > tail ? &head : &tail;
        --*longer;
        while (head > 0 && inside_character(text[head]))
            head--;
        while (tail > 0 && inside_character(text[n - tail]))
            tail--;
        snprintf(out, size, "%.*s…%s", (int)head, text, text + n - tail);
    }
    return out;
}

static void put(cairo_t *cr, double x, double y, double align, const char *text)
{
    cairo_move_to(cr, x - align * text_width(cr, text), y);
    cairo_show_text(cr, text);
}

static void put_turned(cairo_t *cr, double x, double y, double angle, double align,
                       const char *text)
{
    cairo_save(cr);
    cairo_translate(cr, x, y);
    cairo_rotate(cr, angle);
    put(cr, 0, 0, align, text);
    cairo_restore(cr);
}

static void ink(cairo_t *cr, double grey)
{
    cairo_set_source_rgb(cr, grey, grey, grey);
}

static double label_width(cairo_t *cr, const struct heatmap_axis *axis)
{
    double widest = 0;
    font(cr, LABEL_SIZE, false);
    for (uint32_t l = 0; l < axis->n; l++)
        widest = fmax(widest, text_width(cr, axis->labels[l]));
    return fmin(widest, LABEL_MAX);
}

static struct layout lay_out(cairo_t *cr, const struct heatmap *map)
{
    struct layout lay = {.columns = map->n_panels <= 1   ? 1
                                    : map->n_panels <= 4 ? 2
                                    : map->n_panels <= 9 ? 3
                                                         : 4};
    lay.rows = (map->n_panels + lay.columns - 1) / lay.columns;
    lay.head = MARGIN + TITLE_SIZE + LINE + GAP;
    lay.panel_width = (WIDTH - MARGIN - BAR_SPACE) / lay.columns;
    double y_labels = label_width(cr, &map->y), x_labels = label_width(cr, &map->x);
    lay.left = LINE + GAP / 2 + y_labels + GAP;
    lay.top = map->n_panels > 1 ? LINE + GAP / 2 : GAP / 2;
    double plot_max = lay.panel_width - lay.left - GAP;
    double high_max = map->n_panels > 1 ? fmax(260, 900.0 / lay.rows) : 640;
    lay.cell_width =
        fmin(plot_max / map->x.n, map->n_panels > 1 ? plot_max / map->x.n : CELL_WIDTH_MAX);
    lay.cell_height = fmax(fmin(high_max / map->y.n, CELL_HEIGHT_MAX), 1);
    lay.plot_width = floor(lay.cell_width * map->x.n);
    lay.plot_height = floor(lay.cell_height * map->y.n);
    lay.tilted = x_labels + 6 > lay.cell_width;
    lay.x_step = (uint32_t)fmax(1, ceil(LABEL_SIZE * 1.6 / lay.cell_width));
    lay.y_step = (uint32_t)fmax(1, ceil((LABEL_SIZE + 3) / lay.cell_height));
    double slanted = fmin(x_labels, LABEL_MAX) * sin(TILT) + LABEL_SIZE;
    font(cr, TEXT_SIZE, false);
    lay.y_title_above = text_width(cr, map->y.title) > lay.plot_height + LINE;
    if (lay.y_title_above)
        lay.top += LINE;
    lay.bar_x = WIDTH - BAR_SPACE + GAP;
    if (map->n_panels == 1)
        lay.bar_x =
            fmin(lay.bar_x,
                 MARGIN + lay.left + fmax(lay.plot_width, text_width(cr, map->x.title)) + 4 * GAP);
    lay.foot = GAP + (lay.tilted ? slanted : LABEL_SIZE) + GAP / 2 + LINE;
    lay.panel_height = lay.top + lay.plot_height + lay.foot + GAP;
    double body = fmax(lay.panel_height * lay.rows, lay.top + BAR_HEIGHT + GAP);
    lay.height = ceil(lay.head + body + LINE + MARGIN);
    return lay;
}

static void hatch(cairo_t *cr, double x, double y, double w, double h)
{
    const double step = 7;
    cairo_save(cr);
    cairo_rectangle(cr, x, y, w, h);
    cairo_clip_preserve(cr);
    ink(cr, 0.93);
    cairo_fill(cr);
    ink(cr, 0.62);
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
    cairo_set_source_rgb(cr, colour.r / 255.0, colour.g / 255.0, colour.b / 255.0);
    cairo_rectangle(cr, box.x, box.y, box.w, box.h);
    cairo_fill(cr);
    if (p->lay.cell_height < NUMBER_SIZE + 5)
        return;
    char text[32];
    heatmap_number(value, 7, text, sizeof text);
    font(cr, NUMBER_SIZE, false);
    if (text_width(cr, text) + 6 > p->lay.cell_width)
        return;
    ink(cr, palette_luminance(colour) > 0.35 ? 0.05 : 1);
    put(cr, box.x + box.w / 2, box.y + box.h / 2 + NUMBER_SIZE * 0.36, 0.5, text);
}

/* White under black: seen on any colour. */
static void outline(cairo_t *cr)
{
    ink(cr, 1);
    cairo_set_line_width(cr, 4.5);
    cairo_stroke_preserve(cr);
    ink(cr, 0);
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
    if (cell == HEATMAP_NO_CELL)
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
    ink(cr, 0.15);
    font(cr, LABEL_SIZE, false);
    for (uint32_t row = 0; row < map->y.n; row += lay->y_step) {
        double y = y0 + (row + 0.5) * lay->cell_height + LABEL_SIZE * 0.36;
        const char *label = map->y.labels[heatmap_row_level(&map->y, row)];
        put(cr, x0 - GAP / 2, y, 1, fit(cr, label, LABEL_MAX, text, sizeof text));
    }
    double below = y0 + lay->plot_height + GAP / 2 + LABEL_SIZE;
    for (uint32_t column = 0; column < map->x.n; column += lay->x_step) {
        double x = x0 + (column + 0.5) * lay->cell_width;
        fit(cr, map->x.labels[column], LABEL_MAX, text, sizeof text);
        if (lay->tilted)
            put_turned(cr, x + LABEL_SIZE * 0.3, below - LABEL_SIZE * 0.4, -TILT, 1, text);
        else
            put(cr, x, below, 0.5, text);
    }
    font(cr, TEXT_SIZE, false);
    double title_width = fmax(lay->plot_width, lay->panel_width - lay->left - GAP);
    fit(cr, map->x.title, title_width, text, sizeof text);
    double half = text_width(cr, text) / 2, middle = x0 + lay->plot_width / 2;
    put(cr, fmax(middle, x0 + half), y0 + lay->plot_height + lay->foot - GAP / 2, 0.5, text);
    if (lay->y_title_above) {
        fit(cr, map->y.title, lay->panel_width - GAP, text, sizeof text);
        put(cr, x0 - lay->left + GAP, y0 - GAP, 0, text);
        return;
    }
    half = text_width(cr, map->y.title) / 2;
    put_turned(cr, x0 - lay->left + TEXT_SIZE, fmax(y0 + lay->plot_height / 2, y0 + half),
               -M_PI / 2, 0.5, map->y.title);
}

static void draw_panel(const struct painter *p, const struct heatmap_panel *panel, double x,
                       double y)
{
    const struct layout *lay = &p->lay;
    const struct heatmap *map = p->map;
    double x0 = floor(x + lay->left), y0 = floor(y + lay->top);
    char text[256];
    if (map->n_panels > 1) {
        font(p->cr, TEXT_SIZE, true);
        ink(p->cr, 0.15);
        put(p->cr, x0, y + LINE - GAP / 2, 0,
            fit(p->cr, panel->title, lay->panel_width - lay->left - GAP, text, sizeof text));
    }
    for (uint32_t row = 0; row < map->y.n; row++)
        for (uint32_t column = 0; column < map->x.n; column++)
            draw_cell(p, cell_box(lay, x0, y0, column, row),
                      panel->value[(size_t)heatmap_row_level(&map->y, row) * map->x.n + column]);
    ink(p->cr, 0.4);
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
    double x = p->lay.bar_x, y = floor(p->lay.head + p->lay.top), height = BAR_HEIGHT;
    char text[256];
    font(cr, LABEL_SIZE, false);
    ink(cr, 0.15);
    if (isnan(p->scale.low)) {
        put(cr, x, y + LABEL_SIZE, 0, "no values");
        return;
    }
    for (int row = 0; row < (int)height; row++) {
        double share = p->scale.high > p->scale.low ? 1 - (row + 0.5) / height : 0.5;
        struct palette_rgb colour = palette_at(p->scale.palette, share);
        cairo_set_source_rgb(cr, colour.r / 255.0, colour.g / 255.0, colour.b / 255.0);
        cairo_rectangle(cr, x, y + row, BAR_WIDTH, 1);
        cairo_fill(cr);
    }
    ink(cr, 0.4);
    cairo_set_line_width(cr, 1);
    cairo_rectangle(cr, x - 0.5, y - 0.5, BAR_WIDTH + 1, height + 1);
    cairo_stroke(cr);
    double ticks[8];
    uint32_t n = heatmap_ticks(&p->scale, ticks, sizeof ticks / sizeof ticks[0]);
    for (uint32_t t = 0; t < n; t++) {
        double at = floor(y + (1 - heatmap_share(&p->scale, ticks[t])) * height) + 0.5;
        ink(cr, 0.4);
        cairo_move_to(cr, x + BAR_WIDTH, at);
        cairo_line_to(cr, x + BAR_WIDTH + 4, at);
        cairo_stroke(cr);
        ink(cr, 0.15);
        snprintf(text, sizeof text, "%.6g", ticks[t]);
        put(cr, x + BAR_WIDTH + 7, at + LABEL_SIZE * 0.36, 0, text);
    }
    font(cr, TEXT_SIZE, false);
    fit(cr, p->map->value_title, height + GAP, text, sizeof text);
    put_turned(cr, x + BAR_SPACE - 2 * GAP, y + height / 2, -M_PI / 2, 0.5, text);
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
    double x = MARGIN + p->lay.left, y = p->lay.height - MARGIN;
    font(cr, LABEL_SIZE, false);
    if (any_cell(p->map, true)) {
        ring(cr, x + 8, y - 4, 8, 6);
        put(cr, x + 24, y, 0, "best cell");
        x += 24 + text_width(cr, "best cell") + 3 * GAP;
    }
    if (p->map->chosen_title && any_cell(p->map, false)) {
        diamond(cr, x + 8, y - 4, 9, 7);
        put(cr, x + 24, y, 0, p->map->chosen_title);
        x += 24 + text_width(cr, p->map->chosen_title) + 3 * GAP;
    }
    if (any_hole(p->map)) {
        hatch(cr, x, y - 11, 18, 13);
        ink(cr, 0.15);
        put(cr, x + 24, y, 0, "no value");
    }
}

static void paint(const struct painter *p)
{
    cairo_t *cr = p->cr;
    const struct heatmap *map = p->map;
    char text[512];
    ink(cr, 1);
    cairo_paint(cr);
    ink(cr, 0.05);
    font(cr, TITLE_SIZE, true);
    put(cr, MARGIN, MARGIN + TITLE_SIZE * 0.8, 0,
        fit(cr, map->title, WIDTH - 2 * MARGIN, text, sizeof text));
    font(cr, TEXT_SIZE, false);
    ink(cr, 0.35);
    put(cr, MARGIN, MARGIN + TITLE_SIZE + LINE * 0.8, 0,
        fit(cr, map->subtitle, WIDTH - 2 * MARGIN, text, sizeof text));
    for (uint32_t i = 0; i < map->n_panels; i++) {
        uint32_t row = i / p->lay.columns, column = i % p->lay.columns;
        draw_panel(p, &map->panels[i], MARGIN + column * p->lay.panel_width,
                   p->lay.head + row * p->lay.panel_height);
    }
    draw_bar(p);
    draw_legend(p);
}

static cairo_status_t write_bytes(void *closure, const unsigned char *data, unsigned int length)
{
    return fwrite(data, 1, length, closure) == length ? CAIRO_STATUS_SUCCESS
                                                      : CAIRO_STATUS_WRITE_ERROR;
}

/* Cairo numbers its surfaces through the life of a process: <g id="surface12">. Without that number
 * equal pictures are equal files. */
static enum err copy_svg(const char *svg, size_t length, FILE *out)
{
    static const char id[] = "id=\"surface";
    const char *at = memmem(svg, length, id, sizeof id - 1), *end = svg + length;
    size_t before = at ? (size_t)(at - svg) + sizeof id - 1 : length;
    size_t digits = at ? strspn(svg + before, "0123456789") : 0;
    bool ok = fwrite(svg, 1, before, out) == before;
    size_t rest = (size_t)(end - svg) - before - digits;
    return ok && fwrite(svg + before + digits, 1, rest, out) == rest ? OK : ERR_IO;
}

static cairo_status_t paint_on(struct painter *painter, cairo_surface_t *surface, FILE *png)
{
    painter->cr = cairo_create(surface);
    paint(painter);
    cairo_status_t status = cairo_status(painter->cr);
    cairo_destroy(painter->cr);
    if (status == CAIRO_STATUS_SUCCESS && png)
        status = cairo_surface_write_to_png_stream(surface, write_bytes, png);
    cairo_surface_finish(surface);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    return status;
}

static enum err draw_svg(struct painter *painter, FILE *out, cairo_status_t *status)
{
    char *svg = NULL;
    size_t length = 0;
    FILE *memory = open_memstream(&svg, &length);
    if (!memory)
        return ERR_NOMEM;
    *status = paint_on(
        painter,
        cairo_svg_surface_create_for_stream(write_bytes, memory, WIDTH, painter->lay.height), NULL);
    enum err err = fclose(memory) == 0 ? OK : ERR_NOMEM;
    if (!err && *status == CAIRO_STATUS_SUCCESS)
        err = copy_svg(svg, length, out);
    free(svg);
    return err;
}

enum err heatmap_draw(const struct heatmap *heatmap, enum heatmap_format format, FILE *out,
                      struct err_note *note)
{
    /* Labels are measured before the size is known. */
    cairo_surface_t *scratch = cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1);
    cairo_t *ruler = cairo_create(scratch);
    struct painter painter = {
        .map = heatmap, .scale = heatmap_scale_of(heatmap), .lay = lay_out(ruler, heatmap)};
    cairo_destroy(ruler);
    cairo_surface_destroy(scratch);
    cairo_status_t status = CAIRO_STATUS_SUCCESS;
    enum err err = OK;
    if (format == HEATMAP_PNG)
        status = paint_on(
            &painter,
            cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)WIDTH, (int)painter.lay.height),
            out);
    else
        err = draw_svg(&painter, out, &status);
    if (err == ERR_NOMEM || status == CAIRO_STATUS_NO_MEMORY)
        return err_set(note, ERR_NOMEM, "out of memory for the picture");
    if (err)
        return err_set(note, err, "cannot write the picture");
    return status == CAIRO_STATUS_SUCCESS ? OK
                                          : err_set(note, ERR_IO, "cannot draw the picture: %s",
                                                    cairo_status_to_string(status));
}

void heatmap_draw_end(void)
{
    cairo_debug_reset_static_data(); /* first: its fonts are fontconfig's */
    FcFini();
}
