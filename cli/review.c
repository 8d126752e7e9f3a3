/* review - plateau or peak, skill or luck: every number behind a choice, and the verdict. */
#include "review/review.h"
#include "cli/cli.h"
#include "cli/review_record.h"
#include "cli/reviewing.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const FORMS[] = {"table", "json", NULL};

struct options {
    struct reviewing_options of;
    struct verdict_limits limit;
    const char *path;
    int format;
};

static enum err print(struct reviewing *v, const struct options *o, struct err_note *note)
{
    struct cli_output out;
    enum err err = cli_output_open(&out, o->path, false, note);
    if (err)
        return err;
    err = o->format ? review_report_json(&v->report, out.file)
                    : review_report_text(&v->report, out.file);
    if (!err)
        err = cli_output_commit(&out, note);
    cli_output_discard(&out);
    return err;
}

/* The record comes second: what results.h5 shows can always be made again from it. */
static enum err write_results(struct reviewing *v, struct err_note *note)
{
    char path[sizeof v->run.path + sizeof "/results.h5"];
    snprintf(path, sizeof path, "%s/results.h5", v->run.path);
    enum err err = reviewing_export(v, path, note);
    if (!err)
        err = review_record_write(&v->run, v->options, v->review.chosen, note);
    if (!err)
        cli_say("review in %s", path);
    return err;
}

int cli_review(int argc, char **argv)
{
    struct options o = {.of = {.runs = "runs"}};
    const struct cli_option options[] = {
        REVIEWING_OPTIONS(o.of),
        {"format", 0, CLI_CHOICE, &o.format, "FORM", "form of the output", FORMS},
        {"output", 'o', CLI_TEXT, &o.path, "FILE", "where to write (default: standard output)",
         NULL},
        CLI_OPTION_END,
    };
    struct cli_args args;
    int code = cli_parse(argc, argv, options, 0, 1, &args);
    if (code >= 0)
        return code;
    struct err_note note = {""};
    if (reviewing_read_limits(&o.of, &o.limit, &note))
        return cli_usage("plateau review --format json lists verdict.limits by name", "%s",
                         note.text);
    struct reviewing *v = calloc(1, sizeof *v);
    if (!v)
        return cli_fail(ERR_NOMEM, NULL, NULL);
    enum err err = reviewing_make(v, &o.of, args.n ? args.at[0] : "last", &note);
    if (!err)
        err = write_results(v, &note);
    if (!err)
        err = print(v, &o, &note);
    reviewing_end(v);
    free(v);
    return err ? cli_fail(err, &note, NULL) : CLI_OK;
}
