/* submit - a sweep, or a run that is there, to the service of its folder. */
#include "cli/await.h"
#include "cli/cli.h"
#include "cli/limits.h"
#include "cli/load.h"
#include "cli/operator.h"
#include "coordinator/import.h"
#include "coordinator/share.h"
#include <string.h>
#include <sys/stat.h>

/* The run is frozen here, where the sweep's files are; the service is given its id. */
static enum err find_or_make(struct run_dir *run, const char *runs, const char *what,
                             const struct cli_list *set, const struct cli_list *only,
                             struct err_note *note)
{
    struct loaded loaded;
    struct stat st;
    bool existed = false;
    if (stat(what, &st) != 0 || !S_ISREG(st.st_mode))
        return run_dir_open(run, runs, what, note);
    enum err err = load_spec_and_image(&loaded, what, set, only, note);
    if (err)
        return err;
    err = run_dir_create(run, runs, &loaded.spec, &existed, note);
    loaded_free(&loaded);
    return err;
}

static enum err hand_over(const struct run_dir *run, struct operator* op, uint64_t priority,
                          bool no_ledger, const struct run_limits *limits, struct err_note *note)
{
    json_t *more =
        json_pack("{s:I, s:b}", "priority", (json_int_t)priority, "no_ledger", no_ledger);
    enum err err = import_is(&run->job) ? import_refuse(run, "submit", note) : OK;
    if (!err)
        err = more ? run_limits_add(limits, more) : ERR_NOMEM;
    if (err) {
        json_decref(more);
        return err;
    }
    snprintf(op->run, sizeof op->run, "%s", run->id);
    return operator_order(op, "submit", more, note);
}

int cli_submit(int argc, char **argv)
{
    struct cli_list set = {.n = 0}, only = {.n = 0};
    struct err_note note = {""};
    struct operator op;
    struct cli_args args;
    struct run_dir run;
    const char *runs = "runs";
    uint64_t priority = SHARE_PRIORITY_DEFAULT;
    bool wait = false, no_ledger = false, quiet = false;
    struct limits_options limits_options = {0};
    struct run_limits limits;
    const struct cli_option options[] = {
        {"priority", 'p', CLI_COUNT, &priority, "N",
         "its part of the workers: 20 gets twice what 10 gets (1 .. 1000, default 10)", NULL},
        {"wait", 'w', CLI_FLAG, &wait, NULL, "until it ends; its exit code", NULL},
        LIMITS_OPTIONS(limits_options),
        {"no-ledger", 0, CLI_FLAG, &no_ledger, NULL, "do not count its points in the trial ledger",
         NULL},
        {"only", 0, CLI_LIST, &only, "SCENARIO", "only this scenario (again for more)", NULL},
        {"set", 0, CLI_LIST, &set, "PATH=VALUE", "a field of the sweep, as if written there", NULL},
        {"dir", 0, CLI_TEXT, &runs, "RUNS", "folder of runs (default: runs)", NULL},
        {"quiet", 'q', CLI_FLAG, &quiet, NULL, "no messages", NULL},
        CLI_OPTION_END,
    };
    int code = cli_parse(argc, argv, options, 1, 1, &args);
    if (code >= 0)
        return code;
    if (priority < 1 || priority > SHARE_PRIORITY_MAX)
        return cli_usage(NULL, "--priority: found %llu, expected 1 .. %u",
                         (unsigned long long)priority, SHARE_PRIORITY_MAX);
    cli_quiet(quiet);
    code = limits_read(&limits_options, &limits);
    if (code)
        return code;
    enum err err = operator_find_service(&op, runs, &note); /* before anything is loaded */
    if (err)
        return cli_fail(err, &note, "plateau coordinator --dir RUNS starts a service");
    err = find_or_make(&run, runs, args.at[0], &set, &only, &note);
    if (err)
        return cli_fail(err, &note, NULL);
    err = hand_over(&run, &op, priority, no_ledger, &limits, &note);
    if (err)
        code = cli_fail(err, &note, NULL);
    else
        printf("%s\n", run.id);
    fflush(stdout);
    if (!err)
        code = wait ? await_run(&run, 0) : CLI_OK;
    run_dir_free(&run);
    return code;
}
