#include "cli/drawing.h"
#include "cli/table.h"
#include "review/chart_cairo.h"
#include "review/chart_text.h"
#include "review/heatmap_cairo.h"
#include "review/heatmap_text.h"
#include <string.h>

const char *const DRAWING_FORMS[] = {"png", "svg", "pdf", "tty", "csv", "json", NULL};

static enum drawing_form fitting(const char *path)
{
    const char *dot = path ? strrchr(path, '.') : NULL;
    for (int f = 0; dot && DRAWING_FORMS[f]; f++)
        if (strcmp(dot + 1, DRAWING_FORMS[f]) == 0)
            return (enum drawing_form)f;
    return DRAWING_TTY;
}

/* ---- numbers ---- */

/* One row per cell of the picture: panel, y, x, value. */
static enum err heatmap_numbers(const struct heatmap *map, enum cli_format format, FILE *out)
{
    const char *columns[] = {"panel", *map->y.title ? map->y.title : "y",
                             *map->x.title ? map->x.title : "x", "value", NULL};
    struct table *table = NULL;
    enum err err = table_new(&table, columns);
    for (uint32_t p = 0; !err && p < map->n_panels; p++)
        for (uint32_t i = 0; i < map->x.n * map->y.n; i++) {
            table_text(table, map->panels[p].title);
            table_text(table, map->y.labels[i / map->x.n]);
            table_text(table, map->x.labels[i % map->x.n]);
            table_number(table, map->panels[p].value[i], 17);
        }
    if (!err)
        err = table_print(table, format, out);
    table_free(&table);
    return err;
}

static void add_series(struct table *table, const struct chart_plot *plot, const char *title,
                       const double *y)
{
    for (uint32_t i = 0; y && i < plot->n; i++) {
        table_text(table, plot->title);
        table_text(table, title);
        table_text(table, plot->labels[i]);
        table_number(table, y[i], 17);
    }
}

/* One row per value: plot, series, position, value; a band is the series low and high. */
static enum err chart_numbers(const struct chart *chart, enum cli_format format, FILE *out)
{
    static const char *const columns[] = {"plot", "series", "x", "value", NULL};
    struct table *table = NULL;
    enum err err = table_new(&table, columns);
    for (uint32_t p = 0; !err && p < chart->n_plots; p++) {
        const struct chart_plot *plot = &chart->plots[p];
        for (uint32_t s = 0; s < plot->n_series; s++)
            add_series(table, plot, plot->series[s].title, plot->series[s].y);
        add_series(table, plot, "low", plot->band_low);
        add_series(table, plot, "high", plot->band_high);
    }
    if (!err)
        err = table_print(table, format, out);
    table_free(&table);
    return err;
}

/* ---- pictures ---- */

static enum err draw(const struct drawing *d, enum drawing_form form, FILE *out,
                     struct err_note *note)
{
    const enum cli_format numbers = form == DRAWING_CSV ? CLI_CSV : CLI_JSON;
    struct heatmap_text_style style =
        heatmap_text_style_of(out == stdout ? cli_terminal_columns(stdout) : 0);
    enum err err;
    switch (form) {
    case DRAWING_PNG:
    case DRAWING_SVG:
    case DRAWING_PDF:
        err = d->heatmap ? heatmap_draw(d->heatmap, (enum canvas_format)form, out, note)
                         : chart_draw(d->chart, (enum canvas_format)form, out, note);
        canvas_end();
        return err;
    case DRAWING_CSV:
    case DRAWING_JSON:
        return d->heatmap ? heatmap_numbers(d->heatmap, numbers, out)
                          : chart_numbers(d->chart, numbers, out);
    default:
        return d->heatmap ? heatmap_print(d->heatmap, &style, out)
                          : chart_print(d->chart, &style, out);
    }
}

enum err drawing_write(const struct drawing *drawing, enum drawing_form form, const char *path,
                       struct err_note *note)
{
    struct cli_output out;
    if (form == DRAWING_FITTING)
        form = fitting(path);
    bool binary = form == DRAWING_PNG || form == DRAWING_PDF;
    enum err err = cli_output_open(&out, path, binary, note);
    if (err)
        return err;
    err = draw(drawing, form, out.file, note);
    if (!err)
        err = cli_output_commit(&out, note);
    cli_output_discard(&out);
    return err;
}
