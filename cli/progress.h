/* progress - how far a run is, for a human: a bar that is redrawn on a terminal, a line every 10 s
 * elsewhere.
 *
 * Time is an argument, the text a pure function of the state, so that a test can read it. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PROGRESS_LINE_EVERY_S 10.0

struct progress_state {
    uint64_t done, total, failed;  /* cells */
    double rate, eta_s, elapsed_s; /* cells per second; NaN while unknown */
    unsigned n_workers;
};
struct progress {
    FILE *out;
    int columns; /* 0: not a terminal */
    bool quiet, drawn;
    double last_line_s;
};

/* One line without newline, at most columns wide; columns 0: no bar, as for a log. */
void progress_line(char *out, size_t size, int columns, const struct progress_state *state);
/* 59 s, 12:05, 3 h 07 min; "?" for NaN. */
void progress_span(char *out, size_t size, double seconds);
void progress_init(struct progress *progress, FILE *out, int columns, bool quiet);
void progress_show(struct progress *progress, const struct progress_state *state);
/* The last state, then a new line; what was drawn stays. */
void progress_end(struct progress *progress, const struct progress_state *state);
/* 1234567 -> "1,234,567" */
void progress_count(char *out, size_t size, uint64_t n);
#endif
