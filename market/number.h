/* number - decimal text to double, correctly rounded, the same in every locale.
 *
 * Accepts [+-] digits [. digits] [(e|E) [+-] digits] with at least one digit before the exponent
 * and nothing around it. No hex, no "inf", no "nan", no separators: whatever else is in the field,
 * it is not a number. */
#ifndef MARKET_NUMBER_H
#define MARKET_NUMBER_H
#include <stdbool.h>
#include <stddef.h>

#define NUMBER_TEXT_MAX 400 /* longer text is not a number: every double fits in far less */

/* False: not a number, *out untouched. True may give an infinity where the text is out of range. */
bool number_parse(const char *text, size_t length, double *out);
#endif
