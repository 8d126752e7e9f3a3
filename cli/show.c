/* show - all numbers of one cell. */
#include "cli/cli.h"
#include "cli/facts.h"
#include "cli/table.h"
#include "coordinator/results.h"
#include <stdlib.h>
#include <string.h>

struct shown {
    struct run_dir run;
    struct results_cell cell;
    uint32_t n_periods;
};

static void tell_cell(struct facts *facts, const struct shown *s)
{
    const struct sweep *sweep = s->run.job.sweep;
    uint32_t levels[SWEEP_AXES_MAX];
    sweep_levels(sweep, s->cell.point, levels);
    facts_text(facts, "run", "%s", s->run.id);
    facts_whole(facts, "point", s->cell.point);
    facts_text(facts, "scenario", "%s", s->run.job.scenarios[s->cell.scenario].name);
    facts_text(facts, "status", "%s", STATUS_NAME[s->cell.status]);
    if (s->cell.reason[0])
        facts_text(facts, "reason", "%s", s->cell.reason);
    for (uint32_t a = 0; a < sweep_n_axes(sweep); a++)
        facts_text(facts, sweep_axis(sweep, a)->label, "%s",
                   sweep_axis(sweep, a)->texts[levels[a]]);
}

static void tell_sums(struct facts *facts, const char *what, const double *sums, uint32_t n)
{
    char name[128];
    for (uint32_t i = 0; i < n; i++) {
        snprintf(name, sizeof name, "%s.%u", what, i);
        facts_number(facts, name, sums[i], 17);
    }
}

/* One flat list for programs: "train.sharpe", ... */
static void tell_numbers(struct facts *facts, const struct shown *s)
{
    char name[128];
    for (uint32_t p = 0; p < s->n_periods; p++) {
        const char *period = results_period_name(&s->run.job, p);
        for (uint32_t m = 0; m < N_METRICS; m++) {
            snprintf(name, sizeof name, "%s.%s", period, METRIC_INFO[m].name);
            facts_number(facts, name, s->cell.metrics[p][m], 17);
        }
        snprintf(name, sizeof name, "%s.flags", period);
        facts_whole(facts, name, s->cell.flags[p]);
    }
    const struct results_cell *cell = &s->cell;
    const uint32_t n_blocks = cell->has_blocks ? s->run.job.n_blocks : 0;
    tell_sums(facts, "block_sum", cell->sum, n_blocks);
    tell_sums(facts, "block_sumsq", cell->sumsq, n_blocks);
    tell_sums(facts, "fold_sum", cell->fold_sum, cell->n_segments);
    tell_sums(facts, "fold_sumsq", cell->fold_sumsq, cell->n_segments);
}

/* For eyes: a row per metric, a column per period. */
static enum err print_metrics(const struct shown *s)
{
    const char *columns[2 + JOB_PERIODS_MAX + 2] = {"metric"};
    struct table *table = NULL;
    for (uint32_t p = 0; p < s->n_periods; p++)
        columns[1 + p] = results_period_name(&s->run.job, p);
    columns[1 + s->n_periods] = "unit";
    columns[2 + s->n_periods] = "meaning";
    enum err err = table_new(&table, columns);
    if (err)
        return err;
    for (uint32_t m = 0; m < N_METRICS; m++) {
        table_text(table, METRIC_INFO[m].name);
        for (uint32_t p = 0; p < s->n_periods; p++)
            table_number(table, s->cell.metrics[p][m], 8);
        table_text(table, METRIC_INFO[m].unit);
        table_text(table, METRIC_INFO[m].text);
    }
    table_text(table, "flags");
    for (uint32_t p = 0; p < s->n_periods; p++)
        table_whole(table, s->cell.flags[p]);
    table_text(table, "");
    table_text(table, "1 EMPTY, 2 FAILED, 4 RUIN, 8 ZERO_VAR, 16 SHORT, 32 FEW_TAIL");
    err = table_print(table, CLI_TABLE, stdout);
    table_free(&table);
    return err;
}

static enum err print_cell(const struct shown *s, enum cli_format format)
{
    struct facts *facts = NULL;
    enum err err = facts_new(&facts);
    if (err)
        return err;
    tell_cell(facts, s);
    if (format != CLI_TABLE && s->cell.status == STATUS_OK)
        tell_numbers(facts, s);
    err = facts_print(facts, format, stdout);
    facts_free(&facts);
    if (!err && format == CLI_TABLE && s->cell.status == STATUS_OK) {
        putchar('\n');
        err = print_metrics(s);
    }
    return err;
}

int cli_show(int argc, char **argv)
{
    const char *runs = "runs";
    int format = CLI_TABLE;
    const struct cli_option options[] = {
        {"format", 0, CLI_CHOICE, &format, "FORM", "form of the output", CLI_FORMATS},
        {"dir", 0, CLI_TEXT, &runs, "RUNS", "folder of runs (default: runs)", NULL},
        CLI_OPTION_END,
    };
    struct cli_args args;
    int code = cli_parse(argc, argv, options, 1, 2, &args);
    if (code >= 0)
        return code;
    struct err_note note = {""};
    struct shown *s = calloc(1, sizeof *s);
    if (!s)
        return cli_fail(ERR_NOMEM, NULL, NULL);
    enum err err = run_dir_open(&s->run, runs, args.n > 1 ? args.at[1] : "last", &note);
    if (err) {
        free(s);
        return cli_fail(err, &note, CLI_NO_RUN);
    }
    uint64_t point = 0;
    uint32_t scenario = 0;
    s->n_periods = job_n_open_periods(&s->run.job);
    err = results_parse_cell(&s->run, args.at[0], &point, &scenario, &note);
    if (!err)
        err = results_cell(&s->run, point, scenario, &s->cell, &note);
    if (!err)
        err = print_cell(s, (enum cli_format)format);
    run_dir_free(&s->run);
    free(s);
    return err ? cli_fail(err, &note, "plateau cells RUN lists its cells") : CLI_OK;
}
