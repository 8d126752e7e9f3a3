#include "spec/spec.h"
#include "spec/loader.h"
#include <errno.h>
#include <math.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
enum { PERIOD_SLACK_DAYS = 7, WARNING_MAX = 600 };

/* ---- what sections share ---- */

enum err loader_warn(struct loader *loader, const char *format, ...)
{
    char text[WARNING_MAX];
    struct spec *spec = loader->spec;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    char **list = realloc(spec->warnings, (loader->n_warnings + 2) * sizeof *list);
    if (!list)
        return ERR_NOMEM;
    spec->warnings = list;
    list[loader->n_warnings] = strdup(text);
    list[loader->n_warnings + 1] = NULL;
    return list[loader->n_warnings++] ? OK : ERR_NOMEM;
}

enum err loader_resolve(struct loader *loader, const struct doc_node *node, const char *field,
                        char **out)
{
    char *path = NULL;
    if (*node->text && access(node->text, F_OK) == 0)
        path = strdup(node->text);
    else if (asprintf(&path, "%s/%s", loader->folder, node->text) < 0)
        path = NULL;
    if (!path)
        return ERR_NOMEM;
    if (access(path, F_OK)) {
        free(path);
        return doc_fail(node, loader->note, field,
                        "no such file: '%.200s', neither here nor in the sweep file's folder",
                        node->text);
    }
    *out = path;
    return OK;
}

/* ---- --set ---- */

static const char *const top_keys[] = {"run",     "data",      "portfolio",    "sleeves",
                                       "periods", "axes",      "zip",          "where",
                                       "sample",  "scenarios", "walk_forward", "cpcv"};

/* The map a dotted path leads to, made where it is missing. Below axes the rest is one key: an axis
 * is a dotted path. */
static enum err descend(struct doc_node *root, char *path, struct doc_node **map, char **key,
                        struct err_note *note)
{
    *map = root;
    *key = path;
    bool axes = !strncmp(path, "axes.", strlen("axes."));
    for (char *dot; (dot = strchr(*key, '.')) && !(axes && *map != root);) {
        *dot = 0;
        const struct doc_node *child = doc_get(*map, *key);
        struct doc_node *next = (struct doc_node *)child;
        if (!next) {
            next = doc_new_map(root->file, root->line);
            if (!next || doc_put(*map, *key, next))
                return ERR_NOMEM;
        }
        if (next->kind != DOC_MAP)
            return doc_fail(next, note, *key, "found %s, expected a map to set %s in",
                            doc_found(next), dot + 1);
        *map = next;
        *key = dot + 1;
    }
    return OK;
}

static enum err apply_set(struct loader *loader, const char *assignment)
{
    const char *equals = strchr(assignment, '=');
    struct doc_node *map;
    char *key, *path = NULL;
    if (!equals || equals == assignment)
        return err_set(loader->note, ERR_SPEC,
                       "--set %.200s: expected PATH=VALUE, such as run.seed=7", assignment);
    if (loader->n_docs == LOADER_DOCS_MAX)
        return err_set(loader->note, ERR_SPEC, "--set: more than %d assignments",
                       LOADER_DOCS_MAX - 1);
    struct doc *doc = &loader->docs[loader->n_docs];
    enum err err = doc_parse(doc, "--set", equals + 1, strlen(equals + 1), loader->note);
    if (err)
        return err;
    loader->n_docs++;
    if (!(path = strndup(assignment, (size_t)(equals - assignment))))
        return ERR_NOMEM;
    err = descend(loader->docs[0].root, path, &map, &key, loader->note);
    if (!err) {
        struct doc_node *value = doc->root;
        doc->root = NULL; /* the tree has it now */
        err = doc_put(map, key, value);
    }
    free(path);
    return err;
}

/* ---- loading ---- */

static void loader_free(struct loader *loader)
{
    for (uint32_t i = 0; i < loader->n_docs; i++)
        doc_free(&loader->docs[i]);
    for (uint32_t i = 0; i < loader->n_texts && loader->texts; i++)
        free(loader->texts[i]);
    free(loader->texts);
    for (uint32_t a = 0; a < loader->n_axes; a++) {
        struct levels levels = {.n = loader->axes[a].n_levels,
                                .values = loader->axes[a].values,
                                .texts = loader->axes[a].texts};
        levels_free(&levels);
        free(loader->axes[a].path);
        free(loader->axes[a].label);
        free(loader->axes[a].unit);
    }
    for (uint32_t i = 0; i < loader->n_where; i++)
        free(loader->where[i]);
    free(loader->folder);
    free(loader);
}

