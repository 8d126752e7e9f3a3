/* days - the daily record of one cell over all open periods, one after the other: computed again in
 * this process, for a run keeps only its sums. */
#ifndef CLI_DAYS_H
#define CLI_DAYS_H
#include "coordinator/run.h"
#include <stddef.h>
#include <stdint.h>

struct days {
    size_t n;
    int32_t *day;                  /* [n] days since 1970-01-01 */
    double *value;                 /* [n] daily return of the account */
    double *benchmark;             /* [n] daily return; NaN where there is none */
    uint32_t n_periods;            /* open ones */
    size_t start[JOB_PERIODS_MAX]; /* first day of each period, which starts flat */
};
/* The caller ends it with days_free(). ERR_EMPTY: an imported run, or parameters that do not fit
 * together, or no recorded day; ERR_VERSION: a run of another engine. */
enum err days_of_cell(struct days *out, const struct run_dir *run, uint64_t point,
                      uint32_t scenario, struct err_note *note);
void days_free(struct days *days);
#endif
