/* scenarios - one measure under several scenarios: worst case, regret, what stress leaves of a
 * point. statistics.md section 6. */
#ifndef REVIEW_STATISTICS_SCENARIOS_H
#define REVIEW_STATISTICS_SCENARIOS_H
#include "proto/err.h"
#include <stdbool.h>
#include <stddef.h>

struct scenarios_robust {
    size_t n_eligible; /* points with a value under every scenario */
    bool pick_eligible;
    size_t maximin_point, minimax_regret_point; /* n_points when nothing is eligible */
    double maximin_value, minimax_regret_value;
    double pick_worst, pick_regret; /* NaN for a point that is not eligible, like the next two */
    double pick_frac_pos;           /* share of scenarios with a positive value */
    double pick_retention;          /* min over scenarios 1 .. of f_s / f_0; NaN unless f_0 > 0 */
};
/* f[s * n_points + p]; scenario 0 is the baseline. ERR_RANGE: no scenario, or no such pick;
 * ERR_NOMEM. */
enum err scenarios_robust(struct scenarios_robust *out, const double *f, size_t n_scenarios,
                          size_t n_points, size_t pick);
#endif
