#include "spec/doc.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct reader {
    yaml_parser_t parser;
    yaml_event_t event; /* the current one */
    const char *file;
    struct err_note *note;
    uint32_t n_nodes;
};

static void free_node(struct doc_node *node)
{
    if (!node)
        return;
    for (uint32_t i = 0; i < node->n; i++) {
        free_node(node->items[i]);
        if (node->keys)
            free(node->keys[i]);
    }
    free(node->items);
    free(node->keys);
    free(node->text);
    free(node);
}

void doc_free(struct doc *doc)
{
    free_node(doc->root);
    free(doc->text);
    free(doc->file);
    *doc = (struct doc){0};
}

static enum err fail(struct reader *r, size_t line, const char *what)
{
    return err_set(r->note, ERR_SPEC, "%s:%zu: %s", r->file, line + 1, what);
}

static enum err next(struct reader *r)
{
    yaml_event_delete(&r->event);
    if (yaml_parser_parse(&r->parser, &r->event))
        return OK;
    char what[200];
    snprintf(what, sizeof what, "%s%s%s", r->parser.context ? r->parser.context : "",
             r->parser.context ? ": " : "", r->parser.problem ? r->parser.problem : "not YAML");
    size_t line = r->parser.problem_mark.line;
    if (r->parser.error == YAML_READER_ERROR) /* the reader counts bytes, not lines */
        line = r->parser.mark.line;
    return r->parser.error == YAML_MEMORY_ERROR ? ERR_NOMEM : fail(r, line, what);
}

static struct doc_node *new_node(struct reader *r, enum doc_kind kind)
{
    struct doc_node *node = calloc(1, sizeof *node);
    if (node) {
        node->kind = kind;
        node->file = r->file;
        node->line = (uint32_t)r->event.start_mark.line + 1;
    }
    return node;
}

static enum err append(struct doc_node *node, char *key, struct doc_node *item)
{
    if ((node->n & (node->n - 1)) == 0) { /* full at every power of two */
        size_t room = node->n ? 2 * (size_t)node->n : 1;
        struct doc_node **items =
            realloc(node->items, room * sizeof *items); // NOLINT(bugprone-sizeof-expression)
        if (items)
            node->items = items;
        char **keys = key ? realloc(node->keys, room * sizeof *keys) : NULL;
        if (keys)
            node->keys = keys;
        if (!items || (key && !keys)) {
            free(key);
            free_node(item);
            return ERR_NOMEM;
        }
    }
    if (key)
        node->keys[node->n] = key;
    node->items[node->n++] = item;
    return OK;
}

static enum err read_node(struct reader *r, unsigned depth, struct doc_node **out);

static enum err read_list(struct reader *r, unsigned depth, struct doc_node *list)
{
    for (;;) {
        struct doc_node *item = NULL;
        enum err err = next(r);
        if (err || r->event.type == YAML_SEQUENCE_END_EVENT)
            return err;
        if ((err = read_node(r, depth + 1, &item)) || (err = append(list, NULL, item)))
            return err;
    }
}

static enum err read_key(struct reader *r, const struct doc_node *map, char **key)
{
    char what[200];
    size_t line = r->event.start_mark.line;
    if (r->event.type != YAML_SCALAR_EVENT)
        return fail(r, line, "found a list or map as a key, expected a name");
    const char *text = (const char *)r->event.data.scalar.value;
    if (strlen(text) != r->event.data.scalar.length || r->event.data.scalar.length > DOC_SCALAR_MAX)
        return fail(r, line, "found a key with a NUL or of more than 4096 characters");
    if (!strcmp(text, "<<"))
        return fail(r, line, "found a merge key (<<): write the values out");
    if (r->event.data.scalar.anchor || r->event.data.scalar.tag)
        return fail(r, line, "found an anchor or tag: write plain values");
    for (uint32_t i = 0; i < map->n; i++)
        if (!strcmp(map->keys[i], text)) {
            snprintf(what, sizeof what, "%.80s: appears twice; the first is on line %u", text,
                     map->items[i]->line);
            return fail(r, line, what);
        }
    if (map->n >= DOC_KEYS_MAX)
        return fail(r, line, "found more than 1024 keys in one map");
    *key = strdup(text);
    return *key ? OK : ERR_NOMEM;
}

static enum err read_map(struct reader *r, unsigned depth, struct doc_node *map)
{
    for (;;) {
        struct doc_node *value = NULL;
        char *key = NULL;
        enum err err = next(r);
        if (err || r->event.type == YAML_MAPPING_END_EVENT)
            return err;
        uint32_t line = (uint32_t)r->event.start_mark.line + 1;
        if ((err = read_key(r, map, &key)))
            return err;
        err = next(r);
        if (!err)
            err = read_node(r, depth + 1, &value);
        if (err) {
            free(key);
            return err;
        }
        value->line = line; /* where a reader looks for it, also when the value begins below */
        if ((err = append(map, key, value)))
            return err;
    }
}

