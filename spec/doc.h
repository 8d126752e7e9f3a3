/* doc - a YAML file as a tree of scalars, lists and maps that remember their line: the only place
 * that sees libyaml.
 *
 * Sweep files are plain data. Anchors, aliases, tags, merge keys, directives, several documents,
 * tabs in the indentation and keys that appear twice are refused with their line: each makes a file
 * mean something else than it seems to say. */
#ifndef SPEC_DOC_H
#define SPEC_DOC_H
#include "proto/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DOC_BYTES_MAX (1u << 20) /* of a file */
#define DOC_DEPTH_MAX 12
#define DOC_NODES_MAX 200000
#define DOC_SCALAR_MAX 4096 /* characters */
#define DOC_KEYS_MAX 1024   /* of one map */

enum doc_kind { DOC_SCALAR, DOC_LIST, DOC_MAP };
struct doc_node {
    enum doc_kind kind;
    const char *file; /* outlives the node: the doc's name */
    uint32_t line;    /* from 1 */
    bool quoted;      /* scalar: written in quotes or as a block */
    char *text;       /* scalar, NUL-terminated */
    uint32_t n;       /* items of a list, pairs of a map */
    struct doc_node **items;
    char **keys; /* of a map; NULL for a list */
};
struct doc {
    char *file;            /* the name errors speak of */
    char *text;            /* the bytes, NUL-terminated */
    struct doc_node *root; /* a map or list or scalar */
};
/* ERR_NOT_FOUND, ERR_IO; ERR_SPEC with file:line. */
enum err doc_read(struct doc *out, const char *path, struct err_note *note);
enum err doc_parse(struct doc *out, const char *name, const char *text, size_t length,
                   struct err_note *note);
void doc_free(struct doc *doc);

/* The value of a key, or NULL. */
const struct doc_node *doc_get(const struct doc_node *map, const char *key);
/* Plain and empty, ~ or null. */
bool doc_is_null(const struct doc_node *node);
/* Replaces (or adds) the value of a key; takes the value. ERR_NOMEM frees it. */
enum err doc_put(struct doc_node *map, const char *key, struct doc_node *value);
struct doc_node *doc_new_map(const char *file, uint32_t line);

/* "file:line: field: " and the format; returns ERR_SPEC. field may be "". */
enum err doc_fail(const struct doc_node *at, struct err_note *note, const char *field,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));
/* What was found, for a message: the text, "a list", "a map", "nothing". Valid until the next call.
 */
const char *doc_found(const struct doc_node *node);
/* The node must be of this kind, and a scalar not null. */
enum err doc_want(const struct doc_node *node, enum doc_kind kind, struct err_note *note,
                  const char *field, const char *expected);
/* Every key of the map must be one of `known`; the nearest is named. */
enum err doc_check_keys(const struct doc_node *map, struct err_note *note, const char *field,
                        const char *const *known, unsigned n_known);
#endif
