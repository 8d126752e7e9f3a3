/* import - a run from anybody's results: a points file, perhaps with daily returns. */
#include "coordinator/import.h"
#include "cli/cli.h"
#include "coordinator/export.h"
#include <stdlib.h>
#include <string.h>

#define USUAL_PERIODS_PER_YEAR 252

static void say_lines(const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        cli_say("%.*s", (int)n, text);
        text += n + (text[n] == '\n');
    }
}

/* What `run` leaves at its end: the results file, and what to do next. */
static enum err finish(const struct run_dir *run, const char *runs, struct err_note *note)
{
    char path[sizeof run->path + 16];
    snprintf(path, sizeof path, "%s/results.h5", run->path);
    enum err err = export_h5(run, path, false, note);
    if (err)
        return err;
    bool usual = strcmp(runs, "runs") == 0;
    printf("%s\n", run->path);
    cli_say("next: plateau cells %s%s%s --sort %s", run->id, usual ? "" : " --dir ",
            usual ? "" : runs, run->job.objective);
    return OK;
}

int cli_import(int argc, char **argv)
{
    static const char *const layouts[] = {"auto", "grid", "samples", NULL};
    struct import_options o = {.runs_dir = "runs", .periods_per_year = USUAL_PERIODS_PER_YEAR};
    struct cli_list map = {.n = 0}, periods = {.n = 0};
    struct cli_args args;
    int layout = IMPORT_AUTO;
    bool quiet = false, existed = false;
    const struct cli_option options[] = {
        {"returns", 0, CLI_TEXT, &o.returns, "FILE",
         "daily returns of the points, long or wide (docs/import.md)", NULL},
        {"name", 0, CLI_TEXT, &o.name, "NAME", "name of the run (default: the file's)", NULL},
        {"map", 0, CLI_LIST, &map, "COL=METRIC",
         "what a column is: a metric, axis, ignore, point, scenario, period", NULL},
        {"period", 0, CLI_LIST, &periods, "NAME=A..B",
         "dates of a period; cuts the returns: train=2015-01-01..2018-12-31", NULL},
        {"periods-per-year", 0, CLI_NUMBER, &o.periods_per_year, "A",
         "returns a year (default: 252; 365 for markets of seven days)", NULL},
        {"layout", 0, CLI_CHOICE, &layout, "FORM", "how the points lie", layouts},
        {"dir", 0, CLI_TEXT, &o.runs_dir, "RUNS", "folder of runs (default: runs)", NULL},
        {"quiet", 'q', CLI_FLAG, &quiet, NULL, "no messages", NULL},
        CLI_OPTION_END,
    };
    int code = cli_parse(argc, argv, options, 1, 1, &args);
    if (code >= 0)
        return code;
    cli_quiet(quiet);
    o.points = args.at[0];
    o.map = map.at;
    o.periods = periods.at;
    o.layout = (enum import_layout)layout;
    struct run_dir run;
    struct err_note note = {""};
    char *report = NULL;
    enum err err = import_run(&run, &o, &report, &existed, &note);
    if (err)
        return cli_fail(err, &note, "plateau import --help; docs/import.md shows the files");
    cli_say("run %s%s", run.id, existed ? " (imported before)" : "");
    say_lines(report);
    err = finish(&run, o.runs_dir, &note);
    free(report);
    run_dir_free(&run);
    return err ? cli_fail(err, &note, NULL) : CLI_OK;
}
