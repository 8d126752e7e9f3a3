/* check - a run against the criteria of a gate file: exit 4 if it fails, so that a repository can
 * fail its CI on a fragile strategy. */
#include "cli/cli.h"
#include "cli/evidence.h"
#include "cli/pick.h"
#include "cli/table.h"
#include "coordinator/results.h"
#include "review/prereg.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct asked {
    const char *runs, *criteria, *at, *junit, *path, *prereg;
    bool require_holdout, measures;
    int format;
};
struct checking {
    const struct asked *asked;
    struct run_dir run;
    struct pick pick;
    struct gate gate;
    struct evidence evidence;
    struct gate_judgement judgement;
    unsigned n_departures; /* from the pre-registration: nothing is judged then */
};

static int list_measures(enum cli_format format)
{
    static const char *const columns[] = {"measure", "unit", "meaning", NULL};
    struct table *table = NULL;
    enum err err = table_new(&table, columns);
    for (uint32_t m = 0; !err && m < GATE_N_MEASURES; m++) {
        table_text(table, GATE_MEASURE[m]);
        table_text(table, m < N_METRICS ? METRIC_INFO[m].unit : "1");
        table_text(table, gate_measure_text(m));
    }
    if (!err)
        err = table_print(table, format, stdout);
    table_free(&table);
    return err ? cli_fail(err, NULL, NULL) : CLI_OK;
}

/* ---- output ---- */

static enum err print_lines(const struct checking *c, FILE *out)
{
    static const char *const columns[] = {"group",   "line",  "criterion", "value",
                                          "outcome", "words", NULL};
    struct table *table = NULL;
    enum err err = table_new(&table, columns);
    if (err)
        return err;
    for (uint32_t g = 0; g < c->gate.n; g++) {
        const struct gate_group *group = &c->gate.group[g];
        for (uint32_t i = 0; i < group->n; i++) {
            const struct gate_judged_line *line = &c->judgement.group[g].line[i];
            char words[512];
            gate_words(group, &group->lines[i], line, words, sizeof words);
            table_text(table, group->name);
            table_whole(table, group->lines[i].line);
            table_text(table, group->lines[i].text);
            table_number(table, line->value.value, c->asked->format == CLI_TABLE ? 6 : 17);
            table_text(table, GATE_OUTCOME_NAME[line->outcome]);
            /* For eyes a line that passes has said all. */
            table_text(table,
                       line->outcome == GATE_PASS && c->asked->format == CLI_TABLE ? "" : words);
        }
    }
    err = table_print(table, (enum cli_format)c->asked->format, out);
    table_free(&table);
    return err;
}

static void json_member(FILE *out, const char *name, const char *text)
{
    fprintf(out, "\"%s\": ", name);
    table_json_string(out, text);
}

static void json_line(const struct gate_group *group, const struct gate_line *line,
                      const struct gate_judged_line *judged, FILE *out)
{
    char words[512], value[40] = "null";
    gate_words(group, line, judged, words, sizeof words);
    if (isfinite(judged->value.value))
        snprintf(value, sizeof value, "%.17g", judged->value.value);
    else if (isinf(judged->value.value)) /* a profit factor without a loss passes for a reason */
        snprintf(value, sizeof value, "\"%sinf\"", judged->value.value < 0 ? "-" : "");
    fprintf(out, "{\"line\": %u, ", line->line);
    json_member(out, "criterion", line->text);
    fprintf(out, ", \"value\": %s, \"limit\": %.17g, ", value, line->limit);
    json_member(out, "outcome", GATE_OUTCOME_NAME[judged->outcome]);
    fputs(", ", out);
    json_member(out, "words", words);
    fputs("}", out);
}

static enum err print_json(const struct checking *c, FILE *out)
{
    fputs("{", out);
    json_member(out, "run", c->run.id);
    fprintf(out, ",\n \"point\": %llu, ", (unsigned long long)c->pick.point);
    json_member(out, "chosen_as", c->pick.how);
    fputs(",\n ", out);
    json_member(out, "criteria", c->gate.file);
    fputs(",\n ", out);
    json_member(out, "outcome", GATE_OUTCOME_NAME[c->judgement.outcome]);
    fputs(",\n \"groups\": [", out);
    for (uint32_t g = 0; g < c->gate.n; g++) {
        const struct gate_group *group = &c->gate.group[g];
        const struct gate_judged_group *judged = &c->judgement.group[g];
        fputs(g ? ",\n  {" : "\n  {", out);
        json_member(out, "name", group->name);
        fputs(", ", out);
        json_member(out, "on", group->on);
        fputs(", ", out);
        json_member(out, "outcome", GATE_OUTCOME_NAME[judged->outcome]);
        fprintf(out, ", \"passed\": %u, \"needed\": %u,\n   \"lines\": [", judged->n_passed,
                group->need);
        for (uint32_t i = 0; i < group->n; i++) {
            fputs(i ? ",\n    " : "\n    ", out);
            json_line(group, &group->lines[i], &judged->line[i], out);
        }
        fputs("]}", out);
    }
    fputs("]}\n", out);
    return ferror(out) ? ERR_IO : OK;
}

