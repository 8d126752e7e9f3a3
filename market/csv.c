#include "market/csv.h"
#include "market/file_read.h"
#include "market/market.h"
#include "market/number.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SLOTS_FIRST = 64, ROWS_FIRST = 256, SHOWN_MAX = 40 };
enum role { ROLE_DATE = CSV_N_FIELDS, ROLE_SYMBOL, N_ROLES };
static const char *const role_name[N_ROLES] = {"open",   "high", "low",   "close",
                                               "volume", "date", "symbol"};

struct span {
    const char *at;
    size_t length;
};
struct reader {
    const char *name; /* of the file, for messages */
    uint32_t line;
    int column[N_ROLES]; /* -1: not in this file */
    uint32_t n_columns;
    struct csv_table *table;
    const char *symbol; /* of the file; NULL: long file */
    char *only_symbol; /* copy of the first value of its symbol column: the field may sit in scratch
                        */
    uint32_t current;  /* series of the last row: rows of a symbol mostly follow each other */
    char *scratch;     /* unquoted fields of one line */
    size_t scratch_size;
    struct err_note *note;
};

/* ---- the table ---- */

void csv_table_free(struct csv_table *table)
{
    for (uint32_t i = 0; i < table->n_series; i++)
        free(table->series[i].rows);
    free(table->series);
    free(table->slots);
    *table = (struct csv_table){0};
}

static uint32_t hash_of(const char *text, size_t length)
{
    uint32_t h = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < length; i++)
        h = (h ^ (uint8_t)text[i]) * 16777619u;
    return h;
}

static uint32_t *slot_of(const struct csv_table *t, const char *symbol, size_t length)
{
    uint32_t mask = t->n_slots - 1;
    for (uint32_t i = hash_of(symbol, length) & mask;; i = (i + 1) & mask) {
        uint32_t *slot = &t->slots[i];
        if (*slot == 0)
            return slot;
        const char *have = t->series[*slot - 1].symbol;
        if (strncmp(have, symbol, length) == 0 && have[length] == '\0')
            return slot;
    }
}

static void fill_slots(struct csv_table *t)
{
    memset(t->slots, 0, t->n_slots * sizeof *t->slots);
    for (uint32_t i = 0; i < t->n_series; i++)
        *slot_of(t, t->series[i].symbol, strlen(t->series[i].symbol)) = i + 1;
}

static enum err grow_table(struct csv_table *t)
{
    uint32_t capacity = t->capacity ? t->capacity * 2 : SLOTS_FIRST / 2;
    struct csv_series *series = realloc(t->series, capacity * sizeof *series);
    if (!series)
        return ERR_NOMEM;
    t->series = series;
    uint32_t *slots = realloc(t->slots, (size_t)capacity * 2 * sizeof *slots);
    if (!slots)
        return ERR_NOMEM;
    t->slots = slots;
    t->n_slots = capacity * 2;
    t->capacity = capacity;
    fill_slots(t);
    return OK;
}

static int wanted_by_symbol(const void *a, const void *b)
{
    const struct csv_series *x = a, *y = b;
    return x->wanted != y->wanted ? (x->wanted ? -1 : 1) : strcmp(x->symbol, y->symbol);
}

uint32_t csv_table_sort(struct csv_table *table)
{
    uint32_t n = 0;
    if (table->n_series == 0)
        return 0;
    qsort(table->series, table->n_series, sizeof *table->series, wanted_by_symbol);
    fill_slots(table);
    while (n < table->n_series && table->series[n].wanted)
        n++;
    return n;
}

enum err csv_table_add(struct csv_table *table, const char *symbol, size_t length, uint32_t *index)
{
    if (length == 0 || length > CSV_SYMBOL_MAX)
        return ERR_RANGE;
    for (size_t i = 0; i < length; i++)
        if ((uint8_t)symbol[i] <= ' ' || symbol[i] == 0x7f)
            return ERR_RANGE;
    if (table->n_series == table->capacity) {
        enum err e = table->n_series < IMAGE_SYMBOLS_MAX ? grow_table(table) : ERR_OVERFLOW;
        if (e != OK)
            return e;
    }
    uint32_t *slot = slot_of(table, symbol, length);
    if (*slot == 0) {
        struct csv_series *s = &table->series[table->n_series++];
        *s = (struct csv_series){.wanted = !table->closed};
        memcpy(s->symbol, symbol, length);
        *slot = table->n_series;
    }
    *index = *slot - 1;
    return OK;
}

