/* holdout - open the locked periods for one chosen point, once: computed in every scenario, kept in
 * the run and counted in the trial ledger. */
#include "coordinator/holdout.h"
#include "cli/cli.h"
#include "cli/hint.h"
#include "cli/run_image.h"
#include "cli/table.h"
#include "coordinator/results.h"
#include "coordinator/tried.h"
#include <stdlib.h>
#include <string.h>

struct asked {
    const char *runs, *point, *ledger;
    bool no_ledger;
    int format;
};
struct opening {
    struct run_dir run;
    struct holdout record;
    uint64_t point, times;
    bool stored; /* was on record before */
};

static const uint32_t SHOWN[] = {METRIC_total_return, METRIC_cagr,          METRIC_sharpe,
                                 METRIC_calmar,       METRIC_mdd,           METRIC_n_trades,
                                 METRIC_win_rate,     METRIC_profit_factor, METRIC_expectancy_r};
enum { N_SHOWN = sizeof SHOWN / sizeof SHOWN[0] };

/* For eyes a choice of metrics; programs get all of them to the bit. */
static void tell_row(struct table *table, const struct opening *o, bool all, uint32_t scenario,
                     const char *period, bool locked, enum status status, const double *metrics)
{
    table_whole(table, (int64_t)o->point);
    table_text(table, o->run.job.scenarios[scenario].name);
    table_text(table, period);
    table_text(table, locked ? "yes" : "no");
    table_text(table, STATUS_NAME[status]);
    for (uint32_t m = 0; m < (all ? N_METRICS : N_SHOWN); m++)
        table_number(table, metrics[all ? m : SHOWN[m]], all ? 17 : 4);
}

static enum err tell_scenario(struct table *table, const struct opening *o, bool all,
                              uint32_t scenario, struct err_note *note)
{
    const struct job *job = &o->run.job;
    struct results_cell *cell = calloc(1, sizeof *cell);
    if (!cell)
        return ERR_NOMEM;
    enum err err = results_cell(&o->run, o->point, scenario, cell, note);
    const struct holdout_opening *opening = holdout_find(&o->record, o->point);
    for (uint32_t p = 0; !err && p < job_n_open_periods(job); p++)
        tell_row(table, o, all, scenario, results_period_name(job, p), false, cell->status,
                 cell->metrics[p]);
    for (uint32_t p = 0; !err && opening && p < o->record.n_periods; p++) {
        const struct holdout_cell *locked = holdout_cell(&o->record, opening, scenario, p);
        tell_row(table, o, all, scenario, job->periods[holdout_period(job, p)].name, true,
                 locked->status, locked->metrics);
    }
    free(cell);
    return err;
}

static enum err print_rows(const struct opening *o, enum cli_format format, struct err_note *note)
{
    const char *columns[N_METRICS + 6] = {"point", "scenario", "period", "locked", "status"};
    bool all = format != CLI_TABLE;
    struct table *table = NULL;
    for (uint32_t m = 0; m < (all ? N_METRICS : N_SHOWN); m++)
        columns[5 + m] = METRIC_INFO[all ? m : SHOWN[m]].name;
    enum err err = table_new(&table, columns);
    for (uint32_t s = 0; !err && s < o->run.job.n_scenarios; s++)
        err = tell_scenario(table, o, all, s, note);
    if (!err)
        err = table_print(table, format, stdout);
    table_free(&table);
    return err;
}

static enum err open_or_read(struct opening *o, struct err_note *note)
{
    struct market_image image;
    enum err err = holdout_read(&o->record, &o->run, note);
    if (err)
        return err;
    o->stored = holdout_find(&o->record, o->point) != NULL;
    if (o->stored)
        return OK;
    err = run_image_open(&image, &o->run, note);
    if (err)
        return err;
    err = holdout_open(&o->run, &image, o->point, note);
    market_image_free(&image);
    if (err == ERR_EXISTS) /* by another process, just now */
        o->stored = true;
    if (err && err != ERR_EXISTS)
        return err;
    holdout_free(&o->record);
    return holdout_read(&o->record, &o->run, note);
}

