/* run - a sweep file and its data to a finished run. The same spec on the same data is the same
 * run: it goes on where it was. */
#include "cli/execute.h"
#include "cli/load.h"
#include "cli/progress.h"

static void tell_plan(const struct run_dir *run, bool existed)
{
    const struct job *job = &run->job;
    char points[32], cells[32];
    bool exact;
    uint64_t included = sweep_n_included(job->sweep, &exact);
    progress_count(points, sizeof points, included);
    progress_count(cells, sizeof cells, included * job->n_scenarios);
    cli_say("run %s%s: %s%s points x %u scenarios = %s cells, %u period%s each", run->id,
            existed ? " (was there)" : "", exact ? "" : "about ", points, job->n_scenarios, cells,
            job_n_open_periods(job), job_n_open_periods(job) == 1 ? "" : "s");
    for (uint32_t p = 0; p < job->n_periods; p++) {
        char start[11], end[11];
        if (!job->periods[p].locked)
            continue;
        market_format_day(job->periods[p].start_day, start);
        market_format_day(job->periods[p].end_day, end);
        cli_say("skipped: period %s (%s .. %s) is locked", job->periods[p].name, start, end);
    }
}

int cli_run(int argc, char **argv)
{
    struct execute_options how = EXECUTE_DEFAULTS;
    struct cli_list set = {.n = 0}, only = {.n = 0};
    struct cli_args args;
    const struct cli_option options[] = {
        EXECUTE_OPTIONS(how),
        {"only", 0, CLI_LIST, &only, "SCENARIO", "only this scenario (again for more)", NULL},
        {"set", 0, CLI_LIST, &set, "PATH=VALUE", "a field of the sweep, as if written there", NULL},
        CLI_OPTION_END,
    };
    int code = cli_parse(argc, argv, options, 1, 1, &args);
    if (code >= 0)
        return code;
    cli_quiet(how.quiet);
    struct loaded loaded;
    struct err_note note = {""};
    struct run_dir run;
    bool existed = false;
    enum err err = load_spec_and_image(&loaded, args.at[0], &set, &only, &note);
    if (err)
        return cli_fail(err, &note, NULL);
    err = run_dir_create(&run, how.runs, &loaded.spec, &existed, &note);
    loaded_free(&loaded);
    if (err)
        return cli_fail(err, &note, NULL);
    tell_plan(&run, existed);
    code = execute_run(&run, &how);
    run_dir_free(&run);
    return code;
}
