/* axes, zip groups, where and sample: from YAML to a sweep plan. */
#include "engine/metrics.h"
#include "proto/decimal.h"
#include "proto/sample.h"
#include "proto/where.h"
#include "spec/loader.h"
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Names in results.h5 that no axis may take; metrics are refused besides. */
static const char *const taken[] = {
    "scenario",    "period",      "point",      "status",   "flags",      "block_sum",
    "block_sumsq", "block_count", "fold_begin", "fold_sum", "fold_sumsq", "block",
    "review",      "entry",       "heatmaps",   "holdout",  "benchmark",  "meta"};

/* ---- values ---- */

static enum err read_values(struct loader *loader, const struct doc_node *list, const char *path,
                            const struct plateau_field *field, struct levels *levels)
{
    char text[SWEEP_TEXT_MAX + 1];
    double value;
    if (list->n == 0)
        return doc_fail(list, loader->note, path, "the axis is empty, expected at least one value");
    for (uint32_t i = 0; i < list->n; i++) {
        enum err err = value_read(list->items[i], loader->note, path, field, text, &value);
        if (!err)
            err = levels_add(levels, text, value);
        if (err == ERR_RANGE)
            err = doc_fail(list->items[i], loader->note, path, "more than %u values",
                           SWEEP_LEVELS_MAX);
        if (err)
            return err;
    }
    return OK;
}

static enum err read_ends(struct loader *loader, const struct doc_node *at, const char *path,
                          const char *kind, const char **start, const char **end)
{
    if (at->kind != DOC_LIST || at->n != 2 || at->items[0]->kind != DOC_SCALAR ||
        at->items[1]->kind != DOC_SCALAR)
        return doc_fail(at, loader->note, path, "%s: found %s, expected [start, end]", kind,
                        at->kind == DOC_LIST ? "a list of other length" : doc_found(at));
    *start = at->items[0]->text;
    *end = at->items[1]->text;
    return OK;
}

/* {range: [a, b], step: s}, {linspace: [a, b], n: k} or {logspace: [a, b], n: k} */
static enum err read_spaced(struct loader *loader, const struct doc_node *map, const char *path,
                            const char *kind, struct levels *levels)
{
    const char *start = NULL, *end = NULL;
    struct err_note why = {""};
    const struct doc_node *at = doc_get(map, kind);
    bool range = !strcmp(kind, "range");
    const struct doc_node *by = doc_get(map, range ? "step" : "n");
    uint64_t n = 0;
    enum err err = read_ends(loader, at, path, kind, &start, &end);
    if (!err && !by)
        return doc_fail(map, loader->note, path, "%s without %s", kind, range ? "step" : "n");
    if (!err && range)
        err = doc_want(by, DOC_SCALAR, loader->note, path, "a step");
    if (!err && !range)
        err = value_integer(by, loader->note, path, 2, SWEEP_LEVELS_MAX, &n);
    if (err)
        return err;
    err = range                       ? levels_range(levels, start, end, by->text, &why)
          : !strcmp(kind, "linspace") ? levels_linspace(levels, start, end, (uint32_t)n, &why)
                                      : levels_logspace(levels, start, end, (uint32_t)n, &why);
    return err == ERR_SPEC ? doc_fail(at, loader->note, path, "%s", why.text) : err;
}

static enum err check_levels(struct loader *loader, const struct doc_node *at, const char *path,
                             const struct plateau_field *field, const struct levels *levels)
{
    for (uint32_t l = 0; l < levels->n; l++)
        if (plateau_field_check(field, levels->values[l], NULL))
            return doc_fail(at, loader->note, path, "found '%s', expected %s", levels->texts[l],
                            value_expected(field));
    /* Sorted copies would be faster, but a long axis is a range, whose values differ by
     * construction. */
    uint32_t n = levels->n < 4096 ? levels->n : 0;
    for (uint32_t l = 1; l < n; l++)
        for (uint32_t m = 0; m < l; m++)
            if (levels->values[l] == levels->values[m])
                return doc_fail(at, loader->note, path, "'%s' and '%s' are the same value",
                                levels->texts[m], levels->texts[l]);
    return OK;
}

