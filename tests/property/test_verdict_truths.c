/* Simulated grids whose truth is known, judged from returns to verdict: the calibration table of
 * statistics.md section 6, with fewer repetitions and room for chance. 12 x 12 configurations,
 * three years of training and one of validation. */
#include "engine/metrics.h"
#include "engine/philox.h"
#include "review/statistics/agreement.h"
#include "review/statistics/cscv.h"
#include "review/statistics/sample.h"
#include "review/statistics/surface.h"
#include "review/statistics/trials.h"
#include "review/statistics/verdict.h"
#include "tests/lib/cm.h" /* cmocka and the headers it wants first */
#include <math.h>
#include <stdlib.h>

enum {
    SIDE = 12,
    N = SIDE * SIDE,
    TRAIN = 756,
    VALIDATION = 252,
    DAYS = TRAIN + VALIDATION,
    BLOCKS = 10
};
enum { GRIDS = 15 };
#define YEAR 252.0
#define VOL 0.01
#define COMMON 0.6 /* correlation of far cells on the smooth grids */

static double series[N][DAYS], train_series[N * TRAIN];

/* Two standard normals of (seed, day, cell). */
static void normals(uint32_t seed, uint32_t t, uint32_t k, double z[2])
{
    const uint32_t key[2] = {seed, 4711}, counter[4] = {t, k, 0, 0};
    uint32_t x[4];
    philox4x32(key, counter, x);
    double r = sqrt(-2.0 * log(philox_unit(x[0]))), angle = 2.0 * M_PI * philox_unit(x[1]);
    z[0] = r * cos(angle);
    z[1] = r * sin(angle);
}

/* Smooth noise: each cell's day is the mean of the independent noise of the 3 x 3 cells around it
 * (a torus keeps the variance equal), mixed with one common to all: neighbouring parameters make
 * much the same trades. */
static void draw_noise(uint32_t seed, bool smooth, double common)
{
    static double own[N];
    double own_weight = sqrt(1.0 - common), common_weight = sqrt(common);
    for (uint32_t t = 0; t < DAYS; t += 2)
        for (uint32_t half = 0; half < 2; half++) {
            double z[2];
            for (uint32_t k = 0; k < N; k++) {
                normals(seed, t, k, z);
                own[k] = z[half];
            }
            normals(seed, t, N, z);
            for (uint32_t k = 0; k < N; k++) {
                double sum = 0.0;
                for (uint32_t d = 0; d < 9 && smooth; d++) {
                    uint32_t row = (k / SIDE + d / 3 + SIDE - 1) % SIDE;
                    uint32_t column = (k % SIDE + d % 3 + SIDE - 1) % SIDE;
                    sum += own[row * SIDE + column];
                }
                series[k][t + half] =
                    VOL * (own_weight * (smooth ? sum / 3.0 : own[k]) + common_weight * z[half]);
            }
        }
}

enum truth { HILL, NOISE, SMOOTH_NOISE, SPIKE, ALL_GOOD };

/* True annual Sharpe ratio of a cell. */
static double skill(enum truth truth, uint32_t k)
{
    double row = (double)(k / SIDE) - 5.0, column = (double)(k % SIDE) - 6.0;
    switch (truth) {
    case HILL:
        return 2.0 * exp(-(row * row + column * column) / (2.0 * 4.0 * 4.0));
    case SPIKE:
        return row == 0.0 && column == 0.0 ? 2.5 : 0.0;
    case ALL_GOOD:
        return 2.5;
    case NOISE:
    case SMOOTH_NOISE:
        break;
    }
    return 0.0;
}

static double sharpe(const double *r, size_t n)
{
    struct sample_moments m;
    sample_moments(&m, r, n, 1);
    return sample_sharpe(&m) * sqrt(YEAR);
}

static struct cscv_result overfitting(void)
{
    static double sum[N * BLOCKS], sumsq[N * BLOCKS];
    double periods[BLOCKS];
    uint32_t bounds[BLOCKS + 1];
    struct cscv_result r;
    metrics_block_bounds(DAYS, BLOCKS, bounds);
    for (int b = 0; b < BLOCKS; b++)
        periods[b] = bounds[b + 1] - bounds[b];
    for (uint32_t k = 0; k < N; k++)
        metrics_block_sums(series[k], bounds, BLOCKS, sum + k * BLOCKS, sumsq + k * BLOCKS);
    const struct cscv_input in = {.n_configs = N,
                                  .n_blocks = BLOCKS,
                                  .n_periods = periods,
                                  .sum = sum,
                                  .sumsq = sumsq,
                                  .periods_per_year = YEAR,
                                  .n_threads = 1};
    assert_int_equal(cscv_run(&in, &r, NULL), OK);
    return r;
}

