/* Parameter sets: see engine/config.h for the layout. A path is written once, when its sleeve is
 * added, so that messages and axes speak of fields as the sweep file does. */
#include "engine/config.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_MAX = 256, NUMBER_MAX = 32 };

static const struct plateau_field PORTFOLIO_FIELDS[] = {PORTFOLIO_TABLE(PARAMETER_FIELD)};
enum { N_PORTFOLIO_FIELDS = sizeof PORTFOLIO_FIELDS / sizeof PORTFOLIO_FIELDS[0] };
_Static_assert(sizeof(struct portfolio_params) == N_PORTFOLIO_FIELDS * sizeof(double),
               "the portfolio's struct is its table");

enum err plateau_fields(const char *strategy, const struct plateau_field **fields, size_t *n_fields)
{
    if (!strategy) {
        *fields = PORTFOLIO_FIELDS;
        *n_fields = N_PORTFOLIO_FIELDS;
        return OK;
    }
    const struct strategy *s = strategy_find(strategy);
    if (!s)
        return ERR_NOT_FOUND;
    *fields = s->fields;
    *n_fields = s->n_fields;
    return OK;
}

/* Room for n_fields more values, at their defaults, with their paths. */
static enum err append_fields(struct plateau_config *config, const char *prefix,
                              const struct plateau_field *fields, size_t n_fields)
{
    size_t n = config->n_values + n_fields;
    double *values = realloc(config->values, n * sizeof *values);
    if (!values)
        return ERR_NOMEM;
    config->values = values;
    char(*paths)[CONFIG_PATH_MAX] = realloc(config->paths, n * sizeof *paths);
    if (!paths)
        return ERR_NOMEM;
    config->paths = paths;
    for (size_t i = 0; i < n_fields; i++) {
        values[config->n_values + i] = fields[i].default_value;
        int length =
            snprintf(paths[config->n_values + i], CONFIG_PATH_MAX, "%s.%s", prefix, fields[i].path);
        assert(length > 0 && length < CONFIG_PATH_MAX);
    }
    config->n_values = (uint32_t)n;
    return OK;
}

enum err plateau_config_new(struct plateau_config **out)
{
    struct plateau_config *config = calloc(1, sizeof *config);
    if (!config)
        return ERR_NOMEM;
    enum err e = append_fields(config, "portfolio", PORTFOLIO_FIELDS, N_PORTFOLIO_FIELDS);
    if (e) {
        plateau_config_free(&config);
        return e;
    }
    *out = config;
    return OK;
}

enum err plateau_config_copy(struct plateau_config **out, const struct plateau_config *from)
{
    struct plateau_config *config = malloc(sizeof *config);
    if (!config)
        return ERR_NOMEM;
    *config = *from;
    config->values = malloc(from->n_values * sizeof *from->values);
    config->paths = malloc(from->n_values * sizeof *from->paths);
    if (!config->values || !config->paths) {
        plateau_config_free(&config);
        return ERR_NOMEM;
    }
    memcpy(config->values, from->values, from->n_values * sizeof *from->values);
    memcpy(config->paths, from->paths, from->n_values * sizeof *from->paths);
    *out = config;
    return OK;
}

void plateau_config_free(struct plateau_config **config_p)
{
    if (!*config_p)
        return;
    free((*config_p)->values);
    free((*config_p)->paths);
    free(*config_p);
    *config_p = NULL;
}

/* "a, b, c" of a NULL-terminated list, for messages. */
static const char *join(char list[LIST_MAX], const char *const *names)
{
    size_t at = 0;
    list[0] = '\0';
    for (size_t i = 0; names[i] && at < LIST_MAX; i++)
        at += (size_t)snprintf(list + at, LIST_MAX - at, "%s%s", i ? ", " : "", names[i]);
    return list;
}

static unsigned count_names(const char *const *names)
{
    unsigned n = 0;
    while (names[n])
        n++;
    return n;
}

