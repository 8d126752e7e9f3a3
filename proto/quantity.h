/* quantity - "NUMBER UNIT" written together, as an exact whole number of the smallest unit. */
#ifndef PROTO_QUANTITY_H
#define PROTO_QUANTITY_H
#include "proto/err.h"
#include <stddef.h>
#include <stdint.h>

struct quantity_unit { /* a table ends with name NULL */
    const char *name;
    uint64_t scale; /* at most 2^40 */
};
#define QUANTITY_DIGITS_MAX 18 /* before and after the point together */

/* digits [. digits] unit, nothing else; what is left below one is cut off. ERR_FORMAT; ERR_RANGE:
 * more than max. */
enum err quantity_parse(const char *text, const struct quantity_unit *units, uint64_t max,
                        uint64_t *value);
#endif
