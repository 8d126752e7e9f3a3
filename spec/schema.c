/* The JSON Schema of sweep and strategy files, for editors: from the tables that check them. */
#include "engine/metrics.h"
#include "spec/spec.h"
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_ROOM = 400, PATTERN_ROOM = 300 };
#define WHOLE_MAX 9007199254740992.0
#define NAME_PATTERN "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"
#define SLEEVE_PATTERN "[A-Za-z0-9][A-Za-z0-9_-]{0,62}"

/* Objects are built by jansson's own format strings; a NULL anywhere makes the whole NULL, which
 * the end reports. */

static json_t *number(double v)
{
    return v == floor(v) && fabs(v) < WHOLE_MAX ? json_integer((json_int_t)v) : json_real(v);
}

static bool is_yes_or_no(const char *name)
{
    return !strcmp(name, "off") || !strcmp(name, "on") || !strcmp(name, "yes") ||
           !strcmp(name, "no");
}

/* YAML 1.1 readers hand a plain `off` over as false: the schema takes both. */
static json_t *enumeration(const char *const *names)
{
    json_t *values = json_array();
    for (; *names; names++) {
        json_array_append_new(values, json_string(*names));
        if (is_yes_or_no(*names))
            json_array_append_new(values,
                                  json_boolean(!strcmp(*names, "on") || !strcmp(*names, "yes")));
    }
    return json_pack("{s:o}", "enum", values);
}

static json_t *value_of(const struct plateau_field *field)
{
    switch (field->type) {
    case PLATEAU_BOOLEAN:
        return json_pack("{s:s}", "type", "boolean");
    case PLATEAU_ENUM:
        return enumeration(field->names);
    case PLATEAU_INTEGER:
    case PLATEAU_NUMBER:
        break;
    }
    return json_pack("{s:s, s:o, s:o}", "type",
                     field->type == PLATEAU_INTEGER ? "integer" : "number", "minimum",
                     number(field->min), "maximum", number(field->max));
}

static json_t *described(const struct plateau_field *field)
{
    char text[TEXT_ROOM];
    bool unit = *field->unit && strcmp(field->unit, "1") != 0;
    json_t *schema = value_of(field);
    snprintf(text, sizeof text, "%s%s%s%s", field->text, unit ? " (" : "", unit ? field->unit : "",
             unit ? ")" : "");
    json_object_set_new(schema, "description", json_string(text));
    if (!isnan(field->default_value) && field->type == PLATEAU_ENUM)
        json_object_set_new(schema, "default",
                            json_string(field->names[(int)field->default_value]));
    else if (!isnan(field->default_value) && field->type == PLATEAU_BOOLEAN)
        json_object_set_new(schema, "default", json_boolean(field->default_value != 0));
    else if (!isnan(field->default_value))
        json_object_set_new(schema, "default", number(field->default_value));
    return schema;
}

static json_t *reference(const char *name)
{
    char path[100];
    snprintf(path, sizeof path, "#/$defs/%s", name);
    return json_pack("{s:s}", "$ref", path);
}

static json_t *closed_object(json_t *properties)
{
    return json_pack("{s:s, s:b, s:o}", "type", "object", "additionalProperties", 0, "properties",
                     properties);
}

/* Puts a field of a dotted path into nested objects. Two strategies may give one path two meanings:
 * then either will do. */
static void put_field(json_t *properties, const struct plateau_field *field)
{
    char path[PATTERN_ROOM], *key = path;
    snprintf(path, sizeof path, "%s", field->path);
    for (char *dot; (dot = strchr(key, '.')); key = dot + 1) {
        *dot = 0;
        if (!json_object_get(properties, key))
            json_object_set_new(properties, key, closed_object(json_object()));
        properties = json_object_get(json_object_get(properties, key), "properties");
    }
    json_t *schema = described(field), *old = json_object_get(properties, key);
    if (!old)
        json_object_set_new(properties, key, schema);
    else if (json_equal(old, schema))
        json_decref(schema);
    else
        json_object_set_new(properties, key, json_pack("{s:[O, o]}", "anyOf", old, schema));
}

