#include "proto/err.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NAME_MAX_COMPARED = 96 };

static const struct {
    const char *text;
    int exit_code;
} table[] = {
#define X(code, text, exit_code) {text, exit_code},
    ERR_TABLE(X)
#undef X
};

const char *err_text(enum err code)
{
    return (unsigned)code < sizeof table / sizeof table[0] ? table[code].text : "unknown error";
}

int err_exit_code(enum err code)
{
    return (unsigned)code < sizeof table / sizeof table[0] ? table[code].exit_code : 3;
}

enum err err_set(struct err_note *note, enum err code, const char *format, ...)
{
    if (note) {
        va_list args;
        va_start(args, format);
        // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start is just above
        vsnprintf(note->text, sizeof note->text, format, args);
        va_end(args);
        for (char *c = note->text; *c; c++) /* one line, no escape codes, whatever was quoted */
            if ((unsigned char)*c < ' ' || *c == 0x7f)
                *c = ' ';
    }
    return code;
}

/* Levenshtein, one row; names longer than NAME_MAX_COMPARED are not field names. */
static size_t distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    size_t row[NAME_MAX_COMPARED + 1];
    if (n > NAME_MAX_COMPARED || m > NAME_MAX_COMPARED)
        return NAME_MAX_COMPARED;
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[m];
}

const char *err_nearest(const char *name, const char *const *candidates, unsigned n_candidates)
{
    size_t limit = strlen(name) / 3 > 2 ? strlen(name) / 3 : 2;
    const char *best = NULL;
    for (unsigned i = 0; i < n_candidates; i++) {
        size_t d = distance(name, candidates[i]);
        if (d <= limit) {
            limit = d ? d - 1 : 0; /* only a strictly nearer one replaces it */
            best = candidates[i];
            if (d == 0)
                break;
        }
    }
    return best;
}
