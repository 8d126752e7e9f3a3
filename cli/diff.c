/* diff - two runs side by side: what about them differs, how their surfaces compare, which cells
 * moved. */
#include "review/diff.h"
#include "cli/cli.h"
#include "cli/table.h"
#include "coordinator/results.h"
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { USUAL_TOP = 10, TABLE_DIGITS = 5, FULL_DIGITS = 17 };
#define COLUMN_BYTES_MAX (256u << 20) /* metrics read at once for the comparison of bits */

struct options {
    const char *objective, *runs, *output;
    double tolerance;
    uint64_t top;
    bool exit_code;
    int format;
};
struct moved {
    uint64_t point_a, point_b;
    uint32_t scenario, period; /* of a */
    uint8_t status_a, status_b;
    double a, b;
};
struct side {
    struct run_dir run;
    uint64_t n;
    double *values;
    uint8_t *status;
};
struct totals { /* over all surfaces; only_*: points, the most of any surface */
    uint64_t only_a, only_b, status, moved, bits;
};
#define DIFFERENCES_MAX 24 /* sentences; names of scenarios and periods make most of them */
struct comparison {
    const struct options *options;
    struct side a, b;
    struct diff_match match;
    struct diff_reasons reasons;
    uint32_t objective;
    uint8_t *equal; /* [a.n]: ok on both sides and all bits equal */
    struct moved *moved;
    uint64_t n_moved, room;
    struct table *surfaces;
    struct totals totals;
    char differences[DIFFERENCES_MAX][160]; /* in what the runs differ */
    uint32_t n_differences;
};

/* ---- reading ---- */

static enum err open_side(struct side *s, const char *runs, const char *which,
                          struct err_note *note)
{
    enum err err = run_dir_open(&s->run, runs, which, note);
    if (err)
        return err;
    s->n = sweep_n_points(s->run.job.sweep);
    if (s->n > RESULTS_POINTS_MAX)
        return err_set(note, ERR_RANGE, "%s has more points than fit the memory", which);
    s->values = malloc(s->n * sizeof *s->values);
    s->status = malloc(s->n);
    return s->values && s->status ? OK : ERR_NOMEM;
}

static void side_free(struct side *s)
{
    free(s->values);
    free(s->status);
    run_dir_free(&s->run);
}

struct place { /* of a surface, in one run */
    uint32_t scenario, period;
};

static enum err read_metrics(const struct side *s, const struct place *place, uint32_t first,
                             uint32_t n, double *values, struct err_note *note)
{
    uint32_t metrics[RESULTS_FLAGS + 1];
    double *columns[RESULTS_FLAGS + 1];
    for (uint32_t m = 0; m < n; m++) {
        metrics[m] = first + m; /* RESULTS_FLAGS comes after the last metric */
        columns[m] = values + m * s->n;
    }
    struct results_query query = {place->scenario, place->period, metrics, n};
    return results_columns(&s->run, &query, columns, NULL, note);
}

/* Every metric and the flags, a few at a time: c->equal keeps what is the same to the bit. */
static enum err compare_bits(struct comparison *c, const struct place *in_a,
                             const struct place *in_b, uint64_t *n_equal, struct err_note *note)
{
    enum { ALL = RESULTS_FLAGS + 1 };
    uint64_t fit = COLUMN_BYTES_MAX / sizeof(double) / (c->a.n + c->b.n);
    uint32_t group = fit < 1 ? 1 : fit < ALL ? (uint32_t)fit : ALL;
    double *a = malloc(c->a.n * group * sizeof *a), *b = malloc(c->b.n * group * sizeof *b);
    enum err err = a && b ? OK : ERR_NOMEM;
    for (uint64_t i = 0; i < c->a.n; i++) {
        uint64_t j = c->match.b_of[i];
        c->equal[i] = j != DIFF_NONE && c->a.status[i] == STATUS_OK && c->b.status[j] == STATUS_OK;
    }
    for (uint32_t first = 0; first < ALL && !err; first += group) {
        uint32_t n = ALL - first < group ? ALL - first : group;
        err = read_metrics(&c->a, in_a, first, n, a, note);
        if (!err)
            err = read_metrics(&c->b, in_b, first, n, b, note);
        for (uint64_t i = 0; i < c->a.n && !err; i++)
            for (uint32_t m = 0; m < n && c->equal[i]; m++)
                c->equal[i] =
                    memcmp(&a[m * c->a.n + i], &b[m * c->b.n + c->match.b_of[i]], sizeof *a) == 0;
    }
    free(a);
    free(b);
    *n_equal = 0;
    for (uint64_t i = 0; i < c->a.n; i++)
        *n_equal += c->equal[i];
    return err;
}

