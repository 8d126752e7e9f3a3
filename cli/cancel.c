/* cancel - end a run for a reason, which stays with it; what is computed is kept. */
#include "cli/cli.h"
#include "cli/operator.h"

int cli_cancel(int argc, char **argv)
{
    struct operator op;
    struct err_note note = {""};
    struct cli_args args;
    const char *runs = "runs", *reason = NULL;
    const struct cli_option options[] = {
        {"reason", 0, CLI_TEXT, &reason, "TEXT", "why: shown wherever the run is", NULL},
        {"dir", 0, CLI_TEXT, &runs, "RUNS", "folder of runs (default: runs)", NULL},
        CLI_OPTION_END,
    };
    int code = cli_parse(argc, argv, options, 1, 1, &args);
    if (code >= 0)
        return code;
    if (!reason || !*reason)
        return cli_usage("plateau cancel RUN --reason 'wrong prices'",
                         "--reason TEXT is missing: whoever finds the run will want to know why");
    enum err err = operator_find(&op, runs, args.at[0], &note);
    if (!err)
        err = operator_order(&op, "cancel", json_pack("{s:s}", "reason", reason), &note);
    if (err)
        return cli_fail(
            err, &note,
            "plateau status RUN shows how it stands; plateau ls --dir RUNS lists all runs");
    cli_say("run %s is cancelled; what it has computed is kept", op.run);
    return CLI_OK;
}
