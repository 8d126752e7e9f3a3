/* cells - cells of a run as a list: filtered, sorted, cut. */
#include "cli/cli.h"
#include "cli/table.h"
#include "coordinator/filter.h"
#include "coordinator/results.h"
#include "proto/where.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TABLE_ROWS = 40, SHOWN_MAX = N_METRICS + 2, NAME_MAX_LENGTH = 256 };

/* Columns a condition or a sort can name: metrics, flags, then these, then the axes. */
enum { COLUMN_STATUS = RESULTS_FLAGS + 1, COLUMN_POINT, COLUMN_AXES };

struct options {
    const char *where, *sort, *scenario, *period, *columns, *runs;
    uint64_t top;
    bool reverse;
    int format;
};

struct row {
    uint64_t point;
    uint32_t scenario;
    double key;
};

struct listing {
    const struct run_dir *run;
    const struct options *options;
    uint64_t n_points;
    uint32_t period, first_scenario, end_scenario, sort_column;
    uint32_t shown[SHOWN_MAX], n_shown; /* metrics in the list */
    uint32_t loaded[SHOWN_MAX],
        n_loaded;                      /* metrics in memory: shown, in the condition or sorted by */
    uint32_t place[RESULTS_FLAGS + 1]; /* of a metric in loaded, + 1; 0: not there */
    double **values;  /* [scenario in the list][SHOWN_MAX], each [n_points] or NULL */
    uint8_t **status; /* [scenario in the list], each [n_points] */
    struct filter *filter;
    struct row *rows;
    uint64_t n_rows, room;
    uint64_t at;      /* the point under the condition */
    uint32_t at_slot; /* and its scenario in the list */
};

static void want(struct listing *l, uint32_t metric)
{
    if (metric > RESULTS_FLAGS || l->place[metric])
        return;
    l->loaded[l->n_loaded++] = metric;
    l->place[metric] = l->n_loaded;
}

/* ---- names ---- */

static enum err find_column(void *ctx, const char *name, uint32_t *column, struct err_note *note)
{
    struct listing *l = ctx;
    const struct sweep *sweep = l->run->job.sweep;
    struct err_note metric_note = {""}, axis_note = {""};
    uint32_t axis;
    if (results_find_metric(name, column, &metric_note) == OK) {
        want(l, *column);
        return OK;
    }
    if (strcmp(name, "flags") == 0) {
        *column = RESULTS_FLAGS;
        want(l, *column);
        return OK;
    }
    if (strcmp(name, "status") == 0 || strcmp(name, "point") == 0) {
        *column = *name == 's' ? COLUMN_STATUS : COLUMN_POINT;
        return OK;
    }
    enum err err =
        where_find_axis(sweep_plan(sweep)->axes, sweep_n_axes(sweep), name, &axis, &axis_note);
    if (err == ERR_EXISTS)
        return err_set(note, err, "%s", axis_note.text);
    if (err) {
        const char *near = strstr(metric_note.text, "did you mean");
        return err_set(note, ERR_NOT_FOUND, "'%s' is no metric, axis, status, point or flags%s%s",
                       name, near ? ": " : "", near ? near : "");
    }
    *column = COLUMN_AXES + axis;
    return OK;
}

static enum err text_value(void *ctx, uint32_t column, const char *text, double *value,
                           struct err_note *note)
{
    const struct listing *l = ctx;
    if (column == COLUMN_STATUS) {
        for (int s = 0; s < N_STATUSES; s++)
            if (strcmp(STATUS_NAME[s], text) == 0) {
                *value = s;
                return OK;
            }
        return err_set(
            note, ERR_NOT_FOUND,
            "status '%s': one of ok, failed, crashed, timeout, excluded, missing, disputed", text);
    }
    if (column < COLUMN_AXES)
        return err_set(note, ERR_FORMAT, "'%s': a metric is compared with a number", text);
    const struct sweep_axis *axis = sweep_axis(l->run->job.sweep, column - COLUMN_AXES);
    for (uint32_t v = 0; v < axis->n_levels; v++)
        if (strcmp(axis->texts[v], text) == 0) {
            *value = axis->values[v];
            return OK;
        }
    return err_set(note, ERR_NOT_FOUND, "axis %s has no level '%s'", axis->label, text);
}

static double column_value(void *ctx, uint32_t column)
{
    const struct listing *l = ctx;
    if (column <= RESULTS_FLAGS)
        return l->values[l->at_slot * SHOWN_MAX + l->place[column] - 1][l->at];
    if (column == COLUMN_STATUS)
        return l->status[l->at_slot][l->at];
    if (column == COLUMN_POINT)
        return (double)l->at;
    double values[SWEEP_AXES_MAX];
    sweep_values(l->run->job.sweep, l->at, values);
    return values[column - COLUMN_AXES];
}

/* ---- columns ---- */