static void put_fields(json_t *properties, const char *strategy)
{
    const struct plateau_field *fields;
    size_t n = 0;
    if (plateau_fields(strategy, &fields, &n))
        return;
    for (size_t i = 0; i < n; i++)
        if (strategy || strcmp(fields[i].path, "seed") != 0) /* the seed is run.seed */
            put_field(properties, &fields[i]);
}

/* A list, or one of the spaced forms where the field is a number. */
static json_t *axis(const struct plateau_field *field)
{
    json_t *list =
        json_pack("{s:s, s:i, s:o}", "type", "array", "minItems", 1, "items", value_of(field));
    json_t *forms = json_pack("[O, o]", list,
                              json_pack("{s:s, s:b, s:[s], s:{s:O, s:o}}", "type", "object",
                                        "additionalProperties", 0, "required", "values",
                                        "properties", "values", list, "as", reference("label")));
    json_decref(list);
    if (field->type == PLATEAU_NUMBER || field->type == PLATEAU_INTEGER) {
        json_array_append_new(forms, reference("range"));
        json_array_append_new(forms, reference("linspace"));
        json_array_append_new(forms, reference("logspace"));
    }
    return json_pack("{s:s, s:o}", "description", field->text, "anyOf", forms);
}

/* "a.b" as a regular expression */
static void escape(char *out, size_t size, const char *path)
{
    size_t n = 0;
    for (; *path && n + 3 < size; path++) {
        if (*path == '.')
            out[n++] = '\\';
        out[n++] = *path;
    }
    out[n] = 0;
}

static void put_axes(json_t *patterns, const char *strategy)
{
    const struct plateau_field *fields;
    size_t n = 0;
    if (plateau_fields(strategy, &fields, &n))
        return;
    for (size_t i = 0; i < n; i++) {
        char path[PATTERN_ROOM], pattern[2 * PATTERN_ROOM];
        escape(path, sizeof path, fields[i].path);
        if (strategy)
            snprintf(pattern, sizeof pattern, "^sleeves\\.%s\\.%s$", SLEEVE_PATTERN, path);
        else if (!strcmp(fields[i].path, "seed"))
            snprintf(pattern, sizeof pattern, "^run\\.seed$");
        else
            snprintf(pattern, sizeof pattern, "^portfolio\\.%s$", path);
        json_object_set_new(patterns, pattern, axis(&fields[i]));
    }
}

static json_t *spaced(const char *kind, const char *by, json_t *by_schema)
{
    return json_pack("{s:s, s:b, s:[s, s], s:{s:o, s:o, s:o}}", "type", "object",
                     "additionalProperties", 0, "required", kind, by, "properties", kind,
                     reference("ends"), by, by_schema, "as", reference("label"));
}

static json_t *count(json_int_t min, json_int_t max)
{
    return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum", min, "maximum", max);
}

static json_t *text(const char *description)
{
    return json_pack("{s:s, s:s}", "type", "string", "description", description);
}

static json_t *choice(const char *a, const char *b, const char *c)
{
    return c ? json_pack("{s:[s, s, s]}", "enum", a, b, c) : json_pack("{s:[s, s]}", "enum", a, b);
}

static json_t *data_schema(bool top)
{
    json_t *properties = json_pack(
        "{s:o, s:o, s:{s:s, s:[{s:s}, {s:s, s:i, s:{s:s}}]}}", "prices",
        text("a folder with one SYMBOL.csv[.zst] per symbol, or one file with a symbol column"),
        "benchmark", text("the benchmark's file; its dates are the session calendar"), "universe",
        "description", "all, a list of symbols, or a file with one symbol a line", "anyOf", "type",
        "string", "type", "array", "minItems", 1, "items", "type", "string");
    if (top)
        json_object_set_new(properties, "max_daily_move",
                            json_pack("{s:s, s:f, s:i, s:s}", "type", "number", "minimum", 0.01,
                                      "maximum", 100, "description",
                                      "a larger move of the close is taken for an error"));
    return closed_object(properties);
}

