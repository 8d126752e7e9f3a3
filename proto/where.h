/* where - a constraint on grid points: "breakout_fast < breakout_slow and mode != 'off'", decided
 * exactly.
 *
 *   or := and {"or" and}      and := not {"and" not}      not := "not" not | chain
 *   chain := sum {("<" | "<=" | ">" | ">=" | "==" | "!=") sum}           a < b < c means a < b and
 * b < c sum := product {("+" | "-") product}     product := factor {("*" | "/") factor} factor :=
 * "-" factor | "(" or ")" | number | name | 'text' | "text" | true | false
 *
 * A name is an axis: its full dotted path, its label, or the end of its path where no other axis
 * ends so. Numbers are the decimals they are written as, never doubles. A categorical axis compares
 * with == and != to one of its own quoted names. A comparison with something divided by zero is
 * false. */
#ifndef PROTO_WHERE_H
#define PROTO_WHERE_H
#include "proto/sweep.h"

struct where;
/* Keeps a pointer to the axes. ERR_SPEC with the place and what was expected. */
enum err where_new(struct where **out, const char *text, const struct sweep_axis *axes,
                   uint32_t n_axes, struct err_note *note);
void where_free(struct where **where_p);
/* Bit a is set if axis a is named. */
uint64_t where_axes(const struct where *where);
/* levels[n_axes]; only those of the named axes are read. */
bool where_holds(const struct where *where, const uint32_t *levels);

/* The same constraint with names replaced: resolve() gives the new text of a name (freed here) or
 * NULL to keep it. Spaces are normalised. Caller frees; NULL when out of memory or the text is no
 * expression (where_new says what is wrong). */
char *where_rewrite(const char *text, char *(*resolve)(void *ctx, const char *name), void *ctx);

/* The axis a name means. ERR_NOT_FOUND, or ERR_EXISTS if it means several; the note says which. */
enum err where_find_axis(const struct sweep_axis *axes, uint32_t n_axes, const char *name,
                         uint32_t *axis, struct err_note *note);
#endif
