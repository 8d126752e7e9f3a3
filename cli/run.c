/* run - a sweep file and its data to a finished run. The same spec on the same data is the same
 * run: it goes on where it was. */
#include "cli/execute.h"
#include "cli/load.h"
#include "cli/progress.h"

static void tell_plan(const struct run_dir *run, bool existed)
{
    const struct job *job = &run->job;
    char points[32], cells[32], all[32], left_out[32], excluded[160] = "";
    bool exact;
    uint64_t n = sweep_n_points(job->sweep), included = sweep_n_included(job->sweep, &exact);
    progress_count(points, sizeof points, included);
    progress_count(cells, sizeof cells, included * job->n_scenarios);
    progress_count(left_out, sizeof left_out, (n - included) * job->n_scenarios);
    progress_count(all, sizeof all, n * job->n_scenarios);
    if (included < n) /* progress and the end of the run count them too */
        snprintf(excluded, sizeof excluded, "; %s excluded by where, %s in all", left_out, all);
    cli_say("run %s%s: %s%s points x %u scenario%s = %s cells, %u period%s each%s", run->id,
            existed ? " (was there)" : "", exact ? "" : "about ", points, job->n_scenarios,
            job->n_scenarios == 1 ? "" : "s", cells, job_n_open_periods(job),
            job_n_open_periods(job) == 1 ? "" : "s", excluded);
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
    uint32_t n_workers;
    const struct cli_option options[] = {
        EXECUTE_OPTIONS(how),
        {"only", 0, CLI_LIST, &only, "SCENARIO", "only this scenario (again for more)", NULL},
        {"set", 0, CLI_LIST, &set, "PATH=VALUE", "a field of the sweep, as if written there", NULL},
        CLI_OPTION_END,
    };
    int code = cli_parse(argc, argv, options, 1, 1, &args);
    if (code >= 0)
        return code;
    code = execute_check(&how, &n_workers);
    if (code)
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
    code = execute_run(&run, &how, n_workers);
    run_dir_free(&run);
    return code;
}