/* ---- comparing ---- */

static enum err keep_moved(struct comparison *c, const struct place *place)
{
    for (uint64_t i = 0; i < c->a.n; i++) {
        uint64_t j = c->match.b_of[i];
        if (j == DIFF_NONE || (c->a.status[i] == c->b.status[j] &&
                               !diff_moved(c->a.values[i], c->b.values[j], c->options->tolerance)))
            continue;
        if (c->n_moved == c->room) {
            c->room = c->room ? 2 * c->room : 1024;
            struct moved *more = realloc(c->moved, c->room * sizeof *more);
            if (!more)
                return ERR_NOMEM;
            c->moved = more;
        }
        c->moved[c->n_moved++] = (struct moved){i,
                                                j,
                                                place->scenario,
                                                place->period,
                                                c->a.status[i],
                                                c->b.status[j],
                                                c->a.values[i],
                                                c->b.values[j]};
    }
    return OK;
}

static void add_point(struct table *table, uint64_t point)
{
    if (point == DIFF_NONE)
        table_text(table, "");
    else
        table_whole(table, (int64_t)point);
}

static int digits(const struct comparison *c)
{
    return c->options->format == CLI_TABLE ? TABLE_DIGITS : FULL_DIGITS;
}

static void add_surface(struct comparison *c, const struct place *in_a,
                        const struct diff_surface *s, uint64_t n_equal)
{
    struct table *t = c->surfaces;
    const struct job *job = &c->a.run.job;
    table_text(t, job->scenarios[in_a->scenario].name);
    table_text(t, results_period_name(job, in_a->period));
    const uint64_t counts[] = {s->n_both,     s->n_only_a, s->n_only_b, s->n_status,
                               s->n_compared, s->n_moved,  n_equal};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        table_whole(t, (int64_t)counts[i]);
    table_number(t, s->mean_move, digits(c));
    table_number(t, s->max_move, digits(c));
    add_point(t, s->max_point);
    table_number(t, s->spearman, digits(c));
    add_point(t, s->best_a);
    add_point(t, s->best_b);
}

static enum err compare_surface(struct comparison *c, const struct place *in_a,
                                const struct place *in_b, struct err_note *note)
{
    struct diff_surface s;
    uint64_t n_equal = 0, n_ok = 0;
    struct results_query query = {in_a->scenario, in_a->period, &c->objective, 1};
    enum err err = results_columns(&c->a.run, &query, &c->a.values, c->a.status, note);
    query.scenario = in_b->scenario;
    query.period = in_b->period;
    if (!err)
        err = results_columns(&c->b.run, &query, &c->b.values, c->b.status, note);
    if (!err)
        err = compare_bits(c, in_a, in_b, &n_equal, note);
    const struct diff_side a = {c->a.values, c->a.status}, b = {c->b.values, c->b.status};
    if (!err)
        err = diff_surface_make(&s, &c->match, &a, &b, METRIC_INFO[c->objective].better,
                                c->options->tolerance);
    if (!err)
        err = keep_moved(c, in_a);
    if (err)
        return err;
    for (uint64_t i = 0; i < c->a.n; i++)
        n_ok += c->match.b_of[i] != DIFF_NONE && c->a.status[i] == STATUS_OK &&
                c->b.status[c->match.b_of[i]] == STATUS_OK;
    struct totals *t = &c->totals;
    t->only_a = s.n_only_a > t->only_a ? s.n_only_a : t->only_a;
    t->only_b = s.n_only_b > t->only_b ? s.n_only_b : t->only_b;
    t->status += s.n_status;
    t->moved += s.n_moved;
    t->bits += c->options->tolerance == 0 ? n_ok - n_equal : 0;
    add_surface(c, in_a, &s, n_equal);
    return OK;
}

