#include "engine/metrics.h"
#include "engine/canonical.h"
#include "engine/detmath.h"
#include "engine/order.h"
#include <stdbool.h>
#include <string.h>

#define ZERO_VARIANCE 1e-13     /* M2 below this share of sum x^2 is rounding, not variance */
#define RECOVERED (1.0 - 1e-12) /* of the peak: products fall short of it by rounding */
#define FEW_TAIL_DAYS 5.0
#define TAIL_RATIO_LOW 0.05
#define TAIL_RATIO_HIGH 0.95
enum { SQN_TRADES_MAX = 100, TOP_MAX = 10 };

const struct metric_info METRIC_INFO[N_METRICS] = {
#define X(name, unit, better, text) {#name, unit, text, better},
    METRIC_TABLE(X)
#undef X
};

const char *const METRIC_FLAG_NAME[N_METRIC_FLAGS] = {"EMPTY",    "FAILED", "RUIN",
                                                      "ZERO_VAR", "SHORT",  "FEW_TAIL"};

static bool no_variance(double m2, double sum_of_squares)
{
    return m2 <= ZERO_VARIANCE * sum_of_squares;
}

static void undefined_returns(struct metric_row *row)
{
    for (int m = METRIC_total_return; m <= METRIC_beta; m++)
        row->v[m] = nan_canonical();
    row->v[METRIC_mdd_peak] = row->v[METRIC_mdd_trough] = row->v[METRIC_mdd_recovery] = -1.0;
    row->v[METRIC_mdd_recovery_len] = -1.0;
    row->v[METRIC_mdd_len] = row->v[METRIC_mdd_duration] = row->v[METRIC_max_underwater] = 0.0;
}

/* A return and the benchmark's of the same day, added up side by side. Each lane keeps the order of
 * the days. */
typedef double pair __attribute__((vector_size(2 * sizeof(double))));

/* What one walk over the days yields. Every sum is a chain of its own, oldest day first: the chains
 * run beside each other in the processor, which is why one loop does it all. */
struct walk {
    pair sum, sumsq; /* of r and of the benchmark */
    double down;     /* sum of min(r - mar, 0)^2 */
    double equity, mdd, mdd_peak_equity, ulcer;
    size_t trough, underwater;
    bool ruin;
};

static struct walk walk_days(const double *restrict r, size_t n, const double *restrict bench,
                             double mar, double *restrict equity_out)
{
    pair sum = {0}, sumsq = {0};
    double equity = 1.0, peak = 1.0, mdd = 0.0, mdd_peak = 1.0, ulcer = 0.0, down = 0.0;
    size_t run = 0, trough = 0, underwater = 0;
    bool ruin = false;
    for (size_t i = 0; i < n; i++) {
        const pair x = {r[i], bench[i]};
        double over = x[0] - mar, growth = 1.0 + x[0];
        double below = 0.5 * (over - det_abs(over)); /* min(over, 0), exactly, without a branch */
        sum += x;
        sumsq += x * x;
        down += below * below;
        equity *= growth;
        if (!(growth > 0.0)) {
            equity = 0.0;
            ruin = true;
        }
        equity_out[i] = equity;
        peak = equity > peak ? equity : peak;
        double drawdown = 1.0 - equity / peak;
        ulcer += drawdown * drawdown;
        if (drawdown > mdd) {
            mdd = drawdown;
            mdd_peak = peak;
            trough = i + 1;
        }
        run = equity < peak * RECOVERED ? run + 1 : 0;
        underwater = run > underwater ? run : underwater;
    }
    return (struct walk){sum, sumsq, down, equity, mdd, mdd_peak, ulcer, trough, underwater, ruin};
}

static bool all_finite(const double *r, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (r[i] - r[i] != 0.0)
            return false;
    return true;
}

