/* exact - rational numbers without rounding, of a fixed size, for comparisons that must not depend
 * on a double's last bit. Whoever builds an expression checks beforehand that its numbers fit
 * (exact_bits and the rules below); nothing overflows then.
 *
 *   bits of a sum:      numerator max(n1 + d2, n2 + d1) + 1, denominator d1 + d2
 *   bits of a product:  n1 + n2, d1 + d2       of a quotient: n1 + d2, d1 + n2      of a
 * comparison: n1 + d2, n2 + d1 */
#ifndef PROTO_EXACT_H
#define PROTO_EXACT_H
#include "proto/err.h"
#include <stdbool.h>
#include <stdint.h>

#define EXACT_LIMBS 64
#define EXACT_BITS_MAX (32 * EXACT_LIMBS)

struct exact_natural {
    uint32_t n; /* limbs in use, the highest not 0 */
    uint32_t limb[EXACT_LIMBS];
};
struct exact {
    struct exact_natural num, den;
    bool negative, undefined; /* undefined: came from a division by zero, and stays so */
};
struct exact_size {
    unsigned num, den; /* bits, at most */
};

/* A decimal text. ERR_FORMAT; ERR_RANGE: an exponent or a number of digits over 60. */
enum err exact_parse(const char *text, struct exact *out);
struct exact_size exact_bits(const struct exact *x);
void exact_add(struct exact *x, const struct exact *y);      /* x += y */
void exact_subtract(struct exact *x, const struct exact *y); /* x -= y */
void exact_multiply(struct exact *x, const struct exact *y);
void exact_divide(struct exact *x, const struct exact *y);
void exact_negate(struct exact *x);
int exact_compare(const struct exact *x,
                  const struct exact *y); /* -1, 0, 1; neither may be undefined */
#endif
