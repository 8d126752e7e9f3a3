#include "proto/exact.h"
#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS_MAX = 60, EXPONENT_MAX = 60 };

static void trim(struct exact_natural *x)
{
    while (x->n && x->limb[x->n - 1] == 0)
        x->n--;
}

static void push(struct exact_natural *x, uint64_t carry)
{
    if (!carry)
        return;
    assert(x->n < EXACT_LIMBS); /* the expression's size was checked when it was built */
    x->limb[x->n++] = (uint32_t)carry;
}

static void multiply_add_small(struct exact_natural *x, uint32_t factor, uint32_t add)
{
    uint64_t carry = add;
    for (uint32_t i = 0; i < x->n; i++) {
        carry += (uint64_t)x->limb[i] * factor;
        x->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    push(x, carry);
}

static void multiply(struct exact_natural *out, const struct exact_natural *x,
                     const struct exact_natural *y)
{
    struct exact_natural r = {0};
    r.n = x->n && y->n ? x->n + y->n : 0;
    assert(r.n <= EXACT_LIMBS + 1);
    if (r.n > EXACT_LIMBS)
        r.n = EXACT_LIMBS; /* the top limb is 0 by the size check */
    for (uint32_t i = 0; i < x->n; i++) {
        uint64_t carry = 0;
        for (uint32_t j = 0; j < y->n || carry; j++) {
            if (i + j >= EXACT_LIMBS) {
                assert(carry == 0);
                break;
            }
            carry += r.limb[i + j] + (j < y->n ? (uint64_t)x->limb[i] * y->limb[j] : 0);
            r.limb[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
    }
    trim(&r);
    *out = r;
}

static int compare(const struct exact_natural *x, const struct exact_natural *y)
{
    if (x->n != y->n)
        return x->n < y->n ? -1 : 1;
    for (uint32_t i = x->n; i-- > 0;)
        if (x->limb[i] != y->limb[i])
            return x->limb[i] < y->limb[i] ? -1 : 1;
    return 0;
}

static void add(struct exact_natural *x, const struct exact_natural *y)
{
    uint64_t carry = 0;
    for (uint32_t i = 0; i < y->n || (carry && i < x->n); i++) {
        carry += (i < y->n ? y->limb[i] : 0u);
        carry += (i < x->n ? x->limb[i] : 0u);
        x->limb[i] = (uint32_t)carry;
        carry >>= 32;
        if (i >= x->n)
            x->n = i + 1;
    }
    push(x, carry);
}

static void subtract(struct exact_natural *out, const struct exact_natural *x,
                     const struct exact_natural *y) /* x >= y */
{
    struct exact_natural r = *x;
    int64_t borrow = 0;
    for (uint32_t i = 0; i < r.n; i++) {
        borrow += (int64_t)r.limb[i] - (i < y->n ? y->limb[i] : 0u);
        r.limb[i] = (uint32_t)borrow;
        borrow = borrow < 0 ? -1 : 0;
    }
    trim(&r);
    *out = r;
}

static unsigned bits(const struct exact_natural *x)
{
    return x->n ? 32 * x->n - (unsigned)__builtin_clz(x->limb[x->n - 1]) : 0;
}

struct exact_size exact_bits(const struct exact *x)
{
    return (struct exact_size){bits(&x->num), bits(&x->den)};
}

enum err exact_parse(const char *text, struct exact *out)
{
    struct exact x = {.den = {1, {1}}};
    int n_digits = 0, scale = 0;
    bool point = false;
    x.negative = *text == '-';
    text += *text == '-' || *text == '+';
    for (; isdigit((unsigned char)*text) || (*text == '.' && !point); text++) {
        if (*text == '.') {
            point = true;
            continue;
        }
        if (++n_digits > DIGITS_MAX)
            return ERR_RANGE;
        scale += point;
        multiply_add_small(&x.num, 10, (uint32_t)(*text - '0'));
    }
    if (!n_digits)
        return ERR_FORMAT;
    if (*text == 'e' || *text == 'E') {
        char *end;
        long exponent = strtol(text + 1, &end, 10);
        if (end == text + 1 || isspace((unsigned char)text[1]))
            return ERR_FORMAT;
        if (exponent > EXPONENT_MAX || exponent < -EXPONENT_MAX)
            return ERR_RANGE;
        scale -= (int)exponent;
        text = end;
    }
    if (*text)
        return ERR_FORMAT;
    for (; scale > 0; scale--)
        multiply_add_small(&x.den, 10, 0);
    for (; scale < 0; scale++)
        multiply_add_small(&x.num, 10, 0);
    if (x.num.n == 0)
        x.negative = false;
    *out = x;
    return OK;
}

void exact_negate(struct exact *x)
{
    x->negative = x->num.n && !x->negative;
}

void exact_add(struct exact *x, const struct exact *y)
{
    struct exact_natural a, b;
    multiply(&a, &x->num, &y->den);
    multiply(&b, &y->num, &x->den);
    multiply(&x->den, &x->den, &y->den);
    x->undefined |= y->undefined;
    if (x->negative == y->negative) {
        add(&a, &b);
        x->num = a;
    } else if (compare(&a, &b) >= 0) {
        subtract(&x->num, &a, &b);
    } else {
        subtract(&x->num, &b, &a);
        x->negative = y->negative;
    }
    if (x->num.n == 0)
        x->negative = false;
}

void exact_subtract(struct exact *x, const struct exact *y)
{
    struct exact minus = *y;
    exact_negate(&minus);
    exact_add(x, &minus);
}

void exact_multiply(struct exact *x, const struct exact *y)
{
    multiply(&x->num, &x->num, &y->num);
    multiply(&x->den, &x->den, &y->den);
    x->undefined |= y->undefined;
    x->negative = x->num.n && x->negative != y->negative;
}

void exact_divide(struct exact *x, const struct exact *y)
{
    struct exact inverse = {
        .num = y->den, .den = y->num, .negative = y->negative, .undefined = y->undefined};
    if (y->num.n == 0) {
        inverse.den = (struct exact_natural){1, {1}};
        inverse.undefined = true;
    }
    exact_multiply(x, &inverse);
}

int exact_compare(const struct exact *x, const struct exact *y)
{
    struct exact_natural a, b;
    if (x->negative != y->negative)
        return x->negative ? -1 : 1; /* zero is never negative, so the two differ */
    multiply(&a, &x->num, &y->den);
    multiply(&b, &y->num, &x->den);
    return x->negative ? compare(&b, &a) : compare(&a, &b);
}
