#include "review/heatmap_text.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    COLUMNS_DEFAULT = 120, /* of a file */
    LABEL_COLUMNS_MAX = 24,
    NUMBER_WIDTH = 7, /* "[1.234]" */
    BAR_COLUMNS = 36,
    LINES_MAX = 100, /* of cells: two rows share a line, or rows are left out, beyond 50 */
};
static const char shades[] = " .:-=+*#%@";

struct page {
    const struct heatmap *map;
    struct heatmap_scale scale;
    struct heatmap_text_style style;
    FILE *out;
    int label_width, cell_width;
    uint32_t x_step, y_step; /* every how many levels are shown */
    bool numbers, halves;    /* halves: two rows a line */
};

struct heatmap_text_style heatmap_text_style_of(int columns)
{
    struct heatmap_text_style style = {.columns = columns};
    const char *locale = getenv("LC_ALL");
    if (!locale || !*locale)
        locale = getenv("LC_CTYPE");
    if (!locale || !*locale)
        locale = getenv("LANG");
    style.unicode = columns > 0 && locale &&
                    (strstr(locale, "UTF-8") || strstr(locale, "utf8") || strstr(locale, "UTF8"));
    const char *term = getenv("TERM"), *plain = getenv("NO_COLOR"), *deep = getenv("COLORTERM");
    if (columns > 0 && !(plain && *plain) && term && strcmp(term, "dumb") != 0)
        style.colour = deep && (strcmp(deep, "truecolor") == 0 || strcmp(deep, "24bit") == 0)
                           ? HEATMAP_TRUE
                           : HEATMAP_256;
    return style;
}