static enum err fill_values(struct spec *spec)
{
    uint32_t n = plateau_config_n_fields(spec->base);
    spec->job.values = calloc(n, sizeof *spec->job.values);
    if (!spec->job.values)
        return ERR_NOMEM;
    for (uint32_t i = 0; i < n; i++) {
        if (!(spec->job.values[i].path = strdup(plateau_config_path(spec->base, i))))
            return ERR_NOMEM;
        spec->job.values[i].value = plateau_config_get_index(spec->base, i);
        spec->job.n_values = i + 1;
    }
    return OK;
}

/* The SHA-256 of what the sweep means: the job without engine, image and tile size. */
static enum err fill_hash(struct job *job)
{
    uint8_t *bytes;
    size_t length;
    struct job plain = *job;
    memset(plain.engine_id, 0, sizeof plain.engine_id);
    memset(plain.image_hash, 0, sizeof plain.image_hash);
    memset(plain.spec_sha256, 0, sizeof plain.spec_sha256);
    plain.tile_points = 1;
    plain.folds.n_days = 0; /* of the data */
    enum err err = job_encode(&plain, &bytes, &length);
    if (err)
        return err;
    crypto_hash_sha256(job->spec_sha256, bytes, length);
    free(bytes);
    return OK;
}

static enum err build_sweep(struct loader *loader, const struct doc_node *sample)
{
    struct sweep_plan plan = {.axes = loader->axes,
                              .n_axes = loader->n_axes,
                              .where = (const char *const *)loader->where,
                              .n_where = loader->n_where};
    struct err_note why = {""};
    const struct doc_node *root = loader->docs[0].root;
    const struct doc_node *axes = doc_get(root, "axes");
    enum err err = section_sample(loader, sample, &plan);
    if (err)
        return err;
    err = sweep_new(&loader->spec->job.sweep, &plan, &why);
    if (err && *why.text)
        return doc_fail(sample ? sample : axes ? axes : root, loader->note, "", "%s", why.text);
    if (!err && sweep_nothing_left(loader->spec->job.sweep))
        return doc_fail(loader->where_nodes[0], loader->note, "where",
                        "excludes every point: expected constraints that leave some");
    return err;
}

static enum err read_sections(struct loader *loader)
{
    const struct doc_node *root = loader->docs[0].root;
    enum err err = doc_want(root, DOC_MAP, loader->note, "", "a map: run, data, sleeves, axes, ..");
    if (!err)
        err = doc_check_keys(root, loader->note, "", top_keys, COUNT(top_keys));
    if (!err)
        err = section_sleeves(loader, doc_get(root, "sleeves"), doc_get(root, "data"));
    if (!err)
        err = section_run(loader, doc_get(root, "run"));
    if (!err)
        err = section_portfolio(loader, doc_get(root, "portfolio"));
    if (!err)
        err = section_periods(loader, doc_get(root, "periods"));
    if (!err)
        err = section_scenarios(loader, doc_get(root, "scenarios"));
    if (!err)
        err = section_folds(loader, doc_get(root, "walk_forward"), doc_get(root, "cpcv"));
    if (!err)
        err = section_axes(loader, doc_get(root, "axes"), doc_get(root, "zip"));
    if (!err)
        err = section_where(loader, doc_get(root, "where"));
    if (!err)
        err = build_sweep(loader, doc_get(root, "sample"));
    return err;
}

static enum err load(struct loader *loader, const char *path, const char *const *set)
{
    struct spec *spec = loader->spec;
    const char *slash = strrchr(path, '/');
    spec->path = strdup(path);
    loader->folder = slash ? strndup(path, (size_t)(slash - path) + (slash == path)) : strdup(".");
    spec->warnings = calloc(1, sizeof *spec->warnings);
    spec->files = calloc(1, sizeof *spec->files);
    if (!spec->path || !loader->folder || !spec->warnings || !spec->files)
        return ERR_NOMEM;
    enum err err = doc_read(&loader->docs[0], path, loader->note);
    if (err)
        return err;
    loader->n_docs = 1;
    if (!(spec->text = strdup(loader->docs[0].text)))
        return ERR_NOMEM;
    if (set && *set)
        err = doc_want(loader->docs[0].root, DOC_MAP, loader->note, "", "a map");
    for (; set && *set && !err; set++)
        err = apply_set(loader, *set);
    if (!err)
        err = plateau_config_new(&spec->base);
    if (!err)
        err = read_sections(loader);
    if (!err)
        err = fill_values(spec);
    if (!err) {
        spec->job.tile_points = 1;
        snprintf(spec->job.engine_id, sizeof spec->job.engine_id, "%s", plateau_engine_id());
        err = fill_hash(&spec->job);
        if (err == ERR_OVERFLOW)
            err = err_set(loader->note, ERR_SPEC, "%s: more than %u bytes of axes and values", path,
                          JOB_BYTES_MAX);
    }
    return err ? err : warn_about(loader);
}

