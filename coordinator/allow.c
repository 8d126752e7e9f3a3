#include "coordinator/allow.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void allow_free(struct allow_list *list)
{
    free(list->entries);
    *list = (struct allow_list){0};
}

const struct allow_entry *allow_find(const struct allow_list *list, const char *key)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->entries[i].key, key) == 0)
            return &list->entries[i];
    return NULL;
}

enum err allow_add(struct allow_list *list, const struct allow_entry *entry)
{
    if (allow_find(list, entry->key))
        return ERR_EXISTS;
    if (list->n == ALLOW_KEYS_MAX)
        return ERR_OVERFLOW;
    if (list->n == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 16;
        struct allow_entry *grown = realloc(list->entries, capacity * sizeof *grown);
        if (!grown)
            return ERR_NOMEM;
        list->entries = grown;
        list->capacity = capacity;
    }
    list->entries[list->n++] = *entry;
    return OK;
}

size_t allow_revoke(struct allow_list *list, const char *name)
{
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++) {
        struct allow_entry *entry = &list->entries[i];
        if (entry->revoked || strcmp(entry->name, name) != 0)
            continue;
        entry->revoked = true;
        n++;
    }
    return n;
}

char *allow_print(const struct allow_list *list)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    fprintf(out, "# plateau allow-list: one key a line; kept by `plateau keygen`, read again "
                 "while a run goes on\n");
    for (size_t i = 0; i < list->n; i++)
        fprintf(out, "%-7s %-*s %s\n", list->entries[i].revoked ? "revoke" : "allow",
                ACCESS_NAME_MAX, list->entries[i].name, list->entries[i].key);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

/* ---- reading ---- */

enum { N_WORDS = 3, LINE_MAX_CHARS = 255 };

static enum err take_line(struct allow_list *list, const char *file, unsigned number, char *line,
                          struct err_note *note)
{
    const char *words[N_WORDS + 1] = {0};
    unsigned n = 0;
    char *rest = NULL;
    struct allow_entry entry = {.revoked = false};
    for (char *w = strtok_r(line, " \t\r", &rest); w && n <= N_WORDS;
         w = strtok_r(NULL, " \t\r", &rest))
        words[n++] = w;
    if (n == 0 || words[0][0] == '#')
        return OK;
    entry.revoked = strcmp(words[0], "revoke") == 0;
    if (n != N_WORDS || (!entry.revoked && strcmp(words[0], "allow") != 0) ||
        !access_name_is_valid(words[1]) || !access_key_is_valid(words[2]))
        return err_set(note, ERR_FORMAT,
                       "%s:%u: \"allow NAME KEY\" or \"revoke NAME KEY\" is expected, a key being "
                       "40 Z85 characters",
                       file, number);
    snprintf(entry.name, sizeof entry.name, "%s", words[1]);
    snprintf(entry.key, sizeof entry.key, "%s", words[2]);
    enum err err = allow_add(list, &entry);
    if (err == ERR_EXISTS)
        return err_set(note, ERR_FORMAT, "%s:%u: this key stands in an earlier line", file, number);
    if (err == ERR_OVERFLOW)
        return err_set(note, ERR_FORMAT, "%s:%u: more than %d keys", file, number, ALLOW_KEYS_MAX);
    return err;
}

enum err allow_parse(struct allow_list *out, const char *file, const char *text, size_t length,
                     struct err_note *note)
{
    struct allow_list list = {0};
    unsigned number = 0;
    enum err err = OK;
    for (size_t at = 0; !err && at < length;) {
        char line[LINE_MAX_CHARS + 1];
        const char *newline = memchr(text + at, '\n', length - at);
        size_t end = newline ? (size_t)(newline - text) : length, n = end - at;
        number++;
        if (n > LINE_MAX_CHARS || memchr(text + at, 0, n)) {
            err = err_set(note, ERR_FORMAT, "%s:%u: too long for a line of an allow-list", file,
                          number);
            break;
        }
        memcpy(line, text + at, n);
        line[n] = 0;
        err = take_line(&list, file, number, line, note);
        at = end + 1;
    }
    if (err)
        allow_free(&list);
    else
        *out = list;
    return err;
}
