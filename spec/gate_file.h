/* gate_file - the criteria of `plateau check` as a YAML file says them: groups of lines
 * "MEASURE[@SCENARIO] OP LIMIT", each one a person can change (docs/gate.md). Knows the form only;
 * which measures there are, the caller says. */
#ifndef SPEC_GATE_FILE_H
#define SPEC_GATE_FILE_H
#include "proto/err.h"
#include "proto/job.h"
#include <stdbool.h>
#include <stdint.h>

enum { GATE_GROUPS_MAX = 16, GATE_LINES_MAX = 64, GATE_NAME_MAX = 63, GATE_TEXT_MAX = 127 };

enum gate_op { GATE_BELOW, GATE_AT_MOST, GATE_ABOVE, GATE_AT_LEAST };
extern const char *const GATE_OP_TEXT[4];

struct gate_line {
    char text[GATE_TEXT_MAX + 1]; /* as written */
    char scenario[JOB_NAME_MAX + 1];
    uint32_t measure, line; /* index into the names given; line of the file */
    enum gate_op op;
    double limit; /* "15%" is 0.15 */
};
struct gate_group {
    char name[GATE_NAME_MAX + 1], on[GATE_NAME_MAX + 1]; /* on: a period, or "selection" */
    bool reject;             /* a line that holds is a failure; else one that does not */
    uint32_t need;           /* lines that must pass */
    uint32_t n, line;        /* criteria; line of the file */
    struct gate_line *lines; /* [n] */
};
struct gate {
    char *file;
    uint32_t n;
    struct gate_group group[GATE_GROUPS_MAX];
};
/* names[n_names]: the measures. ERR_SPEC with file:line and the nearest name; ERR_NOT_FOUND,
 * ERR_IO. The caller ends it with gate_free(). */
enum err gate_read(struct gate *out, const char *path, const char *const *names, unsigned n_names,
                   struct err_note *note);
/* The same from text; name is what errors call it. */
enum err gate_parse(struct gate *out, const char *name, const char *text, size_t length,
                    const char *const *names, unsigned n_names, struct err_note *note);
void gate_free(struct gate *gate);
#endif
