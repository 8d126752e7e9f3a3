/* The failed conditions of a verdict, each with the number that failed and its limit. */
#include "review/review.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A sample of points has no neighbourhoods: one reason stands for the three measures that need
 * them. */
static bool needs_grid(enum verdict_reason reason)
{
    return reason == VERDICT_PLATEAU || reason == VERDICT_WORST || reason == VERDICT_BASIN;
}

static bool kept(const struct review *r, uint32_t i)
{
    return !(r->not_grid && needs_grid(r->verdict.reason[i]));
}

static bool names_grid(const struct review *r)
{
    return r->not_grid && r->verdict.class == VERDICT_FRAGILE;
}

uint32_t review_n_reasons(const struct review *r)
{
    uint32_t n = names_grid(r) ? 1 : 0;
    for (uint32_t i = 0; i < r->verdict.n_reasons; i++)
        n += kept(r, i);
    return n;
}

static void measured(char *out, size_t size, const char *what, double value, const char *bound,
                     double limit)
{
    snprintf(out, size, "%s %.3g, %s %.3g", what, value, bound, limit);
}

static void overfit_numbers(const struct review *r, enum verdict_reason reason, char *out,
                            size_t size)
{
    const struct verdict_evidence *e = &r->evidence;
    const struct verdict_limits *l = &r->limits;
    if (reason == VERDICT_PBO)
        snprintf(out, size, "PBO %.3g from %.3g with probability of loss %.3g from %.3g", e->pbo,
                 l->pbo_overfit, e->prob_loss, l->prob_loss_overfit);
    else if (reason == VERDICT_DSR)
        measured(out, size, "DSR", e->dsr, "overfit below", l->dsr_overfit);
    else
        snprintf(out, size, "validation %.3g and rank correlation %.3g, both not above 0",
                 e->val_perf, e->spearman);
}

struct condition {
    const char *what;
    double value;
    const char *bound;
    double limit;
};

/* Of a reason with a number: all but the edge. */
static struct condition condition_of(const struct review *r, enum verdict_reason reason)
{
    const struct verdict_evidence *e = &r->evidence;
    const struct verdict_limits *l = &r->limits;
    const struct condition of[VERDICT_N_REASONS] = {
        [VERDICT_TOO_FEW_TRADES] = {"trades", e->n_trades, "at least", l->n_trades_min},
        [VERDICT_LOW_COVERAGE] = {"valid neighbours", e->coverage, "at least", l->coverage_min},
        [VERDICT_PBO] = {"PBO", e->pbo, "at most", l->pbo_robust},
        [VERDICT_DSR] = {"DSR", e->dsr, "at least", l->dsr_robust},
        [VERDICT_VALIDATION] = {"validation", e->val_perf, "above", 0.0},
        [VERDICT_PLATEAU] = {"plateau ratio", e->plateau_ratio, "at least", l->plateau_ratio_min},
        [VERDICT_WORST] = {"worst ratio", e->worst_ratio, "at least", l->worst_ratio_min},
        [VERDICT_BASIN] = {"basin share", e->basin_frac, "at least", l->basin_frac_min},
        [VERDICT_SPEARMAN] = {"rank correlation", e->spearman, "at least", l->spearman_min},
        [VERDICT_STRESS] = {"stress retention", e->stress_retention, "at least", l->stress_min},
        [VERDICT_CONCENTRATION] = {"top five trades", e->top5_gross_share, "at most",
                                   l->top5_share_max},
    };
    return of[reason];
}

/* What nobody measured is no finding: it blocks "robust" and accuses of nothing. */
static void tell(const struct review *r, enum verdict_reason reason, char *words, size_t size)
{
    char figures[160] = "first or last level of an axis";
    struct condition c = {.value = 0.0};
    if (reason != VERDICT_EDGE)
        c = condition_of(r, reason);
    if (r->verdict.class == VERDICT_OVERFIT) {
        overfit_numbers(r, reason, figures, sizeof figures);
    } else if (isnan(c.value)) {
        snprintf(words, size, "%s not known (wanted: %s %.3g)", c.what, c.bound, c.limit);
        return;
    } else if (reason != VERDICT_EDGE) {
        measured(figures, sizeof figures, c.what, c.value, c.bound, c.limit);
    }
    snprintf(words, size, "%s (%s)", VERDICT_REASON_TEXT[reason], figures);
}

const char *review_reason(const struct review *r, uint32_t i, char *words, size_t size)
{
    if (names_grid(r) && i-- == 0) {
        snprintf(words, size, "%s: whether it stands on a plateau cannot be told", r->not_grid);
        return "not_a_grid";
    }
    for (uint32_t k = 0; k < r->verdict.n_reasons; k++) {
        enum verdict_reason reason = r->verdict.reason[k];
        if (!kept(r, k) || i-- > 0)
            continue;
        tell(r, reason, words, size);
        return VERDICT_REASON_NAME[reason];
    }
    words[0] = '\0';
    return "";
}