/* What was seen was seen: an opening that another ledger, or none, was told of is told again. */
static void count_opening(struct opening *o, const struct asked *asked)
{
    struct ledger *ledger = NULL;
    struct err_note note = {""};
    enum err err = OK;
    if (!asked->no_ledger) {
        err = ledger_open(&ledger, asked->ledger, &note);
        if (!err)
            err = tried_record(&o->run, ledger, NULL, &note);
        if (!err)
            err = holdout_record(&o->run, ledger, o->point, &note);
        if (err)
            fprintf(stderr, "plateau: warning: this opening is not in the trial ledger: %s\n",
                    note.text[0] ? note.text : err_text(err));
    }
    err = holdout_times_opened(&o->run, ledger, &o->times, &note);
    if (err) /* the ledger does not answer: what the run knows */
        o->times = o->record.n;
    ledger_close(&ledger);
}

static void tell_state(const struct opening *o)
{
    const struct holdout_opening *opening = holdout_find(&o->record, o->point);
    if (o->stored)
        cli_say("point %llu was opened %s; this is the record, not a new opening",
                (unsigned long long)o->point, opening ? opening->opened : "before");
    else
        cli_say("opened the holdout of run %s for point %llu; `plateau export %s` writes it into "
                "results.h5",
                o->run.id, (unsigned long long)o->point, hint_run(o->run.id));
    if (o->times > 1)
        cli_say("warning: these dates were opened %llu times: they are no holdout any more, and "
                "every verdict will say so",
                (unsigned long long)o->times);
}

static enum err parse_point(struct opening *o, const char *text, struct err_note *note)
{
    uint32_t scenario;
    if (strchr(text, ':'))
        return err_set(note, ERR_FORMAT,
                       "--point %s: a point is opened in all scenarios: expected its number, or "
                       "best",
                       text);
    return results_parse_cell(&o->run, text, &o->point, &scenario, note);
}

int cli_holdout(int argc, char **argv)
{
    struct asked asked = {.runs = "runs"};
    const struct cli_option options[] = {
        {"point", 'p', CLI_TEXT, &asked.point, "POINT", "the chosen point: its number, or best",
         NULL},
        {"dir", 0, CLI_TEXT, &asked.runs, "RUNS", "folder of runs (default: runs)", NULL},
        {"ledger", 0, CLI_TEXT, &asked.ledger, "FILE",
         "trial ledger (default: $PLATEAU_LEDGER, or the user's)", NULL},
        {"no-ledger", 0, CLI_FLAG, &asked.no_ledger, NULL,
         "do not count this opening in the trial ledger", NULL},
        {"format", 0, CLI_CHOICE, &asked.format, "FORM", "form of the output", CLI_FORMATS},
        CLI_OPTION_END,
    };
    struct cli_args args;
    int code = cli_parse(argc, argv, options, 0, 1, &args);
    if (code >= 0)
        return code;
    if (!asked.point)
        return cli_usage("plateau cells last --sort sharpe --top 10 lists points",
                         "holdout opens the locked periods of one point: expected --point POINT");
    struct err_note note = {""};
    struct opening o;
    memset(&o, 0, sizeof o);
    enum err err = run_dir_open(&o.run, asked.runs, args.n ? args.at[0] : "last", &note);
    if (!err)
        err = parse_point(&o, asked.point, &note);
    if (!err)
        err = open_or_read(&o, &note);
    if (!err) {
        count_opening(&o, &asked);
        err = print_rows(&o, (enum cli_format)asked.format, &note);
    }
    if (!err)
        tell_state(&o);
    holdout_free(&o.record);
    run_dir_free(&o.run);
    return err ? cli_fail(err, &note, NULL) : CLI_OK;
}
