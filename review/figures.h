/* figures - every number of a review under a name: one table behind the text, the JSON and the
 * /review group of results.h5, so that what one says the others hold. */
#ifndef REVIEW_FIGURES_H
#define REVIEW_FIGURES_H
#include "review/review.h"

/* group, name, unit, expression of `r`, what it says; groups are consecutive. Counts, flags (0, 1)
 * and numbers alike are doubles; NaN: not known. */
// clang-format off
#define FIGURE_TABLE(X)                                                                                                 \
    X(plateau, value,             "",     r->at_chosen.f,               "the objective in train at the chosen point")   \
    X(plateau, plateau_ratio,     "1",    r->at_chosen.plateau_ratio,   "median neighbour over the point")              \
    X(plateau, worst_ratio,       "1",    r->at_chosen.worst_ratio,     "worst neighbour over the point")               \
    X(plateau, basin_frac,        "1",    r->at_chosen.basin_frac,      "share of the grid connected to it at 80 % of its value or more") \
    X(plateau, coverage,          "1",    r->at_chosen.coverage,        "neighbours that have a value")                 \
    X(plateau, neighbours,        "points", r->not_grid ? NAN : (double)r->at_chosen.n_nb, "neighbours within the grid")       \
    X(plateau, step_drop,         "1",    r->at_chosen.step_drop,       "largest share lost by one step along one axis") \
    X(plateau, sharp_peak,        "flag", r->not_grid ? NAN : r->at_chosen.sharp_peak, "above all neighbours, and their median below half of it") \
    X(plateau, on_edge,           "flag", r->not_grid ? NAN : r->at_chosen.on_edge, "on the edge of the grid")         \
    X(plateau, top_concentration, "1",    r->grid.top_concentration,    "share of the best tenth of the grid in its largest connected patch") \
    X(plateau, moran_i,           "1",    r->grid.moran_i,              "likeness of neighbours over the grid (Moran's I); 0: none") \
    X(plateau, moran_z,           "1",    r->grid.moran_z,              "the same in standard deviations")             \
    X(picks, robust_value,        "",     r->at_robust.f,              "the objective in train at the robust pick")    \
    X(picks, robust_worst,        "",     r->robust_worst,             "the worst of it and its neighbours: the best there is")       \
    X(picks, robust_validation,   "",     r->val_robust,               "the objective there in validation")            \
    X(picks, peak_value,          "",     r->at_peak.f,                "the objective in train at the peak")           \
    X(picks, peak_worst,          "",     r->at_peak.nb_min,           "its worst neighbour")                          \
    X(picks, peak_validation,     "",     r->val_peak,                 "the objective there in validation")            \
    X(grid, n_points,             "points", (double)r->n_points,        "points of the sweep")                          \
    X(grid, n_valid,              "points", (double)r->n_valid,         "points that have a value")                     \
    X(grid, mean,                 "",     r->grid.mean,                 "mean of the objective")                        \
    X(grid, median,               "",     r->grid.median,               "median of the objective: what a parameter picked blindly would have given") \
    X(grid, sd,                   "",     r->grid.sd,                   "standard deviation of the objective")          \
    X(grid, best,                 "",     r->grid.best_value,           "the peak")                                     \
    X(grid, best_z,               "1",    (r->grid.best_value - r->grid.mean) / r->grid.sd, "the peak above the mean, in standard deviations") \
    X(grid, frac_positive,        "1",    r->grid.frac_pos,             "points with a positive objective")             \
    X(grid, share_profitable,     "1",    r->share_profitable,          "points with a positive total return")          \
    X(grid, within_sigma,         "1",    r->within_sigma,              "points within one standard deviation of the mean") \
    X(grid, sobol_interaction,    "1",    r->sobol.interaction,         "share of the variance that no axis explains alone") \
    X(validation, value,          "",     r->val_chosen,                "the objective in validation")                  \
    X(validation, spearman,       "1",    r->agreement.spearman,        "rank correlation of train and validation over the grid") \
    X(validation, percentile,     "1",    r->agreement.pick_val_pct,    "share of the grid the point beats in validation") \
    X(validation, shrink,         "1",    r->agreement.shrink,          "validation over train of the point")           \
    X(validation, top_overlap,    "1",    r->agreement.top_overlap,     "the best tenth in train that is also in the best tenth of validation") \
    X(validation, frac_positive,  "1",    r->val_frac_pos,              "points positive in validation")                \
    X(holdout, opened,            "flag", r->holdout_opened,            "the locked period was opened for this point")  \
    X(holdout, value,             "",     r->val_holdout,               "the objective there; it has no part in the verdict") \
    X(overfitting, pbo,           "1",    r->pbo,                       "probability that the best of one half of the days is below median in the other") \
    X(overfitting, prob_loss,     "1",    r->cscv.prob_loss,            "probability that it loses there")              \
    X(overfitting, n_splits,      "splits", r->splits ? (double)r->cscv.n_splits : NAN, "ways to halve the blocks")            \
    X(overfitting, n_blocks,      "blocks", r->n_blocks,                "blocks of days")                               \
    X(overfitting, n_configs,     "points", (double)r->n_configs,       "configurations compared")                      \
    X(overfitting, logit_mean,    "1",    r->cscv.logit_mean,           "mean log-odds of the pick's rank out of sample; 0: a coin") \
    X(overfitting, logit_p05,     "1",    r->logit_quantile[0],         "its 5 % quantile")                             \
    X(overfitting, logit_p25,     "1",    r->logit_quantile[1],         "its 25 % quantile")                            \
    X(overfitting, logit_median,  "1",    r->logit_quantile[2],         "its median")                                   \
    X(overfitting, logit_p75,     "1",    r->logit_quantile[3],         "its 75 % quantile")                            \
    X(overfitting, logit_p95,     "1",    r->logit_quantile[4],         "its 95 % quantile")                            \
    X(overfitting, mean_in_sample, "1/sqrt(year)", r->cscv.mean_is,     "mean Sharpe ratio of the picks where they were chosen") \
    X(overfitting, mean_out_of_sample, "1/sqrt(year)", r->cscv.mean_oos, "and in the other half")                      \
    X(overfitting, degradation_slope, "1", r->cscv.degr_slope,          "slope of out-of-sample on in-sample Sharpe ratio of the picks") \
    X(overfitting, degradation_intercept, "1/sqrt(year)", r->cscv.degr_intercept, "intercept of that line")            \
    X(overfitting, degradation_r2, "1",   r->cscv.degr_r2,              "share of the variance on that line")           \
    X(overfitting, first_order_dominance, "flag", r->splits ? r->cscv.fsd : NAN, "the picks are better than the grid at every level") \
    X(overfitting, second_order_dominance, "flag", r->splits ? r->cscv.ssd : NAN, "a cautious investor would prefer them") \
    X(overfitting, ssd_min,       "1",    r->cscv.ssd_min,              "smallest cumulated advantage")                 \
    X(overfitting, sd1_max_gap,   "1",    r->cscv.sd1_max_gap,          "largest violation of first-order dominance")   \
    X(overfitting, n_all,         "points", r->splits ? (double)r->cscv.n_all : NAN, "configurations behind the grid's distribution") \
    X(walk_forward, n_windows,    "windows", r->folds.walk.n_windows ? (double)r->folds.walk.n_windows : NAN, "windows: chosen on some days, judged on the next") \
    X(walk_forward, efficiency,   "1",    r->folds.walk.wfe,            "return out of sample over return in sample, annualised") \
    X(walk_forward, consistency,  "1",    r->folds.walk.consistency,    "windows that earned out of sample")            \
    X(walk_forward, max_share,    "1",    r->folds.walk.max_share,      "largest window's share of the profit")         \
    X(walk_forward, sharpe,       "1/sqrt(year)", r->folds.walk.stitched_sharpe, "Sharpe ratio of the days out of sample, one window after the other") \
    X(walk_forward, mean_return,  "1/year", r->folds.walk.stitched_mean_ann, "their mean return, annualised")               \
    X(walk_forward, mdd,          "1",    r->folds.walk.stitched_mdd,   "their drawdown")                               \
    X(walk_forward, param_drift,  "1",    r->folds.walk.param_drift,    "mean step from one pick to the next, as a share of the axes") \
    X(walk_forward, overlapping,  "flag", r->folds.walk.n_windows ? r->folds.walk.overlapping : NAN, "days out of sample are in more than one window") \
    X(cpcv, n_splits,             "splits", r->folds.cpcv.n_splits ? (double)r->folds.cpcv.n_splits : NAN, "ways to test some groups of days and choose on the others") \
    X(cpcv, n_paths,              "paths", r->folds.cpcv.n_paths ? (double)r->folds.cpcv.n_paths : NAN, "paths through all days out of sample they make") \
    X(cpcv, mean_sharpe,          "1/sqrt(year)", r->folds.cpcv.mean,   "mean Sharpe ratio of the paths")               \
    X(cpcv, sd_sharpe,            "1/sqrt(year)", r->folds.cpcv.sd,     "their standard deviation; paths share days: no standard error") \
    X(cpcv, min_sharpe,           "1/sqrt(year)", r->folds.cpcv.minimum, "the worst of them")                           \
    X(cpcv, prob_loss,            "1",    r->folds.cpcv.prob_loss,      "paths below zero")                             \
    X(luck, dsr,                  "1",    r->trial[REVIEW_BY_ENTROPY].dsr, "probability that the true Sharpe ratio is above what luck reaches among so many trials") \
    X(luck, dsr_avg_corr,         "1",    r->trial[REVIEW_BY_AVG_CORR].dsr, "the same, trials counted by mean correlation") \
    X(luck, dsr_raw,              "1",    r->trial[REVIEW_RAW].dsr,     "the same, every point a trial")                \
    X(luck, trials,               "trials", r->trial[REVIEW_BY_ENTROPY].n, "independent trials the rule counts")       \
    X(luck, trials_avg_corr,      "trials", r->trial[REVIEW_BY_AVG_CORR].n, "by mean correlation")                     \
    X(luck, trials_raw,           "trials", r->trial[REVIEW_RAW].n,     "points with a Sharpe ratio")                   \
    X(luck, n_eff_entropy,        "trials", r->trial[REVIEW_BY_ENTROPY].effective, "of this run alone, by entropy")     \
    X(luck, n_eff_avg_corr,       "trials", r->trial[REVIEW_BY_AVG_CORR].effective, "of this run alone, by mean correlation") \
    X(luck, n_raw,                "trials", r->trial[REVIEW_RAW].effective, "of this run alone, raw")                  \
    X(luck, n_eff_participation,  "trials", r->participation,           "of this run alone, by participation ratio")    \
    X(luck, ledger_factor,        "1",    r->ledger_factor,             "times as many points were tried over all runs as in this one") \
    X(luck, trials_given,         "trials", r->trials_given,            "trials given by --trials")                     \
    X(luck, mean_correlation,     "1",    r->avg_corr,                  "mean correlation of the points' daily returns") \
    X(luck, n_series,             "points", r->n_series ? (double)r->n_series : NAN, "points whose daily returns were looked at") \
    X(luck, sampled,              "flag", r->n_series ? r->sampled : NAN, "they are a sample of the grid")              \
    X(luck, sharpe,               "1/sqrt(year)", r->sharpe,            "annualised Sharpe ratio of the point in train") \
    X(luck, luck_sharpe,          "1/sqrt(year)", r->trial[REVIEW_BY_ENTROPY].luck, "Sharpe ratio the best of so many skill-less trials is expected to reach") \
    X(luck, trial_sd,             "1/sqrt(year)", r->trial_sd,          "standard deviation of the trials' Sharpe ratios") \
    X(luck, psr,                  "1",    r->psr,                       "probability that the true Sharpe ratio is positive, one trial") \
    X(luck, psr_h0,               "1",    r->psr_h0,                    "the same by the 2025 variant")                 \
    X(luck, min_trl_years,        "year", r->min_trl_years,             "record needed to be 95 % sure of a positive Sharpe ratio") \
    X(luck, min_btl_years,        "year", r->min_btl_years,             "record below which luck among so many trials reaches this Sharpe ratio") \
    X(luck, min_btl_bound_years,  "year", r->min_btl_bound_years,       "its simple upper bound")                       \
    X(luck, years,                "year", r->years,                     "record there is in train")                     \
    X(reality_check, p_rc,        "1",    r->reality[0].p_rc,           "White's Reality Check: chance that luck gives as good a best point") \
    X(reality_check, p_spa,       "1",    r->reality[0].p_spa_c,        "Hansen's test for superior predictive ability, consistent") \
    X(reality_check, p_spa_lower, "1",    r->reality[0].p_spa_l,        "its lower bound")                              \
    X(reality_check, p_spa_upper, "1",    r->reality[0].p_spa_u,        "its upper bound")                              \
    X(reality_check, p_rc_5,      "1",    r->reality[1].p_rc,           "Reality Check with blocks of 5 days")          \
    X(reality_check, p_spa_5,     "1",    r->reality[1].p_spa_c,        "SPA with blocks of 5 days")                    \
    X(reality_check, p_rc_20,     "1",    r->reality[2].p_rc,           "Reality Check with blocks of 20 days")         \
    X(reality_check, p_spa_20,    "1",    r->reality[2].p_spa_c,        "SPA with blocks of 20 days")                   \
    X(reality_check, n_used,      "points", r->n_series ? (double)r->reality[0].n_used : NAN, "points compared")        \
    X(stress, stress_retention,   "1",    r->stress_retention,          "smallest share of the objective left under a cost or shock scenario") \
    X(stress, worst,              "",     r->stress.pick_worst,         "the objective in the worst of them")           \
    X(stress, regret,             "",     r->stress.pick_regret,        "most that another point would have had more in one of them") \
    X(stress, frac_positive,      "1",    r->stress.pick_frac_pos,      "scenarios with a positive objective")          \
    X(stress, maximin_value,      "",     r->stress.maximin_value,      "best worst case of all points")                \
    X(stress, maximin_point,      "point", r->stress.n_eligible ? (double)r->stress.maximin_point : NAN, "and its point") \
    X(stress, minimax_regret_value, "",   r->stress.minimax_regret_value, "smallest largest regret of all points")      \
    X(stress, minimax_regret_point, "point", r->stress.n_eligible ? (double)r->stress.minimax_regret_point : NAN, "and its point") \
    X(trades, n_trades,           "trades", r->n_trades,                "closed trades in train")                       \
    X(trades, top5_gross_share,   "1",    r->top5_gross_share,          "share of the five largest in all that was won") \
    X(trades, p_nonpositive,      "1",    r->bootstrap.p_nonpos,        "share of resampled trade lists that earn nothing") \
    X(trades, sharpe,             "1/sqrt(year)", r->bootstrap.sharpe.point, "Sharpe ratio of the trade list at 1 % risk") \
    X(trades, sharpe_low,         "1/sqrt(year)", r->bootstrap.sharpe.lo, "its 2.5 % bound")                            \
    X(trades, sharpe_p05,         "1/sqrt(year)", r->bootstrap.sharpe.p05, "its 5 % quantile")                          \
    X(trades, sharpe_median,      "1/sqrt(year)", r->bootstrap.sharpe.med, "its median")                                \
    X(trades, sharpe_high,        "1/sqrt(year)", r->bootstrap.sharpe.hi, "its 97.5 % bound")                           \
    X(trades, cagr,               "1/year", r->bootstrap.cagr.point,    "growth of the trade list at 1 % risk")         \
    X(trades, cagr_low,           "1/year", r->bootstrap.cagr.lo,       "its 2.5 % bound")                              \
    X(trades, cagr_high,          "1/year", r->bootstrap.cagr.hi,       "its 97.5 % bound")                             \
    X(trades, mdd,                "1",    r->bootstrap.mdd.point,       "drawdown of the trade list at 1 % risk")       \
    X(trades, mdd_low,            "1",    r->bootstrap.mdd.lo,          "its 2.5 % bound")                              \
    X(trades, mdd_high,           "1",    r->bootstrap.mdd.hi,          "its 97.5 % bound")                             \
    X(trades, calmar,             "1/year", r->bootstrap.calmar.point,  "growth over drawdown of the trade list")       \
    X(trades, calmar_low,         "1/year", r->bootstrap.calmar.lo,     "its 2.5 % bound")                              \
    X(trades, calmar_high,        "1/year", r->bootstrap.calmar.hi,     "its 97.5 % bound")                             \
    X(trades, entry_p,            "1",    r->permutation.p,             "chance that entries at random times do as well") \
    X(trades, entry_stat,         "1",    r->permutation.stat,          "market return caught while in a position")     \
    X(trades, entry_null_mean,    "1",    r->permutation.null_mean,     "and by the same trades at random times, on average")
// clang-format on

struct figure {
    const char *group, *name;
    const char *unit; /* "" : the objective's; "flag": 0 or 1 */
    const char *text;
};
enum {
#define X(group, name, unit, value, text) FIGURE_##group##_##name,
    FIGURE_TABLE(X)
#undef X
        N_FIGURES
};
extern const struct figure FIGURES[N_FIGURES];
/* values[N_FIGURES] */
void figures_of(const struct review *r, double *values);
#endif
