/* sleeves, their strategy files and their data; the portfolio. */
#include "spec/loader.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
enum { FIELD_ROOM = 120 };

static const char *const asset_classes[] = {"equity", "crypto"};
/* Keys of a sleeve or strategy file that are no fields of the strategy. */
static const char *const sleeve_keys[] = {"strategy", "asset_class", "benchmark", "data"};
static const char *const file_keys[] = {"strategy", "asset_class", "benchmark"};
static const char *const data_keys[] = {"prices", "benchmark", "universe", "max_daily_move"};

struct sleeve {
    const char *name;
    const struct doc_node *node; /* in the sweep file */
    const struct doc_node *file; /* the strategy file's root, or NULL */
    char prefix[FIELD_ROOM];     /* "sleeves.NAME." */
    char field[FIELD_ROOM];      /* "sleeves.NAME" */
};

/* A key of the sleeve, from the sweep file or else its strategy file. */
static const struct doc_node *sleeve_get(const struct sleeve *s, const char *key)
{
    const struct doc_node *node = doc_get(s->node, key);
    return node ? node : doc_get(s->file, key);
}

static bool is_strategy(const char *name)
{
    for (const char *const *s = plateau_strategies(); *s; s++)
        if (!strcmp(*s, name))
            return true;
    return false;
}

static const char *nearest_strategy(const char *name)
{
    unsigned n = 0;
    while (plateau_strategies()[n])
        n++;
    return err_nearest(name, plateau_strategies(), n);
}

static enum err remember_file(struct loader *loader, const char *path)
{
    struct spec *spec = loader->spec;
    for (uint32_t i = 0; i < loader->n_files; i++)
        if (!strcmp(spec->files[i], path))
            return OK;
    char **files = realloc(spec->files, (loader->n_files + 2) * sizeof *files);
    if (!files)
        return ERR_NOMEM;
    spec->files = files;
    files[loader->n_files] = strdup(path);
    files[loader->n_files + 1] = NULL;
    return files[loader->n_files++] ? OK : ERR_NOMEM;
}

static enum err read_strategy_file(struct loader *loader, struct sleeve *s,
                                   const struct doc_node *at, const char *field)
{
    char *path;
    if (loader->n_docs == LOADER_DOCS_MAX)
        return doc_fail(at, loader->note, field, "more than %d files", LOADER_DOCS_MAX);
    enum err err = loader_resolve(loader, at, field, &path);
    if (err) { /* perhaps it was meant to be a strategy's name */
        const char *near = nearest_strategy(at->text);
        return near ? doc_fail(at, loader->note, field,
                               "found '%.80s', expected a strategy or its file (did you mean %s?)",
                               at->text, near)
                    : err;
    }
    struct doc *doc = &loader->docs[loader->n_docs];
    err = doc_read(doc, path, loader->note);
    if (!err) {
        loader->n_docs++;
        s->file = doc->root;
        err = doc_want(doc->root, DOC_MAP, loader->note, "", "a map: a strategy and its fields");
    }
    if (!err)
        err = remember_file(loader, path);
    free(path);
    return err;
}

/* The strategy's name: in the sweep file, or in the strategy file that it names. */
static enum err find_strategy(struct loader *loader, struct sleeve *s, const char **name)
{
    char field[FIELD_ROOM + 20];
    const struct doc_node *at = doc_get(s->node, "strategy");
    snprintf(field, sizeof field, "%s.strategy", s->field);
    if (!at)
        return doc_fail(s->node, loader->note, field, "missing, expected a strategy or its file");
    enum err err = doc_want(at, DOC_SCALAR, loader->note, field, "a strategy or its file");
    if (err)
        return err;
    *name = at->text;
    if (is_strategy(at->text))
        return OK;
    err = read_strategy_file(loader, s, at, field);
    if (err)
        return err;
    if (!(at = doc_get(s->file, "strategy")))
        return doc_fail(s->file, loader->note, "strategy",
                        "missing, expected the strategy's name, such as %s",
                        plateau_strategies()[0]);
    err = doc_want(at, DOC_SCALAR, loader->note, "strategy", "a strategy's name");
    if (err)
        return err;
    *name = at->text;
    if (is_strategy(at->text))
        return OK;
    const char *near = nearest_strategy(at->text);
    return doc_fail(at, loader->note, "strategy",
                    "found '%.80s', expected a strategy such as %s%s%s%s", at->text,
                    plateau_strategies()[0], near ? " (did you mean " : "", near ? near : "",
                    near ? "?)" : "");
}