static enum err push_row(struct csv_series *s, const struct csv_row *row)
{
    if (s->n == s->capacity) {
        if (s->capacity >= CSV_ROWS_MAX)
            return ERR_OVERFLOW;
        uint32_t capacity = s->capacity ? s->capacity * 2 : ROWS_FIRST;
        struct csv_row *rows = realloc(s->rows, capacity * sizeof *rows);
        if (!rows)
            return ERR_NOMEM;
        s->rows = rows;
        s->capacity = capacity;
    }
    s->rows[s->n++] = *row;
    return OK;
}

static int by_day_then_line(const void *a, const void *b)
{
    const struct csv_row *x = a, *y = b;
    if (x->day != y->day)
        return x->day < y->day ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

static enum err sort_series(const struct reader *r, struct csv_series *s)
{
    bool sorted = true;
    for (uint32_t i = 1; i < s->n && sorted; i++)
        sorted = s->rows[i - 1].day < s->rows[i].day;
    if (sorted)
        return OK;
    qsort(s->rows, s->n, sizeof *s->rows, by_day_then_line);
    for (uint32_t i = 1; i < s->n; i++) {
        if (s->rows[i - 1].day != s->rows[i].day)
            continue;
        char day[11];
        market_format_day(s->rows[i].day, day);
        return err_set(
            r->note, ERR_DATA,
            "%s:%u: duplicate bar of %s on %s, the first is on line %u; remove one of them",
            r->name, s->rows[i].line, s->symbol, day, s->rows[i - 1].line);
    }
    return OK;
}

/* ---- lines and fields ---- */

static struct span trim(struct span s)
{
    while (s.length && (s.at[0] == ' ' || s.at[0] == '\t'))
        s.at++, s.length--;
    while (s.length && (s.at[s.length - 1] == ' ' || s.at[s.length - 1] == '\t'))
        s.length--;
    return s;
}

/* A field of a message: shortened, and nothing in it that could end the line. */
static const char *shown(struct span s, char out[SHOWN_MAX + 4])
{
    size_t n = s.length < SHOWN_MAX ? s.length : SHOWN_MAX;
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)s.at[i] < ' ' || s.at[i] == 0x7f ? '?' : s.at[i];
    strcpy(out + n, n < s.length ? "..." : "");
    return out;
}

static enum err too_many(const struct reader *r)
{
    return err_set(r->note, ERR_DATA,
                   "%s:%u: more than %d fields, expected a comma-separated price file", r->name,
                   r->line, CSV_COLUMNS_MAX);
}

static enum err split_plain(const struct reader *r, struct span line, struct span *fields,
                            uint32_t *n)
{
    const char *start = line.at, *end = line.at + line.length;
    uint32_t k = 0;
    for (const char *at = start;; at++) {
        if (at != end && *at != ',')
            continue;
        if (k == CSV_COLUMNS_MAX)
            return too_many(r);
        fields[k++] = trim((struct span){start, (size_t)(at - start)});
        if (at == end)
            break;
        start = at + 1;
    }
    *n = k;
    return OK;
}

/* Quotes as in RFC 4180, but a quoted field ends with its line: no price or date holds a line
 * break. */
static enum err split_quoted(struct reader *r, struct span line, struct span *fields, uint32_t *n)
{
    if (r->scratch_size < line.length + 1) {
        free(r->scratch);
        r->scratch_size = line.length * 2 + 1;
        r->scratch = malloc(r->scratch_size);
        if (!r->scratch) {
            r->scratch_size = 0;
            return ERR_NOMEM;
        }
    }
    const char *end = line.at + line.length;
    char *to = r->scratch, *start = to;
    bool inside = false;
    uint32_t k = 0;
    for (const char *at = line.at;; at++) {
        if (at != end && *at == '"') {
            if (inside && at + 1 != end && at[1] == '"')
                *to++ = *at++;
            else
                inside = !inside;
        } else if (at != end && (inside || *at != ',')) {
            *to++ = *at;
        } else {
            if (inside)
                return err_set(r->note, ERR_DATA, "%s:%u: a quote is not closed on its line",
                               r->name, r->line);
            if (k == CSV_COLUMNS_MAX)
                return too_many(r);
            fields[k++] = trim((struct span){start, (size_t)(to - start)});
            start = to;
            if (at == end)
                break;
        }
    }
    *n = k;
    return OK;
}

