/* prereg - write down what a run will be and what it will be judged by, before anybody sees its
 * results. */
#include "review/prereg.h"
#include "cli/cli.h"
#include "cli/load.h"
#include "coordinator/run.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define USUAL_CRITERIA "configs/gate.yaml" /* as for `check` */

struct asked {
    const char *runs, *output, *criteria;
    struct cli_list set, only;
};

/* A sweep file is a file; a run is a folder, an id, or `last`. */
static bool is_sweep_file(const char *text)
{
    struct stat st;
    return stat(text, &st) == 0 && S_ISREG(st.st_mode);
}

static enum err of_spec(struct prereg **out, const char *path, const struct asked *asked,
                        struct err_note *note)
{
    struct loaded loaded;
    enum err err = load_spec_and_image(&loaded, path, &asked->set, &asked->only, note);
    if (err)
        return err;
    err = prereg_of_job(out, &loaded.spec.job);
    loaded_free(&loaded);
    return err;
}

static enum err of_run(struct prereg **out, const char *which, const struct asked *asked,
                       struct err_note *note)
{
    struct run_dir run;
    if (asked->set.n || asked->only.n)
        return err_set(note, ERR_FORMAT,
                       "--set and --only change a sweep file; %s is a run, which is what it is",
                       which);
    enum err err = run_dir_open(&run, asked->runs, which, note);
    if (err)
        return err;
    err = prereg_of_job(out, &run.job);
    run_dir_free(&run);
    return err;
}

static bool wants_json(const char *path)
{
    size_t n = path ? strlen(path) : 0;
    return n >= 5 && strcmp(path + n - 5, ".json") == 0;
}

static enum err write_out(const struct prereg *prereg, const char *path, struct err_note *note)
{
    struct cli_output out;
    char made[32];
    time_t now = time(NULL);
    struct tm tm;
    strftime(made, sizeof made, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
    enum err err = cli_output_open(&out, path, false, note);
    if (err)
        return err;
    err = prereg_write(prereg, made, out.file, wants_json(path) ? PREREG_JSON : PREREG_YAML);
    if (!err)
        err = cli_output_commit(&out, note);
    cli_output_discard(&out);
    return err;
}

int cli_prereg(int argc, char **argv)
{
    struct asked asked = {.runs = "runs"};
    struct cli_args args;
    const struct cli_option options[] = {
        {"output", 'o', CLI_TEXT, &asked.output, "FILE",
         "where it goes: .yaml, or .json (default: stdout)", NULL},
        {"criteria", 0, CLI_TEXT, &asked.criteria, "FILE",
         "what the run will be judged by (default: configs/gate.yaml, if it is there)", NULL},
        {"set", 0, CLI_LIST, &asked.set, "PATH=VALUE", "as for run: a field of the sweep", NULL},
        {"only", 0, CLI_LIST, &asked.only, "SCENARIO", "as for run: only this scenario", NULL},
        {"dir", 0, CLI_TEXT, &asked.runs, "RUNS", "folder of runs (default: runs)", NULL},
        CLI_OPTION_END,
    };
    int code = cli_parse(argc, argv, options, 1, 1, &args);
    if (code >= 0)
        return code;
    struct err_note note = {""};
    struct prereg *prereg = NULL;
    const char *what = args.at[0];
    if (!asked.criteria && access(USUAL_CRITERIA, R_OK) == 0)
        asked.criteria = USUAL_CRITERIA;
    enum err err = is_sweep_file(what) ? of_spec(&prereg, what, &asked, &note)
                                       : of_run(&prereg, what, &asked, &note);
    if (!err && asked.criteria)
        err = prereg_add_criteria_file(prereg, asked.criteria, &note);
    if (!err)
        err = write_out(prereg, asked.output, &note);
    prereg_free(&prereg);
    if (err)
        return cli_fail(err, &note, NULL);
    if (!asked.criteria)
        cli_say("note: no criteria: nothing says what the run will be judged by (--criteria FILE)");
    if (asked.output && strcmp(asked.output, "-") != 0)
        cli_say("wrote %s; commit it before the run, then: plateau check RUN --prereg %s",
                asked.output, asked.output);
    return CLI_OK;
}
