/* log - what happened, as JSON lines for machines: one object a line, written by one write().
 *
 *   {"time":"2026-01-31T09:15:02.123Z","level":"warning","event":"worker_died","run":"..",..}
 *
 * Events and fields come from closed tables (event.h and LOG_FIELDS; docs/log.schema.json is the
 * same for a validator), so that nothing but what is named here, and no secret, can get into a log.
 * Texts of peers are cut and escaped: a line is ASCII without control characters. A flood is
 * bounded twice: each event has a rate limit (the next line of its kind tells how many were
 * suppressed), and the file is rotated by size with a fixed number kept. A log that cannot be
 * written never stops a run: lines are dropped, and counted in the first line that can be written
 * again.
 *
 * Safe to use from several threads. A NULL log takes everything and writes nothing. */
#ifndef COORDINATOR_LOG_H
#define COORDINATOR_LOG_H
#include "coordinator/event.h"
#include "proto/err.h"
#include <stdint.h>

#define LOG_FILE "log.jsonl" /* in the run's folder, unless told otherwise */
#define LOG_ROTATE_BYTES ((int64_t)16 << 20)
#define LOG_KEEP 4 /* rotated files beside the current one: FILE.1 is the newest */
#define LOG_TEXT_MAX 500

#define LOG_LEVEL_TABLE(X) X(DEBUG, "debug") X(INFO, "info") X(WARNING, "warning") X(ERROR, "error")
enum log_level {
#define X(NAME, name) LOG_##NAME,
    LOG_LEVEL_TABLE(X)
#undef X
        N_LOG_LEVELS
};
extern const char *const LOG_LEVEL_NAME[N_LOG_LEVELS + 1]; /* ends with NULL */

// clang-format off
#define LOG_FIELDS(X) /* name, kind: TEXT, WHOLE or NUMBER */                                     \
    X(run, TEXT) X(worker, TEXT) X(tile, WHOLE) X(first_cell, WHOLE) X(n_cells, WHOLE)            \
    X(reason, TEXT) X(state, TEXT) X(exit_code, WHOLE) X(pid, WHOLE) X(endpoint, TEXT)            \
    X(build, TEXT) X(engine, TEXT) X(facts, TEXT) X(cells, WHOLE) X(cells_done, WHOLE)            \
    X(cells_failed, WHOLE) X(workers, WHOLE) X(rows, WHOLE) X(ms, NUMBER) X(lost, WHOLE)          \
    X(suppressed, WHOLE) X(dropped, WHOLE)
// clang-format on
enum log_name {
    LOG_END,
#define X(name, kind) LOG_##name,
    LOG_FIELDS(X)
#undef X
        N_LOG_NAMES
};
struct log_field {
    enum log_name name;
    const char *text; /* the one its kind asks for; NULL or "": the field is left out */
    uint64_t whole;
    double number;
};

struct log;
struct log_options {
    const char *path; /* "-": standard error, never rotated */
    enum log_level level;
    int64_t max_bytes;       /* of one file; 0: LOG_ROTATE_BYTES */
    unsigned keep;           /* 0: LOG_KEEP */
    int64_t (*now_ns)(void); /* UTC; NULL: the system's */
};
/* Appends to the file. The caller owns *out. ERR_IO. */
enum err log_open(struct log **out, const struct log_options *options, struct err_note *note);
void log_close(struct log **log_p);
/* fields end with LOG_END. */
void log_write(struct log *log, enum event_kind event, const struct log_field *fields);
/* log_event(log, EVENT_RUN_STARTED, {LOG_run, .text = id}, {LOG_cells, .whole = n}); */
#define log_event(log, event, ...)                                                                 \
    log_write(log, event, (const struct log_field[]){__VA_ARGS__, {LOG_END}})
/* What decisions told, for one run (may be NULL); *events is empty then. */
void log_events(struct log *log, const char *run, struct events *events);
#endif