__attribute__((format(printf, 2, 3))) static void differ(struct comparison *c, const char *format,
                                                         ...)
{
    va_list args;
    if (c->n_differences == DIFFERENCES_MAX)
        return;
    va_start(args, format);
    vsnprintf(c->differences[c->n_differences++], sizeof c->differences[0], format, args);
    va_end(args);
}

/* Of x, whose letter is given: what y has not. */
static void differ_by_names(struct comparison *c, const struct job *x, const struct job *y,
                            char letter)
{
    struct err_note unused;
    uint32_t found;
    for (uint32_t s = 0; s < x->n_scenarios; s++)
        if (results_find_scenario(y, x->scenarios[s].name, &found, &unused))
            differ(c, "scenario %s is only in %c", x->scenarios[s].name, letter);
    for (uint32_t p = 0; p < job_n_open_periods(x); p++)
        if (results_find_period(y, results_period_name(x, p), &found, &unused))
            differ(c, "period %s is only in %c", results_period_name(x, p), letter);
}

static void differ_by_count(struct comparison *c, uint64_t n, const char *one, const char *many,
                            const char *how)
{
    if (n)
        differ(c, "%" PRIu64 " %s %s", n, n == 1 ? one : many, how);
}

static void find_differences(struct comparison *c)
{
    const struct totals *t = &c->totals;
    differ_by_names(c, &c->a.run.job, &c->b.run.job, 'a');
    differ_by_names(c, &c->b.run.job, &c->a.run.job, 'b');
    differ_by_count(c, t->only_a, "point is", "points are", "only in a");
    differ_by_count(c, t->only_b, "point is", "points are", "only in b");
    differ_by_count(c, t->status, "cell has", "cells have", "another status");
    differ_by_count(c, t->moved, "cell has", "cells have", "moved");
    if (!t->moved)
        differ_by_count(c, t->bits, "cell has", "cells have", "other bits in other metrics");
}

/* The scenarios and open periods both runs have, by name; one that only one has is a difference. */
static enum err compare_all(struct comparison *c, struct err_note *note)
{
    const struct job *a = &c->a.run.job, *b = &c->b.run.job;
    uint32_t n_a = job_n_open_periods(a);
    for (uint32_t s = 0; s < a->n_scenarios; s++)
        for (uint32_t p = 0; p < n_a; p++) {
            struct place in_a = {s, p}, in_b;
            struct err_note unused;
            if (results_find_scenario(b, a->scenarios[s].name, &in_b.scenario, &unused) ||
                results_find_period(b, results_period_name(a, p), &in_b.period, &unused))
                continue;
            enum err err = compare_surface(c, &in_a, &in_b, note);
            if (err)
                return err;
        }
    find_differences(c);
    return OK;
}

/* ---- printing ---- */

static int by_move(const void *x, const void *y)
{
    const struct moved *p = x, *q = y;
    double a = fabs(p->b - p->a), b = fabs(q->b - q->a);
    if (isnan(a) != isnan(b))
        return isnan(a) ? -1 : 1; /* a number against none is the largest move */
    if (!isnan(a) && a != b)
        return a > b ? -1 : 1;
    if (p->scenario != q->scenario)
        return p->scenario < q->scenario ? -1 : 1;
    if (p->period != q->period)
        return p->period < q->period ? -1 : 1;
    return (p->point_a > q->point_a) - (p->point_a < q->point_a);
}