/* Peak, trough and recovery of the deepest drawdown; equity[t - 1] is E_t and E_0 = 1. */
static void drawdown_dates(struct metric_row *row, const struct walk *w, const double *equity,
                           size_t n)
{
    double *v = row->v;
    v[METRIC_mdd_peak] = v[METRIC_mdd_trough] = v[METRIC_mdd_recovery] = -1.0;
    v[METRIC_mdd_recovery_len] = -1.0;
    v[METRIC_mdd_len] = v[METRIC_mdd_duration] = 0.0;
    if (w->mdd == 0.0)
        return;
    double level = w->mdd_peak_equity * RECOVERED;
    size_t peak = w->trough, recovery = w->trough + 1;
    while (peak > 0 && !(equity[peak - 1] >= level))
        peak--;
    while (recovery <= n && !(equity[recovery - 1] >= level))
        recovery++;
    bool recovered = recovery <= n;
    v[METRIC_mdd_peak] = (double)peak;
    v[METRIC_mdd_trough] = (double)w->trough;
    v[METRIC_mdd_len] = (double)(w->trough - peak);
    v[METRIC_mdd_duration] = (double)((recovered ? recovery : n) - peak);
    if (recovered) {
        v[METRIC_mdd_recovery] = (double)recovery;
        v[METRIC_mdd_recovery_len] = (double)(recovery - w->trough);
    }
}

/* Sums about the means. */
struct spread {
    double m2, m3, m4, bench_m2, cross;
};

static struct spread spread_days(const double *restrict r, size_t n, const double *restrict bench,
                                 pair mean)
{
    pair m2 = {0}, m34 = {0};
    double cross = 0.0;
    for (size_t i = 0; i < n; i++) {
        const pair d = (pair){r[i], bench[i]} - mean, d2 = d * d;
        m2 += d2;
        m34 += (pair){d2[0], d2[0]} * (pair){d[0], d2[0]};
        cross += d[0] * d[1];
    }
    return (struct spread){m2[0], m34[0], m34[1], m2[1], cross};
}

static double mean_over(const double *r, size_t n, double level)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += r[i] - level;
    return sum / (double)n;
}

/* mean(r - rf) / s(r - rf) * sqrt(A), NaN when flat. */
static double sharpe_over(const double *r, size_t n, double rf, double root_year, bool *flat)
{
    double sum = 0.0, sumsq = 0.0, m2 = 0.0;
    for (size_t i = 0; i < n; i++) {
        double x = r[i] - rf;
        sum += x;
        sumsq += x * x;
    }
    double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) {
        double d = (r[i] - rf) - mean;
        m2 += d * d;
    }
    *flat = no_variance(m2, sumsq);
    return *flat ? nan_canonical() : mean / det_sqrt(m2 / (double)(n - 1)) * root_year;
}

/* Pearson and beta over the days on which the benchmark has a return: the first recorded day of a
 * period may have none, and must not take the other days with it. */
static void against_benchmark(struct metric_row *row, const double *r, size_t n,
                              const double *bench)
{
    double sum = 0.0, sumsq = 0.0, bench_sum = 0.0, bench_sumsq = 0.0, days = 0.0;
    for (size_t i = 0; i < n; i++)
        if (bench[i] - bench[i] == 0.0) {
            sum += r[i];
            sumsq += r[i] * r[i];
            bench_sum += bench[i];
            bench_sumsq += bench[i] * bench[i];
            days += 1.0;
        }
    double mean = sum / days, bench_mean = bench_sum / days, m2 = 0.0, bench_m2 = 0.0, cross = 0.0;
    for (size_t i = 0; i < n; i++)
        if (bench[i] - bench[i] == 0.0) {
            double d = r[i] - mean, b = bench[i] - bench_mean;
            m2 += d * d;
            bench_m2 += b * b;
            cross += d * b;
        }
    if (days < 2.0 || no_variance(bench_m2, bench_sumsq))
        return;
    row->v[METRIC_beta] = cross / bench_m2;
    if (!no_variance(m2, sumsq))
        row->v[METRIC_corr] = cross / det_sqrt(m2 * bench_m2);
}

