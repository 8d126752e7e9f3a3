/* status - how far a run is and who holds it; reads only. */
#include "cli/cli.h"
#include "cli/counts.h"
#include "cli/facts.h"
#include "coordinator/run.h"
#include "coordinator/standing.h"
#include "engine/plateau_engine.h"
#include <string.h>
#include <unistd.h>

static void tell(struct facts *facts, const struct run_dir *run, const struct run_counts *c,
                 const struct standing *standing)
{
    char results[4200];
    struct err_note holder = {""};
    bool held = run_is_held(run, &holder);
    snprintf(results, sizeof results, "%s/results.h5", run->path);
    const char *state = held                          ? "running"
                        : c->tiles_done == c->n_tiles ? "finished"
                        : standing->state             ? STANDING_NAME[standing->state]
                                                      : "stopped";
    facts_text(facts, "run", "%s", run->id);
    facts_text(facts, "state", "%s", state);
    if (standing->state && standing->reason[0])
        facts_text(facts, "reason", "%s", standing->reason);
    if (held)
        facts_text(facts, "holder", "%s", holder.text);
    facts_text(facts, "path", "%s", run->path);
    facts_text(facts, "created", "%s", run->created);
    facts_text(facts, "build", "%s", run->build);
    facts_text(facts, "engine", "%.16s%s", run->job.engine_id,
               strcmp(run->job.engine_id, plateau_engine_id()) == 0
                   ? ""
                   : " (another than this program's)");
    facts_whole(facts, "cells", c->cells);
    facts_whole(facts, "cells_done", c->cells_done);
    facts_whole(facts, "cells_failed", c->failed);
    facts_whole(facts, "cells_excluded", c->excluded);
    facts_whole(facts, "tiles", c->n_tiles);
    facts_whole(facts, "tiles_done", c->tiles_done);
    facts_whole(facts, "disputes", c->disputes);
    facts_text(facts, "results", "%s", access(results, R_OK) == 0 ? results : "");
}

int cli_status(int argc, char **argv)
{
    struct run_dir run;
    struct run_counts counts;
    struct standing standing;
    struct facts *facts = NULL;
    struct err_note note = {""};
    struct cli_args args;
    const char *runs = "runs";
    int format = CLI_TABLE;
    const struct cli_option options[] = {
        {"dir", 0, CLI_TEXT, &runs, "RUNS", "folder of runs (default: runs)", NULL},
        {"format", 0, CLI_CHOICE, &format, "FORM", "form of the output", CLI_FORMATS},
        CLI_OPTION_END,
    };
    int code = cli_parse(argc, argv, options, 0, 1, &args);
    if (code >= 0)
        return code;
    enum err err = run_dir_open(&run, runs, args.n ? args.at[0] : "last", &note);
    if (err)
        return cli_fail(err, &note, CLI_NO_RUN);
    err = run_count(&counts, &run, &note);
    if (!err)
        err = standing_read(&standing, run.path, &note);
    if (!err)
        err = facts_new(&facts);
    if (!err) {
        tell(facts, &run, &counts, &standing);
        err = facts_print(facts, (enum cli_format)format, stdout);
    }
    facts_free(&facts);
    run_dir_free(&run);
    return err ? cli_fail(err, &note, NULL) : CLI_OK;
}
