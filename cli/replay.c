/* replay - one cell again, with everything that happened: its metrics must be the stored ones to
 * the bit. */
#include "cli/cli.h"
#include "cli/run_image.h"
#include "cli/table.h"
#include "coordinator/import.h"
#include "coordinator/results.h"
#include "coordinator/run.h"
#include "market/market.h"
#include "worker/cell.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define REPLAY_CACHE_BYTES (256u << 20)

struct replay {
    struct run_dir run;
    struct market_image image;
    struct cell_engine *cells;
    struct results_cell stored;
    struct cli_output trades, equity;
    struct table *table;
    unsigned n_different;
    struct err_note difference; /* the first one */
};

static enum err find_stored(struct replay *r, const char *cell, struct err_note *note)
{
    uint64_t point;
    uint32_t scenario;
    enum err err = results_parse_cell(&r->run, cell, &point, &scenario, note);
    if (!err)
        err = results_cell(&r->run, point, scenario, &r->stored, note);
    if (err || r->stored.status == STATUS_OK)
        return err;
    return err_set(note, ERR_EMPTY, "cell %s is %s%s%s: there are no numbers to compare", cell,
                   STATUS_NAME[r->stored.status], r->stored.reason[0] ? ": " : "",
                   r->stored.reason);
}

static void compare(struct replay *r, uint32_t period, const char *name,
                    const struct metric_row *again)
{
    for (uint32_t m = 0; m < N_METRICS; m++) {
        double stored = r->stored.metrics[period][m];
        if (memcmp(&stored, &again->v[m], sizeof stored) == 0)
            continue;
        if (r->n_different++ == 0)
            err_set(&r->difference, ERR_MISMATCH,
                    "period %s, %s: stored %.17g, computed again %.17g", name, METRIC_INFO[m].name,
                    stored, again->v[m]);
    }
    if (r->stored.flags[period] != again->flags && r->n_different++ == 0)
        err_set(&r->difference, ERR_MISMATCH, "period %s, flags: stored %u, computed again %u",
                name, r->stored.flags[period], again->flags);
}

static const char *day_text(int32_t day, char out[11])
{
    out[0] = '\0';
    if (day >= 0)
        market_format_day(day, out);
    return out;
}

/* NaN is an empty field. */
static void put(FILE *out, double value)
{
    if (isnan(value))
        fputc(',', out);
    else
        fprintf(out, ",%.17g", value);
}

static void write_trade(FILE *out, const char *period, const struct plateau_trade *t)
{
    char signal[11], entry[11], leave[11];
    bool closed = t->exit_day >= 0;
    fprintf(out, "%s,%s,%s,%s,%s,%s,%s", period, t->symbol, t->sleeve, t->trigger,
            day_text(t->signal_day, signal), day_text(t->entry_day, entry),
            day_text(t->exit_day, leave));
    const double values[] = {t->quantity,
                             t->entry_price,
                             closed ? t->exit_price : NAN,
                             t->initial_stop,
                             t->stop,
                             t->entry_fee,
                             closed ? t->exit_fee : NAN,
                             t->entry_slippage_bps,
                             closed ? t->exit_slippage_bps : NAN,
                             closed ? t->pnl : NAN,
                             closed ? t->r_multiple : NAN};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        put(out, values[i]);
    fprintf(out, ",%s\n", closed ? PLATEAU_REASON_NAME[t->reason] : "open");
}

static void write_period(struct replay *r, const char *period, const struct plateau_trace *trace)
{
    for (uint32_t i = 0; i < trace->n_trades; i++)
        write_trade(r->trades.file, period, &trace->trades[i]);
    for (uint32_t i = 0; i < trace->n_open; i++)
        write_trade(r->trades.file, period, &trace->open[i]);
    for (uint32_t i = 0; i < trace->n_days; i++) {
        char day[11];
        fprintf(r->equity.file, "%s,%s", period, day_text(trace->day[i], day));
        put(r->equity.file, trace->equity[i]);
        put(r->equity.file, trace->cash[i]);
        put(r->equity.file, trace->returns[i]);
        put(r->equity.file, trace->bench_return[i]);
        put(r->equity.file, trace->risk_multiplier[i]);
        fputc('\n', r->equity.file);
    }
}

