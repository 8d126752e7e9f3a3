/* review - everything a reviewer asks about one chosen point of a grid: plateau or peak, skill or
 * luck, does it survive stress; and a verdict with its reasons. The statistics themselves are
 * review/statistics/; what each number means is statistics.md.
 *
 * Pure: arrays by point in, numbers out. Made in steps, because the later ones need daily series of
 * points the first one names:
 *
 *   review_choose()   robust pick, peak, chosen point
 *   review_surface()  neighbourhoods, axes, stress, validation, CSCV
 *   review_folds()    walk-forward and CPCV, where the sweep asks for them
 *   review_luck()     trial count, deflated Sharpe, Reality Check, SPA    (daily series)
 *   review_trades()   bootstrap, entry permutation                        (trades of the point)
 *   review_judge()    the verdict
 *
 * A step that cannot be done is left out: its numbers stay NaN and a note says why. */
#ifndef REVIEW_REVIEW_H
#define REVIEW_REVIEW_H
#include "engine/metrics.h"
#include "review/fold_review.h"
#include "review/grid.h"
#include "review/statistics/agreement.h"
#include "review/statistics/cscv.h"
#include "review/statistics/entry_permutation.h"
#include "review/statistics/reality_check.h"
#include "review/statistics/scenarios.h"
#include "review/statistics/sobol_shares.h"
#include "review/statistics/surface.h"
#include "review/statistics/trade_bootstrap.h"
#include "review/statistics/trials.h"
#include "review/statistics/verdict.h"

#define REVIEW_NONE UINT64_MAX
#define REVIEW_SAMPLE_MAX 4096u /* points whose daily series are looked at; above: a stride */
#define REVIEW_PBO_CONFIGS_MIN 10u
#define REVIEW_ITERATIONS 1000u
#define REVIEW_RISK_FRACTION 0.01 /* of the trade bootstrap */
#define REVIEW_CONFIDENCE 0.95    /* of the minimum track record */
enum {
    REVIEW_BLOCK_LENGTHS = 3,
    REVIEW_DECILES = 10,
    REVIEW_NOTES_MAX = 16,
    REVIEW_NOTE_MAX = 240
};
extern const double
    REVIEW_BLOCK_DAYS[REVIEW_BLOCK_LENGTHS]; /* mean lengths: 10 (reported), 5, 20 */

struct review_input { /* arrays by point unless said otherwise; NaN: no value */
    const struct sweep *sweep;
    double periods_per_year;
    /* f[(1 + n_stress)][n_points]: the objective in train, higher is better, 0 where a point never
     * traded; row 0 the baseline, the others the cost and shock scenarios */
    const double *f;
    uint32_t n_stress;
    const double *validation; /* f in validation, baseline; all NaN without such a period */
    const double *sharpe, *total_return; /* train, baseline; sharpe annualised, NaN: no trial */
    const bool *eligible;                /* ok in every scenario */
    /* Block sums of the selection series, configurations without failed ones in point order;
     * n_configs 0: none. */
    size_t n_configs;
    uint32_t n_blocks;
    const double *block_days, *sum, *sumsq; /* [n_blocks], [n_configs][n_blocks] twice */
    double loss_below; /* of the probability of loss: verdict_limits.loss_below */
    /* Metric rows of the chosen point, filled in after review_choose(). */
    const double *chosen_train, *chosen_validation; /* [N_METRICS]; NULL: none */
    double ledger_factor; /* trials elsewhere: max(1, ledger / this run) */
    double trials;        /* > 0: this many, whatever was counted */
    uint64_t seed;
    unsigned n_threads; /* 0: one per core; the answer is the same */
};

struct review_series { /* of the sampled points, in point order, the chosen one among them */
    size_t n, n_days, n_train_days;
    const double *value; /* [n][n_days]: train, then validation */
};
struct review_trades { /* of the chosen point in train, closed */
    size_t n, n_days;
    const double *r_multiple;
    const struct entry_trade *trade;
    const double *market; /* [n_days] */
};

enum review_trial_count { REVIEW_BY_ENTROPY, REVIEW_BY_AVG_CORR, REVIEW_RAW, REVIEW_N_COUNTS };
struct review_trial { /* DSR under one count of trials */
    double effective; /* of this run alone */
    double n;         /* times the ledger's factor, or what the user gave */
    double luck, dsr; /* luck: annualised Sharpe ratio expected of the best of n by chance */
};

