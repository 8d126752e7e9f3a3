/* simulated_grid - a grid of 12 x 12 backtests whose truth is known: three years of training and
 * one of validation, daily returns from a counter-based generator. */
#ifndef TESTS_LIB_SIMULATED_GRID_H
#define TESTS_LIB_SIMULATED_GRID_H
#include "engine/metrics.h"
#include "engine/philox.h"
#include "review/review.h"
#include "review/statistics/sample.h"
#include "tests/lib/sweep_axes.h"
#include <math.h>
#include <stdlib.h>

enum {
    SIM_SIDE = 12,
    SIM_N = SIM_SIDE * SIM_SIDE,
    SIM_TRAIN = 756,
    SIM_DAYS = 1008,
    SIM_BLOCKS = 10
};
#define SIM_YEAR 252.0
#define SIM_VOL 0.01
enum sim_truth { SIM_HILL, SIM_NOISE, SIM_SPIKE, SIM_ALL_GOOD };

struct sim {
    double series[SIM_N][SIM_DAYS];
    double f[2 * SIM_N]; /* baseline, and a stress that takes a fifth */
    double validation[SIM_N], sharpe[SIM_N], total_return[SIM_N];
    bool eligible[SIM_N];
    double sum[SIM_N * SIM_BLOCKS], sumsq[SIM_N * SIM_BLOCKS], block_days[SIM_BLOCKS];
    double row[N_METRICS];
    struct sweep *sweep;
};

static inline double sim_normal(uint32_t seed, uint32_t t, uint32_t k)
{
    const uint32_t key[2] = {seed, 90125}, counter[4] = {t, k, 0, 0};
    uint32_t x[4];
    philox4x32(key, counter, x);
    return sqrt(-2.0 * log(philox_unit(x[0]))) * cos(2.0 * M_PI * philox_unit(x[1]));
}

/* True annual Sharpe ratio of a cell. */
static inline double sim_skill(enum sim_truth truth, uint32_t k)
{
    double row = (double)(k / SIM_SIDE) - 5.0, column = (double)(k % SIM_SIDE) - 6.0;
    if (truth == SIM_HILL)
        return 2.0 * exp(-(row * row + column * column) / 32.0);
    if (truth == SIM_SPIKE)
        return row == 0.0 && column == 0.0 ? 2.5 : 0.0;
    return truth == SIM_ALL_GOOD ? 2.5 : 0.0;
}

static inline double sim_sharpe(const double *r, size_t n)
{
    struct sample_moments m;
    sample_moments(&m, r, n, 1);
    return sample_sharpe(&m) * sqrt(SIM_YEAR);
}

/* One day of noise. Neighbours of a hill and of a good grid make much the same trades: the mean of
 * the 3 x 3 cells around (a torus keeps the variance equal), mixed with a part common to all. Cells
 * of noise and of a spike are independent. */
static inline void sim_day(double noise[SIM_N], enum sim_truth truth, uint32_t seed, uint32_t t)
{
    double own[SIM_N], common = sim_normal(seed, t, SIM_N);
    for (uint32_t k = 0; k < SIM_N; k++)
        own[k] = sim_normal(seed, t, k);
    for (uint32_t k = 0; k < SIM_N; k++) {
        double sum = 0.0;
        for (uint32_t d = 0; d < 9; d++)
            sum += own[(k / SIM_SIDE + d / 3 + SIM_SIDE - 1) % SIM_SIDE * SIM_SIDE +
                       (k % SIM_SIDE + d % 3 + SIM_SIDE - 1) % SIM_SIDE];
        noise[k] = truth == SIM_HILL || truth == SIM_ALL_GOOD
                       ? sqrt(0.4) * sum / 3.0 + sqrt(0.6) * common
                       : own[k];
    }
}

static inline void sim_draw(struct sim *s, enum sim_truth truth, uint32_t seed)
{
    uint32_t bounds[SIM_BLOCKS + 1];
    double noise[SIM_N];
    metrics_block_bounds(SIM_DAYS, SIM_BLOCKS, bounds);
    for (uint32_t b = 0; b < SIM_BLOCKS; b++)
        s->block_days[b] = bounds[b + 1] - bounds[b];
    for (uint32_t t = 0; t < SIM_DAYS; t++) {
        sim_day(noise, truth, seed, t);
        for (uint32_t k = 0; k < SIM_N; k++)
            s->series[k][t] = SIM_VOL * (sim_skill(truth, k) / sqrt(SIM_YEAR) + noise[k]);
    }
    for (uint32_t k = 0; k < SIM_N; k++) {
        s->f[k] = s->sharpe[k] = sim_sharpe(s->series[k], SIM_TRAIN);
        s->f[SIM_N + k] = s->f[k] - 0.2 * fabs(s->f[k]);
        s->validation[k] = sim_sharpe(s->series[k] + SIM_TRAIN, SIM_DAYS - SIM_TRAIN);
        s->total_return[k] = s->f[k];
        s->eligible[k] = true;
        metrics_block_sums(s->series[k], bounds, SIM_BLOCKS, s->sum + k * SIM_BLOCKS,
                           s->sumsq + k * SIM_BLOCKS);
    }
}

/* The metric row of a point, as far as a review looks at it. */
static inline void sim_row(struct sim *s, uint64_t point)
{
    struct sample_moments m;
    sample_moments(&m, s->series[point], SIM_TRAIN, 1);
    s->row[METRIC_sharpe] = s->sharpe[point];
    s->row[METRIC_skew] = sample_skew(&m);
    s->row[METRIC_kurt] = sample_kurt(&m);
    s->row[METRIC_n] = SIM_TRAIN;
    s->row[METRIC_n_trades] = 200.0;
    s->row[METRIC_top5_gross_share] = 0.2;
}

static inline struct sim *sim_new(void)
{
    struct sim *s = calloc(1, sizeof *s);
    struct sweep_axis axes[2] = {axis_new("a", 0, SIM_SIDE, false),
                                 axis_new("b", 1, SIM_SIDE, false)};
    struct sweep_plan plan = {.axes = axes, .n_axes = 2};
    if (s && sweep_new(&s->sweep, &plan, NULL) != OK)
        abort();
    axes_free(axes, 2);
    return s;
}

static inline void sim_free(struct sim *s)
{
    sweep_free(&s->sweep);
    free(s);
}

static inline struct review_input sim_input(const struct sim *s)
{
    return (struct review_input){.sweep = s->sweep,
                                 .periods_per_year = SIM_YEAR,
                                 .f = s->f,
                                 .n_stress = 1,
                                 .validation = s->validation,
                                 .sharpe = s->sharpe,
                                 .total_return = s->total_return,
                                 .eligible = s->eligible,
                                 .n_configs = SIM_N,
                                 .n_blocks = SIM_BLOCKS,
                                 .block_days = s->block_days,
                                 .sum = s->sum,
                                 .sumsq = s->sumsq,
                                 .ledger_factor = 1.0,
                                 .seed = 42,
                                 .n_threads = 1};
}
#endif
