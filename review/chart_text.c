#include "review/chart_text.h"
#include "review/heatmap.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    COLUMNS_DEFAULT = 100, /* of a file */
    COLUMNS_MAX = 160,
    TICK_WIDTH = 9,
    ROWS = 14, /* of a line plot */
    DOTS_X = 2,
    DOTS_Y = 4, /* of a braille character */
    BAR_LABEL_MAX = 28,
    NUMBER_WIDTH = 8
};
static const char ASCII_MARK[] = {
    [CHART_MAIN] = '*', [CHART_OTHER] = 'o', [CHART_REFERENCE] = '.', [CHART_AREA] = '#'};
enum { NOTHING = 0xff };

struct page {
    const struct heatmap_text_style *style;
    FILE *out;
    int columns;
};
struct raster {             /* dots of a line plot, and whose they are */
    uint32_t columns, rows; /* of characters */
    uint8_t *dots;          /* [rows][columns] braille bits */
    uint8_t *role;          /* [rows][columns] the series on top, or NOTHING */
};

static void set_colour(const struct page *page, enum chart_role role)
{
    struct palette_rgb c = chart_colour(role);
    if (page->style->colour == HEATMAP_TRUE)
        fprintf(page->out, "\033[38;2;%d;%d;%dm", c.r, c.g, c.b);
    else if (page->style->colour == HEATMAP_256)
        fprintf(page->out, "\033[38;5;%dm", palette_xterm(c));
}

static void reset(const struct page *page)
{
    if (page->style->colour != HEATMAP_MONO)
        fputs("\033[0m", page->out);
}

/* ---- lines ---- */