static enum err add_sleeve(struct loader *loader, struct sleeve *s)
{
    struct job *job = &loader->spec->job;
    const char *strategy = "";
    enum err err = value_check_name(s->node, loader->note, "sleeves", s->name);
    if (!err && strchr(s->name, '.'))
        err = doc_fail(s->node, loader->note, "sleeves", "found '%s', expected a name without '.'",
                       s->name);
    if (err)
        return err;
    snprintf(s->field, sizeof s->field, "sleeves.%s", s->name);
    snprintf(s->prefix, sizeof s->prefix, "sleeves.%s.", s->name);
    err = doc_want(s->node, DOC_MAP, loader->note, s->field, "a map with strategy and data");
    if (!err)
        err = find_strategy(loader, s, &strategy);
    if (err)
        return err;
    struct job_sleeve *out = &job->sleeves[job->n_sleeves++];
    strcpy(out->name, s->name);
    snprintf(out->strategy, sizeof out->strategy, "%s", strategy);
    return plateau_config_add_sleeve(loader->spec->base, s->name, strategy, loader->note);
}

/* ---- data ---- */

static enum err read_asset_class(struct loader *loader, const struct sleeve *s,
                                 enum image_asset_class *out)
{
    char field[FIELD_ROOM + 20];
    const struct doc_node *at = sleeve_get(s, "asset_class");
    snprintf(field, sizeof field, "%s.asset_class", s->field);
    if (!at)
        return doc_fail(s->node, loader->note, field, "missing, expected equity or crypto");
    for (unsigned i = 0; i < COUNT(asset_classes) && at->kind == DOC_SCALAR; i++)
        if (!strcmp(at->text, asset_classes[i])) {
            *out = (enum image_asset_class)i;
            return OK;
        }
    return doc_fail(at, loader->note, field, "found %s, expected equity or crypto", doc_found(at));
}

static enum err add_symbol(struct loader *loader, const struct doc_node *at, const char *field,
                           struct market_source *source, const char *symbol)
{
    if (!*symbol || strlen(symbol) > IMAGE_SYMBOL_NAME_MAX)
        return doc_fail(at, loader->note, field,
                        "found '%.80s', expected a symbol of 1 .. %u "
                        "characters",
                        symbol, IMAGE_SYMBOL_NAME_MAX);
    for (uint32_t i = 0; i < source->n_universe; i++)
        if (!strcmp(source->universe[i], symbol))
            return doc_fail(at, loader->note, field, "%s appears twice", symbol);
    char **list = realloc((void *)source->universe, (source->n_universe + 1) * sizeof *list);
    if (!list)
        return ERR_NOMEM;
    source->universe = (const char *const *)list;
    if (!(list[source->n_universe] = strdup(symbol)))
        return ERR_NOMEM;
    source->n_universe++;
    return OK;
}

/* One symbol a line; what follows a # is a remark. */
static enum err read_universe_file(struct loader *loader, const struct doc_node *at,
                                   const char *field, struct market_source *source)
{
    char *path, line[256];
    enum err err = loader_resolve(loader, at, field, &path);
    if (err)
        return err;
    FILE *f = fopen(path, "r");
    if (!f)
        err = doc_fail(at, loader->note, field, "%s: %s", path, strerror(errno));
    while (!err && fgets(line, sizeof line, f)) {
        line[strcspn(line, "#\r\n")] = 0;
        char *symbol = line + strspn(line, " \t");
        symbol[strcspn(symbol, " \t")] = 0;
        if (*symbol)
            err = add_symbol(loader, at, field, source, symbol);
    }
    if (!err && source->n_universe == 0)
        err = doc_fail(at, loader->note, field, "%s names no symbols", path);
    if (f)
        fclose(f);
    free(path);
    return err;
}