/* The strategy's fields and what a sleeve or strategy file says besides. */
static json_t *sleeve_schema(bool file)
{
    json_t *properties = json_pack(
        "{s:o, s:o, s:o}", "strategy",
        text(file ? "the strategy's name" : "a strategy's name, or the path of a strategy file"),
        "asset_class", choice("equity", "crypto", NULL), "benchmark",
        text("the benchmark's name, for people"));
    if (!file)
        json_object_set_new(properties, "data", data_schema(false));
    for (const char *const *s = plateau_strategies(); *s; s++)
        put_fields(properties, *s);
    json_t *schema = closed_object(properties);
    json_object_set_new(schema, "required", json_pack("[s]", "strategy"));
    return schema;
}

static json_t *run_schema(void)
{
    const struct plateau_field *fields;
    size_t n = 0;
    json_t *metrics = json_array(), *seed = NULL;
    for (int m = 0; m < N_METRICS; m++)
        if (METRIC_INFO[m].better)
            json_array_append_new(metrics, json_string(METRIC_INFO[m].name));
    plateau_fields(NULL, &fields, &n);
    for (size_t i = 0; i < n; i++)
        if (!strcmp(fields[i].path, "seed"))
            seed = described(&fields[i]);
    return closed_object(json_pack(
        "{s:{s:s, s:s}, s:o, s:{s:o, s:s}, s:o}", "name", "type", "string", "pattern", NAME_PATTERN,
        "seed", seed, "objective", "enum", metrics, "default", "sharpe", "blocks",
        json_pack("{s:s, s:i, s:i, s:i, s:i}", "type", "integer", "minimum", 2, "maximum",
                  JOB_BLOCKS_MAX, "multipleOf", 2, "default", 16)));
}

static json_t *period_schema(void)
{
    json_t *day =
        json_pack("{s:s, s:s}", "type", "string", "pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$");
    json_t *schema = closed_object(json_pack("{s:O, s:O, s:{s:s}, s:{s:s}, s:{s:s}}", "start", day,
                                             "end", day, "locked", "type", "boolean", "exclusive",
                                             "type", "boolean", "overlap", "const", "allowed"));
    json_object_set_new(schema, "required", json_pack("[s, s]", "start", "end"));
    json_decref(day);
    return schema;
}

static json_t *walk_forward_schema(void)
{
    json_t *schema =
        closed_object(json_pack("{s:o, s:o, s:o, s:o, s:{s:s}}", "train", count(2, FOLDS_DAYS_MAX),
                                "test", count(1, FOLDS_DAYS_MAX), "step", count(1, FOLDS_DAYS_MAX),
                                "gap", count(0, FOLDS_DAYS_MAX), "anchored", "type", "boolean"));
    json_object_set_new(schema, "required", json_pack("[s, s]", "train", "test"));
    json_object_set_new(schema, "description",
                        json_string("windows of the open periods, in sessions: choose on train, "
                                    "earn on test, move on by step (default: test)"));
    return schema;
}

static json_t *cpcv_schema(void)
{
    json_t *schema =
        closed_object(json_pack("{s:o, s:o, s:o, s:o}", "groups", count(2, FOLDS_GROUPS_MAX),
                                "test", count(1, FOLDS_GROUPS_MAX - 1), "purge",
                                count(0, FOLDS_DAYS_MAX), "embargo", count(0, FOLDS_DAYS_MAX)));
    json_object_set_new(schema, "required", json_pack("[s, s]", "groups", "test"));
    json_object_set_new(schema, "description",
                        json_string("combinatorial purged cross-validation over the open periods: "
                                    "groups of sessions, purge and embargo in sessions"));
    return schema;
}

