#include "coordinator/import_table.h"
#include "market/file_read.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct cursor {
    char *at, *end, *next; /* next: where the following line begins */
    uint32_t line;
    const char *path;
    struct err_note *note;
};

void import_table_free(struct import_table *table)
{
    free(table->bytes);
    free(table->header);
    free(table->fields);
    free(table->line);
    *table = (struct import_table){0};
}

char *import_table_field(const struct import_table *table, uint64_t row, uint32_t column)
{
    return table->fields[row * table->n_columns + column];
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

/* One field, unquoted and ended in place; *more tells that a comma followed it. */
static enum err take_field(struct cursor *c, char *line_end, char **field, bool *more)
{
    char *to, *from;
    while (c->at < line_end && is_space(*c->at))
        c->at++;
    to = from = *field = c->at;
    bool inside = false;
    for (; from < line_end && (inside || *from != ','); from++) {
        if (*from != '"')
            *to++ = *from;
        else if (inside && from + 1 < line_end && from[1] == '"')
            *to++ = *from++;
        else
            inside = !inside;
    }
    if (inside)
        return err_set(c->note, ERR_FORMAT, "%s:%u: a quote is not closed on its line", c->path,
                       c->line);
    *more = from < line_end;
    c->at = from + *more;
    while (to > *field && is_space(to[-1]))
        to--;
    *to = '\0'; /* over the comma, the line's end, or what the quotes left */
    return OK;
}

/* The next line that is not empty, without its end. */
static bool next_line(struct cursor *c, char **line_end)
{
    while (c->at < c->end) {
        char *stop = memchr(c->at, '\n', (size_t)(c->end - c->at));
        if (!stop)
            stop = c->end;
        c->line++;
        c->next = stop + (stop < c->end);
        *line_end = stop > c->at && stop[-1] == '\r' ? stop - 1 : stop;
        if (*line_end > c->at)
            return true;
        c->at = c->next;
    }
    return false;
}

static enum err read_header(struct import_table *t, struct cursor *c)
{
    char *line_end;
    if (!next_line(c, &line_end))
        return err_set(c->note, ERR_FORMAT, "%s: empty, expected a header line and rows", c->path);
    uint32_t n = 1;
    for (const char *p = c->at; p < line_end; p++)
        n += *p == ',';
    t->header = calloc(n, sizeof *t->header);
    if (!t->header)
        return ERR_NOMEM;
    bool more = true;
    while (more) {
        enum err err = take_field(c, line_end, &t->header[t->n_columns++], &more);
        if (err)
            return err;
    }
    if (t->n_columns == 1 && strpbrk(t->header[0], ";\t"))
        return err_set(c->note, ERR_FORMAT,
                       "%s:%u: no comma in the header, expected comma-separated columns", c->path,
                       c->line);
    c->at = c->next;
    return OK;
}

static enum err read_row(struct import_table *t, struct cursor *c, char *line_end, uint64_t *room)
{
    if (t->n_rows == *room) {
        *room = *room ? 2 * *room : 64;
        if (*room * t->n_columns > IMPORT_FIELDS_MAX)
            return err_set(c->note, ERR_OVERFLOW, "%s:%u: more than %llu fields", c->path, c->line,
                           (unsigned long long)IMPORT_FIELDS_MAX);
        char **fields = realloc(t->fields, *room * t->n_columns * sizeof *fields);
        t->fields = fields ? fields : t->fields;
        uint32_t *lines = realloc(t->line, *room * sizeof *lines);
        t->line = lines ? lines : t->line;
        if (!fields || !lines)
            return ERR_NOMEM;
    }
    bool more = true;
    uint32_t n = 0;
    while (more) {
        char *field;
        enum err err = take_field(c, line_end, &field, &more);
        if (err)
            return err;
        if (n < t->n_columns)
            t->fields[t->n_rows * t->n_columns + n] = field;
        n++;
    }
    if (n != t->n_columns)
        return err_set(c->note, ERR_FORMAT, "%s:%u: %u fields, expected %u as in the header",
                       c->path, c->line, n, t->n_columns);
    t->line[t->n_rows++] = c->line;
    c->at = c->next;
    return OK;
}

enum err import_table_read(struct import_table *out, const char *path, struct err_note *note)
{
    struct import_table t = {.path = path};
    size_t length;
    uint64_t room = 0;
    enum err err = file_read(path, &t.bytes, &length, note);
    if (err)
        return err;
    struct cursor c = {.at = t.bytes, .end = t.bytes + length, .path = path, .note = note};
    char *line_end;
    if (length >= 3 && memcmp(t.bytes, "\xef\xbb\xbf", 3) == 0)
        c.at += 3;
    if (memchr(t.bytes, '\0', length))
        err = err_set(note, ERR_FORMAT, "%s: holds NUL bytes, expected a CSV file", path);
    if (!err)
        err = read_header(&t, &c);
    while (!err && next_line(&c, &line_end))
        err = read_row(&t, &c, line_end, &room);
    if (!err && t.n_rows == 0)
        err = err_set(note, ERR_FORMAT, "%s: no rows under the header", path);
    if (err) {
        import_table_free(&t);
        return err;
    }
    *out = t;
    return OK;
}