enum err spec_load(struct spec *out, const char *path, const char *const *set,
                   struct err_note *note)
{
    struct spec spec = {0};
    struct err_note local = {""};
    struct loader *loader = calloc(1, sizeof *loader);
    if (!loader)
        return ERR_NOMEM;
    loader->spec = &spec;
    loader->note = note ? note : &local;
    enum err err = load(loader, path, set);
    loader_free(loader);
    if (err) {
        spec_free(&spec);
        return err;
    }
    *out = spec;
    return OK;
}

static void free_list(char **list)
{
    for (char **s = list; s && *s; s++)
        free(*s);
    free(list);
}

void spec_free(struct spec *spec)
{
    for (uint32_t i = 0; spec->sources && i < spec->job.n_sleeves; i++) {
        struct market_source *s = &spec->sources[i];
        for (uint32_t u = 0; u < s->n_universe; u++)
            free((char *)s->universe[u]);
        free((void *)s->universe);
        free((char *)s->sleeve);
        free((char *)s->prices);
        free((char *)s->benchmark);
    }
    free(spec->sources);
    job_free(&spec->job);
    plateau_config_free(&spec->base);
    free_list(spec->files);
    free_list(spec->warnings);
    free(spec->path);
    free(spec->text);
    *spec = (struct spec){0};
}