static enum err split(struct reader *r, struct span line, struct span *fields, uint32_t *n)
{
    return memchr(line.at, '"', line.length) ? split_quoted(r, line, fields, n)
                                             : split_plain(r, line, fields, n);
}

/* ---- the header ---- */

static int role_of(struct span field)
{
    static const struct {
        const char *name;
        int role;
    } alias[] = {{"ticker", ROLE_SYMBOL}, {"name", ROLE_SYMBOL}};
    for (int i = 0; i < N_ROLES; i++)
        if (strlen(role_name[i]) == field.length &&
            !strncasecmp(role_name[i], field.at, field.length))
            return i;
    for (size_t i = 0; i < sizeof alias / sizeof alias[0]; i++)
        if (strlen(alias[i].name) == field.length &&
            !strncasecmp(alias[i].name, field.at, field.length))
            return alias[i].role;
    return -1;
}

static enum err missing_column(const struct reader *r, int role, const struct span *fields,
                               uint32_t n)
{
    char names[CSV_COLUMNS_MAX][SHOWN_MAX + 4], lower[CSV_COLUMNS_MAX][SHOWN_MAX + 4];
    const char *candidates[CSV_COLUMNS_MAX];
    for (uint32_t i = 0; i < n; i++) {
        shown(fields[i], names[i]);
        for (size_t j = 0; j <= strlen(names[i]); j++)
            lower[i][j] =
                (char)(names[i][j] >= 'A' && names[i][j] <= 'Z' ? names[i][j] | 0x20 : names[i][j]);
        candidates[i] = lower[i];
    }
    const char *near = err_nearest(role_name[role], candidates, n);
    uint32_t at = 0;
    while (near && candidates[at] != near)
        at++;
    return err_set(
        r->note, ERR_DATA,
        "%s:%u: column '%s' is missing, expected date, open, high, low, close, volume%s%s%s%s",
        r->name, r->line, role_name[role],
        r->symbol ? "" : " and, in one file of many symbols, symbol",
        near ? "; the nearest column here is '" : "", near ? names[at] : "", near ? "'" : "");
}

static enum err read_header(struct reader *r, struct span line)
{
    struct span fields[CSV_COLUMNS_MAX];
    enum err e = split(r, line, fields, &r->n_columns);
    if (e != OK)
        return e;
    for (int i = 0; i < N_ROLES; i++)
        r->column[i] = -1;
    for (uint32_t i = 0; i < r->n_columns; i++) {
        int role = role_of(fields[i]);
        if (role < 0)
            continue;
        if (r->column[role] >= 0)
            return err_set(r->note, ERR_DATA,
                           "%s:%u: columns %d and %u are both '%s', expected one", r->name, r->line,
                           r->column[role] + 1, i + 1, role_name[role]);
        r->column[role] = (int)i;
    }
    static const int order[] = {ROLE_DATE, CSV_OPEN,   CSV_HIGH,   CSV_LOW,
                                CSV_CLOSE, CSV_VOLUME, ROLE_SYMBOL};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        if (r->column[order[i]] < 0 && (order[i] != ROLE_SYMBOL || !r->symbol))
            return missing_column(r, order[i], fields, r->n_columns);
    return OK;
}

/* ---- rows ---- */

static enum err choose_series(struct reader *r, const struct span *fields)
{
    struct span symbol = fields[r->column[ROLE_SYMBOL]];
    char text[SHOWN_MAX + 4], first[SHOWN_MAX + 4];
    if (r->symbol) {
        if (!r->only_symbol && !(r->only_symbol = strndup(symbol.at, symbol.length)))
            return ERR_NOMEM;
        if (symbol.length != strlen(r->only_symbol) ||
            memcmp(symbol.at, r->only_symbol, symbol.length) != 0)
            return err_set(r->note, ERR_DATA,
                           "%s:%u: symbol '%s' after '%s', expected one symbol in this file",
                           r->name, r->line, shown(symbol, text),
                           shown((struct span){r->only_symbol, strlen(r->only_symbol)}, first));
        return OK;
    }
    if (r->current < r->table->n_series) {
        const char *last = r->table->series[r->current].symbol;
        if (strlen(last) == symbol.length && memcmp(last, symbol.at, symbol.length) == 0)
            return OK;
    }
    enum err e = csv_table_add(r->table, symbol.at, symbol.length, &r->current);
    if (e == ERR_RANGE)
        return err_set(r->note, ERR_DATA,
                       "%s:%u: '%s' is not a symbol, expected 1 to %d characters without spaces",
                       r->name, r->line, shown(symbol, text), CSV_SYMBOL_MAX);
    if (e == ERR_OVERFLOW)
        return err_set(r->note, ERR_DATA, "%s:%u: more than %u symbols", r->name, r->line,
                       IMAGE_SYMBOLS_MAX);
    return e;
}

