/* plateau data check - load market data as a run would and show what was accepted and what was not.
 */
#include "cli/cli.h"
#include "cli/table.h"
#include "market/market.h"
#include "spec/spec.h"
#include <assert.h>
#include <string.h>

static const char *const asset_classes[] = {"equity", "crypto", NULL};

struct options {
    const char *prices, *benchmark, *output;
    int asset_class, format;
    double max_daily_move;
    bool all;
};

static const char *const columns[] = {"sleeve",
                                      "symbol",
                                      "rows",
                                      "accepted",
                                      "off_calendar",
                                      "not_finite",
                                      "not_positive",
                                      "ohlc_order",
                                      "negative_volume",
                                      "daily_move",
                                      "missing_sessions",
                                      "sessions_after",
                                      "first",
                                      "last",
                                      NULL};

static void add_row(struct table *table, const char *sleeve, const struct market_symbol_report *r)
{
    char first[11], last[11];
    market_format_day(r->first_day, first);
    market_format_day(r->last_day, last);
    table_text(table, sleeve);
    table_text(table, r->symbol);
    table_whole(table, r->rows);
    table_whole(table, r->accepted);
    for (int i = 0; i < MARKET_N_REJECTIONS; i++)
        table_whole(table, r->rejected[i]);
    table_whole(table, r->missing_sessions);
    table_whole(table, r->sessions_after);
    table_text(table, first);
    table_text(table, last);
}

/* The sum over a sleeve's symbols, its benchmark left out. */
static struct market_symbol_report total_of(const struct market_report *report)
{
    struct market_symbol_report total = {
        .symbol = "(total)", .first_day = INT32_MIN, .last_day = INT32_MIN};
    for (uint32_t i = 1; i < report->n_symbols; i++) {
        const struct market_symbol_report *r = &report->symbols[i];
        total.rows += r->rows;
        total.accepted += r->accepted;
        for (int k = 0; k < MARKET_N_REJECTIONS; k++)
            total.rejected[k] += r->rejected[k];
        total.missing_sessions += r->missing_sessions;
        total.sessions_after += r->sessions_after;
        if (r->accepted && (total.first_day == INT32_MIN || r->first_day < total.first_day))
            total.first_day = r->first_day;
        if (r->accepted && r->last_day > total.last_day)
            total.last_day = r->last_day;
    }
    return total;
}

static void say_summary(const struct market_report *report)
{
    struct market_symbol_report t = total_of(report);
    char first[11], last[11];
    market_format_day(report->first_day, first);
    market_format_day(report->last_day, last);
    cli_say("%s: benchmark %s, calendar %s to %s, %u sessions", report->sleeve,
            report->symbols[0].symbol, first, last, report->n_sessions);
    char reasons[256] = "";
    for (int k = 0, at = 0; k < MARKET_N_REJECTIONS; k++)
        if (t.rejected[k])
            at += snprintf(reasons + at, sizeof reasons - (size_t)at, "%s%u %s", at ? ", " : ": ",
                           t.rejected[k], MARKET_REJECTION_NAME[k]);
    cli_say("%s: %u symbols, %u rows, %u accepted, %u missing sessions, %u rejected%s",
            report->sleeve, report->n_symbols - 1, t.rows, t.accepted, t.missing_sessions,
            t.rows - t.accepted, reasons);
    if (report->n_ignored)
        cli_say("%s: warning: %u symbol%s of the source outside the universe, ignored",
                report->sleeve, report->n_ignored, report->n_ignored > 1 ? "s" : "");
}

/* Something of it was dropped or is not there, or it ends before the last of them does. */
static bool is_exception(const struct market_symbol_report *r, int32_t last_day)
{
    return r->accepted != r->rows || r->missing_sessions || r->last_day < last_day;
}

