#include "review/statistics/trade_bootstrap.h"
#include "review/statistics/draws.h"
#include "review/statistics/sample.h"
#include <math.h>
#include <stdlib.h>

enum { SHARPE, CAGR, MDD, CALMAR, N_FIGURES };

/* Figures of one path of R-multiples. */
static void path_figures(double figure[N_FIGURES], const double *r, size_t n, double years,
                         double f)
{
    struct sample_moments m;
    double equity = 1.0, peak = 1.0, mdd = 0.0;
    sample_moments(&m, r, n, 1);
    for (size_t i = 0; i < n; i++) {
        double growth = 1.0 + f * r[i];
        equity = growth > 0.0 ? equity * growth : 0.0;
        peak = equity > peak ? equity : peak;
        mdd = 1.0 - equity / peak > mdd ? 1.0 - equity / peak : mdd;
    }
    figure[SHARPE] = sample_sharpe(&m) * sqrt((double)n / years);
    figure[CAGR] = pow(equity, 1.0 / years) - 1.0;
    figure[MDD] = mdd;
    figure[CALMAR] = mdd > 0.0 ? figure[CAGR] / mdd : figure[CAGR] > 0.0 ? INFINITY : NAN;
}

static void interval(struct bootstrap_interval *out, double point, double *v, uint32_t n)
{
    uint32_t defined = 0;
    for (uint32_t b = 0; b < n; b++)
        if (!isnan(v[b]))
            v[defined++] = v[b];
    sample_sort(v, defined);
    *out = (struct bootstrap_interval){point,
                                       n - defined,
                                       sample_quantile(v, defined, 0.025),
                                       sample_quantile(v, defined, 0.05),
                                       sample_quantile(v, defined, 0.5),
                                       sample_quantile(v, defined, 0.975)};
}

enum err trade_bootstrap_run(struct trade_bootstrap *out, const double *r_multiple, size_t n_trades,
                             double years, double risk_fraction, uint32_t n_iterations,
                             uint64_t seed, uint64_t unit)
{
    const struct bootstrap_interval undefined = {NAN, 0, NAN, NAN, NAN, NAN};
    struct trade_bootstrap t = {0, undefined, undefined, undefined, undefined, NAN};
    struct bootstrap_interval *intervals[N_FIGURES] = {&t.sharpe, &t.cagr, &t.mdd, &t.calmar};
    if (n_iterations == 0)
        return ERR_RANGE;
    double *r = malloc((2 * n_trades + 1) * sizeof *r), *path = r + n_trades;
    double *figures = malloc((size_t)n_iterations * N_FIGURES * sizeof *figures);
    enum err rc = r && figures ? OK : ERR_NOMEM;
    for (size_t i = 0; i < n_trades && rc == OK; i++)
        if (isfinite(r_multiple[i]))
            r[t.n++] = r_multiple[i];
    if (rc == OK && t.n >= 2) {
        uint32_t nonpos = 0;
        double point[N_FIGURES], figure[N_FIGURES];
        path_figures(point, r, t.n, years, risk_fraction);
        for (uint32_t b = 0; b < n_iterations; b++) {
            struct draws draws;
            double sum = 0.0;
            draws_start(&draws, seed, DRAWS_TRADE_BOOTSTRAP, unit, b);
            for (size_t j = 0; j < t.n; j++) {
                path[j] = r[draws_below(&draws, j, t.n)];
                sum += path[j];
            }
            nonpos += sum <= 0.0;
            path_figures(figure, path, t.n, years, risk_fraction);
            for (int i = 0; i < N_FIGURES; i++)
                figures[(size_t)i * n_iterations + b] = figure[i];
        }
        for (int i = 0; i < N_FIGURES; i++)
            interval(intervals[i], point[i], figures + (size_t)i * n_iterations, n_iterations);
        t.p_nonpos = (double)nonpos / n_iterations;
    }
    if (rc == OK)
        *out = t;
    free(r);
    free(figures);
    return rc;
}