static enum err read_universe(struct loader *loader, const struct doc_node *at, const char *field,
                              struct market_source *source)
{
    enum err err = OK;
    if (!at || (at->kind == DOC_SCALAR && !strcmp(at->text, "all")))
        return OK;
    if (at->kind == DOC_SCALAR && !doc_is_null(at))
        return read_universe_file(loader, at, field, source);
    err = doc_want(at, DOC_LIST, loader->note, field, "all, a list of symbols, or a file");
    if (!err && at->n == 0)
        err = doc_fail(at, loader->note, field, "the list is empty, expected symbols");
    for (uint32_t i = 0; i < at->n && !err; i++) {
        err = doc_want(at->items[i], DOC_SCALAR, loader->note, field, "a symbol");
        if (!err)
            err = add_symbol(loader, at->items[i], field, source, at->items[i]->text);
    }
    return err;
}

static enum err read_path(struct loader *loader, const struct sleeve *s, const struct doc_node *own,
                          const struct doc_node *common, const char *key, char **out)
{
    char field[FIELD_ROOM + 40];
    const struct doc_node *at = doc_get(own, key);
    if (at)
        snprintf(field, sizeof field, "%s.data.%s", s->field, key);
    else
        snprintf(field, sizeof field, "data.%s", key);
    if (!at)
        at = doc_get(common, key);
    if (!at)
        return doc_fail(s->node, loader->note, field, "missing, expected a path, there or under %s",
                        s->field);
    enum err err = doc_want(at, DOC_SCALAR, loader->note, field, "a path");
    return err ? err : loader_resolve(loader, at, field, out);
}

static void check_benchmark_label(struct loader *loader, const struct sleeve *s,
                                  const struct doc_node *label, const char *path)
{
    assert(path && label->text);
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t n = strcspn(name, ".");
    if (strlen(label->text) != n || strncmp(label->text, name, n) != 0)
        loader_warn(loader, "%s: the strategy was written for the benchmark %s, the data has %s",
                    s->field, label->text, name);
}

static enum err read_source(struct loader *loader, const struct sleeve *s,
                            const struct doc_node *common, struct market_source *source)
{
    char field[FIELD_ROOM + 40], *path = NULL;
    const struct doc_node *own = doc_get(s->node, "data"), *label = sleeve_get(s, "benchmark");
    snprintf(field, sizeof field, "%s.data", s->field);
    enum err err = own ? doc_want(own, DOC_MAP, loader->note, field,
                                  "a map with prices, benchmark, "
                                  "universe")
                       : OK;
    if (!err && own)
        err = doc_check_keys(own, loader->note, field, data_keys, COUNT(data_keys) - 1);
    if (!err && !(source->sleeve = strdup(s->name)))
        err = ERR_NOMEM;
    if (!err)
        err = read_asset_class(loader, s, &source->asset_class);
    if (!err)
        err = read_path(loader, s, own, common, "prices", &path);
    if (!err) {
        source->prices = path;
        err = read_path(loader, s, own, common, "benchmark", &path);
    }
    if (!err) {
        source->benchmark = path;
        const struct doc_node *universe = doc_get(own, "universe");
        if (!universe)
            universe = doc_get(common, "universe");
        snprintf(field, sizeof field, "%s.data.universe", s->field);
        err = read_universe(loader, universe, field, source);
    }
    if (!err && label) {
        snprintf(field, sizeof field, "%s.benchmark", s->field);
        err = doc_want(label, DOC_SCALAR, loader->note, field, "the benchmark's name");
        if (!err)
            check_benchmark_label(loader, s, label, source->benchmark);
    }
    return err;
}

