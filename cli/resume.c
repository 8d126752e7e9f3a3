/* resume - go on with a run by its folder, id, or as the last one; one that a process holds and
 * that was paused goes on there. */
#include "cli/execute.h"
#include "cli/hint.h"
#include "cli/operator.h"
#include "coordinator/import.h"

/* By a process that can be asked to let it go on. */
static bool is_held(const struct run_dir *run, const char *runs, struct operator* op)
{
    struct err_note ignored;
    return run_is_held(run, NULL) && operator_find(op, runs, run->path, &ignored) == OK;
}

int cli_resume(int argc, char **argv)
{
    struct execute_options how = EXECUTE_DEFAULTS;
    struct cli_args args;
    uint32_t n_workers;
    struct err_note note = {""};
    struct run_dir run;
    struct operator op;
    const struct cli_option options[] = {EXECUTE_OPTIONS(how), CLI_OPTION_END};
    int code = cli_parse(argc, argv, options, 0, 1, &args);
    if (code >= 0)
        return code;
    code = execute_check(&how, &n_workers);
    if (code)
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
    if (is_held(&run, how.runs, &op)) {
        err = operator_order(&op, "resume", NULL, &note);
        run_dir_free(&run);
        if (err)
            return cli_fail(err, &note, NULL);
        cli_say("run %s goes on where it is held; plateau watch %s shows it", op.run,
                hint_run(op.run));
        return CLI_OK;
    }
    cli_say("run %s", run.id);
    code = execute_run(&run, &how, n_workers);
    run_dir_free(&run);
    return code;
}