static enum verdict_class judge(enum truth truth, uint32_t seed)
{
    static double train[N], validation[N];
    struct surface s = {.n_axes = 2, .n_levels = {SIDE, SIDE}, .f = train};
    struct surface_point point;
    struct trials_deflated deflated;
    struct agreement agreement;
    double positive = 0.0;
    draw_noise(seed, truth != NOISE && truth != SPIKE,
               truth == NOISE || truth == SPIKE ? 0.0 : COMMON);
    for (uint32_t k = 0; k < N; k++) {
        for (uint32_t t = 0; t < DAYS; t++) {
            series[k][t] += VOL * skill(truth, k) / sqrt(YEAR);
            if (t < TRAIN)
                train_series[k * TRAIN + t] = series[k][t];
        }
        train[k] = sharpe(series[k], TRAIN);
        validation[k] = sharpe(series[k] + TRAIN, VALIDATION);
        positive += validation[k] > 0.0 ? 1.0 : 0.0;
    }
    assert_int_equal(surface_check(&s), OK);
    size_t pick = surface_best(&s);
    assert_int_equal(surface_point_stability(&s, pick, &point), OK);
    assert_int_equal(trials_deflated(&deflated, train_series, N, TRAIN, pick), OK);
    assert_int_equal(agreement_measure(&agreement, train, validation, N, pick), OK);
    const struct cscv_result r = overfitting();
    const struct verdict_evidence e = {.n_trades = 200,
                                       .coverage = point.coverage,
                                       .pbo = r.pbo,
                                       .prob_loss = r.prob_loss,
                                       .val_frac_pos = positive / N,
                                       .dsr = deflated.dsr_entropy,
                                       .val_perf = validation[pick],
                                       .spearman = agreement.spearman,
                                       .plateau_ratio = point.plateau_ratio,
                                       .worst_ratio = point.worst_ratio,
                                       .basin_frac = point.basin_frac,
                                       .stress_retention = 0.8,
                                       .top5_gross_share = 0.2,
                                       .on_edge = point.on_edge};
    struct verdict v;
    verdict_judge(&v, &e, &VERDICT_DEFAULT);
    return v.class;
}

static void count(enum truth truth, const char *name, unsigned n[4])
{
    for (uint32_t i = 0; i < GRIDS; i++)
        n[judge(truth, 1000 * (uint32_t)truth + i)]++;
    print_message("%s: %u robust, %u fragile, %u overfit of %d\n", name, n[VERDICT_ROBUST],
                  n[VERDICT_FRAGILE], n[VERDICT_OVERFIT], GRIDS);
}

static void a_hill_is_not_called_luck(void **state)
{
    (void)state;
    unsigned n[4] = {0};
    count(HILL, "hill, Sharpe 2", n);
    assert_true(n[VERDICT_ROBUST] >= GRIDS / 4 && n[VERDICT_OVERFIT] <= 2);
}

static void noise_is_never_robust(void **state)
{
    (void)state;
    unsigned n[4] = {0}, smooth[4] = {0};
    count(NOISE, "independent noise", n);
    assert_true(n[VERDICT_ROBUST] == 0 && n[VERDICT_OVERFIT] >= GRIDS / 2);
    count(SMOOTH_NOISE, "smooth noise", smooth);
    assert_true(smooth[VERDICT_ROBUST] <= 1 && smooth[VERDICT_OVERFIT] >= GRIDS / 3);
}

static void a_spike_is_fragile(void **state)
{
    (void)state;
    unsigned n[4] = {0};
    count(SPIKE, "spike, Sharpe 2.5", n);
    assert_true(n[VERDICT_ROBUST] == 0);
    assert_true(n[VERDICT_FRAGILE] >= GRIDS / 2);
}

static void a_uniformly_good_grid_is_robust(void **state)
{
    (void)state;
    unsigned n[4] = {0};
    count(ALL_GOOD, "all points Sharpe 2.5", n);
    assert_true(n[VERDICT_OVERFIT] == 0 && n[VERDICT_ROBUST] >= GRIDS / 3);
}

CM_MAIN("verdict_truths", cmocka_unit_test(a_hill_is_not_called_luck),
        cmocka_unit_test(noise_is_never_robust), cmocka_unit_test(a_spike_is_fragile),
        cmocka_unit_test(a_uniformly_good_grid_is_robust))