static enum err show_metric(struct listing *l, const char *name, struct err_note *note)
{
    uint32_t metric = RESULTS_FLAGS;
    enum err err = strcmp(name, "flags") == 0 ? OK : results_find_metric(name, &metric, note);
    if (err)
        return err;
    for (uint32_t i = 0; i < l->n_shown; i++)
        if (l->shown[i] == metric)
            return OK;
    l->shown[l->n_shown++] = metric;
    want(l, metric);
    return OK;
}

static enum err choose_columns(struct listing *l, struct err_note *note)
{
    static const char *const usual[] = {"total_return", "cagr",          "sharpe",  "mdd",
                                        "n_trades",     "profit_factor", "exposure"};
    enum err err = OK;
    if (!l->options->columns) {
        err = show_metric(l, METRIC_INFO[results_objective(&l->run->job)].name, note);
        for (size_t i = 0; i < sizeof usual / sizeof usual[0] && !err; i++)
            err = show_metric(l, usual[i], note);
        return err;
    }
    if (strcmp(l->options->columns, "all") == 0) {
        for (uint32_t m = 0; m < N_METRICS && !err; m++)
            err = show_metric(l, METRIC_INFO[m].name, note);
        return err ? err : show_metric(l, "flags", note);
    }
    for (const char *at = l->options->columns; *at && !err;) {
        char name[NAME_MAX_LENGTH];
        size_t n = strcspn(at, ",");
        snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name - 1), at);
        err = show_metric(l, name, note);
        at += n + (at[n] == ',');
    }
    return err;
}

/* ---- rows ---- */

static int compare_rows(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (isnan(x->key) != isnan(y->key))
        return isnan(x->key) ? 1 : -1; /* undefined last, whichever way */
    if (x->key != y->key && !isnan(x->key))
        return x->key < y->key ? -1 : 1;
    if (x->point != y->point)
        return x->point < y->point ? -1 : 1;
    return (x->scenario > y->scenario) - (x->scenario < y->scenario);
}

/* Best first where a metric knows what is better, otherwise ascending; --reverse turns it. */
static double sort_key(struct listing *l)
{
    if (!l->options->sort)
        return 0;
    double key = column_value(l, l->sort_column);
    bool down = l->sort_column < N_METRICS && METRIC_INFO[l->sort_column].better >= 0;
    return down != l->options->reverse ? -key : key;
}

static enum err collect(struct listing *l, uint32_t scenario, struct err_note *note)
{
    struct results_query query = {
        .scenario = scenario, .period = l->period, .metrics = l->loaded, .n_metrics = l->n_loaded};
    l->at_slot = scenario - l->first_scenario;
    uint8_t *status = l->status[l->at_slot];
    assert(status);
    enum err err =
        results_columns(l->run, &query, l->values + (size_t)l->at_slot * SHOWN_MAX, status, note);
    for (l->at = 0; !err && l->at < l->n_points; l->at++) {
        if (l->filter && !filter_holds(l->filter, column_value, l))
            continue;
        if (!l->filter && status[l->at] == STATUS_EXCLUDED)
            continue;
        if (l->n_rows == l->room) {
            l->room = l->room ? 2 * l->room : 1024;
            struct row *more = realloc(l->rows, l->room * sizeof *more);
            if (!more)
                return err_set(note, ERR_NOMEM,
                               "out of memory for the list: narrow it with --where");
            l->rows = more;
        }
        l->rows[l->n_rows++] = (struct row){l->at, scenario, sort_key(l)};
    }
    return err;
}

static void add_row(struct listing *l, struct table *table, const struct row *row)
{
    const struct sweep *sweep = l->run->job.sweep;
    uint32_t levels[SWEEP_AXES_MAX];
    l->at = row->point;
    l->at_slot = row->scenario - l->first_scenario;
    sweep_levels(sweep, row->point, levels);
    table_whole(table, (int64_t)row->point);
    table_text(table, l->run->job.scenarios[row->scenario].name);
    table_text(table, STATUS_NAME[l->status[l->at_slot][l->at]]);
    for (uint32_t a = 0; a < sweep_n_axes(sweep); a++)
        table_text(table, sweep_axis(sweep, a)->texts[levels[a]]);
    for (uint32_t i = 0; i < l->n_shown; i++)
        table_number(table, column_value(l, l->shown[i]), l->options->format == CLI_TABLE ? 5 : 17);
}

static enum err print_rows(struct listing *l, uint64_t n)
{
    const struct sweep *sweep = l->run->job.sweep;
    const char *columns[3 + SWEEP_AXES_MAX + SHOWN_MAX + 1] = {"point", "scenario", "status"};
    uint32_t c = 3;
    for (uint32_t a = 0; a < sweep_n_axes(sweep); a++)
        columns[c++] = sweep_axis(sweep, a)->label;
    for (uint32_t i = 0; i < l->n_shown; i++)
        columns[c++] = l->shown[i] == RESULTS_FLAGS ? "flags" : METRIC_INFO[l->shown[i]].name;
    struct table *table = NULL;
    enum err err = table_new(&table, columns);
    for (uint64_t i = 0; i < n && !err; i++)
        add_row(l, table, &l->rows[i]);
    if (!err)
        err = table_print(table, (enum cli_format)l->options->format, stdout);
    table_free(&table);
    return err;
}

