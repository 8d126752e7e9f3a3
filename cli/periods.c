/* periods - the periods of a run side by side: what is left of a point, of each axis, and of the
 * choice itself, walked forward and cross-validated. */
#include "cli/periods_report.h"
#include "cli/run_image.h"
#include "coordinator/daily.h"
#include <stdlib.h>
#include <string.h>

struct asked {
    struct reviewing_options of;
    const char *path;
    int part, format;
};

/* The days of the selection series, and the returns of the windows' picks. */
static enum err compute_days(struct reviewing *v, struct daily *series, struct err_note *why,
                             struct err_note *note)
{
    struct market_image image;
    if (!folds_any(&v->run.job.folds) || v->review.folds.n_configs == 0)
        return OK;
    if (run_image_open_again(&image, &v->run, why) != OK)
        return OK;
    enum err err = reviewing_stitch(v, &image, series, note);
    market_image_free(&image);
    return err;
}

static enum err print(const struct periods_report *report, const struct asked *asked,
                      struct err_note *note)
{
    struct cli_output out;
    enum err err = cli_output_open(&out, asked->path, false, note);
    if (err)
        return err;
    err = periods_print(report, asked->part, (enum cli_format)asked->format, out.file);
    if (!err)
        err = cli_output_commit(&out, note);
    cli_output_discard(&out);
    return err;
}

static enum err compare(struct reviewing *v, const struct asked *asked, const char *which,
                        struct err_note *note)
{
    struct daily series = {.n = 0};
    struct holdout holdout = {.n = 0};
    struct err_note why = {""};
    enum err err = reviewing_open(v, &asked->of, which, note);
    if (!err)
        err = compute_days(v, &series, &why, note);
    if (!err)
        err = holdout_read(&holdout, &v->run, note);
    if (!err) {
        const struct periods_report report = {.reviewing = v,
                                              .opening = holdout_find(&holdout, v->review.chosen),
                                              .holdout = &holdout,
                                              .day = series.day,
                                              .n_days = series.n_days,
                                              .missing = why.text};
        err = print(&report, asked, note);
    }
    holdout_free(&holdout);
    daily_free(&series);
    return err;
}

int cli_periods(int argc, char **argv)
{
    struct asked asked = {.of = {.runs = "runs", .no_ledger = true}, .part = PERIODS_N_PARTS};
    const struct cli_option options[] = {
        {"at", 0, CLI_TEXT, &asked.of.at, "CELL", "point, or best (default: the robust pick)",
         NULL},
        {"objective", 0, CLI_TEXT, &asked.of.objective, "METRIC",
         "what the axes are averaged by (default: the sweep's objective)", NULL},
        {"part", 0, CLI_CHOICE, &asked.part, "PART",
         "only this (default: all; csv: metrics; curve: days out of sample)", PERIODS_PART_NAME},
        {"format", 0, CLI_CHOICE, &asked.format, "FORM", "form of the output", CLI_FORMATS},
        {"output", 'o', CLI_TEXT, &asked.path, "FILE", "where to write (default: standard output)",
         NULL},
        {"dir", 0, CLI_TEXT, &asked.of.runs, "RUNS", "folder of runs (default: runs)", NULL},
        CLI_OPTION_END,
    };
    struct cli_args args;
    int code = cli_parse(argc, argv, options, 0, 1, &args);
    if (code >= 0)
        return code;
    struct err_note note = {""};
    struct reviewing *v = calloc(1, sizeof *v);
    if (!v)
        return cli_fail(ERR_NOMEM, NULL, NULL);
    enum err err = compare(v, &asked, args.n ? args.at[0] : "last", &note);
    reviewing_end(v);
    free(v);
    return err ? cli_fail(err, &note, NULL) : CLI_OK;
}
