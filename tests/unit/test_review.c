/* The steps of a review on simulated grids and on grids that lack this or that. */
#include "review/figures.h"
#include "tests/lib/cm.h" /* cmocka and the headers it wants first */
#include "tests/lib/simulated_grid.h"
#include <string.h>

static void judge(struct review *r, struct review_input *in, struct sim *s)
{
    sim_row(s, r->chosen);
    in->chosen_train = s->row;
    assert_int_equal(review_surface(r, in), OK);
    assert_int_equal(review_luck(r, in, NULL), OK);
    review_judge(r, &VERDICT_DEFAULT);
}

static bool gives_reason(const struct review *r, const char *name)
{
    char words[512];
    for (uint32_t i = 0; i < review_n_reasons(r); i++)
        if (strcmp(review_reason(r, i, words, sizeof words), name) == 0)
            return strlen(words) > 0;
    return false;
}

/* A spike in a corner is the peak, but the hill is the pick; validation changes neither. */
static void the_robust_pick_is_not_the_spike(void **state)
{
    (void)state;
    struct sim *s = sim_new();
    struct review r;
    sim_draw(s, SIM_HILL, 1);
    s->f[0] = 9.0;
    struct review_input in = sim_input(s);
    assert_int_equal(review_choose(&r, &in, REVIEW_NONE, NULL), OK);
    uint64_t robust = r.robust;
    assert_true(r.peak == 0 && robust != 0 && r.chosen == robust);
    for (int k = 0; k < SIM_N; k++)
        s->validation[k] = -s->validation[k];
    assert_int_equal(review_choose(&r, &in, REVIEW_NONE, NULL), OK);
    assert_int_equal(r.robust, robust);
    s->eligible[robust] = false;
    assert_int_equal(review_choose(&r, &in, REVIEW_NONE, NULL), OK);
    assert_true(r.robust != robust);
    review_free(&r);
    sim_free(s);
}

/* Ledger and --trials move the trial count as they say, and the DSR with it. */
static void trials_elsewhere_deflate(void **state)
{
    (void)state;
    struct sim *s = sim_new();
    struct review r;
    sim_draw(s, SIM_HILL, 2);
    struct review_input in = sim_input(s);
    double dsr[3], n[3];
    for (int i = 0; i < 3; i++) {
        in.ledger_factor = i == 1 ? 10.0 : 1.0;
        in.trials = i == 2 ? 5.0 : 0.0;
        assert_int_equal(review_choose(&r, &in, REVIEW_NONE, NULL), OK);
        judge(&r, &in, s);
        dsr[i] = r.trial[REVIEW_RAW].dsr;
        n[i] = r.trial[REVIEW_RAW].n;
        review_free(&r);
    }
    assert_true(n[0] == SIM_N && n[1] == 10.0 * SIM_N && n[2] == 5.0);
    assert_true(dsr[1] < dsr[0] && dsr[0] < dsr[2]);
    sim_free(s);
}

/* A sample of points has no neighbours: at best fragile, and it says why. */
static void samples_are_at_best_fragile(void **state)
{
    (void)state;
    struct sim *s = sim_new();
    struct review r;
    sim_draw(s, SIM_ALL_GOOD, 3);
    struct sweep_axis axis = axis_new("a", 0, 200, false);
    struct sweep_plan plan = {
        .axes = &axis, .n_axes = 1, .method = SWEEP_RANDOM, .n_samples = SIM_N, .sample_seed = 1};
    sweep_free(&s->sweep);
    assert_int_equal(sweep_new(&s->sweep, &plan, NULL), OK);
    axes_free(&axis, 1);
    struct review_input in = sim_input(s);
    in.trials = 2.0;
    assert_int_equal(review_choose(&r, &in, REVIEW_NONE, NULL), OK);
    assert_true(r.robust == REVIEW_NONE && r.chosen == r.peak);
    judge(&r, &in, s);
    assert_int_equal(r.verdict.class, VERDICT_FRAGILE);
    assert_true(gives_reason(&r, "not_a_grid") && !gives_reason(&r, "plateau"));
    review_free(&r);
    /* A point that failed under a shock is not chosen, though it is the peak. */
    s->eligible[r.peak] = false;
    assert_int_equal(review_choose(&r, &in, REVIEW_NONE, NULL), OK);
    assert_true(r.chosen != r.peak && s->f[r.chosen] <= s->f[r.peak]);
    assert_string_equal(r.how, "the best point that is ok in every scenario");
    review_free(&r);
    sim_free(s);
}

