#include "proto/levels.h"
#include "proto/decimal.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef __int128 i128;
enum { LINSPACE_DIGITS = 15, LOGSPACE_DIGITS = 12 };

void levels_free(struct levels *levels)
{
    for (uint32_t l = 0; l < levels->n; l++)
        free(levels->texts[l]);
    free(levels->texts);
    free(levels->values);
    *levels = (struct levels){0};
}

enum err levels_add(struct levels *levels, const char *text, double value)
{
    if (levels->n >= SWEEP_LEVELS_MAX || strlen(text) > SWEEP_TEXT_MAX)
        return ERR_RANGE;
    if ((levels->n & (levels->n - 1)) == 0) { /* full at every power of two */
        size_t room = levels->n ? 2 * (size_t)levels->n : 1;
        double *values = realloc(levels->values, room * sizeof *values);
        if (values)
            levels->values = values;
        char **texts = realloc(levels->texts, room * sizeof *texts);
        if (texts)
            levels->texts = texts;
        if (!values || !texts)
            return ERR_NOMEM;
    }
    if (!(levels->texts[levels->n] = strdup(text)))
        return ERR_NOMEM;
    levels->values[levels->n++] = value;
    return OK;
}

static enum err add_text(struct levels *levels, const char *text)
{
    return levels_add(levels, text, decimal_value(text, NULL));
}

static enum err parse(const char *what, const char *text, struct decimal *out,
                      struct err_note *note)
{
    enum err err = decimal_parse(text, out);
    if (err == ERR_RANGE)
        return err_set(note, ERR_SPEC, "%s %s: expected at most %d digits", what, text,
                       DECIMAL_DIGITS_MAX);
    if (err)
        return err_set(note, ERR_SPEC, "%s %s: expected a decimal number", what, text);
    return OK;
}

static enum err does_not_land(struct decimal from, struct decimal step, int64_t n, const char *end,
                              const char *step_text, struct err_note *note)
{
    char below[DECIMAL_TEXT_MAX], above[DECIMAL_TEXT_MAX];
    struct decimal d = from;
    d.mantissa = from.mantissa + n * step.mantissa;
    decimal_format(d, below);
    d.mantissa += step.mantissa;
    decimal_format(d, above);
    return err_set(note, ERR_SPEC,
                   "step %s does not land on the end %s: the nearest valid ends are %s and %s",
                   step_text, end, below, above);
}

enum err levels_range(struct levels *out, const char *start, const char *end, const char *step,
                      struct err_note *note)
{
    struct decimal a, b, s;
    struct levels levels = {.spacing = SWEEP_LINEAR};
    enum err err = parse("range start", start, &a, note);
    if (!err)
        err = parse("range end", end, &b, note);
    if (!err)
        err = parse("step", step, &s, note);
    if (err)
        return err;
    int scale = a.scale > s.scale ? a.scale : s.scale, inner = scale > b.scale ? scale : b.scale;
    if (decimal_rescale(&a, inner) || decimal_rescale(&b, inner) || decimal_rescale(&s, inner))
        return err_set(note, ERR_SPEC, "range %s .. %s step %s: expected at most %d digits", start,
                       end, step, DECIMAL_DIGITS_MAX);
    if (s.mantissa == 0)
        return err_set(note, ERR_SPEC, "step 0: expected a number other than 0");
    int64_t span = b.mantissa - a.mantissa, n = span / s.mantissa;
    if (n < 0 || (n == 0 && span != 0 && (span < 0) != (s.mantissa < 0)))
        return err_set(note, ERR_SPEC, "step %s leads away from the end %s", step, end);
    if (span % s.mantissa)
        return does_not_land(a, s, n, end, step, note);
    if (n >= (int64_t)SWEEP_LEVELS_MAX)
        return err_set(note, ERR_SPEC, "range %s .. %s step %s has more than %u values", start, end,
                       step, SWEEP_LEVELS_MAX);
    for (int i = inner; i > scale; i--) { /* an end written 4.000 adds no digits to the texts */
        a.mantissa /= 10;
        s.mantissa /= 10;
        a.scale = i - 1;
    }
    for (int64_t k = 0; k <= n && !err; k++) {
        char text[DECIMAL_TEXT_MAX];
        decimal_format((struct decimal){a.mantissa + k * s.mantissa, scale}, text);
        err = add_text(&levels, text);
    }
    if (err) {
        levels_free(&levels);
        return err;
    }
    *out = levels;
    return OK;
}

