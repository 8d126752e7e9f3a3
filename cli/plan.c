/* plan - what a sweep will cost, before anything is started: cells counted arithmetically, time and
 * memory measured on a few spread-out tiles in this process. */
#include "cli/cli.h"
#include "cli/counts.h"
#include "cli/facts.h"
#include "cli/load.h"
#include "cli/progress.h"
#include "coordinator/calibrate.h"
#include "coordinator/run.h"
#include "engine/metrics.h"
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { WORKER_CACHE_MB = 256 };

static double rss_mb(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

static void tell_axes(struct facts *facts, const struct sweep *sweep)
{
    enum { SHOWN = 6 };
    for (uint32_t a = 0; a < sweep_n_axes(sweep); a++) {
        const struct sweep_axis *axis = sweep_axis(sweep, a);
        char text[512] = "", name[128];
        for (uint32_t l = 0; l < axis->n_levels; l++) {
            size_t used = strlen(text);
            bool gap = axis->n_levels > SHOWN && l == SHOWN - 2;
            l = gap ? axis->n_levels - 1 : l;
            snprintf(text + used, sizeof text - used, "%s%s%s", l ? " " : "", gap ? ".. " : "",
                     axis->texts[l]);
        }
        snprintf(name, sizeof name, "axis.%s", axis->label);
        facts_text(facts, name, "%u levels: %s", axis->n_levels, text);
    }
}

static void tell_periods(struct facts *facts, const struct job *job)
{
    for (uint32_t p = 0; p < job->n_periods; p++) {
        char start[11], end[11], name[JOB_NAME_MAX + 16];
        market_format_day(job->periods[p].start_day, start);
        market_format_day(job->periods[p].end_day, end);
        snprintf(name, sizeof name, "period.%s", job->periods[p].name);
        facts_text(facts, name, "%s .. %s%s", start, end,
                   job->periods[p].locked ? " (locked: skipped)" : "");
    }
    for (uint32_t s = 0; s < job->n_scenarios; s++) {
        char name[32];
        snprintf(name, sizeof name, "scenario.%u", s);
        facts_text(facts, name, "%s", job->scenarios[s].name);
    }
}

static void tell_folds(struct facts *facts, const struct folds *folds)
{
    const struct folds_walk *w = &folds->walk;
    const struct folds_cpcv *c = &folds->cpcv;
    if (w->train)
        facts_text(facts, "walk_forward", "%u windows of %u + %u sessions, step %u, in %u sessions",
                   folds_n_windows(folds), w->train, w->test, w->step, folds->n_days);
    if (c->groups)
        facts_text(facts, "cpcv", "%u splits: %u of %u groups, purge %u, embargo %u sessions",
                   folds_n_splits(folds), c->test, c->groups, c->purge, c->embargo);
}

static enum err tell_estimate(struct facts *facts, const struct loaded *loaded, uint64_t n_workers,
                              uint64_t cells_left, struct err_note *note)
{
    const struct job *job = &loaded->spec.job;
    struct calibration cost;
    double before = rss_mb();
    enum err err = calibrate(&cost, job, loaded->image.bytes, loaded->image.length,
                             (size_t)WORKER_CACHE_MB << 20, note);
    if (err)
        return err;
    double worker_mb = rss_mb() - before, cell_s = cost.seconds_a_point / job->n_scenarios;
    free(cost.known);
    double seconds =
        cells_left ? cost.warm_up_s + (double)cells_left * cell_s / (double)n_workers : 0;
    double row_bytes = 1 + job_n_open_periods(job) * (N_METRICS * 8.0 + 2) +
                       2 * 8.0 * (job->n_blocks + job_n_segments(job)) / job->n_scenarios;
    char span[32];
    progress_span(span, sizeof span, seconds);
    facts_whole(facts, "workers", n_workers);
    facts_number(facts, "estimate_s", seconds, 3);
    facts_text(facts, "estimate", "%s with %llu worker%s", span, (unsigned long long)n_workers,
               n_workers == 1 ? "" : "s");
    facts_number(facts, "cells_per_s_worker", 1 / cell_s, 3);
    facts_number(facts, "image_mb", (double)loaded->image.length / 1e6, 3);
    facts_number(facts, "worker_mb", worker_mb, 3);
    facts_number(facts, "journal_mb", (double)cells_left * row_bytes / 1e6, 3);
    return OK;
}

static enum err tell(struct facts *facts, const struct loaded *loaded, const char *runs,
                     uint64_t n_workers, uint64_t *cells_left, struct err_note *note)
{
    const struct job *job = &loaded->spec.job;
    bool exact = false;
    uint64_t n_points = sweep_n_points(job->sweep), included = sweep_n_included(job->sweep, &exact);
    struct run_counts counts = {.cells_done = 0};
    struct run_dir run;
    char id[sizeof run.id] = "new";
    if (run_equal(&run, runs, job) == OK) {
        snprintf(id, sizeof id, "%s", run.id);
        enum err counted = run_count(&counts, &run, note);
        run_dir_free(&run);
        if (counted)
            return counted;
    }
    uint64_t done = counts.cells_done - counts.excluded;
    uint64_t cells = included * job->n_scenarios;
    *cells_left = cells > done ? cells - done : 0;
    facts_text(facts, "sweep", "%s", job->name);
    facts_text(facts, "run", "%s", id);
    facts_whole(facts, "points", n_points);
    facts_whole(facts, "excluded", n_points - included);
    facts_text(facts, "count", "%s",
               exact ? "exact" : "estimated: where covers more than 10^8 combinations");
    facts_whole(facts, "scenarios", job->n_scenarios);
    facts_whole(facts, "periods", job_n_open_periods(job));
    facts_whole(facts, "cells", cells);
    facts_whole(facts, "cells_excluded", (n_points - included) * job->n_scenarios);
    facts_whole(facts, "cells_left", *cells_left);
    enum err err = tell_estimate(facts, loaded, n_workers, *cells_left, note);
    tell_axes(facts, job->sweep);
    tell_periods(facts, job);
    tell_folds(facts, &job->folds);
    return err;
}

int cli_plan(int argc, char **argv)
{
    struct cli_list set = {.n = 0}, only = {.n = 0};
    struct cli_args args;
    uint64_t n_workers = 0, cells_left = 0;
    const char *runs = "runs";
    bool exit_code = false;
    int format = CLI_TABLE;
    const struct cli_option options[] = {
        {"workers", 'j', CLI_COUNT, &n_workers, "N", "workers to plan for (default: cores)", NULL},
        {"only", 0, CLI_LIST, &only, "SCENARIO", "only this scenario (again for more)", NULL},
        {"set", 0, CLI_LIST, &set, "PATH=VALUE", "a field of the sweep, as if written there", NULL},
        {"dir", 0, CLI_TEXT, &runs, "RUNS", "folder of runs (default: runs)", NULL},
        {"exit-code", 0, CLI_FLAG, &exit_code, NULL, "exit with 10 if cells are left to compute",
         NULL},
        {"format", 0, CLI_CHOICE, &format, "FORM", "form of the output", CLI_FORMATS},
        CLI_OPTION_END,
    };
    int code = cli_parse(argc, argv, options, 1, 1, &args);
    if (code >= 0)
        return code;
    if (n_workers == 0)
        n_workers = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
    struct loaded loaded;
    struct facts *facts = NULL;
    struct err_note note = {""};
    enum err err = load_spec_and_image(&loaded, args.at[0], &set, &only, &note);
    if (err)
        return cli_fail(err, &note, NULL);
    err = facts_new(&facts);
    if (!err)
        err = tell(facts, &loaded, runs, n_workers, &cells_left, &note);
    if (!err)
        err = facts_print(facts, (enum cli_format)format, stdout);
    facts_free(&facts);
    loaded_free(&loaded);
    if (err)
        return cli_fail(err, &note, NULL);
    return exit_code && cells_left ? CLI_PLAN_HAS_WORK : CLI_OK;
}