static enum err read_common_data(struct loader *loader, const struct doc_node *data)
{
    static const struct plateau_field move = {
        .path = "max_daily_move", .type = PLATEAU_NUMBER, .min = 0.01, .max = 100, .unit = "1"};
    char text[SWEEP_TEXT_MAX + 1];
    loader->spec->max_daily_move = MARKET_MAX_DAILY_MOVE;
    if (!data)
        return OK;
    enum err err =
        doc_want(data, DOC_MAP, loader->note, "data", "a map with prices, benchmark, universe");
    if (!err)
        err = doc_check_keys(data, loader->note, "data", data_keys, COUNT(data_keys));
    const struct doc_node *at = err ? NULL : doc_get(data, "max_daily_move");
    if (at)
        err = value_read(at, loader->note, "data.max_daily_move", &move, text,
                         &loader->spec->max_daily_move);
    return err;
}

static enum err read_sleeve_fields(struct loader *loader, const struct sleeve *s)
{
    enum err err = OK;
    if (s->file)
        err = fields_read(loader, s->file, s->prefix, file_keys, COUNT(file_keys));
    if (!err)
        err = fields_read(loader, s->node, s->prefix, sleeve_keys, COUNT(sleeve_keys));
    return err;
}

enum err section_sleeves(struct loader *loader, const struct doc_node *sleeves,
                         const struct doc_node *data)
{
    struct sleeve list[JOB_SLEEVES_MAX] = {0};
    struct spec *spec = loader->spec;
    if (!sleeves || sleeves->n == 0)
        return doc_fail(sleeves ? sleeves : loader->docs[0].root, loader->note, "sleeves",
                        "missing, expected at least one, such as equity: {strategy: momentum, ..}");
    enum err err = doc_want(sleeves, DOC_MAP, loader->note, "sleeves", "a map of sleeves");
    if (!err && sleeves->n > JOB_SLEEVES_MAX)
        err = doc_fail(sleeves, loader->note, "sleeves", "found %u, expected at most %d",
                       sleeves->n, JOB_SLEEVES_MAX);
    for (uint32_t i = 0; !err && i < sleeves->n; i++) {
        list[i].name = sleeves->keys[i];
        list[i].node = sleeves->items[i];
        err = add_sleeve(loader, &list[i]);
    }
    if (err)
        return err;
    loader->n_texts = plateau_config_n_fields(spec->base);
    loader->texts = calloc(loader->n_texts, sizeof *loader->texts);
    spec->sources = calloc(sleeves->n, sizeof *spec->sources);
    if (!loader->texts || !spec->sources)
        return ERR_NOMEM;
    err = read_common_data(loader, data);
    for (uint32_t i = 0; !err && i < sleeves->n; i++) {
        err = read_sleeve_fields(loader, &list[i]);
        if (!err)
            err = read_source(loader, &list[i], data, &spec->sources[i]);
    }
    return err;
}

enum err section_portfolio(struct loader *loader, const struct doc_node *node)
{
    const struct doc_node *at = doc_get(node, "seed");
    enum err err =
        node ? doc_want(node, DOC_MAP, loader->note, "portfolio", "a map of fields") : OK;
    if (!err && at)
        err = doc_fail(at, loader->note, "portfolio.seed", "expected the seed as run.seed");
    if (!err && node)
        err = fields_read(loader, node, "portfolio.", NULL, 0);
    struct plateau_config *base = loader->spec->base;
    for (uint32_t i = 0; !err && i < plateau_config_n_fields(base); i++) {
        const struct plateau_field *field;
        const char *path = plateau_config_path(base, i);
        double v = plateau_config_get_index(base, i);
        if (v == v) /* not NaN: it is set or has a default */
            continue;
        plateau_config_find(base, path, NULL, &field, NULL);
        err = doc_fail(node && !strncmp(path, "portfolio.", 10) ? node : loader->docs[0].root,
                       loader->note, path, "missing, expected %s (%s)", value_expected(field),
                       field->text);
    }
    return err;
}
