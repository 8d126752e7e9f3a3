#include "spec/loader.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_ROOM = 400 };

static bool is_one_of(const char *key, const char *const *list, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (!strcmp(key, list[i]))
            return true;
    return false;
}

static bool begins_field(const struct plateau_config *config, const char *path)
{
    size_t n = strlen(path);
    for (uint32_t i = 0; i < plateau_config_n_fields(config); i++)
        if (!strncmp(plateau_config_path(config, i), path, n) &&
            plateau_config_path(config, i)[n] == '.')
            return true;
    return false;
}

/* The nearest among the fields of the same owner, and the caller's own keys. */
static enum err unknown(struct loader *loader, const struct doc_node *at, const char *path,
                        const char *prefix, const char *const *skip, unsigned n_skip)
{
    const char *known[JOB_VALUES_MAX];
    unsigned n = 0;
    const struct plateau_config *base = loader->spec->base;
    size_t length = strlen(prefix);
    for (unsigned i = 0; i < n_skip && n < JOB_VALUES_MAX; i++)
        known[n++] = skip[i];
    for (uint32_t i = 0; i < plateau_config_n_fields(base) && n < JOB_VALUES_MAX; i++) {
        const char *field = plateau_config_path(base, i);
        if (strncmp(field, prefix, length) != 0)
            continue;
        known[n++] = field + length;
        const char *dot = strrchr(field + length, '.');
        if (dot && n < JOB_VALUES_MAX) /* the right name in the wrong section */
            known[n++] = dot + 1;
    }
    const char *near = err_nearest(path + length, known, n);
    for (uint32_t i = 0; near && i < plateau_config_n_fields(base); i++) {
        const char *field = plateau_config_path(base, i), *dot = strrchr(field, '.');
        if (!strncmp(field, prefix, length) && dot && dot + 1 == near)
            near = field + length;
    }
    return doc_fail(at, loader->note, path, "no such field%s%s%s", near ? " (did you mean " : "",
                    near ? near : "", near ? "?)" : "");
}

static enum err read_field(struct loader *loader, const struct doc_node *node, const char *path,
                           bool *seen)
{
    struct plateau_config *base = loader->spec->base;
    const struct plateau_field *field;
    uint32_t index;
    double value;
    char text[SWEEP_TEXT_MAX + 1];
    enum err err = plateau_config_find(base, path, &index, &field, loader->note);
    if (!err)
        err = value_read(node, loader->note, path, field, text, &value);
    if (err)
        return err;
    if (seen[index])
        return doc_fail(node, loader->note, path, "set twice in this section");
    char *copy = strdup(text);
    if (!copy)
        return ERR_NOMEM;
    free(loader->texts[index]);
    loader->texts[index] = copy;
    seen[index] = true;
    plateau_config_set_index(base, index, value);
    return OK;
}

struct owner {
    const char *prefix;
    const char *const *skip;
    unsigned n_skip;
    bool *seen; /* per field */
};

static enum err read_map(struct loader *loader, const struct doc_node *map, const char *at,
                         const struct owner *owner)
{
    for (uint32_t i = 0; i < map->n; i++) {
        char path[PATH_ROOM];
        const struct doc_node *node = map->items[i];
        const char *key = map->keys[i];
        bool top = !strcmp(at, owner->prefix);
        if (top && is_one_of(key, owner->skip, owner->n_skip))
            continue;
        if (snprintf(path, sizeof path, "%s%.200s", at, key) >= (int)sizeof path - 2)
            return unknown(loader, node, path, owner->prefix, owner->skip, owner->n_skip);
        enum err err;
        if (plateau_config_find(loader->spec->base, path, NULL, NULL, NULL) == OK) {
            err = read_field(loader, node, path, owner->seen);
        } else if (begins_field(loader->spec->base, path)) {
            err = doc_want(node, DOC_MAP, loader->note, path, "a map of fields");
            strcat(path, ".");
            if (!err)
                err = read_map(loader, node, path, owner);
        } else {
            err = unknown(loader, node, path, owner->prefix, owner->skip, owner->n_skip);
        }
        if (err)
            return err;
    }
    return OK;
}

enum err fields_read(struct loader *loader, const struct doc_node *map, const char *prefix,
                     const char *const *skip, unsigned n_skip)
{
    bool *seen = calloc(plateau_config_n_fields(loader->spec->base), sizeof *seen);
    struct owner owner = {prefix, skip, n_skip, seen};
    enum err err = seen ? read_map(loader, map, prefix, &owner) : ERR_NOMEM;
    free(seen);
    return err;
}