/* (a (m - k) + b k) / m with a and b over 10^scale, m = n - 1: exact if the decimal ends within
 * DECIMAL_DIGITS_MAX places. */
static void linspace_text(struct decimal a, struct decimal b, int64_t k, int64_t m, char *text,
                          size_t size)
{
    i128 x = (i128)a.mantissa * (m - k) + (i128)b.mantissa * k;
    int scale = a.scale;
    while (x % m && scale < DECIMAL_DIGITS_MAX && x < ((i128)1 << 120) && x > -((i128)1 << 120)) {
        x *= 10;
        scale++;
    }
    i128 q = x / m;
    const i128 limit = INT64_C(1000000000000000000);
    if (x % m || q >= limit || q <= -limit) {
        double value = (double)x / (double)m;
        for (; scale > 0; scale--)
            value /= 10;
        snprintf(text, size, "%.*g", LINSPACE_DIGITS, value);
    } else {
        decimal_format((struct decimal){(int64_t)q, scale}, text);
    }
}

static enum err check_n(uint32_t n, const char *what, struct err_note *note)
{
    if (n < 2 || n > SWEEP_LEVELS_MAX)
        return err_set(note, ERR_SPEC, "%s: n is %u, expected 2 .. %u", what, n, SWEEP_LEVELS_MAX);
    return OK;
}

enum err levels_linspace(struct levels *out, const char *start, const char *end, uint32_t n,
                         struct err_note *note)
{
    struct decimal a, b;
    struct levels levels = {.spacing = SWEEP_LINEAR};
    enum err err = check_n(n, "linspace", note);
    if (!err)
        err = parse("linspace start", start, &a, note);
    if (!err)
        err = parse("linspace end", end, &b, note);
    if (err)
        return err;
    int scale = a.scale > b.scale ? a.scale : b.scale;
    if (decimal_rescale(&a, scale) || decimal_rescale(&b, scale))
        return err_set(note, ERR_SPEC, "linspace %s .. %s: expected at most %d digits", start, end,
                       DECIMAL_DIGITS_MAX);
    if (a.mantissa == b.mantissa)
        return err_set(note, ERR_SPEC, "linspace %s .. %s: the ends are equal", start, end);
    for (uint32_t k = 0; k < n && !err; k++) {
        char text[SWEEP_TEXT_MAX + 1];
        linspace_text(a, b, k, (int64_t)n - 1, text, sizeof text);
        err = add_text(&levels, text);
    }
    if (err) {
        levels_free(&levels);
        return err;
    }
    *out = levels;
    return OK;
}

enum err levels_logspace(struct levels *out, const char *start, const char *end, uint32_t n,
                         struct err_note *note)
{
    struct decimal check;
    struct levels levels = {.spacing = SWEEP_LOG};
    enum err err = check_n(n, "logspace", note);
    if (!err)
        err = parse("logspace start", start, &check, note);
    if (!err)
        err = parse("logspace end", end, &check, note);
    if (err)
        return err;
    double a = decimal_value(start, NULL), b = decimal_value(end, NULL);
    if (a == 0 || b == 0 || (a < 0) != (b < 0) || a == b)
        return err_set(note, ERR_SPEC,
                       "logspace %s .. %s: expected two different numbers of one sign, neither 0",
                       start, end);
    for (uint32_t k = 0; k < n && !err; k++) {
        char text[SWEEP_TEXT_MAX + 1];
        double share = (double)k / (double)(n - 1);
        /* Twelve digits: the same text whatever the last bits of this machine's pow(). */
        snprintf(text, sizeof text, "%.*g", LOGSPACE_DIGITS, a * pow(b / a, share));
        err = add_text(&levels, k == 0 ? start : k == n - 1 ? end : text);
    }
    if (err) {
        levels_free(&levels);
        return err;
    }
    *out = levels;
    return OK;
}