enum err plateau_config_add_sleeve(struct plateau_config *config, const char *name,
                                   const char *strategy, struct err_note *note)
{
    size_t length = strlen(name);
    if (config->n_sleeves == PLATEAU_SLEEVES_MAX)
        return err_set(note, ERR_RANGE, "sleeves.%s: more than %d sleeves", name,
                       PLATEAU_SLEEVES_MAX);
    if (length == 0 || length > CONFIG_NAME_MAX || strchr(name, '.'))
        return err_set(note, ERR_RANGE,
                       "sleeves.%.80s: expected a name of 1 to %d characters without '.'", name,
                       CONFIG_NAME_MAX);
    for (uint32_t i = 0; i < config->n_sleeves; i++)
        if (strcmp(config->sleeve[i].name, name) == 0)
            return err_set(note, ERR_EXISTS, "sleeves.%s: a second sleeve of this name", name);
    const struct strategy *s = strategy_find(strategy);
    if (!s) {
        char list[LIST_MAX];
        return err_set(note, ERR_NOT_FOUND,
                       "sleeves.%s: no strategy \"%.80s\", expected one of: %s", name, strategy,
                       join(list, plateau_strategies()));
    }
    struct config_sleeve *sleeve = &config->sleeve[config->n_sleeves];
    char prefix[CONFIG_PATH_MAX];
    snprintf(prefix, sizeof prefix, "sleeves.%s", name);
    uint32_t first = config->n_values;
    if (append_fields(config, prefix, s->fields, s->n_fields))
        return err_set(note, ERR_NOMEM, "sleeves.%s: out of memory", name);
    memcpy(sleeve->name, name, length + 1);
    sleeve->strategy = s;
    sleeve->first = first;
    config->n_sleeves++;
    return OK;
}

const struct plateau_field *config_field(const struct plateau_config *config, uint32_t index)
{
    assert(index < config->n_values);
    if (index < N_PORTFOLIO_FIELDS)
        return &PORTFOLIO_FIELDS[index];
    uint32_t s = config->n_sleeves - 1;
    while (config->sleeve[s].first > index)
        s--;
    return &config->sleeve[s].strategy->fields[index - config->sleeve[s].first];
}

/* The nearest path helps most when the owner is right, so all of them are candidates. */
static enum err path_unknown(const struct plateau_config *config, const char *path,
                             struct err_note *note)
{
    const char **candidates = malloc((config->n_values + 1u) * sizeof *candidates);
    const char *nearest = NULL;
    if (candidates) {
        for (uint32_t i = 0; i < config->n_values; i++)
            candidates[i] = config->paths[i];
        nearest = err_nearest(path, candidates, config->n_values);
    }
    err_set(note, ERR_NOT_FOUND, "%.200s: no such field%s%s", path,
            nearest ? "; the nearest is " : "", nearest ? nearest : "");
    free(candidates);
    return ERR_NOT_FOUND;
}

enum err plateau_config_find(const struct plateau_config *config, const char *path, uint32_t *index,
                             const struct plateau_field **field, struct err_note *note)
{
    for (uint32_t i = 0; i < config->n_values; i++) {
        if (strcmp(config->paths[i], path) != 0)
            continue;
        if (index)
            *index = i;
        if (field)
            *field = config_field(config, i);
        return OK;
    }
    return path_unknown(config, path, note);
}

void plateau_config_set_index(struct plateau_config *config, uint32_t index, double value)
{
    assert(index < config->n_values);
    config->values[index] = value;
}

double plateau_config_get_index(const struct plateau_config *config, uint32_t index)
{
    assert(index < config->n_values);
    return config->values[index];
}

uint32_t plateau_config_n_fields(const struct plateau_config *config)
{
    return config->n_values;
}

const char *plateau_config_path(const struct plateau_config *config, uint32_t index)
{
    assert(index < config->n_values);
    return config->paths[index];
}

static enum err expected_name(const struct plateau_field *field, const char *path, const char *text,
                              struct err_note *note)
{
    char list[LIST_MAX];
    const char *nearest = err_nearest(text, field->names, count_names(field->names));
    return err_set(note, ERR_SPEC, "%s: found \"%.80s\", expected one of: %s%s%s", path, text,
                   join(list, field->names), nearest ? "; the nearest is " : "",
                   nearest ? nearest : "");
}