static enum err run_periods(struct replay *r, struct err_note *note)
{
    const struct job *job = &r->run.job;
    const struct plateau_config *config;
    bool failed;
    const struct plateau_scenario scenario = cell_scenario(job, r->stored.scenario);
    for (uint32_t p = 0, open = 0; p < job->n_periods; p++) {
        struct plateau_trace trace;
        if (job->periods[p].locked)
            continue;
        const struct plateau_period period = cell_period(job, open);
        enum err err = cell_config(r->cells, r->stored.point, &config, &failed, note);
        if (err || failed)
            return err ? err : ERR_RANGE;
        err = plateau_run_traced(cell_plateau_engine(r->cells), config, &scenario, &period, &trace);
        if (err)
            return err_set(note, err, "%s", err_text(err));
        unsigned before = r->n_different;
        compare(r, open, job->periods[p].name, &trace.metrics);
        write_period(r, job->periods[p].name, &trace);
        table_text(r->table, job->periods[p].name);
        table_text(r->table, r->n_different == before ? "equal" : "different");
        table_whole(r->table, trace.n_days);
        table_whole(r->table, trace.n_trades);
        table_whole(r->table, trace.n_open);
        table_number(r->table, trace.metrics.v[METRIC_total_return], 6);
        table_number(r->table, trace.metrics.v[METRIC_sharpe], 6);
        table_number(r->table, trace.metrics.v[METRIC_mdd], 6);
        open++;
    }
    return OK;
}

static enum err open_outputs(struct replay *r, const char *folder, struct err_note *note)
{
    static const char *const columns[] = {"period",       "bits",   "days", "trades", "open",
                                          "total_return", "sharpe", "mdd",  NULL};
    char path[4096];
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return err_set(note, ERR_IO, "%s: %s", folder, strerror(errno));
    enum err err = table_new(&r->table, columns);
    if (err)
        return err;
    snprintf(path, sizeof path, "%s/trades.csv", folder);
    if ((err = cli_output_open(&r->trades, path, false, note)) != OK)
        return err;
    snprintf(path, sizeof path, "%s/equity.csv", folder);
    if ((err = cli_output_open(&r->equity, path, false, note)) != OK)
        return err;
    fprintf(r->trades.file,
            "period,symbol,sleeve,trigger,signal_date,entry_date,exit_date,quantity,"
            "entry_price,exit_price,initial_stop,stop,entry_fee,exit_fee,"
            "entry_slippage_bps,exit_slippage_bps,pnl,r_multiple,reason\n");
    fprintf(r->equity.file, "period,date,equity,cash,return,benchmark_return,risk_multiplier\n");
    return OK;
}

static enum err prepare(struct replay *r, const char *runs, const char *which, const char *cell,
                        struct err_note *note)
{
    enum err err = run_dir_open(&r->run, runs, which, note);
    if (err)
        return err;
    const struct job *job = &r->run.job;
    if (import_is(job))
        return import_refuse(&r->run, "replay", note);
    if ((err = run_dir_check_engine(&r->run, note)) != OK ||
        (err = find_stored(r, cell, note)) != OK)
        return err;
    err = run_image_open(&r->image, &r->run, note);
    if (err)
        return err;
    return cell_engine_new(&r->cells, job, r->image.bytes, r->image.length, REPLAY_CACHE_BYTES,
                           note);
}

static void replay_free(struct replay *r)
{
    cli_output_discard(&r->trades);
    cli_output_discard(&r->equity);
    table_free(&r->table);
    cell_engine_free(&r->cells);
    market_image_free(&r->image);
    run_dir_free(&r->run);
}

int cli_replay(int argc, char **argv)
{
    struct replay r;
    struct err_note note = {""};
    struct cli_args args;
    const char *runs = "runs", *folder = ".";
    int format = CLI_TABLE;
    const struct cli_option options[] = {
        {"dir", 0, CLI_TEXT, &runs, "RUNS", "folder of runs (default: runs)", NULL},
        {"output", 'o', CLI_TEXT, &folder, "FOLDER", "where trades.csv and equity.csv go", NULL},
        {"format", 0, CLI_CHOICE, &format, "FORM", "form of the output", CLI_FORMATS},
        CLI_OPTION_END,
    };
    int code = cli_parse(argc, argv, options, 1, 2, &args);
    if (code >= 0)
        return code;
    memset(&r, 0, sizeof r);
    enum err err = prepare(&r, runs, args.n > 1 ? args.at[1] : "last", args.at[0], &note);
    if (!err)
        err = open_outputs(&r, folder, &note);
    if (!err)
        err = run_periods(&r, &note);
    if (!err)
        err = cli_output_commit(&r.trades, &note);
    if (!err)
        err = cli_output_commit(&r.equity, &note);
    if (!err)
        err = table_print(r.table, (enum cli_format)format, stdout);
    if (err) {
        code = cli_fail(err, &note, NULL);
    } else if (r.n_different) {
        code = cli_fail(ERR_MISMATCH, &r.difference, NULL);
    } else {
        cli_say("every metric has the stored bits; wrote %s/trades.csv and %s/equity.csv", folder,
                folder);
        code = CLI_OK;
    }
    replay_free(&r);
    return code;
}
