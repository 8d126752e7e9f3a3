#include "proto/decimal.h"
#include "spec/loader.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (!strcasecmp(text, *words))
            return true;
    return false;
}

/* YAML 1.1 reads these as booleans, so writers and other tools may have turned one into the other.
 */
static const char *const yes_words[] = {"true", "yes", "on", NULL};
static const char *const no_words[] = {"false", "no", "off", NULL};

const char *value_expected(const struct plateau_field *field)
{
    static _Thread_local char text[400];
    size_t n = 0;
    const char *unit = *field->unit && strcmp(field->unit, "1") != 0 ? field->unit : NULL;
    switch (field->type) {
    case PLATEAU_BOOLEAN:
        return "true or false";
    case PLATEAU_ENUM:
        n = (size_t)snprintf(text, sizeof text, "one of:");
        for (uint32_t i = 0; field->names[i] && n < sizeof text; i++)
            n +=
                (size_t)snprintf(text + n, sizeof text - n, "%s %s", i ? "," : "", field->names[i]);
        return text;
    case PLATEAU_INTEGER:
    case PLATEAU_NUMBER:
        break;
    }
    snprintf(text, sizeof text, "a %s %.15g .. %.16g%s%s%s",
             field->type == PLATEAU_INTEGER ? "whole number" : "number", field->min, field->max,
             unit ? " (" : "", unit ? unit : "", unit ? ")" : "");
    return text;
}

static enum err wrong(const struct doc_node *node, struct err_note *note, const char *path,
                      const struct plateau_field *field, const char *why)
{
    const char *near = NULL;
    if (field->type == PLATEAU_ENUM && node->kind == DOC_SCALAR) {
        unsigned n = 0;
        while (field->names[n])
            n++;
        near = err_nearest(node->text, field->names, n);
    }
    return doc_fail(node, note, path, "found %s, expected %s%s%s%s%s", doc_found(node),
                    value_expected(field), why, near ? " (did you mean " : "", near ? near : "",
                    near ? "?)" : "");
}

static enum err read_enum(const struct doc_node *node, struct err_note *note, const char *path,
                          const struct plateau_field *field, char *canonical, double *value)
{
    bool yes = !node->quoted && is_one_of(node->text, yes_words);
    bool no = !node->quoted && is_one_of(node->text, no_words);
    int found = -1;
    for (int i = 0; field->names[i]; i++) {
        const char *name = field->names[i];
        if (!strcmp(name, node->text)) {
            found = i;
            break;
        }
        if ((yes && is_one_of(name, yes_words)) || (no && is_one_of(name, no_words)))
            found = i;
    }
    if (found < 0)
        return wrong(node, note, path, field, "");
    snprintf(canonical, SWEEP_TEXT_MAX + 1, "%s", field->names[found]);
    *value = found;
    return OK;
}

/* A leading zero makes an octal number to other readers of the file: better no number at all. */
static bool has_leading_zero(const char *text)
{
    text += *text == '-' || *text == '+';
    return text[0] == '0' && isdigit((unsigned char)text[1]);
}

enum err value_read(const struct doc_node *node, struct err_note *note, const char *path,
                    const struct plateau_field *field, char canonical[SWEEP_TEXT_MAX + 1],
                    double *value)
{
    if (node->kind == DOC_LIST)
        return wrong(node, note, path, field, ": a list of values belongs under axes");
    if (node->kind != DOC_SCALAR || doc_is_null(node))
        return wrong(node, note, path, field, "");
    if (field->type == PLATEAU_ENUM)
        return read_enum(node, note, path, field, canonical, value);
    if (node->quoted)
        return wrong(node, note, path, field, " without quotes");
    if (field->type == PLATEAU_BOOLEAN) {
        bool yes = is_one_of(node->text, yes_words);
        if (!yes && !is_one_of(node->text, no_words))
            return wrong(node, note, path, field, "");
        strcpy(canonical, yes ? "true" : "false");
        *value = yes;
        return OK;
    }
    if (!decimal_is_number(node->text) || strlen(node->text) > SWEEP_TEXT_MAX)
        return wrong(node, note, path, field, "");
    if (has_leading_zero(node->text))
        return wrong(node, note, path, field, " without leading zeros");
    double v = decimal_value(node->text, NULL);
    if (plateau_field_check(field, v, NULL))
        return wrong(node, note, path, field, "");
    strcpy(canonical, node->text + (*node->text == '+'));
    *value = v;
    return OK;
}

enum err value_boolean(const struct doc_node *node, struct err_note *note, const char *field,
                       bool *out)
{
    bool scalar = node->kind == DOC_SCALAR && !node->quoted;
    if (scalar && is_one_of(node->text, yes_words))
        *out = true;
    else if (scalar && is_one_of(node->text, no_words))
        *out = false;
    else
        return doc_fail(node, note, field, "found %s, expected true or false", doc_found(node));
    return OK;
}

enum err value_integer(const struct doc_node *node, struct err_note *note, const char *field,
                       uint64_t min, uint64_t max, uint64_t *out)
{
    bool digits = node->kind == DOC_SCALAR && !node->quoted && *node->text &&
                  strspn(node->text, "0123456789") == strlen(node->text) &&
                  !has_leading_zero(node->text);
    errno = 0;
    unsigned long long v = digits ? strtoull(node->text, NULL, 10) : 0;
    if (!digits || errno || v < min || v > max)
        return doc_fail(node, note, field, "found %s, expected a whole number %llu .. %llu",
                        doc_found(node), (unsigned long long)min, (unsigned long long)max);
    *out = v;
    return OK;
}

enum err value_check_name(const struct doc_node *at, struct err_note *note, const char *field,
                          const char *name)
{
    bool good = isalnum((unsigned char)*name) && strlen(name) <= JOB_NAME_MAX;
    for (const char *c = name; *c && good; c++)
        good = isalnum((unsigned char)*c) || *c == '_' || *c == '-' || *c == '.';
    if (!good)
        return doc_fail(at, note, field,
                        "found '%.80s', expected a name of letters, digits and _ - . that begins "
                        "with a letter or digit, at most %d characters",
                        name, JOB_NAME_MAX);
    return OK;
}

enum err value_name(const struct doc_node *node, struct err_note *note, const char *field,
                    char out[JOB_NAME_MAX + 1])
{
    enum err err = doc_want(node, DOC_SCALAR, note, field, "a name");
    if (!err)
        err = value_check_name(node, note, field, node->text);
    if (!err)
        strcpy(out, node->text);
    return err;
}
