#include "proto/decimal.h"
#include <ctype.h>
#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

#define MANTISSA_LIMIT INT64_C(1000000000000000000) /* 10^18 */
enum { EXPONENT_MAX = 40 };

static locale_t c_locale; /* lives as long as the process */

static void make_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

double decimal_value(const char *text, char **end)
{
    static once_flag once = ONCE_FLAG_INIT;
    call_once(&once, make_locale);
    return c_locale ? strtod_l(text, end, c_locale) : strtod(text, end);
}

bool decimal_is_number(const char *text)
{
    char *end;
    if (!*text || strspn(text, "+-.0123456789eE") != strlen(text))
        return false;
    double v = decimal_value(text, &end);
    return *end == 0 && v - v == 0;
}

/* Digits before and after the point into *m, the number of the latter into *scale. ERR_RANGE once
 * they do not fit. */
static enum err read_digits(const char **text, int64_t *m, int *scale)
{
    int n_digits = 0;
    bool point = false;
    *m = 0;
    *scale = 0;
    for (const char *at = *text;; at++) {
        if (*at == '.' && !point) {
            point = true;
        } else if (isdigit((unsigned char)*at)) {
            n_digits++;
            if (*m >= MANTISSA_LIMIT / 10)
                return ERR_RANGE;
            *m = *m * 10 + (*at - '0');
            *scale += point;
        } else {
            *text = at;
            return n_digits ? OK : ERR_FORMAT;
        }
    }
}

static enum err read_exponent(const char **text, int *exponent)
{
    const char *at = *text;
    *exponent = 0;
    if (*at != 'e' && *at != 'E')
        return OK;
    at++;
    bool negative = *at == '-';
    at += *at == '-' || *at == '+';
    if (!isdigit((unsigned char)*at))
        return ERR_FORMAT;
    for (; isdigit((unsigned char)*at); at++)
        if (*exponent <= EXPONENT_MAX)
            *exponent = *exponent * 10 + (*at - '0');
    if (negative)
        *exponent = -*exponent;
    *text = at;
    return OK;
}

enum err decimal_parse(const char *text, struct decimal *out)
{
    struct decimal d;
    int exponent;
    bool negative = *text == '-';
    text += *text == '-' || *text == '+';
    enum err err = read_digits(&text, &d.mantissa, &d.scale);
    if (err == OK)
        err = read_exponent(&text, &exponent);
    if (err)
        return err;
    if (*text)
        return ERR_FORMAT;
    d.scale -= exponent;
    if (d.mantissa == 0 && d.scale < 0)
        d.scale = 0;
    for (; d.scale < 0; d.scale++) {
        if (d.mantissa >= MANTISSA_LIMIT / 10)
            return ERR_RANGE;
        d.mantissa *= 10;
    }
    if (d.scale > DECIMAL_DIGITS_MAX)
        return ERR_RANGE;
    if (negative)
        d.mantissa = -d.mantissa;
    *out = d;
    return OK;
}

void decimal_format(struct decimal d, char out[DECIMAL_TEXT_MAX])
{
    uint64_t m = d.mantissa < 0 ? (uint64_t)-d.mantissa : (uint64_t)d.mantissa, one = 1;
    for (int s = 0; s < d.scale; s++)
        one *= 10;
    if (d.scale == 0)
        snprintf(out, DECIMAL_TEXT_MAX, "%s%" PRIu64, d.mantissa < 0 ? "-" : "", m);
    else
        snprintf(out, DECIMAL_TEXT_MAX, "%s%" PRIu64 ".%0*" PRIu64, d.mantissa < 0 ? "-" : "",
                 m / one, d.scale, m % one);
}

enum err decimal_rescale(struct decimal *d, int scale)
{
    struct decimal r = *d;
    if (scale > DECIMAL_DIGITS_MAX || scale < d->scale)
        return ERR_RANGE;
    for (; r.scale < scale; r.scale++) {
        if (r.mantissa >= MANTISSA_LIMIT / 10 || r.mantissa <= -MANTISSA_LIMIT / 10)
            return ERR_RANGE;
        r.mantissa *= 10;
    }
    *d = r;
    return OK;
}