static enum err print_cells(struct comparison *c, FILE *out)
{
    const struct job *job = &c->a.run.job;
    const char *columns[9 + SWEEP_AXES_MAX + 1] = {"scenario", "period", "point_a", "point_b"};
    uint32_t n = 4, levels[SWEEP_AXES_MAX];
    for (uint32_t a = 0; a < sweep_n_axes(job->sweep); a++)
        columns[n++] = sweep_axis(job->sweep, a)->label;
    static const char *const last[] = {"status_a", "status_b", "a", "b", "move"};
    for (size_t i = 0; i < sizeof last / sizeof last[0]; i++)
        columns[n++] = last[i];
    uint64_t limit = c->options->top                   ? c->options->top
                     : c->options->format == CLI_TABLE ? USUAL_TOP
                                                       : UINT64_MAX;
    struct table *t = NULL;
    enum err err = table_new(&t, columns);
    for (uint64_t i = 0; i < c->n_moved && i < limit && !err; i++) {
        const struct moved *m = &c->moved[i];
        table_text(t, job->scenarios[m->scenario].name);
        table_text(t, results_period_name(job, m->period));
        table_whole(t, (int64_t)m->point_a);
        table_whole(t, (int64_t)m->point_b);
        sweep_levels(job->sweep, m->point_a, levels);
        for (uint32_t a = 0; a < sweep_n_axes(job->sweep); a++)
            table_text(t, sweep_axis(job->sweep, a)->texts[levels[a]]);
        table_text(t, STATUS_NAME[m->status_a]);
        table_text(t, STATUS_NAME[m->status_b]);
        table_number(t, m->a, digits(c));
        table_number(t, m->b, digits(c));
        table_number(t, m->b - m->a, digits(c));
    }
    if (!err)
        err = table_print(t, (enum cli_format)c->options->format, out);
    table_free(&t);
    if (!err && c->n_moved > limit && !c->options->top)
        cli_say("%llu of %llu cells that moved are shown: --top N shows more, --format csv all",
                (unsigned long long)limit, (unsigned long long)c->n_moved);
    return err;
}

static enum err print_reasons(const struct comparison *c, FILE *out)
{
    static const char *const columns[] = {"what", "a", "b", NULL};
    struct table *t = NULL;
    enum err err = table_new(&t, columns);
    for (uint32_t i = 0; i < c->reasons.n && !err; i++) {
        table_text(t, c->reasons.at[i].what);
        table_text(t, c->reasons.at[i].a);
        table_text(t, c->reasons.at[i].b);
    }
    if (!err)
        err = table_print(t, (enum cli_format)c->options->format, out);
    table_free(&t);
    return err;
}

static enum err print_json(struct comparison *c, FILE *out)
{
    fprintf(out, "{\"a\": ");
    table_json_string(out, c->a.run.id);
    fprintf(out, ", \"b\": ");
    table_json_string(out, c->b.run.id);
    fprintf(out, ", \"objective\": \"%s\", \"tolerance\": %.17g, \"differ\": %s, \"why\": ",
            METRIC_INFO[c->objective].name, c->options->tolerance,
            c->n_differences ? "true" : "false");
    enum err err = print_reasons(c, out);
    fprintf(out, ", \"differences\": [");
    for (uint32_t i = 0; i < c->n_differences; i++) {
        fputs(i ? ", " : "", out);
        table_json_string(out, c->differences[i]);
    }
    fprintf(out, "]");
    fprintf(out, ", \"surfaces\": ");
    if (!err)
        err = table_print(c->surfaces, CLI_JSON, out);
    fprintf(out, ", \"cells\": ");
    if (!err)
        err = print_cells(c, out);
    fprintf(out, "}\n");
    return err;
}

static enum err print_table(struct comparison *c, FILE *out)
{
    enum err err = OK;
    fprintf(out, "a: %s\nb: %s\n\n", c->a.run.id, c->b.run.id);
    if (c->reasons.n) {
        err = print_reasons(c, out);
        fprintf(out, "\n");
    }
    if (!err)
        err = table_print(c->surfaces, CLI_TABLE, out);
    if (!err && c->n_moved) {
        fprintf(out, "\ncells whose %s moved most:\n", METRIC_INFO[c->objective].name);
        err = print_cells(c, out);
    }
    return err;
}

