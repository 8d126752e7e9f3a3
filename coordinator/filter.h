/* filter - a condition on cells: "sharpe > 1 and n_trades >= 30 and mode == 'off'".
 *
 *   or := and {"or" and}    and := not {"and" not}    not := "not" not | chain
 *   chain := sum {("<" | "<=" | ">" | ">=" | "==" | "=" | "!=") sum}     a < b < c means a < b and
 * b < c sum := product {("+" | "-") product}    product := factor {("*" | "/") factor} factor :=
 * "-" factor | "(" or ")" | number | name | 'text' | "text"
 *
 * Numbers are doubles. A comparison with an undefined number (NaN) is false, "!=" too. A text
 * stands beside the name it is compared with, which knows what it means. */
#ifndef COORDINATOR_FILTER_H
#define COORDINATOR_FILTER_H
#include "proto/err.h"
#include <stdbool.h>
#include <stdint.h>

struct filter;
struct filter_names {
    void *ctx;
    /* The column of a name. ERR_NOT_FOUND with a line in note. */
    enum err (*column)(void *ctx, const char *name, uint32_t *column, struct err_note *note);
    /* The number a text means in a column. */
    enum err (*text)(void *ctx, uint32_t column, const char *text, double *value,
                     struct err_note *note);
};
/* ERR_FORMAT with the place and what was expected. The caller ends it with filter_free(). */
enum err filter_new(struct filter **out, const char *text, const struct filter_names *names,
                    struct err_note *note);
void filter_free(struct filter **filter_p);
bool filter_holds(const struct filter *filter, double (*value)(void *ctx, uint32_t column),
                  void *ctx);
#endif