static enum err read_levels(struct loader *loader, const struct doc_node *node, const char *path,
                            const struct plateau_field *field, struct levels *levels)
{
    static const char *const known[] = {"values", "range", "linspace", "logspace",
                                        "step",   "n",     "as"};
    static const char *const kinds[] = {"values", "range", "linspace", "logspace"};
    if (node->kind == DOC_LIST)
        return read_values(loader, node, path, field, levels);
    enum err err = doc_want(node, DOC_MAP, loader->note, path,
                            "a list of values, or {range, step}, {linspace, n}, {logspace, n}");
    if (!err)
        err = doc_check_keys(node, loader->note, path, known, COUNT(known));
    const char *kind = NULL;
    for (unsigned i = 0; i < COUNT(kinds) && !err; i++) {
        if (doc_get(node, kinds[i]) && kind)
            err = doc_fail(node, loader->note, path, "found both %s and %s, expected one", kind,
                           kinds[i]);
        if (doc_get(node, kinds[i]))
            kind = kinds[i];
    }
    if (!err && !kind)
        err = doc_fail(node, loader->note, path,
                       "no values, expected one of: values, range, linspace, logspace");
    if (!err && doc_get(node, "step") && strcmp(kind, "range") != 0)
        err = doc_fail(node, loader->note, path, "step goes with range, not with %s", kind);
    if (!err && doc_get(node, "n") && strcmp(kind, "linspace") != 0 &&
        strcmp(kind, "logspace") != 0)
        err = doc_fail(node, loader->note, path, "n goes with linspace or logspace, not with %s",
                       kind);
    if (err)
        return err;
    const struct doc_node *at = doc_get(node, kind);
    if (!strcmp(kind, "values")) {
        err = doc_want(at, DOC_LIST, loader->note, path, "a list of values");
        return err ? err : read_values(loader, at, path, field, levels);
    }
    if (field->type == PLATEAU_ENUM || field->type == PLATEAU_BOOLEAN)
        return doc_fail(at, loader->note, path, "found %s, expected a list of: %s", kind,
                        value_expected(field));
    return read_spaced(loader, node, path, kind, levels);
}

/* ---- an axis ---- */

static enum err check_label(struct loader *loader, const struct doc_node *at, const char *path,
                            const char *label)
{
    bool good = isalpha((unsigned char)*label) || *label == '_';
    for (const char *c = label; *c && good; c++)
        good = isalnum((unsigned char)*c) || *c == '_' || *c == '-';
    if (!good || strlen(label) > JOB_PATH_MAX)
        return doc_fail(
            at, loader->note, path,
            "as: found '%.80s', expected letters, digits and _ that begin with a letter", label);
    for (int m = 0; m < N_METRICS; m++)
        if (!strcmp(label, METRIC_INFO[m].name))
            return doc_fail(at, loader->note, path,
                            "its name in results, %s, is that of a metric: expected another `as:`",
                            label);
    for (unsigned i = 0; i < COUNT(taken); i++)
        if (!strcmp(label, taken[i]))
            return doc_fail(at, loader->note, path,
                            "its name in results, %s, is taken: expected another `as:`", label);
    for (uint32_t a = 0; a < loader->n_axes; a++)
        if (!strcmp(label, loader->axes[a].label))
            return doc_fail(at, loader->note, path, "its name in results, %s, is that of axis %s",
                            label, loader->axes[a].path);
    return OK;
}

