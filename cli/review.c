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
    struct cli_list limits;
    const char *path;
    int format;
};

/* "dsr_robust=0.9" */
static enum err read_limits(struct options *o, struct err_note *note)
{
    enum err err = OK;
    o->limit = VERDICT_DEFAULT;
    o->of.limits = &o->limit;
    for (unsigned i = 0; i < o->limits.n && !err; i++) {
        const char *text = o->limits.at[i], *equals = strchr(text, '=');
        char name[64], *end = NULL;
        double value = equals ? strtod(equals + 1, &end) : (double)NAN;
        if (!equals || !equals[1] || *end || !isfinite(value))
            return err_set(note, ERR_RANGE, "--limit %.80s: expected NAME=VALUE, a number", text);
        snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
        err = verdict_limit_set(&o->limit, name, value, note);
    }
    return err;
}

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
        {"objective", 0, CLI_TEXT, &o.of.objective, "METRIC",
         "what is judged (default: the sweep's objective)", NULL},
        {"at", 0, CLI_TEXT, &o.of.at, "CELL", "point to judge, or best (default: the robust pick)",
         NULL},
        {"trials", 0, CLI_COUNT, &o.of.trials, "N",
         "independent trials behind the choice, instead of those counted", NULL},
        {"no-ledger", 0, CLI_FLAG, &o.of.no_ledger, NULL, "count this run's trials only", NULL},
        {"limit", 0, CLI_LIST, &o.limits, "NAME=VALUE",
         "a limit of the verdict, such as dsr_robust=0.9 (names: --format json)", NULL},
        {"ledger", 0, CLI_TEXT, &o.of.ledger, "FILE", "trial ledger (default: the user's)", NULL},
        {"format", 0, CLI_CHOICE, &o.format, "FORM", "table (for eyes) or json", FORMS},
        {"output", 'o', CLI_TEXT, &o.path, "FILE", "where to write (default: standard output)",
         NULL},
        {"dir", 0, CLI_TEXT, &o.of.runs, "RUNS", "folder of runs (default: runs)", NULL},
        CLI_OPTION_END,
    };
    struct cli_args args;
    int code = cli_parse(argc, argv, options, 0, 1, &args);
    if (code >= 0)
        return code;
    struct err_note note = {""};
    if (read_limits(&o, &note))
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
