/* decimal - numbers as they are written: mantissa / 10^scale, exact, so that 2.0 + 3 * 0.25 is 2.75
 * and nothing near it. */
#ifndef PROTO_DECIMAL_H
#define PROTO_DECIMAL_H
#include "proto/err.h"
#include <stdbool.h>
#include <stdint.h>

#define DECIMAL_DIGITS_MAX 18 /* significant digits, and digits after the point */
#define DECIMAL_TEXT_MAX 24   /* sign, digits, point, leading zero, NUL */

struct decimal {
    int64_t mantissa; /* |mantissa| < 10^18 */
    int scale;        /* 0 .. DECIMAL_DIGITS_MAX */
};
/* "2", "-0.250", "1e-3", ".5". ERR_FORMAT: no number; ERR_RANGE: more digits than fit. */
enum err decimal_parse(const char *text, struct decimal *out);
/* With `scale` digits after the point, as the number is. */
void decimal_format(struct decimal d, char out[DECIMAL_TEXT_MAX]);
/* The same number with more digits after the point. ERR_RANGE. */
enum err decimal_rescale(struct decimal *d, int scale);
/* The nearest double of a text, whatever the locale; *end as strtod's. */
double decimal_value(const char *text, char **end);
/* Whether the whole text is a finite number (no "nan", "inf" or hexadecimal). */
bool decimal_is_number(const char *text);
#endif
