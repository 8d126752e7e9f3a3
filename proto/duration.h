/* duration - a span of time as people write it on a command line: a decimal number and a unit, as
 * in 90s, 10m, 1.5h, 2d, 500ms. The unit is never guessed. */
#ifndef PROTO_DURATION_H
#define PROTO_DURATION_H
#include "proto/err.h"
#include <stdint.h>

#define DURATION_MAX_MS ((int64_t)10 * 366 * 24 * 3600 * 1000) /* ten years */
#define DURATION_HELP "a time such as 90s, 10m, 2h or 1d"

/* Whole milliseconds, 0 .. DURATION_MAX_MS; a fraction of one is cut off. ERR_FORMAT: another form,
 * ERR_RANGE: longer; the note says what was found and expected. */
enum err duration_parse(const char *text, int64_t *ms, struct err_note *note);
#endif
