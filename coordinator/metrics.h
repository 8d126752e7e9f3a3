/* metrics - a coordinator's numbers for a monitoring system: an OpenMetrics text made of the last
 * moment each run handed in, and whether the process is alive and ready.
 *
 * The loop hands in copies under a mutex; whoever reads makes the text from them and never touches
 * a run. Names are documented in docs/observability.md. */
#ifndef COORDINATOR_METRICS_H
#define COORDINATOR_METRICS_H
#include "coordinator/dispatch.h"
#include "coordinator/journal.h"
#include "coordinator/net_report.h"
#include "proto/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define METRICS_RUNS_MAX 64
#define METRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"
#define METRICS_WHY_MAX 100
#define METRICS_STALE_MS 30000 /* a loop that has not turned for so long is stuck */

struct metrics_run { /* one run at one moment */
    char id[128];
    struct dispatch_stats dispatch;
    struct journal_stats journal;
    uint64_t events[N_EVENTS];
    double cells_per_s, elapsed_s; /* cells_per_s: NaN while unknown */
};

struct metrics_host { /* what all runs of this process share */
    struct net_stats net;
    uint64_t refusals[N_REFUSALS]; /* before any run saw them */
};

struct metrics;
/* The caller owns *out. */
enum err metrics_new(struct metrics **out);
void metrics_free(struct metrics **metrics_p);
/* Takes the place of what the same run handed in before; one beyond METRICS_RUNS_MAX that of the
 * run that was silent for longest. NULL metrics, here and below: nothing happens. */
void metrics_put(struct metrics *metrics, const struct metrics_run *run);
void metrics_put_host(struct metrics *metrics, const struct metrics_host *host);
/* The loop is alive at now_ms (monotonic). Until the first beat, and after metrics_rest(), nobody
 * expects one. */
void metrics_beat(struct metrics *metrics, int64_t now_ms);
void metrics_rest(struct metrics *metrics);
/* Takes leases and results in; if not, why. */
void metrics_set_ready(struct metrics *metrics, bool ready, const char *why);

/* malloc'ed, with its length; NULL: out of memory. */
char *metrics_text(struct metrics *metrics, size_t *length);
bool metrics_is_alive(struct metrics *metrics, int64_t now_ms);
/* why: METRICS_WHY_MAX bytes. */
bool metrics_is_ready(struct metrics *metrics, char *why);
#endif