static enum err print_reports(const struct market_report *reports, uint32_t n,
                              const struct options *o, struct err_note *note)
{
    struct table *table = NULL;
    struct cli_output out;
    uint32_t n_left_out = 0;
    enum err e = table_new(&table, columns);
    if (e != OK)
        return e;
    for (uint32_t i = 0; i < n; i++) {
        struct market_symbol_report total = total_of(&reports[i]);
        for (uint32_t k = 0; k < reports[i].n_symbols; k++) {
            const struct market_symbol_report *r = &reports[i].symbols[k];
            if (o->all || o->format != CLI_TABLE || is_exception(r, total.last_day))
                add_row(table, reports[i].sleeve, r);
            else
                n_left_out++;
        }
        if (o->format == CLI_TABLE && reports[i].n_symbols > 1)
            add_row(table, reports[i].sleeve, &total);
    }
    e = cli_output_open(&out, o->output, false, note);
    if (e == OK) {
        e = table_print(table, (enum cli_format)o->format, out.file);
        if (e == OK)
            e = cli_output_commit(&out, note);
        else
            cli_output_discard(&out);
    }
    table_free(&table);
    if (e == OK && n_left_out)
        cli_say("not shown: %u symbol%s without a rejected row, a missing session or an early end; "
                "--all, or --format csv or json, shows every symbol",
                n_left_out, n_left_out == 1 ? "" : "s");
    return e;
}

static int check(const struct market_source *sources, uint32_t n, double max_daily_move,
                 const struct options *o)
{
    struct market_report reports[IMAGE_SLEEVES_MAX] = {0};
    struct market_image image = {0};
    struct err_note note = {""};
    assert(n > 0 && n <= IMAGE_SLEEVES_MAX);
    enum err loaded = market_build(sources, n, max_daily_move, &image, reports, &note);
    if (loaded == OK)
        market_image_free(&image);
    struct err_note print_note = {""};
    enum err printed = OK;
    if (reports[0].n_symbols) /* what could be loaded is shown before what could not */
        printed = print_reports(reports, n, o, &print_note);
    for (uint32_t i = 0; i < n; i++)
        if (reports[i].n_symbols)
            say_summary(&reports[i]);
    market_report_free(reports, n);
    if (loaded != OK)
        return cli_fail(loaded, &note, "correct the data or the data section, then check again");
    return printed == OK ? CLI_OK : cli_fail(printed, &print_note, NULL);
}

static int check_spec(const char *path, const struct options *o)
{
    struct spec spec = {0};
    struct err_note note = {""};
    enum err e = spec_load(&spec, path, NULL, &note);
    if (e != OK)
        return cli_fail(e, &note, NULL);
    int code = check(spec.sources, spec.job.n_sleeves, spec.max_daily_move, o);
    spec_free(&spec);
    return code;
}

int cli_data(int argc, char **argv)
{
    struct options o = {.max_daily_move = MARKET_MAX_DAILY_MOVE};
    const struct cli_option options[] = {
        {"prices", 0, CLI_TEXT, &o.prices, "PATH",
         "a folder of SYMBOL.csv files or one long file, instead of SPEC", NULL},
        {"benchmark", 0, CLI_TEXT, &o.benchmark, "FILE", "the benchmark's price file", NULL},
        {"asset-class", 0, CLI_CHOICE, &o.asset_class, "CLASS",
         "sessions: the benchmark's dates, or every day", asset_classes},
        {"max-daily-move", 0, CLI_NUMBER, &o.max_daily_move, "FRACTION",
         "reject a close that moves further in a day (0.5)", NULL},
        {"all", 0, CLI_FLAG, &o.all, NULL,
         "every symbol (a table has those with a rejected row, a missing session or an early end)",
         NULL},
        {"format", 0, CLI_CHOICE, &o.format, "FORM",
         "form of the report; json and csv hold every symbol", CLI_FORMATS},
        {"output", 'o', CLI_TEXT, &o.output, "FILE", "write the report to a file", NULL},
        CLI_OPTION_END};
    struct cli_args args;
    int code = cli_parse(argc, argv, options, 1, 2, &args);
    if (code >= 0)
        return code;
    if (strcmp(args.at[0], "check") != 0)
        return cli_usage("plateau data check --help", "unknown action \"%s\", expected check",
                         args.at[0]);
    if (args.n == 2 && (o.prices || o.benchmark))
        return cli_usage("plateau data check --help",
                         "give a sweep file, or --prices and --benchmark, not both");
    if (args.n == 2)
        return check_spec(args.at[1], &o);
    if (!o.prices || !o.benchmark)
        return cli_usage("plateau data check --help",
                         "give a sweep file, or --prices and --benchmark");
    struct market_source source = {.sleeve = asset_classes[o.asset_class],
                                   .asset_class = (enum image_asset_class)o.asset_class,
                                   .prices = o.prices,
                                   .benchmark = o.benchmark};
    return check(&source, 1, o.max_daily_move, &o);
}
