#include "review/statistics/verdict.h"
#include "tests/lib/cm.h" /* cmocka and the headers it wants first */
#include <math.h>

static const struct verdict_evidence GOOD = {.n_trades = 120,
                                             .coverage = 1.0,
                                             .pbo = 0.08,
                                             .prob_loss = 0.1,
                                             .val_frac_pos = 0.8,
                                             .dsr = 0.97,
                                             .val_perf = 0.9,
                                             .spearman = 0.7,
                                             .plateau_ratio = 0.92,
                                             .worst_ratio = 0.7,
                                             .basin_frac = 0.1,
                                             .stress_retention = 0.6,
                                             .top5_gross_share = 0.2};

static void expect(const struct verdict_evidence *e, enum verdict_class class, uint32_t n,
                   enum verdict_reason first)
{
    struct verdict v;
    verdict_judge(&v, e, &VERDICT_DEFAULT);
    assert_int_equal(v.class, class);
    assert_int_equal(v.n_reasons, n);
    if (n)
        assert_int_equal(v.reason[0], first);
}

/* Each condition alone costs the "robust", at its own limit and not before. */
static void one_failed_condition_is_one_reason(void **state)
{
    (void)state;
    static const struct {
        size_t field;
        double passes, fails;
        enum verdict_reason reason;
    } rules[] = {
#define RULE(name, passes, fails, reason)                                                          \
    {offsetof(struct verdict_evidence, name), passes, fails, reason}
        RULE(pbo, 0.2, 0.21, VERDICT_PBO),
        RULE(dsr, 0.95, 0.94, VERDICT_DSR),
        RULE(plateau_ratio, 0.8, 0.79, VERDICT_PLATEAU),
        RULE(worst_ratio, 0.5, 0.49, VERDICT_WORST),
        RULE(basin_frac, 0.02, 0.019, VERDICT_BASIN),
        RULE(spearman, 0.3, 0.29, VERDICT_SPEARMAN),
        RULE(val_perf, 0.01, 0.0, VERDICT_VALIDATION),
        RULE(stress_retention, 0.5, 0.49, VERDICT_STRESS),
        RULE(top5_gross_share, 0.5, 0.51, VERDICT_CONCENTRATION),
#undef RULE
    };
    expect(&GOOD, VERDICT_ROBUST, 0, 0);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        struct verdict_evidence e = GOOD;
        double *field = (double *)((char *)&e + rules[i].field);
        *field = rules[i].passes;
        expect(&e, VERDICT_ROBUST, 0, 0);
        *field = rules[i].fails;
        expect(&e, VERDICT_FRAGILE, 1, rules[i].reason);
        *field = NAN; /* not known: no robust, no accusation */
        expect(&e, VERDICT_FRAGILE, 1, rules[i].reason);
    }
    struct verdict_evidence e = GOOD;
    e.on_edge = true;
    expect(&e, VERDICT_FRAGILE, 1, VERDICT_EDGE);
}

static void overfit_needs_its_evidence(void **state)
{
    (void)state;
    struct verdict_evidence e = GOOD;
    e.pbo = 0.5;
    expect(&e, VERDICT_FRAGILE, 1, VERDICT_PBO);
    e.prob_loss = 0.25;
    expect(&e, VERDICT_OVERFIT, 1, VERDICT_PBO);
    e = GOOD;
    e.dsr = 0.49;
    expect(&e, VERDICT_OVERFIT, 1, VERDICT_DSR);
    e.prob_loss = 0.05; /* flat-good: every point earns, which is no peak picked by luck */
    e.val_frac_pos = 0.9;
    expect(&e, VERDICT_FRAGILE, 1, VERDICT_DSR);
    e = GOOD;
    e.val_perf = 0.0;
    e.spearman = 0.0;
    expect(&e, VERDICT_OVERFIT, 1, VERDICT_VALIDATION);
}

static void flat_good_excuses_pbo_and_rank(void **state)
{
    (void)state;
    struct verdict_evidence e = GOOD;
    e.pbo = 0.55;
    e.spearman = -0.1;
    e.prob_loss = 0.01;
    e.val_frac_pos = 0.97;
    expect(&e, VERDICT_ROBUST, 0, 0);
    e.val_frac_pos = 0.89;
    expect(&e, VERDICT_FRAGILE, 2, VERDICT_PBO);
}

static void too_little_to_judge_comes_first(void **state)
{
    (void)state;
    struct verdict_evidence e = GOOD;
    e.n_trades = 29;
    e.pbo = 0.9;
    e.prob_loss = 0.9;
    expect(&e, VERDICT_INSUFFICIENT, 1, VERDICT_TOO_FEW_TRADES);
    e.coverage = 0.4;
    expect(&e, VERDICT_INSUFFICIENT, 2, VERDICT_TOO_FEW_TRADES);
    e.n_trades = 30;
    e.coverage = 0.5;
    expect(&e, VERDICT_OVERFIT, 1, VERDICT_PBO);
}

CM_MAIN("verdict", cmocka_unit_test(one_failed_condition_is_one_reason),
        cmocka_unit_test(overfit_needs_its_evidence),
        cmocka_unit_test(flat_good_excuses_pbo_and_rank),
        cmocka_unit_test(too_little_to_judge_comes_first))
