/* daily - daily returns and trades of chosen points, computed again in this process: what a run
 * does not keep because only few points need it.
 *
 * Baseline scenario; the selection series is train followed by validation (all open periods in
 * order), each from its own flat start. */
#ifndef COORDINATOR_DAILY_H
#define COORDINATOR_DAILY_H
#include "market/market.h"
#include "proto/job.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct daily {
    size_t n, n_days;
    size_t period_days[JOB_PERIODS_MAX];
    int32_t *day;  /* [n_days]: dates of the selection series */
    double *value; /* [n][n_days] */
    bool *ok;      /* [n]: computed, every return a number; else the row is NaN */
};
/* n_threads 0: one per core; each point's numbers are the same for any number. The caller ends it
 * with daily_free(). ERR_NOMEM, ERR_SPEC. */
enum err daily_compute(struct daily *out, const struct job *job, const struct market_image *image,
                       const uint64_t *points, size_t n, unsigned n_threads, struct err_note *note);
void daily_free(struct daily *series);

struct daily_trades { /* closed trades of one point in one open period, order of exit */
    size_t n, n_days;
    double *r_multiple, *weight; /* weight: entry notional over equity before the entry; signed */
    int32_t *entry, *exit;       /* day indices, half-open */
    double *market;              /* [n_days]: benchmark returns, 0 where undefined */
    size_t n_undefined;          /* of them */
};
/* The caller ends it with daily_trades_free(). ERR_RANGE: the point's parameters do not fit
 * together. */
enum err daily_trade_list(struct daily_trades *out, const struct job *job,
                          const struct market_image *image, uint64_t point, uint32_t open_period,
                          struct err_note *note);
void daily_trades_free(struct daily_trades *trades);
#endif
