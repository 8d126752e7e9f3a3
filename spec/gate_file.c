#include "spec/gate_file.h"
#include "spec/loader.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const GATE_OP_TEXT[4] = {"<", "<=", ">", ">="};

struct reader {
    struct gate *gate;
    const char *const *names;
    unsigned n_names;
    struct err_note *note;
};

static const char *skip(const char *at)
{
    while (*at == ' ')
        at++;
    return at;
}

/* A name of letters, digits, _ . and -; false if there is none or it is too long. */
static bool take_name(const char **at, char *out, size_t size)
{
    size_t n = 0;
    while (isalnum((unsigned char)(*at)[n]) || (*at)[n] == '_' || (*at)[n] == '.' ||
           (*at)[n] == '-')
        n++;
    if (n == 0 || n >= size)
        return false;
    memcpy(out, *at, n);
    out[n] = '\0';
    *at = skip(*at + n);
    return true;
}

static bool take_op(const char **at, enum gate_op *op)
{
    if (**at != '<' && **at != '>')
        return false;
    bool equal = (*at)[1] == '=';
    *op = **at == '<' ? (equal ? GATE_AT_MOST : GATE_BELOW) : (equal ? GATE_AT_LEAST : GATE_ABOVE);
    *at = skip(*at + 1 + equal);
    return true;
}

/* A decimal number to the end of the text, "%" for hundredths. */
static bool take_limit(const char *at, double *limit)
{
    char *end = NULL;
    if (!isdigit((unsigned char)*at) && *at != '-' && *at != '.')
        return false;
    for (const char *c = at; *c; c++)
        if (isalpha((unsigned char)*c) && *c != 'e' && *c != 'E')
            return false; /* hexadecimal, inf, nan */
    *limit = strtod(at, &end);
    if (end == at || !isfinite(*limit))
        return false;
    if (*end == '%') {
        *limit /= 100;
        end++;
    }
    return *skip(end) == '\0';
}

static enum err read_line(struct reader *r, const struct doc_node *node, const char *field,
                          struct gate_line *out)
{
    static const char form[] = "expected MEASURE[@SCENARIO] OP LIMIT, such as \"sharpe > 1\" or "
                               "\"expectancy_r@slippage_2x < 0\"";
    char name[GATE_NAME_MAX + 1];
    if (node->kind != DOC_SCALAR || strlen(node->text) > GATE_TEXT_MAX)
        return doc_fail(node, r->note, field, "found %s, %s", doc_found(node), form);
    const char *at = skip(node->text);
    *out = (struct gate_line){.line = node->line, .measure = r->n_names};
    snprintf(out->text, sizeof out->text, "%s", node->text);
    if (!take_name(&at, name, sizeof name))
        return doc_fail(node, r->note, field, "found '%s', %s", node->text, form);
    for (unsigned i = 0; i < r->n_names; i++)
        if (strcmp(r->names[i], name) == 0)
            out->measure = i;
    if (out->measure == r->n_names) {
        const char *near = err_nearest(name, r->names, r->n_names);
        return doc_fail(node, r->note, field, "'%s' is no measure%s%s%s", name,
                        near ? " (did you mean " : ": plateau check --measures lists them",
                        near ? near : "", near ? "?)" : "");
    }
    if (*at == '@') {
        at = skip(at + 1);
        if (!take_name(&at, out->scenario, sizeof out->scenario))
            return doc_fail(node, r->note, field, "found '%s', %s", node->text, form);
    }
    if (!take_op(&at, &out->op))
        return doc_fail(node, r->note, field, "found '%s', expected <, <=, > or >= after '%s'",
                        node->text, name);
    if (!take_limit(at, &out->limit))
        return doc_fail(node, r->note, field, "found '%s', expected a number after %s", node->text,
                        GATE_OP_TEXT[out->op]);
    return OK;
}

static enum err read_lines(struct reader *r, const struct doc_node *list, const char *field,
                           struct gate_group *out)
{
    enum err err = doc_want(list, DOC_LIST, r->note, field, "a list of criteria");
    if (err)
        return err;
    if (list->n == 0 || list->n > GATE_LINES_MAX)
        return doc_fail(list, r->note, field, "found %u criteria, expected 1 .. %d", list->n,
                        GATE_LINES_MAX);
    out->lines = calloc(list->n, sizeof *out->lines);
    if (!out->lines)
        return ERR_NOMEM;
    for (; !err && out->n < list->n; out->n++)
        err = read_line(r, list->items[out->n], field, &out->lines[out->n]);
    return err;
}

