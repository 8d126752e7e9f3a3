#include "review/statistics/verdict.h"
#include <string.h>

const struct verdict_limits VERDICT_DEFAULT = {
#define X(name, value, text) value,
    VERDICT_LIMIT_TABLE(X)
#undef X
};

enum err verdict_limit_set(struct verdict_limits *limits, const char *name, double value,
                           struct err_note *note)
{
    static const char *const known[] = {
#define X(limit, standard, text) #limit,
        VERDICT_LIMIT_TABLE(X)
#undef X
    };
    double *const at[] = {
#define X(limit, standard, text) &limits->limit,
        VERDICT_LIMIT_TABLE(X)
#undef X
    };
    const unsigned n = sizeof known / sizeof known[0];
    for (unsigned i = 0; i < n; i++)
        if (strcmp(known[i], name) == 0) {
            *at[i] = value;
            return OK;
        }
    const char *near = err_nearest(name, known, n);
    return err_set(note, ERR_NOT_FOUND, "no limit of the verdict is called %.60s%s%s%s", name,
                   near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
}
const char *const VERDICT_NAME[4] = {"robust", "fragile", "overfit", "insufficient"};
const char *const VERDICT_REASON_NAME[VERDICT_N_REASONS] = {
#define X(id, name, text) name,
    VERDICT_REASON_TABLE(X)
#undef X
};
const char *const VERDICT_REASON_TEXT[VERDICT_N_REASONS] = {
#define X(id, name, text) text,
    VERDICT_REASON_TABLE(X)
#undef X
};

static void because(struct verdict *out, bool failed, enum verdict_reason reason)
{
    if (failed)
        out->reason[out->n_reasons++] = reason;
}

/* The first class with a reason wins. A comparison with NaN is false: conditions that must hold are
 * negated as a whole, accusations are not. */
void verdict_judge(struct verdict *out, const struct verdict_evidence *e,
                   const struct verdict_limits *l)
{
    *out = (struct verdict){.class = VERDICT_INSUFFICIENT};
    bool flat_good = e->prob_loss <= l->flat_loss_max && e->val_frac_pos >= l->flat_positive_min;
    out->flat_good = flat_good;
    because(out, e->n_trades < l->n_trades_min, VERDICT_TOO_FEW_TRADES);
    because(out, e->coverage < l->coverage_min, VERDICT_LOW_COVERAGE);
    if (out->n_reasons)
        return;
    out->class = VERDICT_OVERFIT;
    because(out, e->pbo >= l->pbo_overfit && e->prob_loss >= l->prob_loss_overfit, VERDICT_PBO);
    because(out, e->dsr < l->dsr_overfit && !flat_good, VERDICT_DSR);
    because(out, e->val_perf <= 0.0 && e->spearman <= 0.0, VERDICT_VALIDATION);
    if (out->n_reasons)
        return;
    because(out, !(e->pbo <= l->pbo_robust || flat_good), VERDICT_PBO);
    because(out, !(e->dsr >= l->dsr_robust), VERDICT_DSR);
    because(out, !(e->plateau_ratio >= l->plateau_ratio_min), VERDICT_PLATEAU);
    because(out, !(e->worst_ratio >= l->worst_ratio_min), VERDICT_WORST);
    because(out, !(e->basin_frac >= l->basin_frac_min), VERDICT_BASIN);
    because(out, e->on_edge, VERDICT_EDGE);
    because(out, !(e->spearman >= l->spearman_min || flat_good), VERDICT_SPEARMAN);
    because(out, !(e->val_perf > 0.0), VERDICT_VALIDATION);
    because(out, !(e->stress_retention >= l->stress_min), VERDICT_STRESS);
    because(out, !(e->top5_gross_share <= l->top5_share_max), VERDICT_CONCENTRATION);
    out->class = out->n_reasons ? VERDICT_FRAGILE : VERDICT_ROBUST;
}