struct review {
    const char *not_grid; /* NULL, or why grid measures are undefined */
    uint64_t n_points, n_valid;
    uint64_t robust, peak, chosen; /* REVIEW_NONE: none qualifies */
    const char *how;               /* chosen: "the robust pick", ... */
    double robust_worst;           /* of the robust pick's neighbourhood */
    struct surface_point at_robust, at_peak, at_chosen;
    double val_robust, val_peak, val_chosen; /* f in validation */

    struct surface_summary grid;
    double share_profitable; /* of the points with a total return */
    double within_sigma;     /* share of valid points within one sd of their mean */
    struct sobol_shares sobol;
    struct agreement agreement;
    double val_frac_pos;
    struct scenarios_robust stress;
    double stress_retention;

    uint32_t n_blocks;
    size_t n_configs;
    struct cscv_result cscv;
    struct cscv_split *splits;         /* [cscv.n_splits]; NULL without CSCV */
    double pbo;                        /* NaN below REVIEW_PBO_CONFIGS_MIN configurations */
    double logit_quantile[5];          /* 5, 25, 50, 75, 95 % */
    double rank_share[REVIEW_DECILES]; /* splits by the pick's relative rank out of sample */

    struct fold_review folds; /* no windows, no splits: not asked for, or nothing to choose among */

    bool sampled;                      /* daily series of a stride, not of all points */
    size_t n_series;                   /* looked at */
    double sharpe, skew, kurt, n_days; /* of the chosen point in train; annualised Sharpe */
    double trial_sd;                   /* of the trials' annualised Sharpe ratios */
    double ledger_factor, trials_given;
    double avg_corr, participation;
    struct review_trial trial[REVIEW_N_COUNTS];
    double psr, psr_h0, min_trl_days, min_trl_years, min_btl_years, min_btl_bound_years;
    struct reality_check reality[REVIEW_BLOCK_LENGTHS];

    double n_trades, top5_gross_share, years; /* of the chosen point in train */
    struct trade_bootstrap bootstrap;
    struct entry_permutation permutation;

    struct verdict_limits limits;
    struct verdict_evidence evidence;
    struct verdict verdict;
    /* The locked period, once it was opened for the chosen point: set after the verdict, so that it
     * cannot be part of it. */
    bool holdout_opened;
    double val_holdout; /* f there; NaN: not opened, or no value */
    uint32_t n_notes;
    char note[REVIEW_NOTES_MAX][REVIEW_NOTE_MAX]; /* what is missing and why, one line each */
};

/* at: the point to review, or REVIEW_NONE: the robust pick, or else the best eligible point, or
 * else the peak. ERR_EMPTY: no point has a value, or `at` has none. The caller ends it with
 * review_free(). */
enum err review_choose(struct review *out, const struct review_input *in, uint64_t at,
                       struct err_note *note);
enum err review_surface(struct review *r, const struct review_input *in);
/* choice NULL: the sweep asks for no folds. The stitched drawdown needs fold_review_stitch(). */
enum err review_folds(struct review *r, const struct review_input *in,
                      const struct fold_choice *choice);
/* Points whose daily series are wanted, ascending: every ceil(n / REVIEW_SAMPLE_MAX)-th and the
 * picks. points[REVIEW_SAMPLE_MAX + 3]; returns how many. */
size_t review_sample(const struct review *r, uint64_t *points);
/* series NULL: there are none; the raw count of trials is known all the same. */
enum err review_luck(struct review *r, const struct review_input *in,
                     const struct review_series *series);
enum err review_trades(struct review *r, const struct review_input *in,
                       const struct review_trades *trades);
void review_judge(struct review *r, const struct verdict_limits *limits);
void review_note(struct review *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
void review_free(struct review *r);

/* Every failed condition with its numbers: name (verdict.h's short names, or "not_a_grid") and
 * words. Returns the number of them; i below it. */
uint32_t review_n_reasons(const struct review *r);
const char *review_reason(const struct review *r, uint32_t i, char *words, size_t size);
#endif