static enum err print(struct comparison *c, struct err_note *note)
{
    struct cli_output out;
    if (c->n_moved)
        qsort(c->moved, c->n_moved, sizeof *c->moved, by_move);
    enum err err = cli_output_open(&out, c->options->output, false, note);
    if (err)
        return err;
    if (c->options->format == CLI_CSV)
        err = print_cells(c, out.file);
    else
        err = c->options->format == CLI_JSON ? print_json(c, out.file) : print_table(c, out.file);
    if (!err)
        err = cli_output_commit(&out, note);
    cli_output_discard(&out);
    return err;
}

/* ---- the verb ---- */

static enum err prepare(struct comparison *c, const struct cli_args *args, struct err_note *note)
{
    static const char *const columns[] = {"scenario",  "period",    "both",     "only_a",
                                          "only_b",    "status",    "compared", "moved",
                                          "bit_equal", "mean_move", "max_move", "max_point",
                                          "spearman",  "best_a",    "best_b",   NULL};
    const struct options *o = c->options;
    if (o->tolerance < 0)
        return err_set(note, ERR_RANGE, "--tolerance: expected 0 or more");
    enum err err = open_side(&c->a, o->runs, args->at[0], note);
    if (!err)
        err = open_side(&c->b, o->runs, args->at[1], note);
    if (err)
        return err;
    c->objective = results_objective(&c->a.run.job);
    if (o->objective)
        err = results_find_metric(o->objective, &c->objective, note);
    if (!err && !(c->equal = malloc(c->a.n)))
        err = ERR_NOMEM;
    if (!err)
        err = diff_match_make(&c->match, &c->a.run.job, &c->b.run.job);
    if (!err)
        err = diff_reasons_make(&c->reasons, &c->a.run.job, c->a.run.build, &c->b.run.job,
                                c->b.run.build);
    return err ? err : table_new(&c->surfaces, columns);
}

/* In one sentence; true: they differ. */
static bool tell(const struct comparison *c)
{
    if (c->n_differences == 0) {
        cli_say("the cells of both runs are the same%s",
                c->options->tolerance > 0 ? " within the tolerance" : "");
        return false;
    }
    fprintf(stderr, "the runs differ: ");
    for (uint32_t i = 0; i < c->n_differences; i++)
        fprintf(stderr, "%s%s", i ? "; " : "", c->differences[i]);
    fprintf(stderr, "\n");
    return true;
}

static void comparison_free(struct comparison *c)
{
    side_free(&c->a);
    side_free(&c->b);
    diff_match_free(&c->match);
    table_free(&c->surfaces);
    free(c->reasons.at);
    free(c->equal);
    free(c->moved);
}

int cli_diff(int argc, char **argv)
{
    struct options o = {.runs = "runs"};
    const struct cli_option options[] = {
        {"objective", 0, CLI_TEXT, &o.objective, "METRIC",
         "metric to compare (default: the first run's objective)", NULL},
        {"tolerance", 0, CLI_NUMBER, &o.tolerance, "X",
         "a cell has moved if it is further apart (default: 0, and then every metric's bits count)",
         NULL},
        {"exit-code", 0, CLI_FLAG, &o.exit_code, NULL, "exit 5 when cells differ", NULL},
        {"top", 0, CLI_COUNT, &o.top, "N", "only the N cells that moved most (a table: 10)", NULL},
        {"format", 0, CLI_CHOICE, &o.format, "FORM", "form; csv holds the cells that moved",
         CLI_FORMATS},
        {"output", 'o', CLI_TEXT, &o.output, "FILE", "write there instead of stdout", NULL},
        {"dir", 0, CLI_TEXT, &o.runs, "RUNS", "folder of runs (default: runs)", NULL},
        CLI_OPTION_END,
    };
    struct cli_args args;
    int code = cli_parse(argc, argv, options, 2, 2, &args);
    if (code >= 0)
        return code;
    struct err_note note = {""};
    struct comparison c = {.options = &o};
    enum err err = prepare(&c, &args, &note);
    if (!err)
        err = compare_all(&c, &note);
    if (!err)
        err = print(&c, &note);
    bool differs = !err && tell(&c);
    comparison_free(&c);
    if (err)
        return cli_fail(err, &note, NULL);
    return differs && o.exit_code ? CLI_DIFFERENCE : CLI_OK;
}
