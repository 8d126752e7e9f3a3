/* Simulated grids of known truth, reviewed from arrays to verdict: about as the calibration table
 * of statistics.md section 6 says, judged at the peak as there. 8 grids a truth: the shares asked
 * for leave room for chance, the seeds are fixed. */
#include "tests/lib/cm.h" /* cmocka and the headers it wants first */
#include "tests/lib/simulated_grid.h"

enum { GRIDS = 8 };

static enum verdict_class verdict_of(struct sim *s, enum sim_truth truth, uint32_t seed)
{
    struct review r;
    static double train[SIM_N * SIM_TRAIN];
    sim_draw(s, truth, seed);
    struct review_input in = sim_input(s);
    assert_int_equal(review_choose(&r, &in, REVIEW_NONE, NULL), OK);
    uint64_t peak = r.peak;
    assert_int_equal(review_choose(&r, &in, peak, NULL), OK);
    sim_row(s, peak);
    in.chosen_train = s->row;
    assert_int_equal(review_surface(&r, &in), OK);
    for (int k = 0; k < SIM_N; k++)
        memcpy(train + k * SIM_TRAIN, s->series[k], SIM_TRAIN * sizeof *train);
    /* Reality Check is no part of the verdict: a short series keeps the test short. */
    const struct review_series series = {SIM_N, SIM_TRAIN, SIM_TRAIN, train};
    struct trials_effective effective;
    assert_int_equal(trials_effective(&effective, series.value, series.n, series.n_days), OK);
    in.trials = effective.by_entropy;
    assert_int_equal(review_luck(&r, &in, NULL), OK);
    review_judge(&r, &VERDICT_DEFAULT);
    enum verdict_class class = r.verdict.class;
    review_free(&r);
    return class;
}

static void count(enum sim_truth truth, unsigned n[4])
{
    struct sim *s = sim_new();
    for (uint32_t i = 0; i < GRIDS; i++)
        n[verdict_of(s, truth, 100 * (uint32_t)truth + i)]++;
    print_message("truth %d: %u robust, %u fragile, %u overfit of %d\n", truth, n[VERDICT_ROBUST],
                  n[VERDICT_FRAGILE], n[VERDICT_OVERFIT], GRIDS);
    assert_int_equal(n[VERDICT_INSUFFICIENT], 0);
    sim_free(s);
}

static void a_hill_is_not_called_luck(void **state)
{
    (void)state;
    unsigned n[4] = {0};
    count(SIM_HILL, n);
    assert_true(n[VERDICT_ROBUST] >= GRIDS / 4 && n[VERDICT_OVERFIT] <= 1); /* 37 and 2 of 60 */
}

static void noise_is_never_robust(void **state)
{
    (void)state;
    unsigned n[4] = {0};
    count(SIM_NOISE, n);
    assert_true(n[VERDICT_ROBUST] == 0 && n[VERDICT_OVERFIT] >= GRIDS / 2); /* 49 of 60 */
}

static void a_spike_is_fragile(void **state)
{
    (void)state;
    unsigned n[4] = {0};
    count(SIM_SPIKE, n);
    assert_true(n[VERDICT_ROBUST] == 0 && n[VERDICT_FRAGILE] >= GRIDS / 2); /* 60 of 60 */
}

static void a_uniformly_good_grid_is_robust(void **state)
{
    (void)state;
    unsigned n[4] = {0};
    count(SIM_ALL_GOOD, n);
    assert_true(n[VERDICT_ROBUST] >= GRIDS / 2 && n[VERDICT_OVERFIT] == 0); /* 59 of 60 */
}

CM_MAIN("review truths", cmocka_unit_test(a_hill_is_not_called_luck),
        cmocka_unit_test(noise_is_never_robust), cmocka_unit_test(a_spike_is_fragile),
        cmocka_unit_test(a_uniformly_good_grid_is_robust))
