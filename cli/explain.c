/* explain - why one cell is what it is: its parameters, status, attempts and reasons. */
#include "cli/cli.h"
#include "cli/facts.h"
#include "cli/hint.h"
#include "coordinator/dispute.h"
#include "engine/plateau_engine.h"
#include "proto/where.h"
#include <stdlib.h>
#include <string.h>

/* The first condition of the sweep file that leaves the point out. */
static const char *excluding(const struct sweep *sweep, uint64_t point)
{
    const struct sweep_plan *plan = sweep_plan(sweep);
    uint32_t levels[SWEEP_AXES_MAX];
    sweep_levels(sweep, point, levels);
    for (uint32_t i = 0; i < plan->n_where; i++) {
        struct where *where = NULL;
        if (where_new(&where, plan->where[i], plan->axes, plan->n_axes, NULL) != OK)
            continue;
        bool holds = where_holds(where, levels);
        where_free(&where);
        if (!holds)
            return plan->where[i];
    }
    return NULL;
}

static void tell_status(struct facts *facts, const struct job *job, const struct results_cell *cell)
{
    static const char *const meaning[N_STATUSES] = {
        [STATUS_OK] = "computed",
        [STATUS_FAILED] = "the engine refused it or its returns are not finite",
        [STATUS_CRASHED] = "it killed its workers; the rest of its tile was saved",
        [STATUS_TIMEOUT] = "it took longer than its limit",
        [STATUS_EXCLUDED] = "left out by `where`",
        [STATUS_MISSING] = "not computed yet",
        [STATUS_DISPUTED] = "two workers gave different bits",
    };
    facts_text(facts, "status", "%s", STATUS_NAME[cell->status]);
    facts_text(facts, "meaning", "%s", meaning[cell->status]);
    if (cell->reason[0])
        facts_text(facts, "reason", "%s", cell->reason);
    const char *where = cell->status == STATUS_EXCLUDED ? excluding(job->sweep, cell->point) : NULL;
    if (where)
        facts_text(facts, "where", "%s", where);
    facts_whole(facts, "tile", cell->tile);
    facts_whole(facts, "attempts", cell->attempts);
    if (cell->attempts) {
        facts_text(facts, "worker", "%s", cell->worker);
        facts_number(facts, "tile_ms", cell->compute_us / 1000.0, 6);
    }
}

/* What counts and what others had instead; with enough digits to see the last bit. */
static void tell_dispute(struct facts *facts, const struct job *job, const struct dispute *dispute)
{
    if (dispute->n_said == 0)
        return;
    facts_text(facts, "dispute", "workers gave different bits for this tile");
    facts_text(facts, "verdict", "%s",
               *dispute->verdict ? dispute->verdict : "none yet: a third worker is to decide");
    for (uint32_t i = 0; i < dispute->n; i++) {
        const struct dispute_said *said = &dispute->said[i];
        char name[24], value[160] = "";
        snprintf(name, sizeof name, "said.%u", i + 1);
        if (dispute->metric != DISPUTE_ANY && said->status == STATUS_OK)
            snprintf(value, sizeof value, ": %s %.17g in %.80s", METRIC_INFO[dispute->metric].name,
                     said->value, results_period_name(job, dispute->period));
        facts_text(facts, name, "%s, %s%s%s", said->worker, STATUS_NAME[said->status],
                   !said->counts ? " (other bits)"
                   : i           ? " (the same bits)"
                                 : " (counts)",
                   value);
    }
}

static void tell_flags(struct facts *facts, const struct job *job, const struct results_cell *cell)
{
    static const struct {
        unsigned flag;
        const char *text;
    } flags[] = {{FLAG_EMPTY, "no recorded day"},
                 {FLAG_FAILED, "a return is not finite"},
                 {FLAG_RUIN, "the account was lost"},
                 {FLAG_ZERO_VAR, "returns do not vary: ratios are undefined"},
                 {FLAG_SHORT, "one day only"},
                 {FLAG_FEW_TAIL, "fewer than 5 days in the tail: VaR and CVaR are rough"}};
    for (uint32_t p = 0; cell->status == STATUS_OK && p < job_n_open_periods(job); p++) {
        char name[128], text[512] = "";
        snprintf(name, sizeof name, "%s.flags", results_period_name(job, p));
        for (size_t f = 0; f < sizeof flags / sizeof flags[0]; f++)
            if (cell->flags[p] & flags[f].flag)
                strcat(strcat(text, *text ? "; " : ""), flags[f].text);
        facts_text(facts, name, "%s", *text ? text : "none");
    }
}

