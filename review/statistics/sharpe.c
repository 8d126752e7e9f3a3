#include "review/statistics/sharpe.h"
#include "review/statistics/normal.h"
#include <math.h>
#include <stdbool.h>

#define EULER_GAMMA 0.57721566490153286

static bool usable(const struct sharpe_estimate *e, double benchmark)
{
    return isfinite(e->sr) && isfinite(e->skew) && isfinite(e->kurt) && isfinite(benchmark) &&
           isfinite(e->n_periods) && e->n_periods >= 2.0;
}

double sharpe_variance_factor(double sr, double skew, double kurt)
{
    return 1.0 - skew * sr + (kurt - 1.0) / 4.0 * sr * sr;
}

double sharpe_psr(const struct sharpe_estimate *e, double benchmark)
{
    double v = sharpe_variance_factor(e->sr, e->skew, e->kurt);
    if (!usable(e, benchmark) || !(v > 0.0))
        return NAN;
    return normal_cdf((e->sr - benchmark) * sqrt(e->n_periods - 1.0) / sqrt(v));
}

double sharpe_psr_h0(const struct sharpe_estimate *e, double benchmark)
{
    double v = sharpe_variance_factor(benchmark, e->skew, e->kurt);
    if (!usable(e, benchmark) || !(v > 0.0))
        return NAN;
    return normal_cdf((e->sr - benchmark) * sqrt(e->n_periods) / sqrt(v));
}

double sharpe_min_trl(const struct sharpe_estimate *e, double benchmark, double confidence)
{
    if (e->sr <= benchmark)
        return INFINITY;
    double z = normal_quantile(confidence) / (e->sr - benchmark);
    return 1.0 + sharpe_variance_factor(e->sr, e->skew, e->kurt) * z * z;
}

double sharpe_emax(double n_trials)
{
    if (n_trials <= 1.0)
        return 0.0;
    double e = -(1.0 - EULER_GAMMA) * normal_quantile(1.0 / n_trials) -
               EULER_GAMMA * normal_quantile(1.0 / (n_trials * M_E));
    return e < 0.0 ? 0.0 : e; /* just above one trial the formula dips below zero */
}

double sharpe_min_btl(double n_trials, double annual_sharpe)
{
    double ratio = sharpe_emax(n_trials) / annual_sharpe;
    return ratio * ratio;
}

double sharpe_min_btl_bound(double n_trials, double annual_sharpe)
{
    return 2.0 * log(n_trials) / (annual_sharpe * annual_sharpe);
}

double sharpe_luck(double trial_variance, double n_trials)
{
    double expected = sharpe_emax(n_trials);
    return expected == 0.0 ? 0.0 : sqrt(trial_variance) * expected;
}
