/* levels - how an axis gets its values: a list, a range of exact decimals, linspace, logspace.
 * Every level keeps the text it has in tables and coordinates, and its value is the double nearest
 * to that text: what is printed is what was run. */
#ifndef PROTO_LEVELS_H
#define PROTO_LEVELS_H
#include "proto/sweep.h"

struct levels {
    uint32_t n;
    double *values; /* [n] */
    char **texts;   /* [n] */
    enum sweep_spacing spacing;
};
void levels_free(struct levels *levels); /* zeroes it */
/* Appends one. ERR_RANGE: the text is longer than SWEEP_TEXT_MAX, or there are SWEEP_LEVELS_MAX
 * already. */
enum err levels_add(struct levels *levels, const char *text, double value);
/* start, start + step, .. end, all exact. ERR_SPEC when the step does not land on the end: the note
 * names the nearest valid ends. Texts have as many digits after the point as the longest of start
 * and step. */
enum err levels_range(struct levels *out, const char *start, const char *end, const char *step,
                      struct err_note *note);
/* n numbers evenly spaced from start to end, both included: exact where the decimal ends, else to
 * 15 digits. */
enum err levels_linspace(struct levels *out, const char *start, const char *end, uint32_t n,
                         struct err_note *note);
/* n numbers of even ratio, both ends included, of one sign; to 12 digits, the ends as they are
 * written. */
enum err levels_logspace(struct levels *out, const char *start, const char *end, uint32_t n,
                         struct err_note *note);
#endif