/* Columns of every scenario in the list. */
static enum err make_room(struct listing *l, struct err_note *note)
{
    uint32_t n_slots = l->end_scenario - l->first_scenario;
    l->values = calloc((size_t)n_slots * SHOWN_MAX, sizeof *l->values);
    l->status = calloc(n_slots, sizeof *l->status);
    bool ok = l->n_points <= RESULTS_POINTS_MAX && l->values && l->status;
    for (uint32_t s = 0; ok && s < n_slots; s++) {
        ok = (l->status[s] = malloc(l->n_points)) != NULL;
        for (uint32_t i = 0; ok && i < l->n_loaded; i++)
            ok = (l->values[s * SHOWN_MAX + i] = malloc(l->n_points * sizeof(double))) != NULL;
    }
    return ok ? OK
              : err_set(note, ERR_NOMEM,
                        "%llu points do not fit the memory: export the run instead",
                        (unsigned long long)l->n_points);
}

static void listing_free(struct listing *l)
{
    uint32_t n_slots = l->end_scenario - l->first_scenario;
    for (uint32_t i = 0; l->values && i < n_slots * SHOWN_MAX; i++)
        free(l->values[i]);
    for (uint32_t s = 0; l->status && s < n_slots; s++)
        free(l->status[s]);
    free(l->values);
    free(l->status);
    free(l->rows);
    filter_free(&l->filter);
}

static enum err prepare(struct listing *l, struct err_note *note)
{
    const struct options *o = l->options;
    const struct job *job = &l->run->job;
    struct filter_names names = {l, find_column, text_value};
    l->end_scenario = job->n_scenarios;
    l->n_points = sweep_n_points(job->sweep);
    enum err err = results_find_period(job, o->period, &l->period, note);
    if (!err && !(o->scenario && strcmp(o->scenario, "all") == 0)) {
        err = results_find_scenario(job, o->scenario, &l->first_scenario, note);
        l->end_scenario = l->first_scenario + 1;
    }
    if (!err)
        err = choose_columns(l, note);
    if (!err && o->where)
        err = filter_new(&l->filter, o->where, &names, note);
    if (!err && o->sort)
        err = find_column(l, o->sort, &l->sort_column, note);
    return err ? err : make_room(l, note);
}

static enum err list_cells(struct listing *l, struct err_note *note)
{
    const struct options *o = l->options;
    enum err err = prepare(l, note);
    for (uint32_t s = l->first_scenario; s < l->end_scenario && !err; s++)
        err = collect(l, s, note);
    if (err)
        return err;
    qsort(l->rows, l->n_rows, sizeof *l->rows, compare_rows);
    uint64_t limit = o->top ? o->top : o->format == CLI_TABLE ? TABLE_ROWS : UINT64_MAX;
    uint64_t n = l->n_rows < limit ? l->n_rows : limit;
    err = print_rows(l, n);
    if (!err && n < l->n_rows && !o->top)
        cli_say("%llu of %llu cells shown: --top N shows more, --format csv all",
                (unsigned long long)n, (unsigned long long)l->n_rows);
    return err;
}

int cli_cells(int argc, char **argv)
{
    struct options o = {.runs = "runs"};
    const struct cli_option options[] = {
        {"where", 0, CLI_TEXT, &o.where, "CONDITION",
         "only cells for which it holds: \"sharpe > 1 and status == 'ok'\"", NULL},
        {"sort", 0, CLI_TEXT, &o.sort, "NAME",
         "by a metric (best first) or an axis; undefined values last", NULL},
        {"reverse", 0, CLI_FLAG, &o.reverse, NULL, "sort the other way round", NULL},
        {"top", 0, CLI_COUNT, &o.top, "N", "only the first N (a table: 40 unless told)", NULL},
        {"columns", 0, CLI_TEXT, &o.columns, "LIST", "metrics to show, separated by commas, or all",
         NULL},
        {"scenario", 0, CLI_TEXT, &o.scenario, "NAME",
         "scenario (default: the first, baseline), or all", NULL},
        {"period", 0, CLI_TEXT, &o.period, "NAME", "period (default: the first)", NULL},
        {"format", 0, CLI_CHOICE, &o.format, "FORM", "form of the output", CLI_FORMATS},
        {"dir", 0, CLI_TEXT, &o.runs, "RUNS", "folder of runs (default: runs)", NULL},
        CLI_OPTION_END,
    };
    struct cli_args args;
    int code = cli_parse(argc, argv, options, 0, 1, &args);
    if (code >= 0)
        return code;
    struct err_note note = {""};
    struct run_dir run;
    enum err err = run_dir_open(&run, o.runs, args.n ? args.at[0] : "last", &note);
    if (err)
        return cli_fail(err, &note, CLI_NO_RUN);
    struct listing l = {.run = &run, .options = &o};
    err = list_cells(&l, &note);
    listing_free(&l);
    run_dir_free(&run);
    return err ? cli_fail(err, &note, NULL) : CLI_OK;
}
