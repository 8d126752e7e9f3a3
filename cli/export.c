/* export - a run's results as HDF5, CSV or JSON lines, rebuilt from its journal. */
#include "coordinator/export.h"
#include "cli/cli.h"
#include "cli/review_record.h"
#include <string.h>
#include <unistd.h>

enum form { FORM_H5, FORM_CSV, FORM_JSONL };
static const char *const FORMS[] = {"h5", "csv", "jsonl", NULL};

/* Without -o: results.h5 of the run, rows to standard output. */
static enum err write_rows(const struct run_dir *run, enum form form, const char *path,
                           bool partial, struct err_note *note)
{
    struct cli_output out;
    enum err err = cli_output_open(&out, path, false, note);
    if (err)
        return err;
    err = export_text(run, out.file, form == FORM_CSV ? EXPORT_CSV : EXPORT_JSONL, partial, note);
    if (!err)
        err = cli_output_commit(&out, note);
    cli_output_discard(&out);
    return err;
}

static enum err write_h5(const struct run_dir *run, const char *path, bool partial,
                         struct err_note *note)
{
    char own[4200];
    if (path && strcmp(path, "-") == 0)
        return err_set(note, ERR_RANGE,
                       "an HDF5 file cannot go to standard output: give a file with -o FILE");
    snprintf(own, sizeof own, "%s/results.h5", run->path);
    enum err err = review_record_export(run, path ? path : own, partial, note);
    if (!err)
        cli_say("results in %s", path ? path : own);
    return err;
}

int cli_export(int argc, char **argv)
{
    const char *runs = "runs", *path = NULL;
    int form = FORM_H5;
    bool partial = false;
    const struct cli_option options[] = {
        {"format", 0, CLI_CHOICE, &form, "FORM", "form (default: h5)", FORMS},
        {"output", 'o', CLI_TEXT, &path, "FILE",
         "where to write (default: RUN/results.h5, rows to standard output)", NULL},
        {"partial", 0, CLI_FLAG, &partial, NULL,
         "also of a run that is not finished: cells are missing", NULL},
        {"dir", 0, CLI_TEXT, &runs, "RUNS", "folder of runs (default: runs)", NULL},
        CLI_OPTION_END,
    };
    struct cli_args args;
    int code = cli_parse(argc, argv, options, 0, 1, &args);
    if (code >= 0)
        return code;
    struct err_note note = {""};
    struct run_dir run;
    enum err err = run_dir_open(&run, runs, args.n ? args.at[0] : "last", &note);
    if (err)
        return cli_fail(err, &note, CLI_NO_RUN);
    if (form == FORM_H5)
        err = write_h5(&run, path, partial, &note);
    else
        err = write_rows(&run, (enum form)form, path, partial, &note);
    run_dir_free(&run);
    return err ? cli_fail(
                     err, &note,
                     err == ERR_EMPTY
                         ? "plateau resume RUN goes on with it; --partial exports what is there"
                         : NULL)
               : CLI_OK;
}
