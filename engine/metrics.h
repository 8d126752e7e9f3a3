/* metrics - one row of numbers per cell and period: statistics.md section 1, over daily returns and
 * closed trades. */
#ifndef ENGINE_METRICS_H
#define ENGINE_METRICS_H
#include <stddef.h>
#include <stdint.h>

/* name (also the dataset's name in results.h5), unit, better: 1 higher, -1 lower, 0 neither; text
 * for a human. Index fields and counts are stored as doubles; where undefined they hold -1 or 0 as
 * statistics.md says. Rows are appended, never reordered: the order is on the wire and in the
 * journal. */
// clang-format off
#define METRIC_TABLE(X)                                                                            \
    X(total_return,      "1",          1, "total return")                                          \
    X(cagr,              "1/year",     1, "compound annual growth rate")                           \
    X(ann_vol,           "1/sqrt(year)", -1, "annualised volatility")                              \
    X(sharpe,            "1/sqrt(year)", 1, "annualised Sharpe ratio")                             \
    X(sortino,           "1/sqrt(year)", 1, "annualised Sortino ratio")                            \
    X(calmar,            "1/year",     1, "CAGR over maximum drawdown")                            \
    X(mdd,               "1",         -1, "maximum drawdown")                                      \
    X(mdd_peak,          "day",        0, "day of the peak before the maximum drawdown")           \
    X(mdd_trough,        "day",        0, "day of the maximum drawdown")                           \
    X(mdd_recovery,      "day",        0, "day of recovery from the maximum drawdown")             \
    X(mdd_len,           "days",      -1, "days from peak to trough")                              \
    X(mdd_recovery_len,  "days",      -1, "days from trough to recovery")                          \
    X(mdd_duration,      "days",      -1, "days from peak to recovery or end")                     \
    X(max_underwater,    "days",      -1, "longest run of days below a former peak")               \
    X(ulcer,             "1",         -1, "Ulcer index")                                           \
    X(var,               "1",         -1, "daily value at risk, 99 %")                             \
    X(cvar,              "1",         -1, "daily expected shortfall, 99 %")                        \
    X(tail_ratio,        "1",          1, "95 % over 5 % quantile of daily returns")               \
    X(skew,              "1",          1, "skewness of daily returns")                             \
    X(kurt,              "1",         -1, "kurtosis of daily returns, normal = 3")                 \
    X(corr,              "1",          0, "correlation with the benchmark")                        \
    X(beta,              "1",          0, "beta to the benchmark")                                 \
    X(n,                 "days",       0, "recorded days")                                         \
    X(n_trades,          "trades",     0, "closed trades")                                         \
    X(profit_factor,     "1",          1, "sum of wins over sum of losses")                        \
    X(win_rate,          "1",          1, "share of winning trades")                               \
    X(expectancy_r,      "R",          1, "mean R-multiple")                                       \
    X(sqn,               "1",          1, "system quality number")                                 \
    X(avg_holding,       "days",       0, "mean holding period")                                   \
    X(exposure,          "1",          0, "share of days with an open position")                   \
    X(turnover,          "1/year",    -1, "traded notional over mean equity, two-sided")           \
    X(n_valid_r,         "trades",     0, "trades with a finite R-multiple")                       \
    X(top1_net_share,    "1",         -1, "largest trade over net profit")                         \
    X(top1_gross_share,  "1",         -1, "largest trade over sum of wins")                        \
    X(net_without_top1,  "currency",   1, "net profit without the largest trade")                  \
    X(top3_net_share,    "1",         -1, "three largest trades over net profit")                  \
    X(top3_gross_share,  "1",         -1, "three largest trades over sum of wins")                 \
    X(net_without_top3,  "currency",   1, "net profit without the three largest trades")           \
    X(top5_net_share,    "1",         -1, "five largest trades over net profit")                   \
    X(top5_gross_share,  "1",         -1, "five largest trades over sum of wins")                  \
    X(net_without_top5,  "currency",   1, "net profit without the five largest trades")            \
    X(top10_net_share,   "1",         -1, "ten largest trades over net profit")                    \
    X(top10_gross_share, "1",         -1, "ten largest trades over sum of wins")                   \
    X(net_without_top10, "currency",   1, "net profit without the ten largest trades")
// clang-format on

enum metric {
#define X(name, unit, better, text) METRIC_##name,
    METRIC_TABLE(X)
#undef X
        N_METRICS
};

enum metric_flag { /* CF flag_masks of /flags in results.h5 */
                   FLAG_EMPTY = 1,
                   FLAG_FAILED = 2,
                   FLAG_RUIN = 4,
                   FLAG_ZERO_VAR = 8,
                   FLAG_SHORT = 16,
                   FLAG_FEW_TAIL = 32,
};
#define N_METRIC_FLAGS 6
/* The name of bit 1 << i; reports list the flags in this order. */
extern const char *const METRIC_FLAG_NAME[N_METRIC_FLAGS];

struct metric_info {
    const char *name, *unit, *text;
    int better;
};
extern const struct metric_info METRIC_INFO[N_METRICS];

#define METRIC_TAIL 0.01 /* of value at risk and expected shortfall in every stored row */

struct metric_row {
    double v[N_METRICS];
    uint32_t flags; /* enum metric_flag */
};

/* Fills the fields of section 1.1. returns[n], bench[n] or NULL; rf and mar per period;
 * periods_per_year = A; tail e.g. 0.01. A day on which the benchmark's return is not finite is left
 * out of corr and beta, and of nothing else. scratch has room for n doubles. Same input, same bits:
 * every sum runs oldest day first. */
void metrics_from_returns(struct metric_row *row, const double *returns, size_t n,
                          const double *bench, double rf, double mar, double periods_per_year,
                          double tail, double *scratch);

struct metric_trades { /* closed trades, order of exit; structure of arrays */
    size_t n;
    const double *pnl, *r_multiple; /* currency; R (NaN where undefined) */
    const int32_t *entry, *exit;    /* day indices, half-open: earns returns entry .. exit-1 */
    size_t n_open; /* positions open at the end: count for exposure and turnover only */
    const int32_t *open_entry;
    double traded_notional; /* entries + exits, currency, open positions' entries included */
    double mean_equity;     /* currency; NaN: no data */
};
/* Fills the fields of section 1.2; n_days = T. scratch is not used (NULL will do). */
void metrics_from_trades(struct metric_row *row, const struct metric_trades *trades, size_t n_days,
                         double periods_per_year, double *scratch);

/* Block bounds floor(b T / S), b = 0..S, and sums of section 3: bounds[S+1]; sum[S], sumsq[S]. */
void metrics_block_bounds(size_t n, uint32_t n_blocks, uint32_t *bounds);
void metrics_block_sums(const double *returns, const uint32_t *bounds, uint32_t n_blocks,
                        double *sum, double *sumsq);
#endif