static void set_dot(struct raster *r, uint32_t x, uint32_t y, enum chart_role role)
{
    static const uint8_t bit[DOTS_Y][DOTS_X] = {
        {0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    uint32_t column = x / DOTS_X, row = y / DOTS_Y;
    if (column >= r->columns || row >= r->rows)
        return;
    uint32_t i = row * r->columns + column;
    r->dots[i] |= bit[y % DOTS_Y][x % DOTS_X];
    if (r->role[i] == NOTHING || r->role[i] > role)
        r->role[i] = (uint8_t)role;
}

static uint32_t dot_x(const struct raster *r, const struct chart_plot *plot, uint32_t i)
{
    uint32_t wide = r->columns * DOTS_X - 1;
    return plot->n < 2 ? wide / 2 : (uint32_t)((uint64_t)i * wide / (plot->n - 1));
}

static void draw_series(struct raster *r, const struct chart_plot *plot,
                        const struct chart_range *range, const double *y, enum chart_role role)
{
    uint32_t high = r->rows * DOTS_Y - 1, before_x = 0, before_y = 0;
    bool joined = false;
    for (uint32_t i = 0; i < plot->n; i++) {
        double share = chart_share(range, y[i]);
        if (isnan(share)) {
            joined = false;
            continue;
        }
        uint32_t x = dot_x(r, plot, i), at = (uint32_t)lround((1 - share) * high);
        uint32_t from = joined ? before_x : x;
        for (uint32_t k = from; k <= x; k++) {
            double part = x > from ? (double)(k - from) / (x - from) : 1;
            double line = joined ? before_y + part * ((double)at - before_y) : at;
            set_dot(r, k, (uint32_t)lround(line), role);
        }
        before_x = x;
        before_y = at;
        joined = true;
    }
}

static void put_dots(const struct page *page, const struct raster *r, uint32_t i)
{
    if (r->role[i] == NOTHING) {
        putc(' ', page->out);
        return;
    }
    set_colour(page, (enum chart_role)r->role[i]);
    if (page->style->unicode) /* U+2800 + bits, in UTF-8 */
        fprintf(page->out, "\xe2%c%c", 0xa0 | r->dots[i] >> 6, 0x80 | (r->dots[i] & 0x3f));
    else
        putc(ASCII_MARK[r->role[i]], page->out);
    reset(page);
}

static void put_raster(const struct page *page, const struct raster *r,
                       const struct chart_range *range)
{
    double ticks[CHART_TICKS_MAX];
    char number[32];
    uint32_t n = chart_ticks(range, ticks, r->rows / 2);
    for (uint32_t row = 0; row < r->rows; row++) {
        number[0] = '\0';
        for (uint32_t t = 0; t < n; t++)
            if ((uint32_t)lround((1 - chart_share(range, ticks[t])) * (r->rows - 1)) == row)
                heatmap_number(ticks[t], TICK_WIDTH, number, sizeof number);
        fprintf(page->out, "%*s %s", TICK_WIDTH, number, page->style->unicode ? "│" : "|");
        for (uint32_t c = 0; c < r->columns; c++)
            put_dots(page, r, row * r->columns + c);
        putc('\n', page->out);
    }
}

/* First, middle and last label under the plot, or all of a few. */
static void put_labels(const struct page *page, const struct raster *r,
                       const struct chart_plot *plot)
{
    char line[COLUMNS_MAX + 1];
    uint32_t free_from = 0;
    memset(line, ' ', r->columns);
    for (uint32_t i = 0; i < plot->n; i++) {
        uint32_t length = (uint32_t)strlen(plot->labels[i]), at = dot_x(r, plot, i) / DOTS_X;
        at = at > length / 2 ? at - length / 2 : 0;
        if (length > r->columns || (plot->n > 24 && i % ((plot->n + 5) / 6) != 0))
            continue;
        if (at + length > r->columns)
            at = r->columns - length;
        if (at < free_from)
            continue;
        memcpy(line + at, plot->labels[i], length);
        free_from = at + length + 2;
    }
    fprintf(page->out, "%*s %.*s\n", TICK_WIDTH + 1, "", (int)r->columns, line);
}

static void put_legend(const struct page *page, const struct chart_plot *plot)
{
    fprintf(page->out, "%*s", TICK_WIDTH + 2, "");
    for (uint32_t s = 0; s < plot->n_series; s++) {
        set_colour(page, plot->series[s].role);
        if (page->style->unicode && page->style->colour != HEATMAP_MONO)
            fputs("■", page->out);
        else
            putc(ASCII_MARK[plot->series[s].role], page->out);
        reset(page);
        fprintf(page->out, " %s   ", plot->series[s].title);
    }
    if (plot->band_low)
        fprintf(page->out, "%c %s   ", ASCII_MARK[CHART_REFERENCE], plot->band_title);
    if (plot->chosen != CHART_NONE)
        fprintf(page->out, "chosen: %s", plot->labels[plot->chosen]);
    putc('\n', page->out);
}

static enum err print_lines(const struct page *page, const struct chart_plot *plot,
                            const struct chart_range *range)
{
    struct raster r = {.columns = (uint32_t)(page->columns - TICK_WIDTH - 3), .rows = ROWS};
    r.dots = calloc((size_t)r.columns * r.rows, 1);
    r.role = malloc((size_t)r.columns * r.rows);
    enum err err = r.dots && r.role ? OK : ERR_NOMEM;
    if (!err) {
        memset(r.role, NOTHING, (size_t)r.columns * r.rows);
        if (plot->band_low) {
            draw_series(&r, plot, range, plot->band_low, CHART_REFERENCE);
            draw_series(&r, plot, range, plot->band_high, CHART_REFERENCE);
        }
        for (uint32_t s = 0; s < plot->n_series; s++)
            draw_series(&r, plot, range, plot->series[s].y, plot->series[s].role);
        put_raster(page, &r, range);
        put_labels(page, &r, plot);
        put_legend(page, plot);
    }
    free(r.dots);
    free(r.role);
    return err;
}

/* ---- bars ---- */

static void put_bar(const struct page *page, const struct chart_range *range, double y,
                    enum chart_role role, int width)
{
    double zero = chart_share(range, 0), end = chart_share(range, y);
    int from = (int)lround(fmin(zero, end) * width), to = (int)lround(fmax(zero, end) * width);
    fprintf(page->out, "%*s", from, "");
    set_colour(page, role);
    for (int i = from; i < to; i++)
        fputs(page->style->unicode ? "█" : "#", page->out);
    reset(page);
}

static void print_bars(const struct page *page, const struct chart_plot *plot,
                       const struct chart_range *range)
{
    int label = 0;
    for (uint32_t i = 0; i < plot->n; i++)
        label = (int)strlen(plot->labels[i]) > label ? (int)strlen(plot->labels[i]) : label;
    label = label < BAR_LABEL_MAX ? label : BAR_LABEL_MAX;
    int width = page->columns - label - NUMBER_WIDTH - 4;
    char number[32];
    for (uint32_t i = 0; i < plot->n; i++)
        for (uint32_t s = 0; s < plot->n_series; s++) {
            double y = plot->series[s].y[i];
            heatmap_number(y, NUMBER_WIDTH, number, sizeof number);
            fprintf(page->out, "%-*.*s %*s  ", label, label, s ? "" : plot->labels[i], NUMBER_WIDTH,
                    number);
            if (isfinite(y))
                put_bar(page, range, y, plot->series[s].role, width);
            else
                fputs("no value", page->out);
            putc('\n', page->out);
        }
    if (plot->n_series > 1)
        put_legend(page, plot);
}

/* ---- a page ---- */

static enum err print_plot(const struct page *page, const struct chart_plot *plot,
                           struct chart_range range)
{
    if (plot->title[0])
        fprintf(page->out, "\n%s\n", plot->title);
    fprintf(page->out, "%s %s", page->style->unicode ? "↑" : "y:", plot->y_title);
    if (plot->x_title[0])
        fprintf(page->out, "   %s %s", page->style->unicode ? "→" : "x:", plot->x_title);
    fputc('\n', page->out);
    if (isnan(range.low)) {
        fputs("no values\n", page->out);
        return OK;
    }
    if (!plot->bars)
        return print_lines(page, plot, &range);
    print_bars(page, plot, &range);
    return OK;
}

enum err chart_print(const struct chart *chart, const struct heatmap_text_style *style, FILE *out)
{
    struct page page = {.style = style, .out = out, .columns = style->columns};
    enum err err = OK;
    page.columns = page.columns == 0            ? COLUMNS_DEFAULT
                   : page.columns > COLUMNS_MAX ? COLUMNS_MAX
                   : page.columns < 50          ? 50
                                                : page.columns;
    fprintf(out, "%s%s", style->colour == HEATMAP_MONO ? "" : "\033[1m", chart->title);
    reset(&page);
    fprintf(out, "\n%s\n", chart->subtitle);
    for (uint32_t i = 0; !err && i < chart->n_plots; i++)
        err = print_plot(&page, &chart->plots[i], chart_range_in(chart, i));
    return err ? err : ferror(out) ? ERR_IO : OK;
}