/* Nothing valid is an error with its line; a point without a value cannot be judged. */
static void nothing_to_judge_is_said(void **state)
{
    (void)state;
    struct sim *s = sim_new();
    struct review r;
    struct err_note note = {""};
    sim_draw(s, SIM_NOISE, 4);
    struct review_input in = sim_input(s);
    s->f[7] = NAN;
    assert_int_equal(review_choose(&r, &in, 7, &note), ERR_EMPTY);
    assert_non_null(strstr(note.text, "point 7"));
    for (int k = 0; k < SIM_N; k++)
        s->f[k] = NAN;
    assert_int_equal(review_choose(&r, &in, REVIEW_NONE, &note), ERR_EMPTY);
    sim_free(s);
}

/* Without validation, block sums, trades or Sharpe ratios: unknown numbers, never robust. */
static void what_is_missing_stays_unknown(void **state)
{
    (void)state;
    struct sim *s = sim_new();
    struct review r;
    double values[N_FIGURES];
    sim_draw(s, SIM_ALL_GOOD, 5);
    for (int k = 0; k < SIM_N; k++) {
        s->validation[k] = s->total_return[k] = s->sharpe[k] = NAN;
        s->f[k] = 0.0;
    }
    struct review_input in = sim_input(s);
    in.n_configs = 0;
    in.n_stress = 0;
    assert_int_equal(review_choose(&r, &in, REVIEW_NONE, NULL), OK);
    judge(&r, &in, s);
    figures_of(&r, values);
    assert_true(isnan(values[FIGURE_overfitting_pbo]) && isnan(values[FIGURE_luck_dsr]));
    assert_true(isnan(values[FIGURE_validation_spearman]));
    assert_true(isnan(values[FIGURE_stress_stress_retention]));
    assert_int_equal(r.verdict.class, VERDICT_FRAGILE);
    assert_true(r.n_notes >= 3);
    bool sobol = false;
    for (uint32_t i = 0; i < r.n_notes; i++)
        sobol |= strstr(r.note[i], "Sobol") != NULL;
    assert_true(sobol); /* nothing varies */
    char words[512];
    for (uint32_t i = 0; i < review_n_reasons(&r); i++)
        if (strcmp(review_reason(&r, i, words, sizeof words), "pbo") == 0)
            assert_string_equal(words, "PBO not known (wanted: at most 0.2)");
    assert_true(gives_reason(&r, "pbo"));
    review_free(&r);
    sim_free(s);
}

/* Fewer than ten configurations: no PBO. A two-point grid has one neighbour a point. */
static void two_points_are_a_grid(void **state)
{
    (void)state;
    struct sim *s = sim_new();
    struct review r;
    sim_draw(s, SIM_ALL_GOOD, 6);
    struct sweep_axis axis = axis_new("a", 0, 2, false);
    struct sweep_plan plan = {.axes = &axis, .n_axes = 1};
    sweep_free(&s->sweep);
    assert_int_equal(sweep_new(&s->sweep, &plan, NULL), OK);
    axes_free(&axis, 1);
    struct review_input in = sim_input(s);
    in.n_configs = 2;
    in.n_stress = 0;
    assert_int_equal(review_choose(&r, &in, REVIEW_NONE, NULL), OK);
    judge(&r, &in, s);
    assert_true(r.at_chosen.n_nb == 1 && !r.at_chosen.on_edge);
    assert_true(isnan(r.pbo) && isnan(r.agreement.spearman));
    review_free(&r);
    sim_free(s);
}

/* The daily series of a large sweep are a stride, the picks among them. */
static void samples_are_a_stride_and_the_picks(void **state)
{
    (void)state;
    static uint64_t points[REVIEW_SAMPLE_MAX + 3];
    const struct review r = {.n_points = 10000, .chosen = 7, .robust = 7, .peak = 9999};
    size_t n = review_sample(&r, points);
    assert_int_equal(n, 3334 + 1); /* every third, 9999 among them, and 7 */
    assert_true(points[0] == 0 && points[1] == 3 && points[3] == 7 && points[n - 1] == 9999);
    const struct review small = {.n_points = 4096, .chosen = 7, .robust = REVIEW_NONE, .peak = 1};
    assert_int_equal(review_sample(&small, points), 4096);
}

CM_MAIN("review", cmocka_unit_test(the_robust_pick_is_not_the_spike),
        cmocka_unit_test(trials_elsewhere_deflate), cmocka_unit_test(samples_are_at_best_fragile),
        cmocka_unit_test(nothing_to_judge_is_said), cmocka_unit_test(what_is_missing_stays_unknown),
        cmocka_unit_test(two_points_are_a_grid),
        cmocka_unit_test(samples_are_a_stride_and_the_picks))
