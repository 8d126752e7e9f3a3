/* report_cells - the chosen cells of a report, whole: stored numbers under every scenario, and, as
 * far as this program can compute them again, daily equity, cash, benchmark and every trade of the
 * open periods. Appends sections and returns what the manifest says of them.
 *
 *   cell/I/metrics   f64 [n_scenarios][n_periods][N_METRICS]   stored
 *   cell/I/P/day i32, equity f64, cash f64, bench f64 (daily return)      [n_days]
 *   cell/I/P/entry i32, exit i32 (days; -1: open), pnl f64, r f64, price f64 [n][2], quantity f64,
 *            symbol i32 (index into symbols), reason u8 (255: open)       [n_trades] */
#ifndef CLI_REPORT_CELLS_H
#define CLI_REPORT_CELLS_H
#include "cli/reviewing.h"
#include "coordinator/holdout.h"
#include "market/market.h"
#include "review/report_section.h"

enum { REPORT_CELLS_MAX = 12 };
struct report_cells {
    uint32_t n;
    uint64_t point[REPORT_CELLS_MAX]; /* chosen, robust, peak, then the best of the rest */
};
/* Distinct points: the picks, then the best by the objective until max. */
void report_cells_choose(struct report_cells *out, const struct reviewing *v, uint32_t max);
/* image NULL: stored numbers only. *json: {"cells": [..], "symbols": [..]}; the caller owns it. */
enum err report_cells_write(struct report_sections *out, const struct report_cells *cells,
                            const struct reviewing *v, const struct market_image *image,
                            json_t **json, struct err_note *note);
#endif
