#include "market/number.h"
#include <locale.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    DIGITS_MAX = 19,      /* always fit in 64 bits */
    POWER_EXACT_MAX = 22, /* 10^22 is the last power of ten that is a double */
    EXPONENT_MAX = 99999  /* beyond it the value is 0 or infinite whatever the digits */
};
#define MANTISSA_EXACT_MAX (UINT64_C(1) << 53)

static const double power_of_ten[POWER_EXACT_MAX + 1] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static pthread_once_t locale_once = PTHREAD_ONCE_INIT;
static locale_t c_locale;

static void make_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* The text has the right form, so strtod can only round it. */
static bool parse_slow(const char *text, size_t length, double *out)
{
    char copy[NUMBER_TEXT_MAX + 1];
    pthread_once(&locale_once, make_locale);
    if (!c_locale)
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    *out = strtod_l(copy, NULL, c_locale);
    return true;
}

static const char *take_digits(const char *at, const char *end, uint64_t *mantissa, int *n_digits)
{
    for (; at < end && (unsigned)(*at - '0') < 10u; at++) {
        if (*n_digits < DIGITS_MAX)
            *mantissa = *mantissa * 10u + (unsigned)(*at - '0');
        *n_digits += *n_digits > 0 || *at != '0'; /* leading zeros carry nothing */
    }
    return at;
}

/* Exponent part from its sign or first digit on; false if malformed. */
static bool take_exponent(const char *at, const char *end, int *exponent)
{
    bool negative = at < end && *at == '-';
    at += at < end && (*at == '-' || *at == '+');
    if (at == end)
        return false;
    int value = 0;
    for (; at < end && (unsigned)(*at - '0') < 10u; at++)
        if (value <= EXPONENT_MAX)
            value = value * 10 + (*at - '0');
    *exponent = negative ? -value : value;
    return at == end;
}

/* Nearly every field of a price file: digits, maybe a point and digits, too few to overflow the
 * mantissa. False: look closer. */
static inline bool parse_plain(const char *text, size_t length, double *out)
{
    if (length == 0 || length > DIGITS_MAX)
        return false;
    uint64_t mantissa = 0;
    size_t i = 0, point;
    for (; i < length && (unsigned)(text[i] - '0') < 10u; i++)
        mantissa = mantissa * 10u + (unsigned)(text[i] - '0');
    point = i;
    if (i < length && text[i] == '.')
        for (i++; i < length && (unsigned)(text[i] - '0') < 10u; i++)
            mantissa = mantissa * 10u + (unsigned)(text[i] - '0');
    if (i != length || (point == 0 && length == 1) || mantissa > MANTISSA_EXACT_MAX)
        return false;
    *out = (double)mantissa / power_of_ten[point < length ? length - 1 - point : 0];
    return true;
}

bool number_parse(const char *text, size_t length, double *out)
{
    if (parse_plain(text, length, out))
        return true;
    if (length > NUMBER_TEXT_MAX)
        return false;
    const char *at = text, *end = text + length;
    bool negative = at < end && *at == '-';
    at += at < end && (*at == '-' || *at == '+');
    uint64_t mantissa = 0;
    int n_digits = 0, exponent = 0;
    const char *digits = at;
    at = take_digits(at, end, &mantissa, &n_digits);
    ptrdiff_t n_seen = at - digits, n_decimals = 0;
    if (at < end && *at == '.') {
        const char *decimals = ++at;
        at = take_digits(at, end, &mantissa, &n_digits);
        n_decimals = at - decimals;
    }
    if (n_seen + n_decimals == 0)
        return false;
    if (at < end && ((*at | 0x20) != 'e' || !take_exponent(at + 1, end, &exponent)))
        return false;
    exponent -= (int)n_decimals;
    /* One correctly rounded operation on two exact doubles is the correctly rounded value. (More
     * digits than were taken make a mantissa that is not exact.) */
    if (mantissa > MANTISSA_EXACT_MAX || exponent < -POWER_EXACT_MAX || exponent > POWER_EXACT_MAX)
        return parse_slow(text, length, out);
    double value = (double)mantissa;
    value = exponent < 0 ? value / power_of_ten[-exponent] : value * power_of_ten[exponent];
    *out = negative ? -value : value;
    return true;
}
