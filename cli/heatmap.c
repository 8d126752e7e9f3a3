/* heatmap - a metric of a run over two axes: on the terminal, as PNG, SVG or PDF, or its numbers.
 */
#include "cli/cli.h"
#include "cli/drawing.h"
#include "cli/picture.h"
#include <stdlib.h>

int cli_heatmap(int argc, char **argv)
{
    struct picture_request request = {.statistic = PROJECTION_MEDIAN};
    struct cli_list fix = {.n = 0};
    const char *runs = "runs", *path = NULL;
    int form = DRAWING_FITTING;
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
        DRAWING_OPTIONS(form, path),
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
        return cli_fail(err, &note, CLI_NO_RUN);
    struct picture *picture = malloc(sizeof *picture); /* too large for a stack */
    err = picture ? picture_make(picture, &run, &request, &note) : ERR_NOMEM;
    if (!err) {
        const struct drawing drawing = {.heatmap = &picture->map};
        err = drawing_write(&drawing, (enum drawing_form)form, path, &note);
        picture_free(picture);
    }
    free(picture);
    run_dir_free(&run);
    return err ? cli_fail(err, &note, NULL) : CLI_OK;
}
