/* walk_forward - choose on one stretch of days, earn on the next, move on: statistics.md section 7.
 *
 * Windows are row ranges of one continuous run: no extra backtests. Who has daily series calls
 * walk_forward_run(); who has sums of the ranges fills the windows' picks and sums and calls
 * walk_forward_summarise(): only the stitched drawdown needs days. */
#ifndef REVIEW_STATISTICS_WALK_FORWARD_H
#define REVIEW_STATISTICS_WALK_FORWARD_H
#include "review/statistics/surface.h"

struct walk_forward_plan {
    size_t is_len, oos_len; /* days in and out of sample */
    size_t step;            /* days from one window to the next; 0: oos_len */
    size_t gap;             /* days between in and out of sample */
    bool anchored;          /* in-sample always starts at day 0 */
    double periods_per_year;
};
struct walk_forward_window {
    size_t is_begin, is_end, oos_begin, oos_end; /* half-open rows */
    size_t pick;
    double is_sum, oos_sum, oos_sumsq; /* of the pick's returns in and out of sample */
    double is_ann, oos_ann;            /* annualised mean return of the pick */
};
struct walk_forward {
    size_t n_windows;   /* 0: nothing else is defined */
    bool overlapping;   /* step < oos_len: stitched days repeat */
    double wfe;         /* mean oos_ann / mean is_ann; NaN unless that is positive */
    double consistency; /* share of windows that earned */
    double max_share;   /* largest window's profit over the total; NaN unless that is positive */
    double stitched_sharpe, stitched_mean_ann, stitched_mdd;
    double param_drift; /* mean step between consecutive picks over axes, as a share of the range;
                           NaN without a grid or with one window */
};
size_t walk_forward_n_windows(const struct walk_forward_plan *plan, size_t n_days);
/* Rows of window i. */
struct walk_forward_window walk_forward_window(const struct walk_forward_plan *plan, size_t i);
/* Annualises the windows, whose rows, picks and sums are given, and sums them up; stitched_mdd
 * stays NaN. grid (shape and kinds only) may be NULL. */
void walk_forward_summarise(struct walk_forward *out, struct walk_forward_window *windows, size_t n,
                            const struct walk_forward_plan *plan, const struct surface *grid);
/* Drawdown of the days out of sample, one window after the other. */
double walk_forward_mdd(const double *stitched, size_t n_days);
/* series[k * n_days + t]. grid (shape and kinds only) may be NULL;
 * windows[walk_forward_n_windows()] may be NULL. ERR_RANGE: lengths of 0, no configuration, a grid
 * of another size; ERR_NOMEM. */
enum err walk_forward_run(struct walk_forward *out, struct walk_forward_window *windows,
                          const struct walk_forward_plan *plan, const double *series, size_t n,
                          size_t n_days, const struct surface *grid);
#endif
