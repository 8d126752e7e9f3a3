#include "cli/facts.h"
#include "cli/table.h"
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_WIDTH = 20, FIRST_ROOM = 64 };

struct facts {
    struct fact {
        char *name, *value;
        bool is_number;
    } * at; /* as many as a cell of eight periods and hundreds of folds has */
    size_t n, room;
    bool failed;
};

enum err facts_new(struct facts **out)
{
    struct facts *self = calloc(1, sizeof *self);
    if (!self)
        return ERR_NOMEM;
    *out = self;
    return OK;
}

void facts_free(struct facts **facts_p)
{
    struct facts *self = *facts_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->n; i++) {
        free(self->at[i].name);
        free(self->at[i].value);
    }
    free(self->at);
    free(self);
    *facts_p = NULL;
}

static void add(struct facts *self, const char *name, const char *value, bool is_number)
{
    if (self->n == self->room) {
        size_t room = self->room ? 2 * self->room : FIRST_ROOM;
        struct fact *grown = realloc(self->at, room * sizeof *grown);
        if (!grown) {
            self->failed = true;
            return;
        }
        self->at = grown;
        self->room = room;
    }
    self->at[self->n].name = strdup(name);
    self->at[self->n].value = strdup(value);
    self->at[self->n].is_number = is_number;
    self->failed |= !self->at[self->n].name || !self->at[self->n].value;
    self->n++;
}

void facts_text(struct facts *facts, const char *name, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    add(facts, name, text, false);
}

void facts_whole(struct facts *facts, const char *name, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    add(facts, name, text, true);
}

void facts_number(struct facts *facts, const char *name, double value, int digits)
{
    char text[40] = "";
    if (isfinite(value))
        snprintf(text, sizeof text, "%.*g", digits, value);
    add(facts, name, text, true);
}

static enum err print_rows(const struct facts *self, FILE *out)
{
    static const char *const columns[] = {"name", "value", NULL};
    struct table *table = NULL;
    enum err err = table_new(&table, columns);
    if (err)
        return err;
    for (size_t i = 0; i < self->n; i++) {
        table_text(table, self->at[i].name);
        table_text(table, self->at[i].value);
    }
    err = table_print(table, CLI_CSV, out);
    table_free(&table);
    return err;
}

enum err facts_print(const struct facts *facts, enum cli_format format, FILE *out)
{
    if (facts->failed)
        return ERR_NOMEM;
    if (format == CLI_CSV)
        return print_rows(facts, out);
    for (size_t i = 0; i < facts->n; i++) {
        const char *value = facts->at[i].value;
        if (format == CLI_TABLE) {
            fprintf(out, "%-*s %s\n", NAME_WIDTH, facts->at[i].name, value);
            continue;
        }
        fputs(i ? ",\n " : "{", out);
        table_json_string(out, facts->at[i].name);
        fputs(": ", out);
        if (!facts->at[i].is_number)
            table_json_string(out, value);
        else
            fputs(*value ? value : "null", out);
    }
    if (format == CLI_JSON)
        fputs(facts->n ? "}\n" : "{}\n", out);
    return ferror(out) ? ERR_IO : OK;
}
