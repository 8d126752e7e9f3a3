/* resume - go on with a run by its folder, id, or as the last one. */
#include "cli/execute.h"
#include "coordinator/import.h"

int cli_resume(int argc, char **argv)
{
    struct execute_options how = EXECUTE_DEFAULTS;
    struct cli_args args;
    struct err_note note = {""};
    struct run_dir run;
    const struct cli_option options[] = {EXECUTE_OPTIONS(how), CLI_OPTION_END};
    int code = cli_parse(argc, argv, options, 0, 1, &args);
    if (code >= 0)
        return code;
    cli_quiet(how.quiet);
    enum err err = run_dir_open(&run, how.runs, args.n ? args.at[0] : "last", &note);
    if (err)
        return cli_fail(err, &note, NULL);
    if (import_is(&run.job)) {
        err = import_refuse(&run, "resume", &note);
        run_dir_free(&run);
        return cli_fail(err, &note, "plateau import reads the files again");
    }
    cli_say("run %s", run.id);
    code = execute_run(&run, &how);
    run_dir_free(&run);
    return code;
}
