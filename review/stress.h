/* stress - what every scenario does to every point: paired differences against the baseline, the
 * worst of them, regret, what is left; and the limits a strategy should keep under each.
 * docs/gate.md shows them beside the gate. */
#ifndef REVIEW_STRESS_H
#define REVIEW_STRESS_H
#include "engine/metrics.h"
#include "engine/plateau_engine.h"
#include "proto/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Per point, over its scenarios; NaN where undefined. */
struct stress_surfaces {
    double *worst;     /* [n_points] lowest value under any scenario */
    double *regret;    /* [n_points] largest distance to the best eligible point of a scenario */
    double *retention; /* [n_points] lowest f_s / f_0 over cost and shock scenarios; f_0 > 0 */
};
/* f[s * n_points + p], scenario 0 the baseline, higher is better; kept[s]: counts for retention
 * (cost and shock: not the regimes, whose days are others'). A point without a value under every
 * scenario has none. */
void stress_surfaces(struct stress_surfaces *out, const double *f, const bool *kept,
                     size_t n_scenarios, size_t n_points);

/* The metrics a limit may speak of, and one cell's of them. */
enum stress_metric {
    STRESS_SHARPE,
    STRESS_CALMAR,
    STRESS_MDD,
    STRESS_TOTAL_RETURN,
    STRESS_METRICS
};
extern const uint32_t STRESS_METRIC[STRESS_METRICS]; /* enum metric */

struct stress_limit {
    const char *words;
    double limit;
    struct plateau_scenario scenario; /* of which scenario */
    enum stress_metric metric;
    bool above, strict; /* required: above or below it; strictly */
    bool warning;       /* not met: a warning, no failure */
};
#define STRESS_LIMITS 6
extern const struct stress_limit STRESS_LIMIT[STRESS_LIMITS];

enum stress_outcome { STRESS_PASS, STRESS_FAIL, STRESS_WARN, STRESS_UNKNOWN };
extern const char *const STRESS_OUTCOME_NAME[4];
bool stress_limit_is_of(const struct stress_limit *limit, const struct plateau_scenario *scenario);
/* value NaN: unknown. Ruin fails whatever the value (flags: enum metric_flag). */
enum stress_outcome stress_limit_judge(const struct stress_limit *limit, double value,
                                       uint32_t flags);

/* Do positions move together just when it hurts? Means of the daily correlation of held positions
 * (NaN: fewer than two) on days more than STRESS_DEEP below the running peak of equity, and on the
 * others. */
#define STRESS_DEEP 0.05
#define STRESS_CORRELATION_WARN 0.70
struct stress_correlation {
    double deep, normal;       /* NaN without a day */
    uint32_t n_deep, n_normal; /* days with a correlation */
    bool warn;                 /* deep is above STRESS_CORRELATION_WARN */
};
void stress_correlation(struct stress_correlation *out, const double *returns,
                        const double *correlation, size_t n_days);
#endif