static enum err write_file(const struct checking *c, const char *path, bool junit,
                           struct err_note *note)
{
    struct cli_output out;
    char subject[256];
    enum err err = cli_output_open(&out, path, false, note);
    if (err)
        return err;
    snprintf(subject, sizeof subject, "%s point %llu", c->run.id,
             (unsigned long long)c->pick.point);
    if (junit)
        err = gate_junit(out.file, &c->gate, &c->judgement, subject);
    else if (c->asked->format == CLI_JSON)
        err = print_json(c, out.file);
    else
        err = print_lines(c, out.file);
    if (!err)
        err = cli_output_commit(&out, note);
    cli_output_discard(&out);
    return err;
}

static void say_outcome(const struct checking *c)
{
    for (uint32_t g = 0; g < c->gate.n; g++) {
        const struct gate_judged_group *judged = &c->judgement.group[g];
        cli_say("%-16s %s: %u of %u lines pass, %u needed", c->gate.group[g].name,
                GATE_OUTCOME_NAME[judged->outcome], judged->n_passed, c->gate.group[g].n,
                c->gate.group[g].need);
    }
    cli_say("%s point %llu (%s): %s", c->run.id, (unsigned long long)c->pick.point, c->pick.how,
            c->judgement.outcome == GATE_FAIL ? "the gate FAILS"
            : c->judgement.outcome == GATE_NOT_EVALUATED
                ? "passes as far as it is evaluated; --require-holdout would fail it"
                : "the gate passes");
}

/* ---- the pre-registration ---- */

static void say_departure(void *ctx, const char *line)
{
    (void)ctx;
    fprintf(stderr, "plateau: departs from the registration: %s\n", line);
}

static enum err compare_prereg(struct checking *c, struct err_note *note)
{
    struct prereg *registered = NULL, *found = NULL;
    enum err err = prereg_read(&registered, c->asked->prereg, note);
    if (!err)
        err = prereg_of_job(&found, &c->run.job);
    if (!err && prereg_has_criteria(registered))
        err = prereg_add_criteria_file(found, c->asked->criteria, note);
    if (!err)
        c->n_departures = prereg_compare(registered, found, say_departure, NULL);
    prereg_free(&registered);
    prereg_free(&found);
    return err;
}

static int refuse(const struct checking *c)
{
    fprintf(stderr,
            "plateau: run %s departs from %s in %u place%s: it is not judged\n"
            "  next: run what was registered, or register anew and say so\n",
            c->run.id, c->asked->prereg, c->n_departures, c->n_departures == 1 ? "" : "s");
    return CLI_GATE;
}

/* ---- the verb ---- */

static enum err check(struct checking *c, const char *which, struct err_note *note)
{
    const struct asked *asked = c->asked;
    enum err err = gate_read(&c->gate, asked->criteria, GATE_MEASURE, GATE_N_MEASURES, note);
    if (!err)
        err = run_dir_open(&c->run, asked->runs, which, note);
    if (!err && asked->prereg)
        err = compare_prereg(c, note);
    if (err || c->n_departures)
        return err;
    err = pick_point(&c->pick, &c->run, asked->at, note);
    if (!err)
        err = evidence_open(&c->evidence, &c->run, &c->gate, c->pick.point, note);
    if (!err)
        err = gate_judge(&c->judgement, &c->gate, asked->require_holdout, evidence_value,
                         &c->evidence, note);
    if (!err && asked->junit)
        err = write_file(c, asked->junit, true, note);
    if (!err)
        err = write_file(c, asked->path, false, note);
    return err;
}

int cli_check(int argc, char **argv)
{
    struct asked asked = {.runs = "runs", .criteria = "configs/gate.yaml"};
    const struct cli_option options[] = {
        {"criteria", 0, CLI_TEXT, &asked.criteria, "FILE",
         "criteria, one a line (default: configs/gate.yaml)", NULL},
        {"at", 0, CLI_TEXT, &asked.at, "CELL", "the point to judge (default: the robust pick)",
         NULL},
        {"junit", 0, CLI_TEXT, &asked.junit, "FILE", "also write JUnit XML, as CI services read",
         NULL},
        {"prereg", 0, CLI_TEXT, &asked.prereg, "FILE",
         "refuse a run that departs from this pre-registration", NULL},
        {"require-holdout", 0, CLI_FLAG, &asked.require_holdout, NULL,
         "a holdout that was not opened is a failure", NULL},
        {"measures", 0, CLI_FLAG, &asked.measures, NULL, "list what a criterion can speak of",
         NULL},
        {"format", 0, CLI_CHOICE, &asked.format, "FORM", "form of the output", CLI_FORMATS},
        {"output", 'o', CLI_TEXT, &asked.path, "FILE", "where it goes (default: stdout)", NULL},
        {"dir", 0, CLI_TEXT, &asked.runs, "RUNS", "folder of runs (default: runs)", NULL},
        CLI_OPTION_END,
    };
    struct cli_args args;
    int code = cli_parse(argc, argv, options, 0, 1, &args);
    if (code >= 0)
        return code;
    if (asked.measures)
        return list_measures((enum cli_format)asked.format);
    struct err_note note = {""};
    struct checking *c = calloc(1, sizeof *c);
    if (!c)
        return cli_fail(ERR_NOMEM, NULL, NULL);
    c->asked = &asked;
    enum err err = check(c, args.n ? args.at[0] : "last", &note);
    if (!err && !c->n_departures)
        say_outcome(c);
    code = err                                 ? cli_fail(err, &note, NULL)
           : c->n_departures                   ? refuse(c)
           : c->judgement.outcome == GATE_FAIL ? CLI_GATE
                                               : CLI_OK;
    evidence_free(&c->evidence);
    gate_free(&c->gate);
    run_dir_free(&c->run);
    free(c);
    return code;
}