/* As short as a person would write it, unless that is another number. */
static const char *decimal(char text[NUMBER_MAX], double value)
{
    snprintf(text, NUMBER_MAX, "%.15g", value);
    if (strtod(text, NULL) != value)
        snprintf(text, NUMBER_MAX, "%.17g", value);
    return text;
}

static enum err check_value(const struct plateau_field *field, const char *path, double value,
                            struct err_note *note)
{
    char list[LIST_MAX], found[NUMBER_MAX], least[NUMBER_MAX], most[NUMBER_MAX];
    bool has_unit = strcmp(field->unit, "1") != 0;
    if (isnan(value))
        return err_set(note, ERR_SPEC, "%s: required, expected %s (%s)", path, field->text,
                       field->unit);
    if (value >= field->min && value <= field->max &&
        (field->type == PLATEAU_NUMBER || value == __builtin_floor(value)))
        return OK;
    decimal(found, value);
    switch (field->type) {
    case PLATEAU_BOOLEAN:
        return err_set(note, ERR_RANGE, "%s: found %s, expected true or false", path, found);
    case PLATEAU_ENUM:
        return err_set(note, ERR_RANGE, "%s: found %s, expected one of: %s", path, found,
                       join(list, field->names));
    case PLATEAU_INTEGER:
    case PLATEAU_NUMBER:
        break;
    }
    return err_set(note, ERR_RANGE, "%s: found %s, expected a %s from %s to %s%s%s", path, found,
                   field->type == PLATEAU_INTEGER ? "whole number" : "number",
                   decimal(least, field->min), decimal(most, field->max), has_unit ? " " : "",
                   has_unit ? field->unit : "");
}

static enum err parse_value(const struct plateau_field *field, const char *path, const char *text,
                            double *value, struct err_note *note)
{
    if (field->type == PLATEAU_ENUM) {
        for (unsigned i = 0; field->names[i]; i++)
            if (strcmp(field->names[i], text) == 0) {
                *value = i;
                return OK;
            }
        return expected_name(field, path, text, note);
    }
    if (field->type == PLATEAU_BOOLEAN) {
        bool yes = strcmp(text, "true") == 0;
        if (!yes && strcmp(text, "false") != 0)
            return err_set(note, ERR_SPEC, "%s: found \"%.80s\", expected true or false", path,
                           text);
        *value = yes;
        return OK;
    }
    char *end = NULL;
    double v = strtod(text, &end);
    /* Decimal notation only: strtod also reads hexadecimal, infinities, NaN and leading blanks. */
    if (end == text || *end || strspn(text, "+-.0123456789eE") != strlen(text) || !isfinite(v))
        return err_set(note, ERR_SPEC, "%s: found \"%.80s\", expected a %s", path, text,
                       field->type == PLATEAU_INTEGER ? "whole number" : "number");
    enum err e = check_value(field, path, v, note);
    if (!e)
        *value = v;
    return e;
}

enum err plateau_field_parse(const struct plateau_field *field, const char *text, double *value,
                             struct err_note *note)
{
    return parse_value(field, field->path, text, value, note);
}

enum err plateau_field_check(const struct plateau_field *field, double value, struct err_note *note)
{
    return check_value(field, field->path, value, note);
}

enum err plateau_config_set(struct plateau_config *config, const char *path, const char *text,
                            struct err_note *note)
{
    uint32_t index;
    const struct plateau_field *field;
    enum err e = plateau_config_find(config, path, &index, &field, note);
    if (!e)
        e = parse_value(field, path, text, &config->values[index], note);
    return e;
}

enum err config_check_values(const struct plateau_config *config, struct err_note *note)
{
    enum err e = OK;
    for (uint32_t i = 0; i < config->n_values && !e; i++)
        e = check_value(config_field(config, i), config->paths[i], config->values[i], note);
    return e;
}