static void moments(struct metric_row *row, const struct walk *w, const struct spread *s,
                    const double *r, size_t n, const double *bench, double rf, double mar,
                    double root_year)
{
    double *v = row->v, days = (double)n, mean = w->sum[0] / days;
    bool flat = no_variance(s->m2, w->sumsq[0]), flat_excess = flat;
    v[METRIC_ann_vol] = flat ? 0.0 : det_sqrt(s->m2 / (days - 1.0)) * root_year;
    if (rf != 0.0)
        v[METRIC_sharpe] = sharpe_over(r, n, rf, root_year, &flat_excess);
    else if (!flat)
        v[METRIC_sharpe] = mean / det_sqrt(s->m2 / (days - 1.0)) * root_year;
    if (flat_excess)
        row->flags |= FLAG_ZERO_VAR;
    double downside = det_sqrt(w->down / days);
    if (downside > 0.0)
        v[METRIC_sortino] = (mar == 0.0 ? mean : mean_over(r, n, mar)) / downside * root_year;
    double m2 = s->m2 / days;
    if (!flat && n >= 3)
        v[METRIC_skew] = s->m3 / days / (m2 * det_sqrt(m2));
    if (!flat && n >= 4)
        v[METRIC_kurt] = s->m4 / days / (m2 * m2);
    if (!bench)
        return;
    if (!(w->sumsq[1] - w->sumsq[1] == 0.0)) {
        against_benchmark(row, r, n, bench);
        return;
    }
    if (no_variance(s->bench_m2, w->sumsq[1]))
        return;
    v[METRIC_beta] = s->cross / s->bench_m2;
    if (!flat)
        v[METRIC_corr] = s->cross / det_sqrt(s->m2 * s->bench_m2);
}

/* VaR, CVaR and tail ratio, from the lowest and highest returns. */
static void tails(struct metric_row *row, const double *r, size_t n, double mean, double deviation,
                  double tail, double *scratch)
{
    double k = tail * (double)n;
    size_t whole = (size_t)k < n ? (size_t)k : n;
    size_t reach = order_reach_low(n, tail), reach_ratio = order_reach_low(n, TAIL_RATIO_LOW);
    reach = reach_ratio > reach ? reach_ratio : reach;
    struct order_ends ends;
    order_ends(&ends, r, n, reach, order_reach_high(n, TAIL_RATIO_HIGH), mean, deviation, scratch);
    row->v[METRIC_var] = 0.0 - order_quantile_low(&ends, tail);
    double low = order_quantile_low(&ends, TAIL_RATIO_LOW);
    if (low != 0.0)
        row->v[METRIC_tail_ratio] =
            det_abs(order_quantile_high(&ends, TAIL_RATIO_HIGH)) / det_abs(low);
    if (k < FEW_TAIL_DAYS)
        row->flags |= FLAG_FEW_TAIL;
    if (k <= 1.0) {
        row->v[METRIC_cvar] = 0.0 - ends.low[0];
        return;
    }
    double sum = 0.0, part = k - (double)whole;
    for (size_t i = 0; i < whole; i++)
        sum += ends.low[i];
    if (part > 0.0 && whole < n)
        sum += part * ends.low[whole];
    row->v[METRIC_cvar] = 0.0 - sum / k;
}

void metrics_from_returns(struct metric_row *row, const double *returns, size_t n,
                          const double *bench, double rf, double mar, double periods_per_year,
                          double tail, double *scratch)
{
    undefined_returns(row);
    row->flags = n == 0 ? FLAG_EMPTY : 0;
    row->v[METRIC_n] = (double)n;
    if (n == 0)
        return;
    const double *beside = bench ? bench : returns; /* a second lane is free */
    struct walk w = walk_days(returns, n, beside, mar, scratch);
    if (!(w.sumsq[0] - w.sumsq[0] == 0.0) && !all_finite(returns, n)) {
        row->flags = FLAG_FAILED;
        return;
    }
    const pair means = w.sum / (double)n;
    double *v = row->v, days = (double)n, mean = means[0];
    if (w.ruin)
        row->flags |= FLAG_RUIN;
    v[METRIC_total_return] = w.equity - 1.0;
    v[METRIC_cagr] = det_pow(w.equity, periods_per_year / days) - 1.0;
    v[METRIC_mdd] = w.mdd;
    v[METRIC_max_underwater] = (double)w.underwater;
    v[METRIC_ulcer] = det_sqrt(w.ulcer / days);
    if (w.mdd > 0.0)
        v[METRIC_calmar] = v[METRIC_cagr] / w.mdd;
    drawdown_dates(row, &w, scratch, n);
    struct spread s = spread_days(returns, n, beside, means);
    if (n == 1)
        row->flags |= FLAG_SHORT;
    else
        moments(row, &w, &s, returns, n, bench, rf, mar, det_sqrt(periods_per_year));
    tails(row, returns, n, mean, det_sqrt(s.m2 / days), tail, scratch);
    nan_canonicalise(v, METRIC_n);
}