/* The config the values belong to: knows which of them are names. NULL: they stay numbers. */
static struct plateau_config *config_of(const struct job *job)
{
    struct plateau_config *config = NULL;
    if (plateau_config_new(&config) != OK)
        return NULL;
    for (uint32_t s = 0; s < job->n_sleeves; s++)
        if (plateau_config_add_sleeve(config, job->sleeves[s].name, job->sleeves[s].strategy,
                                      NULL) != OK) {
            plateau_config_free(&config);
            return NULL;
        }
    return config;
}

static void tell_value(struct facts *facts, const struct plateau_config *config,
                       const struct job_value *value)
{
    uint32_t index;
    const struct plateau_field *field = NULL;
    bool known =
        config && plateau_config_find(config, value->path, &index, &field, NULL) == OK && field;
    if (known && field->type == PLATEAU_BOOLEAN) {
        facts_text(facts, value->path, "%s", value->value != 0 ? "true" : "false");
        return;
    }
    uint32_t n_names = 0;
    const char *const *names = known && field->type == PLATEAU_ENUM ? field->names : NULL;
    while (names && names[n_names])
        n_names++;
    if (names && value->value >= 0 && value->value < n_names)
        facts_text(facts, value->path, "%s", names[(uint32_t)value->value]);
    else
        facts_number(facts, value->path, value->value, 10);
}

/* Axes by their exact text; then the rest of the base config. */
static void tell_parameters(struct facts *facts, const struct job *job, uint64_t point)
{
    uint32_t levels[SWEEP_AXES_MAX], n_axes = sweep_n_axes(job->sweep);
    struct plateau_config *config = config_of(job);
    sweep_levels(job->sweep, point, levels);
    for (uint32_t a = 0; a < n_axes; a++) {
        const struct sweep_axis *axis = sweep_axis(job->sweep, a);
        facts_text(facts, axis->path, "%s", axis->texts[levels[a]]);
    }
    for (uint32_t v = 0; v < job->n_values; v++) {
        bool swept = false;
        for (uint32_t a = 0; a < n_axes; a++)
            swept = swept || strcmp(sweep_axis(job->sweep, a)->path, job->values[v].path) == 0;
        if (!swept)
            tell_value(facts, config, &job->values[v]);
    }
    plateau_config_free(&config);
}

static enum err explain(const struct run_dir *run, const struct results_cell *cell,
                        enum cli_format format, struct err_note *note)
{
    const struct job *job = &run->job;
    struct facts *facts = NULL;
    struct dispute dispute;
    enum err err = dispute_of_cell(run, cell, &dispute, note);
    if (!err)
        err = facts_new(&facts);
    if (err)
        return err;
    facts_text(facts, "run", "%s", run->id);
    facts_whole(facts, "point", cell->point);
    facts_text(facts, "scenario", "%s", job->scenarios[cell->scenario].name);
    tell_status(facts, job, cell);
    tell_dispute(facts, job, &dispute);
    tell_flags(facts, job, cell);
    tell_parameters(facts, job, cell->point);
    err = facts_print(facts, format, stdout);
    facts_free(&facts);
    return err;
}

int cli_explain(int argc, char **argv)
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
    struct run_dir run;
    enum err err = run_dir_open(&run, runs, args.n > 1 ? args.at[1] : "last", &note);
    if (err)
        return cli_fail(err, &note, CLI_NO_RUN);
    uint64_t point = 0;
    uint32_t scenario = 0;
    struct results_cell *cell = malloc(sizeof *cell);
    err = cell ? results_parse_cell(&run, args.at[0], &point, &scenario, &note) : ERR_NOMEM;
    if (!err)
        err = results_cell(&run, point, scenario, cell, &note);
    if (!err)
        err = explain(&run, cell, (enum cli_format)format, &note);
    if (!err && cell->status == STATUS_MISSING)
        cli_say("plateau resume %s computes what is missing", hint_run(run.id));
    free(cell);
    run_dir_free(&run);
    return err ? cli_fail(err, &note, "plateau cells RUN lists its cells") : CLI_OK;
}