static enum err read_scalar(struct reader *r, struct doc_node *node)
{
    const char *text = (const char *)r->event.data.scalar.value;
    size_t length = r->event.data.scalar.length, line = r->event.start_mark.line;
    if (length > DOC_SCALAR_MAX)
        return fail(r, line, "found a value of more than 4096 characters");
    if (strlen(text) != length)
        return fail(r, line, "found a NUL character in a value");
    node->quoted = r->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    node->text = strdup(text);
    return node->text ? OK : ERR_NOMEM;
}

/* What a plain data file has no use for, on any kind of node. */
static enum err check_plain(struct reader *r, unsigned depth)
{
    const yaml_event_t *e = &r->event;
    size_t line = e->start_mark.line;
    bool anchor = (e->type == YAML_SCALAR_EVENT && e->data.scalar.anchor) ||
                  (e->type == YAML_SEQUENCE_START_EVENT && e->data.sequence_start.anchor) ||
                  (e->type == YAML_MAPPING_START_EVENT && e->data.mapping_start.anchor);
    bool tag = (e->type == YAML_SCALAR_EVENT && e->data.scalar.tag) ||
               (e->type == YAML_SEQUENCE_START_EVENT && e->data.sequence_start.tag) ||
               (e->type == YAML_MAPPING_START_EVENT && e->data.mapping_start.tag);
    if (e->type == YAML_ALIAS_EVENT)
        return fail(r, line, "found an alias (*name): write the value out");
    if (anchor)
        return fail(r, line, "found an anchor (&name): write plain values");
    if (tag)
        return fail(r, line, "found a tag (!name): write plain values");
    if (depth > DOC_DEPTH_MAX)
        return fail(r, line, "nested more than 12 deep");
    if (++r->n_nodes > DOC_NODES_MAX)
        return fail(r, line, "found more than 200000 values");
    return OK;
}

static enum err read_node(struct reader *r, unsigned depth, struct doc_node **out)
{
    enum err err = check_plain(r, depth);
    if (err)
        return err;
    enum doc_kind kind = r->event.type == YAML_SEQUENCE_START_EVENT  ? DOC_LIST
                         : r->event.type == YAML_MAPPING_START_EVENT ? DOC_MAP
                                                                     : DOC_SCALAR;
    struct doc_node *node = new_node(r, kind);
    if (!node)
        return ERR_NOMEM;
    err = kind == DOC_LIST  ? read_list(r, depth, node)
          : kind == DOC_MAP ? read_map(r, depth, node)
                            : read_scalar(r, node);
    if (err) {
        free_node(node);
        return err;
    }
    *out = node;
    return OK;
}

/* libyaml's own message for a tab speaks of tokens. */
static enum err refuse_tabs(struct reader *r, const char *text)
{
    for (size_t line = 0; text; line++) {
        size_t blank = strspn(text, " \t"), tab = strcspn(text, "\t");
        if (tab < blank && text[blank] && text[blank] != '\n' && text[blank] != '\r')
            return fail(r, line, "found a tab in the indentation, expected spaces");
        text = strchr(text, '\n');
        if (text)
            text++;
    }
    return OK;
}

static enum err read_stream(struct reader *r, struct doc_node **root)
{
    enum err err = next(r); /* stream start */
    if (!err)
        err = next(r);
    if (err)
        return err;
    if (r->event.type == YAML_STREAM_END_EVENT)
        return fail(r, 0, "the file is empty");
    if (r->event.data.document_start.version_directive ||
        r->event.data.document_start.tag_directives.start !=
            r->event.data.document_start.tag_directives.end)
        return fail(r, r->event.start_mark.line, "found a % directive: write plain values");
    if ((err = next(r)) || (err = read_node(r, 0, root)))
        return err;
    err = next(r); /* the document's end */
    if (!err)
        err = next(r); /* the stream's */
    if (err)
        return err;
    if (r->event.type != YAML_STREAM_END_EVENT)
        return fail(r, r->event.start_mark.line, "found a second document, expected one");
    return OK;
}

