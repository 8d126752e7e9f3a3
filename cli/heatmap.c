/* heatmap - a metric of a run over two axes: on the terminal, as PNG or SVG, or its numbers. */
#include "cli/cli.h"
#include "cli/picture.h"
#include "cli/table.h"
#include "review/heatmap_cairo.h"
#include "review/heatmap_text.h"
#include <stdlib.h>

enum form { FORM_TTY, FORM_PNG, FORM_SVG, FORM_CSV, FORM_JSON };
static const char *const FORMS[] = {"tty", "png", "svg", "csv", "json", NULL};

/* One row per cell of the picture: panel, y, x, value. */
static enum err print_numbers(const struct heatmap *map, enum cli_format format, FILE *out)
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

static enum err draw(const struct heatmap *map, enum form form, const char *path,
                     struct err_note *note)
{
    struct cli_output out;
    enum err err = cli_output_open(&out, path, form == FORM_PNG, note);
    if (err)
        return err;
    struct heatmap_text_style style =
        heatmap_text_style_of(out.file == stdout ? cli_terminal_columns(stdout) : 0);
    if (form == FORM_PNG || form == FORM_SVG) {
        err = heatmap_draw(map, form == FORM_PNG ? HEATMAP_PNG : HEATMAP_SVG, out.file, note);
        heatmap_draw_end();
    } else if (form == FORM_TTY) {
        err = heatmap_print(map, &style, out.file);
    } else {
        err = print_numbers(map, form == FORM_CSV ? CLI_CSV : CLI_JSON, out.file);
    }
    if (!err)
        err = cli_output_commit(&out, note);
    cli_output_discard(&out);
    return err;
}

int cli_heatmap(int argc, char **argv)
{
    struct picture_request request = {.statistic = PROJECTION_MEDIAN};
    struct cli_list fix = {.n = 0};
    const char *runs = "runs", *path = NULL;
    int form = FORM_TTY;
    const struct cli_option options[] = {
        {"x", 'x', CLI_TEXT, &request.x, "AXIS",
         "axis to the right (default: largest main effect on the objective)", NULL},
        {"y", 'y', CLI_TEXT, &request.y, "AXIS", "axis upwards (default: second largest)", NULL},
        {"facet", 0, CLI_TEXT, &request.facet, "AXIS", "a panel per level; also scenario or period",
         NULL},
        {"agg", 0, CLI_CHOICE, &request.statistic, "HOW",
         "over the other axes: median (default), min, max or mean", PROJECTION_NAMES},
        {"fix", 0, CLI_LIST, &fix, "AXIS=LEVEL", "hold an axis at a level; may be repeated", NULL},
        {"scenario", 0, CLI_TEXT, &request.scenario, "NAME",
         "scenario (default: the first, baseline)", NULL},
        {"period", 0, CLI_TEXT, &request.period, "NAME", "period (default: the first)", NULL},
        {"mark", 0, CLI_TEXT, &request.mark, "CELL",
         "mark this cell (default: the best of the objective)", NULL},
        {"format", 0, CLI_CHOICE, &form, "FORM", "tty (default), png, svg, csv or json", FORMS},
        {"output", 'o', CLI_TEXT, &path, "FILE", "where to write (default: standard output)", NULL},
        {"dir", 0, CLI_TEXT, &runs, "RUNS", "folder of runs (default: runs)", NULL},
        CLI_OPTION_END,
    };
    struct cli_args args;
    int code = cli_parse(argc, argv, options, 1, 2, &args);
    if (code >= 0)
        return code;
    struct err_note note = {""};
    struct run_dir run;
    request.metric = args.at[0];
    request.fix = &fix;
    enum err err = run_dir_open(&run, runs, args.n > 1 ? args.at[1] : "last", &note);
    if (err)
        return cli_fail(err, &note,
                        "plateau run SPEC starts a run; --dir names another folder of runs");
    struct picture *picture = malloc(sizeof *picture); /* too large for a stack */
    err = picture ? picture_make(picture, &run, &request, &note) : ERR_NOMEM;
    if (!err) {
        err = draw(&picture->map, (enum form)form, path, &note);
        picture_free(picture);
    }
    free(picture);
    run_dir_free(&run);
    return err ? cli_fail(err, &note, NULL) : CLI_OK;
}