/* ---- trades ---- */

/* Days 0 .. n_days - 1 inside at least one [entry, exit): a bit a day, a window of days at a time.
 */
static size_t days_covered(const struct metric_trades *t, size_t n_days)
{
    enum { WORD = 64, WORDS = 64, WINDOW = WORD * WORDS };
    size_t covered = 0;
    for (size_t from = 0; from < n_days; from += WINDOW) {
        uint64_t bits[WORDS] = {0};
        int64_t start = (int64_t)from;
        int64_t end = (int64_t)(n_days - from < WINDOW ? n_days - from : WINDOW);
        for (size_t i = 0; i < t->n + t->n_open; i++) {
            bool open = i >= t->n;
            int64_t e = (open ? t->open_entry[i - t->n] : t->entry[i]) - start;
            int64_t x = open ? end : t->exit[i] - start;
            e = e > 0 ? e : 0;
            x = x < end ? x : end;
            while (e < x) { /* one word of the interval */
                int64_t stop = (e / WORD + 1) * WORD < x ? (e / WORD + 1) * WORD : x;
                uint64_t ones = stop - e == WORD ? ~0ULL : (1ULL << (stop - e)) - 1;
                bits[e / WORD] |= ones << (e % WORD);
                e = stop;
            }
        }
        for (int w = 0; w < WORDS; w++)
            covered += (size_t)__builtin_popcountll(bits[w]);
    }
    return covered;
}

/* Expectancy and SQN over the finite R-multiples. */
static void r_multiples(struct metric_row *row, const double *r, size_t n)
{
    double sum = 0.0, sumsq = 0.0, m2 = 0.0, count = 0.0;
    for (size_t i = 0; i < n; i++)
        if (r[i] - r[i] == 0.0) {
            sum += r[i];
            sumsq += r[i] * r[i];
            count += 1.0;
        }
    row->v[METRIC_n_valid_r] = count;
    if (count == 0.0)
        return;
    double mean = sum / count;
    row->v[METRIC_expectancy_r] = mean;
    for (size_t i = 0; i < n; i++)
        if (r[i] - r[i] == 0.0)
            m2 += (r[i] - mean) * (r[i] - mean);
    if (count < 2.0 || no_variance(m2, sumsq))
        return;
    double capped = count < SQN_TRADES_MAX ? count : SQN_TRADES_MAX;
    row->v[METRIC_sqn] = det_sqrt(capped) * mean / det_sqrt(m2 / (count - 1.0));
}

/* How much hangs on the largest trades; top[] = the largest pnl, descending. */
static void concentration(struct metric_row *row, const double *top, size_t n_top, double net,
                          double wins)
{
    static const struct {
        size_t k;
        enum metric net_share, gross_share, net_without;
    } shares[] = {
        {1, METRIC_top1_net_share, METRIC_top1_gross_share, METRIC_net_without_top1},
        {3, METRIC_top3_net_share, METRIC_top3_gross_share, METRIC_net_without_top3},
        {5, METRIC_top5_net_share, METRIC_top5_gross_share, METRIC_net_without_top5},
        {10, METRIC_top10_net_share, METRIC_top10_gross_share, METRIC_net_without_top10},
    };
    for (size_t s = 0; s < sizeof shares / sizeof shares[0]; s++) {
        double sum = 0.0, gross = 0.0;
        for (size_t i = 0; i < shares[s].k && i < n_top; i++) {
            sum += top[i];
            gross += top[i] > 0.0 ? top[i] : 0.0;
        }
        if (net > 0.0)
            row->v[shares[s].net_share] = sum / net;
        if (wins > 0.0)
            row->v[shares[s].gross_share] = gross / wins;
        row->v[shares[s].net_without] = net - sum;
    }
}