/* Columns of UTF-8 text: one per character. */
static int width_of(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

/* At most `width` characters of text, then spaces up to it; align 0 left, 1 right, 2 middle. */
static void put_padded(FILE *out, const char *text, int width, int align)
{
    int n = width_of(text), shown = n < width ? n : width, pad = width - shown;
    int before = align == 0 ? 0 : align == 1 ? pad : pad / 2;
    fprintf(out, "%*s", before, "");
    for (int left = shown; *text && (left > 0 || ((unsigned char)*text & 0xC0) == 0x80); text++) {
        left -= ((unsigned char)text[1] & 0xC0) != 0x80;
        putc(*text, out);
    }
    fprintf(out, "%*s", pad - before, "");
}

static int widest(const struct heatmap_axis *axis)
{
    int n = 1;
    for (uint32_t l = 0; l < axis->n; l++)
        n = width_of(axis->labels[l]) > n ? width_of(axis->labels[l]) : n;
    return n;
}

static struct page lay_out(const struct heatmap *map, const struct heatmap_text_style *style,
                           FILE *out)
{
    struct page page = {.map = map,
                        .scale = heatmap_scale_of(map),
                        .style = *style,
                        .out = out,
                        .x_step = 1,
                        .y_step = 1};
    int columns = style->columns > 0 ? style->columns : COLUMNS_DEFAULT;
    page.label_width = widest(&map->y) < LABEL_COLUMNS_MAX ? widest(&map->y) : LABEL_COLUMNS_MAX;
    if (page.label_width > columns / 3)
        page.label_width = columns / 3;
    int room = columns - page.label_width - 2, n = (int)map->x.n, wanted = widest(&map->x) + 1;
    if (room < 8)
        room = 8;
    int number =
        NUMBER_WIDTH + (style->colour == HEATMAP_MONO); /* a shade stands beside the number */
    if (wanted < number)
        wanted = number;
    if (wanted > number + 6)
        wanted = number + 6;
    page.numbers = n <= room / number;
    page.cell_width = n <= room / wanted ? wanted
                      : page.numbers     ? number
                      : n <= room / 4    ? 4
                      : n <= room / 2    ? 2
                                         : 1;
    page.x_step = (uint32_t)((n * page.cell_width + room - 1) / room);
    if (page.x_step < 1)
        page.x_step = 1;
    page.halves = !page.numbers && map->y.n > LINES_MAX / 2 && style->colour != HEATMAP_MONO &&
                  style->unicode;
    uint32_t lines = page.halves ? LINES_MAX : page.numbers ? LINES_MAX : LINES_MAX / 2;
    page.y_step = (map->y.n + lines - 1) / lines;
    return page;
}

static void set_colour(const struct page *page, int ground, struct palette_rgb c)
{
    if (page->style.colour == HEATMAP_TRUE)
        fprintf(page->out, "\033[%d;2;%d;%d;%dm", ground, c.r, c.g, c.b);
    else
        fprintf(page->out, "\033[%d;5;%dm", ground, palette_xterm(c));
}

enum { FOREGROUND = 38, BACKGROUND = 48 };

static void reset(const struct page *page)
{
    if (page->style.colour != HEATMAP_MONO)
        fputs("\033[0m", page->out);
}

static char shade_of(const struct page *page, double value)
{
    int i = (int)(heatmap_share(&page->scale, value) * (double)(sizeof shades - 1));
    return shades[i < 0 ? 0 : i > (int)sizeof shades - 2 ? (int)sizeof shades - 2 : i];
}

struct cell {
    double value;
    bool best, chosen;
};

static struct cell cell_at(const struct page *page, const struct heatmap_panel *panel,
                           uint32_t level, uint32_t column)
{
    uint32_t i = level * page->map->x.n + column;
    return (struct cell){panel->value[i], panel->best == i, panel->chosen == i};
}

/* What stands in a cell, `cell_width` columns of it. */
static void cell_text(const struct page *page, const struct cell *cell, char *text, size_t size)
{
    bool mono = page->style.colour == HEATMAP_MONO, unicode = page->style.unicode;
    int w = page->cell_width;
    text[0] = '\0';
    if (page->numbers) {
        char number[32];
        heatmap_cell_number(page->map, cell->value, NUMBER_WIDTH - 2, number, sizeof number);
        const char *open = cell->best && cell->chosen ? "{"
                           : cell->best               ? "["
                           : cell->chosen             ? "<"
                                                      : " ";
        const char *close = cell->best && cell->chosen ? "}"
                            : cell->best               ? "]"
                            : cell->chosen             ? ">"
                                                       : " ";
        if (isnan(cell->value))
            snprintf(number, sizeof number, "%s", unicode ? "╱╱╱" : "///");
        snprintf(text, size, "%s%s%s", open, number, close);
        return;
    }
    if (cell->best || cell->chosen)
        snprintf(text, size, "%s",
                 mono || !unicode ? cell->best ? w > 1 ? "[]" : "B"
                                    : w > 1    ? "<>"
                                               : "C"
                 : cell->best     ? "○"
                                  : "◆");
    else if (isnan(cell->value))
        for (int i = 0; i < w; i++)
            strncat(text, unicode ? "╱" : "/", size - strlen(text) - 1);
    else if (mono)
        for (int i = 0; i < w; i++)
            strncat(text, (char[]){shade_of(page, cell->value), '\0'}, size - strlen(text) - 1);
}

static void put_cell(const struct page *page, const struct cell *cell)
{
    char text[128];
    cell_text(page, cell, text, sizeof text);
    if (page->style.colour == HEATMAP_MONO) {
        put_padded(page->out, text, page->cell_width - page->numbers, 1);
        if (page->numbers)
            putc(isnan(cell->value) ? ' ' : shade_of(page, cell->value), page->out);
        return;
    }
    struct palette_rgb dark = {20, 20, 20}, light = {245, 245, 245}, grey = {128, 128, 128};
    if (isnan(cell->value)) {
        set_colour(page, FOREGROUND, grey);
    } else {
        struct palette_rgb colour = heatmap_colour(&page->scale, cell->value);
        set_colour(page, BACKGROUND, colour);
        set_colour(page, FOREGROUND, palette_luminance(colour) > 0.35 ? dark : light);
    }
    if (cell->best || cell->chosen)
        fputs("\033[1m", page->out);
    put_padded(page->out, text, page->cell_width, 2);
    reset(page);
}

/* Two rows in one line of half blocks; a mark takes the whole place of both. */
static void put_halves(const struct page *page, const struct cell *upper, const struct cell *lower)
{
    if (upper->best || upper->chosen) {
        put_cell(page, upper);
        return;
    }
    if (!lower || lower->best || lower->chosen) {
        put_cell(page, lower ? lower : upper);
        return;
    }
    bool up = !isnan(upper->value), down = !isnan(lower->value);
    if (up)
        set_colour(page, FOREGROUND, heatmap_colour(&page->scale, upper->value));
    if (down)
        set_colour(page, up ? BACKGROUND : FOREGROUND, heatmap_colour(&page->scale, lower->value));
    for (int i = 0; i < page->cell_width; i++)
        fputs(up ? "▀" : down ? "▄" : " ", page->out);
    reset(page);
}

static void put_x_labels(const struct page *page)
{
    const struct heatmap_axis *x = &page->map->x;
    int tallest = widest(x);
    bool under_numbers =
        page->numbers && page->style.colour == HEATMAP_MONO && tallest <= page->cell_width - 2;
    if (tallest < page->cell_width) {
        fprintf(page->out, "%*s", page->label_width + 1, "");
        for (uint32_t c = 0; c < x->n; c += page->x_step) {
            if (under_numbers) { /* a bracket and a shade end the cell */
                put_padded(page->out, x->labels[c], page->cell_width - 2, 1);
                fputs("  ", page->out);
            } else {
                put_padded(page->out, x->labels[c], page->cell_width, 2);
            }
        }
        putc('\n', page->out);
        return;
    }
    if (tallest > LABEL_COLUMNS_MAX)
        tallest = LABEL_COLUMNS_MAX;
    for (int line = 0; line < tallest; line++) { /* downwards, one character a line */
        fprintf(page->out, "%*s", page->label_width + 1, "");
        for (uint32_t c = 0; c < x->n; c += page->x_step) {
            const char *label = x->labels[c];
            char one[2] = {(int)strlen(label) > line ? label[line] : ' ', '\0'};
            put_padded(page->out, one, page->cell_width, 2);
        }
        putc('\n', page->out);
    }
}

static void put_panel(const struct page *page, const struct heatmap_panel *panel)
{
    const struct heatmap *map = page->map;
    if (map->n_panels > 1)
        fprintf(page->out, "\n%s\n", panel->title);
    uint32_t rows_a_line = page->halves ? 2 : 1;
    for (uint32_t row = 0; row < map->y.n; row += page->y_step * rows_a_line) {
        uint32_t level = heatmap_row_level(&map->y, row), below = row + page->y_step;
        put_padded(page->out, map->y.labels[level], page->label_width, 1);
        putc(' ', page->out);
        for (uint32_t c = 0; c < map->x.n; c += page->x_step) {
            struct cell cell = cell_at(page, panel, level, c);
            if (!page->halves) {
                put_cell(page, &cell);
                continue;
            }
            struct cell lower = {0};
            if (below < map->y.n)
                lower = cell_at(page, panel, heatmap_row_level(&map->y, below), c);
            put_halves(page, &cell, below < map->y.n ? &lower : NULL);
        }
        putc('\n', page->out);
    }
    put_x_labels(page);
}

static void put_scale(const struct page *page)
{
    char low[32], high[32];
    FILE *out = page->out;
    if (isnan(page->scale.low)) {
        fputs("no values\n", out);
        return;
    }
    heatmap_number(page->scale.low, 9, low, sizeof low);
    heatmap_number(page->scale.high, 9, high, sizeof high);
    fprintf(out, "%s ", low);
    if (page->style.colour == HEATMAP_MONO)
        fputs(shades, out);
    for (int i = 0; i < BAR_COLUMNS && page->style.colour != HEATMAP_MONO; i++) {
        double share = page->scale.high > page->scale.low ? (i + 0.5) / BAR_COLUMNS : 0.5;
        set_colour(page, BACKGROUND, palette_at(page->scale.palette, share));
        putc(' ', out);
    }
    reset(page);
    fprintf(out, " %s  %s\n", high, page->map->value_title);
}

static void put_legend(const struct page *page)
{
    bool best = false, chosen = false, hole = false,
         symbols = page->style.unicode && page->style.colour != HEATMAP_MONO;
    size_t n = (size_t)page->map->x.n * page->map->y.n;
    for (uint32_t p = 0; p < page->map->n_panels; p++) {
        best |= page->map->panels[p].best != HEATMAP_NO_CELL;
        chosen |= page->map->panels[p].chosen != HEATMAP_NO_CELL && page->map->chosen_title;
        for (size_t i = 0; i < n && !hole; i++)
            hole = isnan(page->map->panels[p].value[i]);
    }
    const char *one = page->cell_width > 1 || symbols ? "" : "B", *other = *one ? "C" : "";
    if (best)
        fprintf(page->out, "%s best cell   ",
                page->numbers ? "[ ]"
                : symbols     ? "○"
                : *one        ? one
                              : "[]");
    if (chosen)
        fprintf(page->out, "%s %s   ",
                page->numbers ? "< >"
                : symbols     ? "◆"
                : *other      ? other
                              : "<>",
                page->map->chosen_title);
    if (best && chosen && page->numbers)
        fputs("{ } both   ", page->out);
    if (hole)
        fprintf(page->out, "%s no value",
                page->halves          ? "(blank)"
                : page->style.unicode ? "╱"
                                      : "/");
    if (best || chosen || hole)
        putc('\n', page->out);
    if (page->x_step > 1 || page->y_step > 1)
        fprintf(page->out, "one column in %u and one row in %u shown: draw a PNG to see all\n",
                page->x_step, page->y_step);
}

enum err heatmap_print(const struct heatmap *heatmap, const struct heatmap_text_style *style,
                       FILE *out)
{
    struct page page = lay_out(heatmap, style, out);
    const char *bold = style->colour == HEATMAP_MONO ? "" : "\033[1m";
    fprintf(out, "%s%s", bold, heatmap->title);
    reset(&page);
    fprintf(out, "\n%s\n", heatmap->subtitle);
    fprintf(out, "%s %s   %s %s\n", style->unicode ? "↑" : "y:", heatmap->y.title,
            style->unicode ? "→" : "x:", heatmap->x.title);
    for (uint32_t p = 0; p < heatmap->n_panels; p++)
        put_panel(&page, &heatmap->panels[p]);
    put_scale(&page);
    put_legend(&page);
    return ferror(out) ? ERR_IO : OK;
}
