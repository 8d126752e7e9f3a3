/* outside - what a coordinator's process shows outside: its log, and over HTTP its metrics, whether
 * it is alive and whether it is ready.
 *
 *   /metrics   OpenMetrics text                              (with a token, if one is set)
 *   /healthz   200, or 503 when the loop has not turned for METRICS_STALE_MS
 *   /readyz    200 while leases and results are taken, else 503 and why */
#ifndef COORDINATOR_OUTSIDE_H
#define COORDINATOR_OUTSIDE_H
#include "coordinator/http.h"
#include "coordinator/log.h"
#include "coordinator/metrics.h"
#include "proto/err.h"
#include <stdbool.h>

struct outside_options {
    const char *log; /* a file; "-": standard error */
    enum log_level log_level;
    const char *http;       /* HOST:PORT; NULL: no server */
    const char *http_token; /* see http.h */
    bool http_anyone;
};
#define OUTSIDE_ROUTES 3
struct outside {
    struct log *log;
    struct metrics *metrics;
    struct http *http; /* NULL: no server */
    struct http_route routes[OUTSIDE_ROUTES + 1];
};
/* *out does not move until outside_close(). Errors as of log_open() and http_start(). */
enum err outside_open(struct outside *out, const struct outside_options *options,
                      struct err_note *note);
void outside_close(struct outside *outside); /* fine for one that is all zero */
#endif
