/* pause - a run's workers finish what they hold and leave it; everything is saved, and
 * `plateau resume` lets it go on. */
#include "cli/cli.h"
#include "cli/hint.h"
#include "cli/operator.h"

int cli_pause(int argc, char **argv)
{
    struct operator op;
    struct err_note note = {""};
    struct cli_args args;
    const char *runs = "runs";
    const struct cli_option options[] = {
        {"dir", 0, CLI_TEXT, &runs, "RUNS", "folder of runs (default: runs)", NULL},
        CLI_OPTION_END,
    };
    int code = cli_parse(argc, argv, options, 1, 1, &args);
    if (code >= 0)
        return code;
    enum err err = operator_find(&op, runs, args.at[0], &note);
    if (!err)
        err = operator_order(&op, "pause", NULL, &note);
    if (err)
        return cli_fail(
            err, &note,
            "plateau status RUN shows how it stands; plateau ls --dir RUNS lists all runs");
    cli_say("run %s pauses; plateau resume %s lets it go on", op.run, hint_run(op.run));
    return CLI_OK;
}
