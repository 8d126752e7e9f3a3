/* wait - until a run ends; its exit code. */
#include "cli/await.h"
#include "cli/cli.h"

int cli_wait(int argc, char **argv)
{
    struct err_note note = {""};
    struct cli_args args;
    struct run_dir run;
    const char *runs = "runs";
    int64_t timeout_ms = 0;
    const struct cli_option options[] = {
        {"timeout", 0, CLI_DURATION, &timeout_ms, "D",
         "give up after this time, with exit code 124", NULL},
        {"dir", 0, CLI_TEXT, &runs, "RUNS", "folder of runs (default: runs)", NULL},
        CLI_OPTION_END,
    };
    int code = cli_parse(argc, argv, options, 0, 1, &args);
    if (code >= 0)
        return code;
    enum err err = run_dir_open(&run, runs, args.n ? args.at[0] : "last", &note);
    if (err)
        return cli_fail(err, &note, NULL);
    code = await_run(&run, timeout_ms);
    run_dir_free(&run);
    return code;
}
