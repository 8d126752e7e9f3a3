/* err - the one way to fail: a code, and one clear line for whoever must act on it.
 *
 * Functions return enum err (OK is 0) and leave their outputs alone on failure. Where a human must
 * be told more than the code, the function takes a struct err_note and writes the whole line there:
 * file, line, field, what was expected, the nearest valid name, what to do next. */
#ifndef PROTO_ERR_H
#define PROTO_ERR_H

/* code, text, exit code of the command line (docs: 2 usage or spec, 3 infrastructure, 5 difference
 * found, 124 timeout, 1 cells failed) */
#define ERR_TABLE(X)                                                                               \
    X(OK, "ok", 0)                                                                                 \
    X(ERR_NOMEM, "out of memory", 3)                                                               \
    X(ERR_IO, "input or output failed", 3)                                                         \
    X(ERR_RANGE, "value out of range", 2)                                                          \
    X(ERR_FORMAT, "malformed input", 2)                                                            \
    X(ERR_SPEC, "the sweep file is wrong", 2)                                                      \
    X(ERR_DATA, "the market data is wrong", 2)                                                     \
    X(ERR_NOT_FOUND, "not found", 2)                                                               \
    X(ERR_EXISTS, "already exists", 2)                                                             \
    X(ERR_BUSY, "held by another process", 3)                                                      \
    X(ERR_CORRUPT, "damaged file", 3)                                                              \
    X(ERR_VERSION, "another version", 3)                                                           \
    X(ERR_MISMATCH, "results differ", 5)                                                           \
    X(ERR_EMPTY, "nothing there", 2)                                                               \
    X(ERR_STALE, "no longer in force", 3)                                                          \
    X(ERR_OVERFLOW, "number too large", 2)                                                         \
    X(ERR_NET, "network failure", 3)                                                               \
    X(ERR_INTERRUPTED, "interrupted", 3)                                                           \
    X(ERR_TIMEOUT, "took too long", 124)                                                           \
    X(ERR_FAILS, "too many cells failed", 1)

enum err {
#define X(code, text, exit_code) code,
    ERR_TABLE(X)
#undef X
};

#define ERR_NOTE_MAX 1024
struct err_note {
    char text[ERR_NOTE_MAX]; /* one line, no newline; empty when nothing was written */
};

const char *err_text(enum err code);
int err_exit_code(enum err code);
/* Writes the line (note may be NULL) and returns code, so that a failure is one statement. */
enum err err_set(struct err_note *note, enum err code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The candidate nearest to `name` (edit distance <= a third of its length, at least 2), or NULL. */
const char *err_nearest(const char *name, const char *const *candidates, unsigned n_candidates);
#endif
