#include "engine/canonical.h"
#include "engine/metrics.h"
#include "engine/philox.h"
#include "tests/lib/cm.h" /* cmocka and the headers it wants first */
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_MAX = 1400 };
#define A 252.0
#define CLOSE 1e-11

static double normal(uint32_t i, int32_t t)
{
    return philox_fill_normal(99, i, t, PHILOX_BUY);
}

static void near(double got, double want)
{
    if (isnan(want) || isinf(want)) {
        assert_true(isnan(want) ? isnan(got) : got == want);
        return;
    }
    if (!(fabs(got - want) <= CLOSE + CLOSE * fabs(want)))
        fail_msg("got %.17g, expected %.17g", got, want);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double type_7(const double *sorted, size_t n, double p)
{
    double h = (double)(n - 1) * p, low = sorted[(size_t)h];
    double high = sorted[(size_t)h + 1 < n ? (size_t)h + 1 : n - 1];
    return low == high ? low : low + (h - floor(h)) * (high - low);
}

/* The naive twin: section 1.1 read aloud, one definition at a time, in long double where it
 * matters. */
struct naive {
    double equity, sharpe, sortino, mdd, ulcer, var, cvar, tail_ratio, skew, kurt, corr, beta,
        ann_vol, total;
    double peak, trough, recovery, underwater;
};

static long double mean_of(const double *v, size_t n)
{
    long double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += v[i];
    return sum / (long double)n;
}

static long double power_sum(const double *v, size_t n, long double mean, int p)
{
    long double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += powl((long double)v[i] - mean, (long double)p);
    return sum;
}

static void naive_drawdown(struct naive *o, const double *r, size_t n)
{
    static double equity[N_MAX + 1], high[N_MAX + 1];
    size_t trough = 0, run = 0, longest = 0, q;
    equity[0] = high[0] = 1.0;
    double squares = 0.0;
    o->mdd = 0.0;
    for (size_t t = 1; t <= n; t++) {
        equity[t] = 1.0 + r[t - 1] <= 0.0 ? 0.0 : equity[t - 1] * (1.0 + r[t - 1]);
        high[t] = fmax(high[t - 1], equity[t]);
        double depth = 1.0 - equity[t] / high[t];
        squares += depth * depth;
        if (depth > o->mdd) {
            o->mdd = depth;
            trough = t;
        }
        run = equity[t] < high[t] * (1.0 - 1e-12) ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    o->equity = equity[n];
    o->total = equity[n] - 1.0;
    o->ulcer = sqrt(squares / (double)n);
    o->underwater = (double)longest;
    o->peak = o->trough = o->recovery = -1.0;
    if (o->mdd == 0.0)
        return;
    double level = high[trough] * (1.0 - 1e-12);
    o->trough = (double)trough;
    for (size_t t = 0; t <= trough; t++)
        if (equity[t] >= level)
            o->peak = (double)t;
    for (q = trough + 1; q <= n && equity[q] < level; q++)
        ;
    o->recovery = q <= n ? (double)q : -1.0;
}

static void naive_metrics(struct naive *o, const double *r, size_t n, const double *b, double rf,
                          double mar, double tail)
{
    static double sorted[N_MAX];
    long double m = mean_of(r, n), bm = mean_of(b, n), down = 0, cross = 0, days = (long double)n;
    long double m2 = power_sum(r, n, m, 2), b2 = power_sum(b, n, bm, 2);
    for (size_t i = 0; i < n; i++) {
        down += r[i] < mar ? powl((long double)r[i] - mar, 2) : 0;
        cross += (r[i] - m) * (b[i] - bm);
    }
    o->ann_vol = (double)(sqrtl(m2 / (days - 1)) * sqrtl(A));
    o->sharpe = (double)((m - rf) / sqrtl(m2 / (days - 1)) * sqrtl(A));
    o->sortino = down > 0 ? (double)((m - mar) / sqrtl(down / days) * sqrtl(A)) : NAN;
    o->skew = n < 3 ? NAN : (double)(power_sum(r, n, m, 3) / days / powl(m2 / days, 1.5L));
    o->kurt = n < 4 ? NAN : (double)(power_sum(r, n, m, 4) / days / powl(m2 / days, 2));
    o->corr = (double)(cross / sqrtl(m2 * b2));
    o->beta = (double)(cross / b2);
    memcpy(sorted, r, n * sizeof *r);
    qsort(sorted, n, sizeof *r, ascending);
    o->var = -type_7(sorted, n, tail);
    o->tail_ratio = fabs(type_7(sorted, n, 0.95)) / fabs(type_7(sorted, n, 0.05));
    double k = tail * (double)n, sum = 0.0;
    size_t f = (size_t)k;
    for (size_t i = 0; i < f; i++)
        sum += sorted[i];
    o->cvar = k <= 1.0 ? -sorted[0] : -(sum + (k - (double)f) * sorted[f]) / k;
    naive_drawdown(o, r, n);
}

static void same_as_the_definitions(void **state)
{
    (void)state;
    static double r[N_MAX], b[N_MAX], scratch[N_MAX];
    struct metric_row row;
    struct naive want;
    for (uint32_t i = 0; i < 400; i++) {
        size_t n = i < 40 ? 2 + i : 2 + (i * 131u) % (N_MAX - 2);
        double rf = i % 3 ? 0.0 : 0.0002, mar = i % 5 ? 0.0 : 0.001, tail = i % 2 ? 0.01 : 0.05;
        for (size_t t = 0; t < n; t++) {
            b[t] = 0.01 * normal(1000000, (int32_t)t);
            r[t] = 0.3 * b[t] + 0.01 * normal(i, (int32_t)t);
            if (i % 7 == 1 && t % 9) /* mostly flat days, as a config that seldom trades */
                r[t] = 0.0;
            if (i % 11 == 3)
                r[t] *= 20.0; /* ruin among them */
        }
        if (i % 7 == 1)
            r[0] = 0.01;
        metrics_from_returns(&row, r, n, b, rf, mar, A, tail, scratch);
        naive_metrics(&want, r, n, b, rf, mar, tail);
        const double *v = row.v;
        near(v[METRIC_total_return], want.total);
        near(v[METRIC_cagr], pow(want.equity, A / (double)n) - 1.0);
        near(v[METRIC_ann_vol], want.ann_vol);
        near(v[METRIC_sharpe], want.sharpe);
        near(v[METRIC_sortino], want.sortino);
        near(v[METRIC_mdd], want.mdd);
        near(v[METRIC_mdd_peak], want.peak);
        near(v[METRIC_mdd_trough], want.trough);
        near(v[METRIC_mdd_recovery], want.recovery);
        near(v[METRIC_max_underwater], want.underwater);
        near(v[METRIC_ulcer], want.ulcer);
        near(v[METRIC_var], want.var);
        near(v[METRIC_cvar], want.cvar);
        if (v[METRIC_tail_ratio] == v[METRIC_tail_ratio])
            near(v[METRIC_tail_ratio], want.tail_ratio);
        near(v[METRIC_skew], want.skew);
        near(v[METRIC_kurt], want.kurt);
        near(v[METRIC_corr], want.corr);
        near(v[METRIC_beta], want.beta);
        assert_int_equal(!!(row.flags & FLAG_FEW_TAIL), tail * (double)n < 5.0);
        assert_int_equal(!!(row.flags & FLAG_RUIN), want.equity == 0.0);
        assert_true(v[METRIC_cvar] >= v[METRIC_var] - CLOSE);
    }
}

static void no_day_is_empty_and_alone(void **state)
{
    (void)state;
    struct metric_row row;
    double none[1] = {0.0};
    metrics_from_returns(&row, none, 0, NULL, 0.0, 0.0, A, 0.01, none);
    assert_int_equal(row.flags, FLAG_EMPTY);
    assert_true(isnan(row.v[METRIC_total_return]) && isnan(row.v[METRIC_mdd]));
    assert_true(row.v[METRIC_mdd_peak] == -1.0 && row.v[METRIC_mdd_len] == 0.0);
    assert_true(row.v[METRIC_n] == 0.0);
}

static void undefined_values_share_one_pattern(void **state)
{
    (void)state;
    struct metric_row row;
    double r[4] = {0.0, -NAN, 0.0, 0.0}, scratch[8];
    struct metric_trades trades = {.mean_equity = -NAN};
    for (int failed = 0; failed < 2; failed++) {
        metrics_from_returns(&row, r, failed ? 4 : 1, NULL, 0.0, 0.0, A, 0.01, scratch);
        metrics_from_trades(&row, &trades, 4, A, scratch);
        for (int m = 0; m < N_METRICS; m++) {
            uint64_t bits;
            memcpy(&bits, &row.v[m], sizeof bits);
            assert_true(row.v[m] == row.v[m] || bits == NAN_BITS);
        }
        assert_int_equal(row.flags, failed ? FLAG_FAILED : FLAG_SHORT | FLAG_FEW_TAIL);
    }
}

static void a_benchmark_without_a_first_day_keeps_the_others(void **state)
{
    (void)state;
    double r[5] = {0.0, 0.01, -0.02, 0.03, 0.01}, b[5] = {NAN, 0.02, -0.01, 0.01, 0.0}, scratch[5];
    struct metric_row row, rest;
    metrics_from_returns(&row, r, 5, b, 0.0, 0.0, A, 0.01, scratch);
    metrics_from_returns(&rest, r + 1, 4, b + 1, 0.0, 0.0, A, 0.01, scratch);
    near(row.v[METRIC_corr], rest.v[METRIC_corr]);
    near(row.v[METRIC_beta], rest.v[METRIC_beta]);
}

static void open_positions_count_for_exposure_only(void **state)
{
    (void)state;
    const double pnl[2] = {10.0, -4.0}, r[2] = {1.0, -0.4};
    const int32_t entry[2] = {0, 70}, exit[2] = {3, 75}, open[2] = {98, 4000};
    double scratch[8192];
    struct metric_trades trades = {2, pnl, r, entry, exit, 1, open, 1000.0, 500.0};
    struct metric_row row;
    metrics_from_trades(&row, &trades, 100, A, scratch);
    near(row.v[METRIC_exposure], 0.10);
    near(row.v[METRIC_n_trades], 2.0);
    near(row.v[METRIC_turnover], 2.0 * A / 100.0);
    near(row.v[METRIC_top3_net_share], 1.0);
    near(row.v[METRIC_net_without_top1], -4.0);
    trades.n_open = 2; /* beyond one window of days */
    metrics_from_trades(&row, &trades, 8192, A, scratch);
    near(row.v[METRIC_exposure], (3.0 + 5.0 + 8094.0) / 8192.0);
}

static void block_sums_are_plain_sums(void **state)
{
    (void)state;
    static double r[N_MAX];
    uint32_t bounds[65];
    double sum[64], sumsq[64];
    for (size_t t = 0; t < N_MAX; t++)
        r[t] = 0.01 * normal(3, (int32_t)t);
    for (uint32_t n_blocks = 1; n_blocks <= 64; n_blocks++) {
        size_t n = N_MAX - 7 * n_blocks;
        metrics_block_bounds(n, n_blocks, bounds);
        metrics_block_sums(r, bounds, n_blocks, sum, sumsq);
        assert_true(bounds[0] == 0 && bounds[n_blocks] == n);
        for (uint32_t b = 0; b < n_blocks; b++) {
            double s = 0.0, q = 0.0;
            assert_true(bounds[b] == (uint32_t)floor((double)b * (double)n / n_blocks));
            for (uint32_t t = bounds[b]; t < bounds[b + 1]; t++) {
                s += r[t];
                q += r[t] * r[t];
            }
            assert_true(s == sum[b] && q == sumsq[b]); /* to the bit */
        }
    }
}

CM_MAIN("metrics", cmocka_unit_test(same_as_the_definitions),
        cmocka_unit_test(no_day_is_empty_and_alone),
        cmocka_unit_test(undefined_values_share_one_pattern),
        cmocka_unit_test(a_benchmark_without_a_first_day_keeps_the_others),
        cmocka_unit_test(open_positions_count_for_exposure_only),
        cmocka_unit_test(block_sums_are_plain_sums))
