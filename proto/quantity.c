#include "proto/quantity.h"
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* 128 bits hold eighteen digits times 2^40: no rounding on the way. */
__extension__ typedef unsigned __int128 wide;

enum err quantity_parse(const char *text, const struct quantity_unit *units, uint64_t max,
                        uint64_t *value)
{
    wide number = 0;
    uint64_t below = 1;
    unsigned n = 0;
    bool point = false;
    if (!isdigit((unsigned char)*text))
        return ERR_FORMAT;
    for (; isdigit((unsigned char)*text) ||
           (*text == '.' && !point && isdigit((unsigned char)text[1]));
         text++) {
        if (*text == '.') {
            point = true;
            continue;
        }
        if (++n > QUANTITY_DIGITS_MAX)
            return ERR_FORMAT;
        number = number * 10 + (unsigned)(*text - '0');
        below *= point ? 10 : 1;
    }
    while (units->name && strcmp(units->name, text) != 0)
        units++;
    if (!units->name)
        return ERR_FORMAT;
    number = number * units->scale / below;
    if (number > max)
        return ERR_RANGE;
    *value = (uint64_t)number;
    return OK;
}