static size_t insert_top(double *top, size_t n_top, double pnl)
{
    if (n_top == TOP_MAX && pnl <= top[TOP_MAX - 1])
        return n_top;
    size_t i = n_top < TOP_MAX ? n_top++ : TOP_MAX - 1;
    for (; i > 0 && top[i - 1] < pnl; i--)
        top[i] = top[i - 1];
    top[i] = pnl;
    return n_top;
}

void metrics_from_trades(struct metric_row *row, const struct metric_trades *t, size_t n_days,
                         double periods_per_year, double *scratch)
{
    (void)scratch;
    double *v = row->v, top[TOP_MAX];
    for (int m = METRIC_n_trades; m < N_METRICS; m++)
        v[m] = nan_canonical();
    v[METRIC_n_trades] = (double)t->n;
    v[METRIC_exposure] = n_days ? (double)days_covered(t, n_days) / (double)n_days : 0.0;
    v[METRIC_turnover] = t->traded_notional / t->mean_equity * periods_per_year /
                         (double)n_days; /* NaN without data */
    r_multiples(row, t->r_multiple, t->n);
    nan_canonicalise(v + METRIC_turnover, 1);
    if (t->n == 0)
        return;
    double wins = 0.0, losses = 0.0, net = 0.0, n_wins = 0.0, held = 0.0;
    size_t n_top = 0;
    for (size_t i = 0; i < t->n; i++) {
        double pnl = t->pnl[i];
        wins += pnl > 0.0 ? pnl : 0.0;
        losses -= pnl < 0.0 ? pnl : 0.0;
        n_wins += pnl > 0.0 ? 1.0 : 0.0;
        net += pnl;
        held += (double)(t->exit[i] - t->entry[i]);
        n_top = insert_top(top, n_top, pnl);
    }
    if (losses > 0.0)
        v[METRIC_profit_factor] = wins / losses;
    else if (wins > 0.0)
        v[METRIC_profit_factor] = __builtin_inf();
    v[METRIC_win_rate] = n_wins / (double)t->n;
    v[METRIC_avg_holding] = held / (double)t->n;
    concentration(row, top, n_top, net, wins);
}

/* ---- blocks ---- */

void metrics_block_bounds(size_t n, uint32_t n_blocks, uint32_t *bounds)
{
    for (uint32_t b = 0; b <= n_blocks; b++)
        bounds[b] = (uint32_t)((uint64_t)b * n / n_blocks);
}

/* Four blocks at a time: each is a chain of additions, oldest day first, and one chain alone waits
 * for its own sums. */
static void four_blocks(const double *returns, const uint32_t *bounds, double *sum, double *sumsq)
{
    enum { CHAINS = 4 };
    double s[CHAINS] = {0}, q[CHAINS] = {0};
    uint32_t shortest = bounds[1] - bounds[0];
    for (int c = 1; c < CHAINS; c++)
        if (bounds[c + 1] - bounds[c] < shortest)
            shortest = bounds[c + 1] - bounds[c];
    for (uint32_t i = 0; i < shortest; i++)
        for (int c = 0; c < CHAINS; c++) {
            double x = returns[bounds[c] + i];
            s[c] += x;
            q[c] += x * x;
        }
    for (int c = 0; c < CHAINS; c++) {
        for (uint32_t i = bounds[c] + shortest; i < bounds[c + 1]; i++) {
            s[c] += returns[i];
            q[c] += returns[i] * returns[i];
        }
        sum[c] = s[c];
        sumsq[c] = q[c];
    }
}

void metrics_block_sums(const double *returns, const uint32_t *bounds, uint32_t n_blocks,
                        double *sum, double *sumsq)
{
    uint32_t b = 0;
    for (; b + 4 <= n_blocks; b += 4)
        four_blocks(returns, bounds + b, sum + b, sumsq + b);
    for (; b < n_blocks; b++) {
        double s = 0.0, q = 0.0;
        for (uint32_t i = bounds[b]; i < bounds[b + 1]; i++) {
            s += returns[i];
            q += returns[i] * returns[i];
        }
        sum[b] = s;
        sumsq[b] = q;
    }
}
