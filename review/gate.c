#include "review/gate.h"
#include <math.h>
#include <string.h>

const char *const GATE_MEASURE[GATE_N_MEASURES] = {
#define X(name, unit, better, text) #name,
    METRIC_TABLE(X)
#undef X
        [GATE_BOOTSTRAP_SHARPE_P05] = "bootstrap_sharpe_p05",
    [GATE_ENTRY_PERMUTATION_P] = "entry_permutation_p",
};
const char *const GATE_OUTCOME_NAME[3] = {"pass", "fail", "not evaluated"};

const char *gate_measure_text(uint32_t measure)
{
    if (measure < N_METRICS)
        return METRIC_INFO[measure].text;
    return measure == GATE_BOOTSTRAP_SHARPE_P05
               ? "5 % quantile of the Sharpe ratio over resampled trades"
               : "p-value of the entries against random entries";
}

/* ---- judging ---- */

static bool holds(double value, enum gate_op op, double limit)
{
    switch (op) {
    case GATE_BELOW:
        return value < limit;
    case GATE_AT_MOST:
        return value <= limit;
    case GATE_ABOVE:
        return value > limit;
    case GATE_AT_LEAST:
        break;
    }
    return value >= limit;
}

static enum gate_outcome judge_line(const struct gate_group *group, const struct gate_line *line,
                                    const struct gate_value *value, bool require_holdout)
{
    if (value->unopened)
        return require_holdout ? GATE_FAIL : GATE_NOT_EVALUATED;
    if (isnan(value->value))
        return GATE_FAIL;
    return holds(value->value, line->op, line->limit) == group->reject ? GATE_FAIL : GATE_PASS;
}

static enum err judge_group(struct gate_judged_group *out, const struct gate_group *group,
                            bool require_holdout, gate_source *source, void *ctx,
                            struct err_note *note)
{
    uint32_t n_open = 0;
    for (uint32_t i = 0; i < group->n; i++) {
        struct gate_judged_line *l = &out->line[i];
        l->value = (struct gate_value){.value = NAN};
        enum err err = source(ctx, group, &group->lines[i], &l->value, note);
        if (err)
            return err;
        l->outcome = judge_line(group, &group->lines[i], &l->value, require_holdout);
        out->n_passed += l->outcome == GATE_PASS;
        n_open += l->outcome == GATE_NOT_EVALUATED;
    }
    out->outcome = out->n_passed >= group->need            ? GATE_PASS
                   : out->n_passed + n_open >= group->need ? GATE_NOT_EVALUATED
                                                           : GATE_FAIL;
    return OK;
}

enum err gate_judge(struct gate_judgement *out, const struct gate *gate, bool require_holdout,
                    gate_source *source, void *ctx, struct err_note *note)
{
    bool failed = false, open = false;
    memset(out, 0, sizeof *out);
    for (; out->n < gate->n; out->n++) {
        struct gate_judged_group *g = &out->group[out->n];
        enum err err = judge_group(g, &gate->group[out->n], require_holdout, source, ctx, note);
        if (err)
            return err;
        failed |= g->outcome == GATE_FAIL;
        open |= g->outcome == GATE_NOT_EVALUATED;
    }
    out->outcome = failed ? GATE_FAIL : open ? GATE_NOT_EVALUATED : GATE_PASS;
    return OK;
}

void gate_words(const struct gate_group *group, const struct gate_line *line,
                const struct gate_judged_line *judged, char *out, size_t size)
{
    const struct gate_value *v = &judged->value;
    char number[32] = "undefined";
    if (v->unopened) {
        snprintf(out, size, "%s", v->why);
        return;
    }
    if (!isnan(v->value))
        snprintf(number, sizeof number, "%.6g", v->value);
    snprintf(out, size, "%s%s%s on %s is %s, %s %s %.6g%s%s", GATE_MEASURE[line->measure],
             line->scenario[0] ? " under " : "", line->scenario, group->on, number,
             group->reject ? "rejected if" : "required", GATE_OP_TEXT[line->op], line->limit,
             v->why[0] ? ": " : "", v->why);
}

/* ---- JUnit ---- */

/* XML 1.0 has no control characters but tab and line ends: they become '?'. */
static void put_xml(FILE *out, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        switch (c) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        case '\'':
            fputs("&apos;", out);
            break;
        default:
            fputc(c < 0x20 ? '?' : c, out);
        }
    }
}

static void put_attribute(FILE *out, const char *name, const char *text)
{
    fprintf(out, " %s=\"", name);
    put_xml(out, text);
    fputc('"', out);
}

struct counts {
    uint32_t lines, failures, skipped;
};

static bool is_failure(const struct gate_judged_group *g, uint32_t line)
{
    return g->line[line].outcome == GATE_FAIL && g->outcome == GATE_FAIL;
}

static void count(const struct gate_group *group, const struct gate_judged_group *g,
                  struct counts *c)
{
    for (uint32_t i = 0; i < group->n; i++) {
        c->lines++;
        c->failures += is_failure(g, i);
        c->skipped += g->line[i].outcome != GATE_PASS && !is_failure(g, i);
    }
}

static void put_counts(FILE *out, const struct counts *c)
{
    fprintf(out, " tests=\"%u\" failures=\"%u\" errors=\"0\" skipped=\"%u\"", c->lines, c->failures,
            c->skipped);
}

static void put_case(FILE *out, const struct gate *gate, uint32_t g, uint32_t i,
                     const struct gate_judged_group *judged)
{
    const struct gate_group *group = &gate->group[g];
    char words[512];
    fputs("    <testcase", out);
    put_attribute(out, "classname", group->name);
    put_attribute(out, "name", group->lines[i].text);
    put_attribute(out, "file", gate->file);
    fprintf(out, " line=\"%u\" time=\"0\"", group->lines[i].line);
    if (judged->line[i].outcome == GATE_PASS) {
        fputs("/>\n", out);
        return;
    }
    gate_words(group, &group->lines[i], &judged->line[i], words, sizeof words);
    bool failure = is_failure(judged, i);
    fprintf(out, ">\n      <%s", failure ? "failure" : "skipped");
    put_attribute(out, "message", words);
    if (failure)
        put_attribute(out, "type", group->reject ? "reject" : "require");
    fputs("/>\n    </testcase>\n", out);
}

enum err gate_junit(FILE *out, const struct gate *gate, const struct gate_judgement *judgement,
                    const char *subject)
{
    struct counts all = {0};
    for (uint32_t g = 0; g < gate->n; g++)
        count(&gate->group[g], &judgement->group[g], &all);
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites", out);
    put_attribute(out, "name", subject);
    put_counts(out, &all);
    fputs(" time=\"0\">\n", out);
    for (uint32_t g = 0; g < gate->n; g++) {
        struct counts c = {0};
        count(&gate->group[g], &judgement->group[g], &c);
        fputs("  <testsuite", out);
        put_attribute(out, "name", gate->group[g].name);
        put_counts(out, &c);
        fputs(" time=\"0\">\n", out);
        for (uint32_t i = 0; i < gate->group[g].n; i++)
            put_case(out, gate, g, i, &judgement->group[g]);
        fputs("  </testsuite>\n", out);
    }
    fputs("</testsuites>\n", out);
    return ferror(out) ? ERR_IO : OK;
}