enum err doc_parse(struct doc *out, const char *name, const char *text, size_t length,
                   struct err_note *note)
{
    struct doc doc = {.file = strdup(name), .text = malloc(length + 1)};
    struct reader r = {.file = doc.file, .note = note};
    enum err err = OK;
    if (!doc.file || !doc.text || !yaml_parser_initialize(&r.parser)) {
        doc_free(&doc);
        return ERR_NOMEM;
    }
    memcpy(doc.text, text, length);
    doc.text[length] = 0;
    if (length > DOC_BYTES_MAX)
        err = err_set(note, ERR_SPEC, "%s: %zu bytes, expected at most %u", name, length,
                      DOC_BYTES_MAX);
    else if (strlen(doc.text) != length)
        err = err_set(note, ERR_SPEC, "%s: found a NUL byte, expected text", name);
    if (!err)
        err = refuse_tabs(&r, doc.text);
    if (!err) {
        yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&r.parser, (const unsigned char *)doc.text, length);
        err = read_stream(&r, &doc.root);
    }
    yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
    if (err) {
        doc_free(&doc);
        return err;
    }
    *out = doc;
    return OK;
}

enum err doc_read(struct doc *out, const char *path, struct err_note *note)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return err_set(note, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
                       strerror(errno));
    char *text = malloc(DOC_BYTES_MAX + 1);
    size_t length = text ? fread(text, 1, DOC_BYTES_MAX + 1, f) : 0;
    enum err err = OK;
    if (!text)
        err = ERR_NOMEM;
    else if (ferror(f))
        err = err_set(note, ERR_IO, "%s: %s", path, strerror(errno));
    else if (length > DOC_BYTES_MAX)
        err = err_set(note, ERR_SPEC, "%s: larger than %u bytes", path, DOC_BYTES_MAX);
    else
        err = doc_parse(out, path, text, length, note);
    fclose(f);
    free(text);
    return err;
}

const struct doc_node *doc_get(const struct doc_node *map, const char *key)
{
    for (uint32_t i = 0; map && map->kind == DOC_MAP && i < map->n; i++)
        if (!strcmp(map->keys[i], key))
            return map->items[i];
    return NULL;
}

bool doc_is_null(const struct doc_node *node)
{
    return node->kind == DOC_SCALAR && !node->quoted &&
           (!*node->text || !strcmp(node->text, "~") || !strcmp(node->text, "null"));
}

struct doc_node *doc_new_map(const char *file, uint32_t line)
{
    struct doc_node *node = calloc(1, sizeof *node);
    if (node) {
        node->kind = DOC_MAP;
        node->file = file;
        node->line = line;
    }
    return node;
}

enum err doc_put(struct doc_node *map, const char *key, struct doc_node *value)
{
    for (uint32_t i = 0; i < map->n; i++)
        if (!strcmp(map->keys[i], key)) {
            free_node(map->items[i]);
            map->items[i] = value;
            return OK;
        }
    char *copy = strdup(key);
    if (!copy) {
        free_node(value);
        return ERR_NOMEM;
    }
    return append(map, copy, value);
}

enum err doc_fail(const struct doc_node *at, struct err_note *note, const char *field,
                  const char *format, ...)
{
    char what[ERR_NOTE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return err_set(note, ERR_SPEC, "%.300s:%u: %.200s%s%.500s", at->file, at->line, field,
                   *field ? ": " : "", what);
}

const char *doc_found(const struct doc_node *node)
{
    static _Thread_local char text[100];
    if (node->kind != DOC_SCALAR)
        return node->kind == DOC_LIST ? "a list" : "a map";
    if (doc_is_null(node))
        return "nothing";
    snprintf(text, sizeof text, "'%.80s'%s", node->text, strlen(node->text) > 80 ? ".." : "");
    return text;
}

enum err doc_want(const struct doc_node *node, enum doc_kind kind, struct err_note *note,
                  const char *field, const char *expected)
{
    if (node->kind != kind || (kind == DOC_SCALAR && doc_is_null(node)))
        return doc_fail(node, note, field, "found %s, expected %s", doc_found(node), expected);
    return OK;
}

enum err doc_check_keys(const struct doc_node *map, struct err_note *note, const char *field,
                        const char *const *known, unsigned n_known)
{
    for (uint32_t i = 0; i < map->n; i++) {
        bool found = false;
        for (unsigned k = 0; k < n_known && !found; k++)
            found = !strcmp(map->keys[i], known[k]);
        if (found)
            continue;
        char expected[300];
        size_t at = 0;
        for (unsigned k = 0; k < n_known && at < sizeof expected; k++)
            at += (size_t)snprintf(expected + at, sizeof expected - at, "%s%s", k ? ", " : "",
                                   known[k]);
        const char *near = err_nearest(map->keys[i], known, n_known);
        return doc_fail(map->items[i], note, field, "found '%.80s', expected one of: %s%s%s%s",
                        map->keys[i], expected, near ? " (did you mean " : "", near ? near : "",
                        near ? "?)" : "");
    }
    return OK;
}