static json_t *scenario_schema(void)
{
    json_t *composed = closed_object(json_pack(
        "{s:{s:s, s:s}, s:{s:s, s:i, s:i}, s:{s:s}, s:o}", "name", "type", "string", "pattern",
        NAME_PATTERN, "slippage", "type", "number", "minimum", 0, "maximum", 100, "flash_crash",
        "type", "boolean", "regime", choice("none", "bear", "range")));
    json_object_set_new(composed, "required", json_pack("[s]", "name"));
    return json_pack("{s:[{s:s, s:s}, o]}", "anyOf", "type", "string", "pattern",
                     "^(baseline|bear_months|range_months|flash_crash|slippage_[0-9.]+x)$",
                     composed);
}

static json_t *sample_schema(void)
{
    json_t *schema =
        closed_object(json_pack("{s:o, s:o, s:o}", "method", choice("random", "lhs", "sobol"), "n",
                                count(1, UINT32_MAX), "seed", count(0, INT64_MAX)));
    json_object_set_new(schema, "required", json_pack("[s, s]", "method", "n"));
    return schema;
}

static json_t *definitions(void)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:{s:s, s:s}, s:{s:s, s:i, s:i, s:{s:s}}}",
                     "strategy_file", sleeve_schema(true), "range",
                     spaced("range", "step", json_pack("{s:s}", "type", "number")), "linspace",
                     spaced("linspace", "n", count(2, SWEEP_LEVELS_MAX)), "logspace",
                     spaced("logspace", "n", count(2, SWEEP_LEVELS_MAX)), "label", "type", "string",
                     "pattern", "^[A-Za-z_][A-Za-z0-9_-]*$", "ends", "type", "array", "minItems", 2,
                     "maxItems", 2, "items", "type", "number");
}

static json_t *top_properties(void)
{
    json_t *portfolio = json_object(), *axes = json_object(), *zip, *where;
    put_fields(portfolio, NULL);
    put_axes(axes, NULL);
    for (const char *const *s = plateau_strategies(); *s; s++)
        put_axes(axes, *s);
    portfolio = closed_object(portfolio);
    json_object_set_new(portfolio, "required", json_pack("[s]", "periods_per_year"));
    zip = json_pack("{s:s, s:s, s:{s:s, s:i, s:{s:s}}}", "description",
                    "groups of axes that move together", "type", "array", "items", "type", "array",
                    "minItems", 2, "items", "type", "string");
    where = json_pack("{s:s, s:[{s:s}, {s:s, s:{s:s}}]}", "description",
                      "constraints: only points where all hold are run", "anyOf", "type", "string",
                      "type", "array", "items", "type", "string");
    return json_pack(
        "{s:o, s:o, s:o, s:{s:s, s:i, s:i, s:o}, s:{s:s, s:i, s:i, s:o}, s:{s:s, s:b, s:o}, s:o, "
        "s:o, s:o, s:{s:s, s:o}, s:o, s:o}",
        "run", run_schema(), "data", data_schema(true), "portfolio", portfolio, "sleeves", "type",
        "object", "minProperties", 1, "maxProperties", JOB_SLEEVES_MAX, "additionalProperties",
        sleeve_schema(false), "periods", "type", "object", "minProperties", 1, "maxProperties",
        JOB_PERIODS_MAX, "additionalProperties", period_schema(), "axes", "type", "object",
        "additionalProperties", 0, "patternProperties", axes, "zip", zip, "where", where, "sample",
        sample_schema(), "scenarios", "type", "array", "items", scenario_schema(), "walk_forward",
        walk_forward_schema(), "cpcv", cpcv_schema());
}

char *spec_json_schema(void)
{
    json_t *schema =
        json_pack("{s:s, s:s, s:s, s:b, s:[s, s, s], s:o, s:o}", "$schema",
                  "https://json-schema.org/draft/2020-12/schema", "title", "Plateau sweep file",
                  "type", "object", "additionalProperties", 0, "required", "portfolio", "sleeves",
                  "periods", "properties", top_properties(), "$defs", definitions());
    char *dump = schema ? json_dumps(schema, JSON_INDENT(1) | JSON_REAL_PRECISION(15)) : NULL;
    char *out = NULL;
    if (dump && asprintf(&out, "%s\n", dump) < 0)
        out = NULL;
    free(dump);
    json_decref(schema);
    return out;
}
