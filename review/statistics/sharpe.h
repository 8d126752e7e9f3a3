/* sharpe - how sure is a Sharpe ratio: probabilistic and deflated Sharpe, minimum track record,
 * minimum backtest length. statistics.md section 2. Every Sharpe ratio here is per period, not
 * annualised, unless its name says annual.
 *
 * Sources: Bailey and Lopez de Prado 2012 (PSR, MinTRL); 2014 (DSR); Bailey, Borwein, Lopez de
 * Prado, Zhu 2014 (MinBTL); Lopez de Prado, Lipton, Zoonekynd 2025 (variance at the null value). */
#ifndef REVIEW_STATISTICS_SHARPE_H
#define REVIEW_STATISTICS_SHARPE_H

struct sharpe_estimate {
    double sr;         /* per period */
    double n_periods;  /* T */
    double skew, kurt; /* population; kurt of a normal = 3 */
};

/* v(SR) = 1 - g3 SR + (g4 - 1)/4 SR^2. */
double sharpe_variance_factor(double sr, double skew, double kurt);
/* P(true Sharpe > benchmark). NaN for T < 2, non-finite input or v <= 0. */
double sharpe_psr(const struct sharpe_estimate *e, double benchmark);
/* The 2025 variant: variance at the benchmark value and T instead of T - 1. */
double sharpe_psr_h0(const struct sharpe_estimate *e, double benchmark);
/* Observations needed to be `confidence` sure that SR > benchmark; +inf when it is not even above
 * it. */
double sharpe_min_trl(const struct sharpe_estimate *e, double benchmark, double confidence);
/* Expected maximum of n_trials independent standard normals (the paper's approximation); 0 for
 * n_trials <= 1. */
double sharpe_emax(double n_trials);
/* Years below which the best of n_trials skill-less strategies is expected to reach annual_sharpe;
 * and its simple upper bound 2 ln N / SR^2. */
double sharpe_min_btl(double n_trials, double annual_sharpe);
double sharpe_min_btl_bound(double n_trials, double annual_sharpe);
/* sqrt(V) emax(N): the Sharpe ratio luck alone is expected to reach. 0 for V = 0 or N <= 1. */
double sharpe_luck(double trial_variance, double n_trials);
#endif