static enum err read_group(struct reader *r, const char *name, const struct doc_node *node,
                           struct gate_group *out)
{
    static const char *const known[] = {"on", "require", "reject", "at_least"};
    enum err err = doc_want(node, DOC_MAP, r->note, name, "a group with on, and require or reject");
    if (!err)
        err = value_check_name(node, r->note, "criteria", name);
    if (!err)
        err = doc_check_keys(node, r->note, name, known, sizeof known / sizeof known[0]);
    if (err)
        return err;
    const struct doc_node *on = doc_get(node, "on"), *require = doc_get(node, "require");
    const struct doc_node *reject = doc_get(node, "reject"), *need = doc_get(node, "at_least");
    snprintf(out->name, sizeof out->name, "%s", name);
    out->line = node->line;
    out->reject = reject != NULL;
    if (!on)
        return doc_fail(node, r->note, name,
                        "on is missing, expected a period's name or selection");
    if (!require == !reject)
        return doc_fail(node, r->note, name, "expected either require or reject");
    if ((err = value_name(on, r->note, "on", out->on)) != OK)
        return err;
    if ((err = read_lines(r, require ? require : reject, require ? "require" : "reject", out)) !=
        OK)
        return err;
    out->need = out->n;
    uint64_t at_least = out->n;
    if (need && reject)
        return doc_fail(need, r->note, name, "at_least goes with require: every reject counts");
    if (need)
        err = value_integer(need, r->note, "at_least", 1, out->n, &at_least);
    out->need = (uint32_t)at_least;
    return err;
}

static enum err read_gate(struct reader *r, const struct doc *doc)
{
    static const char *const known[] = {"criteria"};
    enum err err = doc_want(doc->root, DOC_MAP, r->note, "", "a map with criteria");
    if (!err)
        err = doc_check_keys(doc->root, r->note, "", known, 1);
    const struct doc_node *groups = err ? NULL : doc_get(doc->root, "criteria");
    if (!err && !groups)
        err = doc_fail(doc->root, r->note, "criteria", "missing, expected a map of groups");
    if (!err)
        err = doc_want(groups, DOC_MAP, r->note, "criteria", "a map of groups");
    if (groups && !err && (groups->n == 0 || groups->n > GATE_GROUPS_MAX))
        err = doc_fail(groups, r->note, "criteria", "found %u groups, expected 1 .. %d", groups->n,
                       GATE_GROUPS_MAX);
    for (uint32_t i = 0; groups && !err && i < groups->n; i++)
        err = read_group(r, groups->keys[i], groups->items[i], &r->gate->group[r->gate->n++]);
    return err;
}

static enum err from_doc(struct gate *out, struct doc *doc, const char *const *names,
                         unsigned n_names, struct err_note *note)
{
    struct gate gate = {.file = strdup(doc->file)};
    struct reader r = {&gate, names, n_names, note};
    enum err err = gate.file ? read_gate(&r, doc) : ERR_NOMEM;
    doc_free(doc);
    if (err)
        gate_free(&gate);
    else
        *out = gate;
    return err;
}

enum err gate_read(struct gate *out, const char *path, const char *const *names, unsigned n_names,
                   struct err_note *note)
{
    struct doc doc;
    enum err err = doc_read(&doc, path, note);
    return err ? err : from_doc(out, &doc, names, n_names, note);
}

enum err gate_parse(struct gate *out, const char *name, const char *text, size_t length,
                    const char *const *names, unsigned n_names, struct err_note *note)
{
    struct doc doc;
    enum err err = doc_parse(&doc, name, text, length, note);
    return err ? err : from_doc(out, &doc, names, n_names, note);
}

void gate_free(struct gate *gate)
{
    for (uint32_t i = 0; i < gate->n; i++)
        free(gate->group[i].lines);
    free(gate->file);
    memset(gate, 0, sizeof *gate);
}