enum err spec_keep_scenarios(struct spec *spec, const char *const *names, struct err_note *note)
{
    struct job *job = &spec->job;
    const char *known[JOB_SCENARIOS_MAX];
    bool keep[JOB_SCENARIOS_MAX] = {false};
    uint32_t n = 0;
    for (uint32_t s = 0; s < job->n_scenarios; s++)
        known[s] = job->scenarios[s].name;
    for (; *names; names++) {
        uint32_t s = 0;
        while (s < job->n_scenarios && strcmp(job->scenarios[s].name, *names) != 0)
            s++;
        if (s == job->n_scenarios) {
            const char *near = err_nearest(*names, known, job->n_scenarios);
            return err_set(note, ERR_NOT_FOUND, "%s: no scenario %.80s%s%s%s", spec->path, *names,
                           near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
        }
        keep[s] = true;
    }
    for (uint32_t s = 0; s < job->n_scenarios; s++)
        if (keep[s])
            job->scenarios[n++] = job->scenarios[s];
    if (n == 0)
        return err_set(note, ERR_EMPTY, "%s: no scenario is left", spec->path);
    job->n_scenarios = n;
    return fill_hash(job);
}

/* ---- with the data ---- */

static enum err check_periods(const struct spec *spec, const struct image_view *views, uint32_t n,
                              struct err_note *note)
{
    int32_t first = INT32_MAX, last = INT32_MIN;
    for (uint32_t i = 0; i < n; i++) {
        if (views[i].n_sessions == 0)
            continue;
        if (views[i].session_day[0] < first)
            first = views[i].session_day[0];
        if (views[i].session_day[views[i].n_sessions - 1] > last)
            last = views[i].session_day[views[i].n_sessions - 1];
    }
    for (uint32_t p = 0; p < spec->job.n_periods; p++) {
        const struct job_period *period = &spec->job.periods[p];
        char from[11], to[11], a[11], b[11];
        if (period->start_day >= first - PERIOD_SLACK_DAYS &&
            period->end_day <= last + PERIOD_SLACK_DAYS && period->start_day <= last &&
            period->end_day >= first)
            continue;
        market_format_day(period->start_day, from);
        market_format_day(period->end_day, to);
        market_format_day(first, a);
        market_format_day(last, b);
        return err_set(note, ERR_SPEC,
                       "%s: periods.%s: %s .. %s is outside the data, expected dates within %s .. "
                       "%s",
                       spec->path, period->name, from, to, a, b);
    }
    return OK;
}

/* Each axis at both of its ends, the others at the base values: what only the whole can tell. */
static enum err check_axis_ends(const struct spec *spec, const struct plateau_engine *engine,
                                struct err_note *note)
{
    struct plateau_config *config;
    struct err_note why = {""};
    enum err err = plateau_config_copy(&config, spec->base);
    if (err)
        return err;
    err = plateau_config_check(engine, config, &why);
    if (err)
        err_set(note, err, "%s: %s", spec->path, why.text);
    for (uint32_t a = 0; !err && a < sweep_n_axes(spec->job.sweep); a++) {
        const struct sweep_axis *axis = sweep_axis(spec->job.sweep, a);
        const char *path = strcmp(axis->path, "run.seed") ? axis->path : "portfolio.seed";
        uint32_t index;
        err = plateau_config_find(config, path, &index, NULL, note);
        if (err)
            break;
        double base = plateau_config_get_index(config, index);
        for (int end = 0; end < 2 && !err; end++) {
            uint32_t level = end ? axis->n_levels - 1 : 0;
            plateau_config_set_index(config, index, axis->values[level]);
            err = plateau_config_check(engine, config, &why);
            if (err)
                err_set(note, err, "%s: axes.%s at %s: %s", spec->path, axis->path,
                        axis->texts[level], why.text);
        }
        plateau_config_set_index(config, index, base);
    }
    plateau_config_free(&config);
    return err;
}

static enum err count_days(const struct spec *spec, struct plateau_engine *engine, uint32_t *n_days)
{
    const struct job *job = &spec->job;
    enum err err = OK;
    *n_days = 0;
    for (uint32_t p = 0; !err && p < job->n_periods; p++) {
        const struct plateau_period period = {job->periods[p].start_day, job->periods[p].end_day};
        struct plateau_dates dates = {0};
        if (job->periods[p].locked)
            continue;
        err = plateau_dates(engine, spec->base, &PLATEAU_BASELINE, &period, &dates);
        *n_days += dates.n;
    }
    return err;
}

/* Folds are rows of the selection series, and only the data tell how many there are. */
static enum err lay_folds(struct spec *spec, struct plateau_engine *engine, struct err_note *note)
{
    struct folds *folds = &spec->job.folds;
    if (!folds_any(folds))
        return OK;
    enum err err = count_days(spec, engine, &folds->n_days);
    if (err)
        return err;
    const struct folds_walk *walk = &folds->walk;
    if (walk->train && folds_n_windows(folds) == 0)
        return err_set(note, ERR_SPEC,
                       "%s: walk_forward: train %u, gap %u and test %u are %llu sessions, expected "
                       "at most the %u of the open periods",
                       spec->path, walk->train, walk->gap, walk->test,
                       (unsigned long long)walk->train + walk->gap + walk->test, folds->n_days);
    if (folds->n_days < 2 * folds->cpcv.groups)
        return err_set(note, ERR_SPEC,
                       "%s: cpcv.groups: %u groups of %u sessions, expected at least two a group",
                       spec->path, folds->cpcv.groups, folds->n_days);
    if (folds_cuts(folds, NULL) > FOLDS_SEGMENTS_MAX)
        return err_set(note, ERR_SPEC,
                       "%s: walk_forward: %u windows%s cut %u sessions into more than %u pieces, "
                       "expected a longer step",
                       spec->path, folds_n_windows(folds), folds->cpcv.groups ? " and cpcv" : "",
                       folds->n_days, FOLDS_SEGMENTS_MAX);
    return OK;
}

enum err spec_bind_image(struct spec *spec, const struct market_image *image, struct err_note *note)
{
    struct image_view views[IMAGE_SLEEVES_MAX];
    uint32_t n;
    struct plateau_engine *engine = NULL;
    enum err err = image_check(image->bytes, image->length, views, &n, note);
    if (!err && n != spec->job.n_sleeves)
        err = err_set(note, ERR_DATA, "%s: %u sleeves, the market image has %u", spec->path,
                      spec->job.n_sleeves, n);
    for (uint32_t i = 0; !err && i < n; i++)
        if (strcmp(views[i].name, spec->job.sleeves[i].name) != 0)
            err = err_set(note, ERR_DATA, "%s: sleeves.%s: the market image has %s in its place",
                          spec->path, spec->job.sleeves[i].name, views[i].name);
    if (!err)
        err = check_periods(spec, views, n, note);
    if (!err)
        err = plateau_engine_new(&engine, image->bytes, image->length, 0, note);
    if (!err)
        err = check_axis_ends(spec, engine, note);
    if (!err)
        err = lay_folds(spec, engine, note);
    if (!err)
        memcpy(spec->job.image_hash, image->hash, JOB_HASH_BYTES);
    plateau_engine_free(&engine);
    return err;
}