static enum err find_field(struct loader *loader, const struct doc_node *node, const char *path,
                           const struct plateau_field **field)
{
    const struct plateau_config *base = loader->spec->base;
    const char *known[JOB_VALUES_MAX];
    unsigned n = 0;
    if (!strcmp(path, "run.seed"))
        return plateau_config_find(base, "portfolio.seed", NULL, field, loader->note);
    if (!strcmp(path, "portfolio.seed"))
        return doc_fail(node, loader->note, path, "expected the seed as run.seed");
    if (plateau_config_find(base, path, NULL, field, NULL) == OK)
        return OK;
    known[n++] = "run.seed";
    for (uint32_t i = 0; i < plateau_config_n_fields(base) && n < JOB_VALUES_MAX; i++)
        known[n++] = plateau_config_path(base, i);
    const char *near = err_nearest(path, known, n);
    size_t length = strlen(path); /* a path without its owner: "exit.exit_ma" */
    for (unsigned i = 0; i < n && !near; i++) {
        size_t m = strlen(known[i]);
        if (m > length + 1 && known[i][m - length - 1] == '.' &&
            !strcmp(known[i] + m - length, path))
            near = known[i];
    }
    return doc_fail(node, loader->note, path, "the axis names no field%s%s%s",
                    near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
}

/* Fills the axis; what it holds so far is freed with the loader even if this fails. */
static enum err fill_axis(struct loader *loader, const struct doc_node *node, const char *path,
                          const struct plateau_field *field, struct sweep_axis *axis)
{
    struct levels levels = {.spacing = SWEEP_LINEAR};
    enum err err = read_levels(loader, node, path, field, &levels);
    if (!err)
        err = check_levels(loader, node, path, field, &levels);
    axis->values = levels.values;
    axis->texts = levels.texts;
    axis->n_levels = levels.n;
    if (err)
        return err;
    loader->n_levels += levels.n;
    if (loader->n_levels > LOADER_LEVELS_MAX)
        return doc_fail(node, loader->note, path, "the axes have more than %d values together",
                        LOADER_LEVELS_MAX);
    const struct doc_node *as = doc_get(node, "as");
    if (as && (err = doc_want(as, DOC_SCALAR, loader->note, path, "a name after as:")))
        return err;
    axis->path = strdup(path);
    axis->label = strdup(as ? as->text : path);
    axis->unit = strdup(field->unit);
    if (!axis->path || !axis->label || !axis->unit)
        return ERR_NOMEM;
    for (char *c = axis->label; !as && *c; c++)
        if (*c == '.')
            *c = '_';
    bool category = field->type == PLATEAU_ENUM || field->type == PLATEAU_BOOLEAN;
    axis->spacing = category ? SWEEP_CATEGORICAL : levels.spacing;
    axis->entry_side = field->entry_side;
    return check_label(loader, node, path, axis->label);
}

/* ---- zip ---- */

/* The axes of a group take the number of its first one as their leader. */
static enum err read_group(struct loader *loader, const struct doc_node *group, bool *grouped,
                           uint32_t *leader)
{
    uint32_t members[SWEEP_AXES_MAX] = {0}, first = SWEEP_AXES_MAX;
    struct err_note why = {""};
    enum err err =
        doc_want(group, DOC_LIST, loader->note, "zip", "a list of axes that move together");
    if (!err && (group->n < 2 || group->n > loader->n_axes))
        return doc_fail(group, loader->note, "zip", "found a group of %u, expected 2 .. %u axes",
                        group->n, loader->n_axes);
    for (uint32_t i = 0; !err && i < group->n; i++) {
        const struct doc_node *item = group->items[i];
        uint32_t a;
        err = doc_want(item, DOC_SCALAR, loader->note, "zip", "an axis");
        if (err)
            break;
        if (where_find_axis(loader->axes, loader->n_axes, item->text, &a, &why))
            return doc_fail(item, loader->note, "zip", "%s", why.text);
        if (grouped[a])
            return doc_fail(item, loader->note, "zip", "%s is in a group already",
                            loader->axes[a].path);
        grouped[a] = true;
        members[i] = a;
        first = a < first ? a : first;
        const struct sweep_axis *x = &loader->axes[members[0]], *y = &loader->axes[a];
        if (x->n_levels != y->n_levels)
            return doc_fail(item, loader->note, "zip",
                            "%s has %u values and %s has %u, expected as many", x->path,
                            x->n_levels, y->path, y->n_levels);
    }
    for (uint32_t i = 0; !err && i < group->n; i++)
        leader[members[i]] = first;
    return err;
}

/* Dimensions are numbered in the order in which their first axes appear. */
static enum err read_zip(struct loader *loader, const struct doc_node *zip)
{
    uint32_t leader[SWEEP_AXES_MAX], number[SWEEP_AXES_MAX], n_dimensions = 0;
    bool grouped[SWEEP_AXES_MAX] = {false};
    enum err err =
        zip ? doc_want(zip, DOC_LIST, loader->note, "zip", "a list of lists of axes") : OK;
    for (uint32_t a = 0; a < loader->n_axes; a++)
        leader[a] = a;
    for (uint32_t g = 0; !err && zip && g < zip->n; g++)
        err = read_group(loader, zip->items[g], grouped, leader);
    for (uint32_t a = 0; !err && a < loader->n_axes; a++) {
        number[a] = leader[a] == a ? n_dimensions++ : number[leader[a]];
        loader->axes[a].dimension = number[a];
    }
    return err;
}

enum err section_axes(struct loader *loader, const struct doc_node *axes,
                      const struct doc_node *zip)
{
    enum err err = axes ? doc_want(axes, DOC_MAP, loader->note, "axes", "a map of axes") : OK;
    if (!err && axes && axes->n > SWEEP_AXES_MAX)
        err = doc_fail(axes, loader->note, "axes", "found %u, expected at most %d", axes->n,
                       SWEEP_AXES_MAX);
    for (uint32_t i = 0; !err && axes && i < axes->n; i++) {
        const struct plateau_field *field = NULL;
        err = find_field(loader, axes->items[i], axes->keys[i], &field);
        if (err)
            break;
        assert(field);
        err = fill_axis(loader, axes->items[i], axes->keys[i], field, &loader->axes[i]);
        loader->n_axes = i + 1;
    }
    return err ? err : read_zip(loader, zip);
}

/* ---- where ---- */

struct resolver {
    struct loader *loader;
};

/* A name in a constraint: an axis stays, as its full path; a field that is no axis becomes its base
 * value. */
static char *resolve(void *ctx, const char *name)
{
    struct loader *loader = ((struct resolver *)ctx)->loader;
    const struct plateau_config *base = loader->spec->base;
    const struct plateau_field *field;
    uint32_t a, index = 0, n_found = 0;
    enum err err = where_find_axis(loader->axes, loader->n_axes, name, &a, NULL);
    if (err == OK)
        return strdup(loader->axes[a].path);
    if (err == ERR_EXISTS) /* ambiguous: where_new says so */
        return NULL;
    size_t length = strlen(name);
    for (uint32_t i = 0; i < plateau_config_n_fields(base); i++) {
        const char *path = plateau_config_path(base, i);
        size_t m = strlen(path);
        bool ends =
            m > length + 1 && path[m - length - 1] == '.' && !strcmp(path + m - length, name);
        if (!strcmp(path, name) || ends) {
            index = i;
            n_found++;
        }
    }
    if (n_found != 1)
        return NULL;
    plateau_config_find(base, plateau_config_path(base, index), NULL, &field, NULL);
    double v = plateau_config_get_index(base, index);
    char text[SWEEP_TEXT_MAX + 3];
    if (field->type == PLATEAU_ENUM)
        snprintf(text, sizeof text, "'%s'", field->names[(int)v]);
    else if (field->type == PLATEAU_BOOLEAN)
        snprintf(text, sizeof text, "%s", v != 0 ? "true" : "false");
    else if (loader->texts[index])
        snprintf(text, sizeof text, "%s", loader->texts[index]);
    else
        snprintf(text, sizeof text, "%.15g",
                 v); /* a default: written in the table as a short decimal */
    return strdup(text);
}

static enum err read_constraint(struct loader *loader, const struct doc_node *node)
{
    struct resolver resolver = {loader};
    struct err_note why = {""};
    struct where *where = NULL;
    if (node->kind != DOC_SCALAR || doc_is_null(node))
        return doc_fail(node, loader->note, "where",
                        "found %s, expected a comparison such as \"a < b\"", doc_found(node));
    if (loader->n_where == SWEEP_WHERE_MAX)
        return doc_fail(node, loader->note, "where", "more than %d constraints", SWEEP_WHERE_MAX);
    char *text = where_rewrite(node->text, resolve, &resolver);
    /* The text as written first: its columns are those the writer sees. Only names of plain fields
     * fail there. */
    enum err err = where_new(&where, text ? text : node->text, loader->axes, loader->n_axes, &why);
    if (err == ERR_SPEC)
        err = doc_fail(node, loader->note, "", "%s", why.text);
    if (!err && where_axes(where) == 0)
        err = loader_warn(loader, "where \"%s\" names no axis: it is the same for every point",
                          node->text);
    where_free(&where);
    if (err || !text) {
        free(text);
        return err ? err : ERR_NOMEM;
    }
    loader->where_nodes[loader->n_where] = node;
    loader->where[loader->n_where++] = text;
    return OK;
}

enum err section_where(struct loader *loader, const struct doc_node *node)
{
    enum err err = OK;
    if (!node)
        return OK;
    if (node->kind == DOC_SCALAR)
        return read_constraint(loader, node);
    err = doc_want(node, DOC_LIST, loader->note, "where", "a list of comparisons");
    for (uint32_t i = 0; !err && i < node->n; i++)
        err = read_constraint(loader, node->items[i]);
    return err;
}

/* ---- sample ---- */

enum err section_sample(struct loader *loader, const struct doc_node *node, struct sweep_plan *plan)
{
    static const char *const known[] = {"method", "n", "seed"};
    static const char *const methods[] = {"random", "lhs", "sobol"};
    plan->method = SWEEP_GRID;
    if (!node)
        return OK;
    enum err err = doc_want(node, DOC_MAP, loader->note, "sample", "a map: {method, n, seed}");
    if (!err)
        err = doc_check_keys(node, loader->note, "sample", known, COUNT(known));
    if (err)
        return err;
    const struct doc_node *at = doc_get(node, "method");
    if (!at)
        return doc_fail(node, loader->note, "sample.method",
                        "missing, expected random, lhs or sobol");
    for (unsigned i = 0; i < COUNT(methods); i++)
        if (at->kind == DOC_SCALAR && !strcmp(at->text, methods[i]))
            plan->method = (enum sweep_method)(SWEEP_RANDOM + i);
    if (plan->method == SWEEP_GRID) {
        const char *near =
            err_nearest(at->kind == DOC_SCALAR ? at->text : "", methods, COUNT(methods));
        return doc_fail(at, loader->note, "sample.method",
                        "found %s, expected random, lhs or sobol%s%s%s", doc_found(at),
                        near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
    }
    if (!(at = doc_get(node, "n")))
        return doc_fail(node, loader->note, "sample.n", "missing, expected how many points");
    err = value_integer(at, loader->note, "sample.n", 1,
                        loader->n_where ? SWEEP_WHERE_SAMPLES_MAX : SAMPLE_POINTS_MAX,
                        &plan->n_samples);
    uint32_t seed;
    if (!err)
        err = plateau_config_find(loader->spec->base, "portfolio.seed", &seed, NULL, loader->note);
    if (err)
        return err;
    plan->sample_seed = (uint64_t)plateau_config_get_index(loader->spec->base, seed);
    at = doc_get(node, "seed");
    return at ? value_integer(at, loader->note, "sample.seed", 0, UINT64_MAX, &plan->sample_seed)
              : OK;
}
