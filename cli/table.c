#include "cli/table.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct cell {
    char *text;
    bool is_number;
};
struct table {
    char **columns;
    struct cell *cells;
    size_t n_columns, n_cells, capacity;
    bool failed;
};

enum err table_new(struct table **out, const char *const *columns)
{
    struct table *self = calloc(1, sizeof *self);
    if (!self)
        return ERR_NOMEM;
    while (columns[self->n_columns])
        self->n_columns++;
    assert(self->n_columns > 0);
    self->columns = calloc(self->n_columns, sizeof *self->columns);
    for (size_t c = 0; self->columns && c < self->n_columns; c++)
        if (!(self->columns[c] = strdup(columns[c])))
            self->failed = true;
    if (!self->columns || self->failed) {
        table_free(&self);
        return ERR_NOMEM;
    }
    *out = self;
    return OK;
}

void table_free(struct table **table_p)
{
    struct table *self = *table_p;
    if (!self)
        return;
    for (size_t c = 0; self->columns && c < self->n_columns; c++)
        free(self->columns[c]);
    for (size_t i = 0; i < self->n_cells; i++)
        free(self->cells[i].text);
    free(self->columns);
    free(self->cells);
    free(self);
    *table_p = NULL;
}

static void add(struct table *self, const char *text, bool is_number)
{
    if (self->n_cells == self->capacity) {
        size_t capacity = self->capacity ? 2 * self->capacity : 64;
        struct cell *cells = realloc(self->cells, capacity * sizeof *cells);
        if (!cells) {
            self->failed = true;
            return;
        }
        self->cells = cells;
        self->capacity = capacity;
    }
    char *copy = strdup(text);
    if (!copy)
        self->failed = true;
    else
        self->cells[self->n_cells++] = (struct cell){copy, is_number};
}

void table_text(struct table *table, const char *text)
{
    add(table, text, false);
}

void table_number(struct table *table, double value, int digits)
{
    char text[40] = "";
    if (isfinite(value))
        snprintf(text, sizeof text, "%.*g", digits, value);
    add(table, text, true);
}

void table_whole(struct table *table, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)value);
    add(table, text, true);
}

/* Columns a terminal needs for UTF-8 text without combining marks. */
static int width(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

static void print_aligned(const struct table *self, FILE *out)
{
    for (size_t at = 0; at <= self->n_cells; at += self->n_columns) {
        for (size_t c = 0; c < self->n_columns; c++) { /* the first line is the heading */
            int widest = width(self->columns[c]);
            for (size_t i = c; i < self->n_cells; i += self->n_columns)
                if (width(self->cells[i].text) > widest)
                    widest = width(self->cells[i].text);
            const struct cell *cell = at ? &self->cells[at - self->n_columns + c] : NULL;
            const char *text = cell ? cell->text : self->columns[c];
            bool right = c < self->n_cells && self->cells[c].is_number;
            int pad = widest - width(text);
            bool last = c + 1 == self->n_columns;
            fprintf(out, "%*s%s%*s%s", right ? pad : 0, "", text, right || last ? 0 : pad, "",
                    last ? "\n" : "  ");
        }
    }
}

static void print_csv_field(FILE *out, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static void print_csv(const struct table *self, FILE *out)
{
    assert(self->n_columns > 0);
    for (size_t c = 0; c < self->n_columns; c++) {
        print_csv_field(out, self->columns[c]);
        fputc(c + 1 < self->n_columns ? ',' : '\n', out);
    }
    for (size_t i = 0; i < self->n_cells; i++) {
        print_csv_field(out, self->cells[i].text);
        fputc((i + 1) % self->n_columns ? ',' : '\n', out);
    }
}

void table_json_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\')
            fprintf(out, "\\%c", byte);
        else if (byte < 0x20)
            fprintf(out, "\\u%04x", byte);
        else
            fputc(byte, out);
    }
    fputc('"', out);
}

static void print_json(const struct table *self, FILE *out)
{
    assert(self->n_columns > 0);
    fputs("[", out);
    for (size_t i = 0; i < self->n_cells; i++) {
        size_t c = i % self->n_columns;
        fputs(c ? ", " : i ? ",\n {" : "{", out);
        table_json_string(out, self->columns[c]);
        fputs(": ", out);
        if (!self->cells[i].is_number)
            table_json_string(out, self->cells[i].text);
        else
            fputs(self->cells[i].text[0] ? self->cells[i].text : "null", out);
        fputs(c + 1 == self->n_columns ? "}" : "", out);
    }
    fputs("]\n", out);
}

enum err table_print(const struct table *table, enum cli_format format, FILE *out)
{
    if (table->failed)
        return ERR_NOMEM;
    if (format == CLI_TABLE)
        print_aligned(table, out);
    else if (format == CLI_CSV)
        print_csv(table, out);
    else
        print_json(table, out);
    return ferror(out) ? ERR_IO : OK;
}