static enum err read_row(struct reader *r, struct span line)
{
    struct span fields[CSV_COLUMNS_MAX];
    char text[SHOWN_MAX + 4];
    uint32_t n;
    enum err e = split(r, line, fields, &n);
    if (e != OK)
        return e;
    for (uint32_t i = r->n_columns; i < n;
         i++) /* a trailing comma is harmless, a shifted row is not */
        if (fields[i].length)
            return err_set(r->note, ERR_DATA, "%s:%u: %u fields, expected %u as in the header",
                           r->name, r->line, n, r->n_columns);
    for (uint32_t i = n; i < r->n_columns; i++)
        fields[i] = (struct span){"", 0};
    if (r->column[ROLE_SYMBOL] >= 0 && (e = choose_series(r, fields)) != OK)
        return e;
    struct csv_series *s = &r->table->series[r->current];
    if (!s->wanted)
        return OK;
    struct span date = fields[r->column[ROLE_DATE]];
    char day_text[11] = {0};
    struct csv_row row = {.line = r->line};
    if (date.length == 10)
        memcpy(day_text, date.at, 10);
    if (market_parse_day(day_text, &row.day) != OK)
        return err_set(r->note, ERR_DATA, "%s:%u: date '%s', expected a day as YYYY-MM-DD", r->name,
                       r->line, shown(date, text));
    for (int i = 0; i < CSV_N_FIELDS; i++) {
        struct span field = fields[r->column[i]];
        if (!number_parse(field.at, field.length, &row.v[i]) || !isfinite(row.v[i]))
            row.v[i] = NAN;
    }
    return push_row(s, &row);
}

static enum err read_lines(struct reader *r, const char *bytes, size_t length)
{
    const char *at = bytes, *end = bytes + length;
    bool header = false;
    if (length >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0) /* byte-order mark */
        at += 3;
    while (at < end) {
        const char *eol = memchr(at, '\n', (size_t)(end - at));
        struct span line = {at, (size_t)((eol ? eol : end) - at)};
        at = eol ? eol + 1 : end;
        if (line.length && line.at[line.length - 1] == '\r')
            line.length--;
        if (++r->line == UINT32_MAX)
            return err_set(r->note, ERR_DATA, "%s: too many lines", r->name);
        if (line.length == 0)
            continue;
        enum err e = header ? read_row(r, line) : read_header(r, line);
        if (e != OK)
            return e;
        header = true;
    }
    if (!header)
        return err_set(
            r->note, ERR_DATA,
            "%s: the file is empty, expected a header with date, open, high, low, close, volume",
            r->name);
    return OK;
}

enum err csv_parse(struct csv_table *table, const char *name, const char *bytes, size_t length,
                   const char *symbol, struct err_note *note)
{
    struct reader r = {
        .name = name, .table = table, .symbol = symbol, .note = note, .current = UINT32_MAX};
    enum err e = OK;
    if (symbol) {
        e = csv_table_add(table, symbol, strlen(symbol), &r.current);
        if (e == ERR_RANGE)
            e = err_set(note, ERR_DATA,
                        "%s: '%.80s' is not a symbol, expected 1 to %d characters without spaces",
                        name, symbol, CSV_SYMBOL_MAX);
    }
    if (e == OK)
        e = read_lines(&r, bytes, length);
    for (uint32_t i = 0; i < table->n_series && e == OK; i++)
        if (!symbol || i == r.current)
            e = sort_series(&r, &table->series[i]);
    free(r.scratch);
    free(r.only_symbol);
    return e;
}

enum err csv_read(struct csv_table *table, const char *path, const char *symbol,
                  struct err_note *note)
{
    char *bytes = NULL;
    size_t length = 0;
    enum err e = file_read(path, &bytes, &length, note);
    if (e == OK)
        e = csv_parse(table, path, bytes, length, symbol, note);
    free(bytes);
    return e;
}
