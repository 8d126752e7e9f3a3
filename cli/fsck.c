/* fsck - is a run on disk what it says it is? 0 if so, 5 if something differs, 3 if something is
 * damaged.
 */
#include "coordinator/fsck.h"
#include "cli/cli.h"
#include "cli/table.h"

static void on_finding(void *ctx, enum fsck_state state, const char *check, const char *text)
{
    struct table *table = ctx;
    table_text(table, check);
    table_text(table, FSCK_STATE_NAME[state]);
    table_text(table, text);
}

static int verdict(enum fsck_state worst, bool repair)
{
    struct err_note note;
    if (worst < FSCK_DIFFERENT)
        return CLI_OK;
    const char *next = repair
                           ? "what --repair could not mend needs a copy of the run's folder, or a "
                             "run from the start in another --dir"
                           : "plateau fsck --repair mends what loses nothing";
    enum err err = worst == FSCK_DAMAGED ? ERR_CORRUPT : ERR_MISMATCH;
    err_set(&note, err, "the run is %s: see the table", FSCK_STATE_NAME[worst]);
    return cli_fail(err, &note, next);
}

int cli_fsck(int argc, char **argv)
{
    static const char *const columns[] = {"check", "state", "found", NULL};
    struct fsck_options how = {.tell = on_finding};
    enum fsck_state worst = FSCK_OK;
    struct table *table = NULL;
    struct run_dir run;
    struct err_note note = {""};
    struct cli_args args;
    const char *runs = "runs";
    int format = CLI_TABLE;
    const struct cli_option options[] = {
        {"dir", 0, CLI_TEXT, &runs, "RUNS", "folder of runs (default: runs)", NULL},
        {"repair", 0, CLI_FLAG, &how.repair, NULL,
         "remove rows of no use, write results.h5 anew from the journal", NULL},
        {"format", 0, CLI_CHOICE, &format, "FORM", "form of the output", CLI_FORMATS},
        CLI_OPTION_END,
    };
    int code = cli_parse(argc, argv, options, 0, 1, &args);
    if (code >= 0)
        return code;
    enum err err = run_dir_open(&run, runs, args.n ? args.at[0] : "last", &note);
    if (err)
        return cli_fail(err, &note, NULL);
    err = table_new(&table, columns);
    how.ctx = table;
    if (!err)
        err = fsck_run(&run, &how, &worst, &note);
    if (!err)
        err = table_print(table, (enum cli_format)format, stdout);
    table_free(&table);
    run_dir_free(&run);
    return err ? cli_fail(err, &note, NULL) : verdict(worst, how.repair);
}
