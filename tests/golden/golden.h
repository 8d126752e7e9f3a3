/* golden - cases with known answers: one JSON file each, {id, function, note, inputs, expected,
 * rtol, atol}.
 *
 * NaN and infinities are the strings "nan", "inf", "-inf". Reals agree when |want - got| <= atol +
 * rtol |want|; integers, booleans and strings agree exactly. */
#ifndef TESTS_GOLDEN_GOLDEN_H
#define TESTS_GOLDEN_GOLDEN_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define GOLDEN_TEXT_MAX 512
struct golden_difference { /* the first one found: where, and what */
    char path[GOLDEN_TEXT_MAX], text[GOLDEN_TEXT_MAX];
};

/* Runs one case: true when it passes; otherwise *why says what differs first. */
typedef bool golden_case(const json_t *one, const char *dir, void *context,
                         struct golden_difference *why);
/* Every *.json of dir, by name; a line per failure, then "N passed, M failed". Returns the exit
 * code: 1 when one failed or none was found. */
int golden_run(const char *dir, golden_case *run, void *context);

/* Everything in `want` must be in `got`, and equal; `got` may hold more. path: where the two stand
 * ("expected"). */
bool golden_equal(const json_t *want, const json_t *got, double rtol, double atol, const char *path,
                  struct golden_difference *why);
/* Always false, so that a failure is one statement. */
bool golden_differs(struct golden_difference *why, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A double as the cases write it, and back (NaN for anything that is no number). */
json_t *golden_number(double x);
double golden_double(const json_t *value);

int golden_engine(const char *dir, const char *data_root);
int golden_statistics(const char *dir);
/* The functions of statistics.md sections 2 to 7: their answer to one case (caller owns it), or
 * NULL for a name that is none of them. */
json_t *golden_review(const char *function, const json_t *inputs);
#endif
