/* Folds from segment sums against the same folds from daily series. */
#include "engine/metrics.h"
#include "review/fold_review.h"
#include "tests/lib/cm.h"
#include "tests/lib/rng.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DAYS = 120, LEVELS = 5, N = LEVELS * LEVELS };
#define YEAR 252.0
#define CLOSE(a, b)                                                                                \
    assert_true(((a) != (a) && (b) != (b)) || fabs((a) - (b)) <= 1e-9 * (1 + fabs(b)))

struct problem {
    struct folds folds;
    struct surface grid;
    double series[N * DAYS];
    struct fold_choice *choice;
};

static void draw(struct problem *p, struct rng *rng)
{
    uint32_t groups = 2 + rng_below(rng, 7);
    p->folds = (struct folds){.walk = {.train = 5 + rng_below(rng, 40),
                                       .test = 1 + rng_below(rng, 20),
                                       .step = 1 + rng_below(rng, 25),
                                       .gap = rng_below(rng, 6),
                                       .anchored = rng_chance(rng, 0.5)},
                              .cpcv = {.groups = groups,
                                       .test = 1 + rng_below(rng, groups - 1),
                                       .purge = rng_below(rng, 30),
                                       .embargo = rng_below(rng, 30)},
                              .n_days = DAYS};
    p->grid = (struct surface){.n_axes = 2, .n_levels = {LEVELS, LEVELS}};
    p->grid.kind[1] = SURFACE_CAT;
    assert_int_equal(surface_check(&p->grid), OK);
    for (uint32_t i = 0; i < N * DAYS; i++)
        p->series[i] = i / DAYS == 3 ? 0.0 : 0.02 * (rng_unit(rng) - 0.48);
}

/* Offered in any order: the answer must not know it. */
static void offer_all(struct problem *p, struct rng *rng)
{
    uint32_t cuts[FOLDS_SEGMENTS_MAX + 1], n = folds_cuts(&p->folds, cuts);
    double sums[2 * FOLDS_SEGMENTS_MAX];
    uint32_t start = rng_below(rng, N);
    assert_int_equal(fold_choice_new(&p->choice, &p->folds), OK);
    for (uint32_t i = 0; i < N; i++) {
        uint32_t k = (start + i * 7) % N;
        metrics_block_sums(p->series + k * DAYS, cuts, n, sums, sums + n);
        fold_choice_offer(p->choice, k, sums);
    }
}

static void check_walk(const struct problem *p, const struct fold_review *f)
{
    const struct folds_walk *w = &p->folds.walk;
    const struct walk_forward_plan plan = {w->train, w->test, w->step, w->gap, w->anchored, YEAR};
    struct walk_forward r;
    struct walk_forward_window windows[DAYS];
    assert_int_equal(walk_forward_run(&r, windows, &plan, p->series, N, DAYS, &p->grid), OK);
    assert_int_equal(f->walk.n_windows, r.n_windows);
    for (size_t i = 0; i < r.n_windows; i++) {
        assert_int_equal(f->windows[i].pick, windows[i].pick);
        CLOSE(f->windows[i].is_ann, windows[i].is_ann);
        CLOSE(f->windows[i].oos_ann, windows[i].oos_ann);
    }
    CLOSE(f->walk.wfe, r.wfe);
    CLOSE(f->walk.consistency, r.consistency);
    CLOSE(f->walk.max_share, r.max_share);
    CLOSE(f->walk.stitched_sharpe, r.stitched_sharpe);
    CLOSE(f->walk.stitched_mean_ann, r.stitched_mean_ann);
    CLOSE(f->walk.stitched_mdd, r.stitched_mdd);
    CLOSE(f->walk.param_drift, r.param_drift);
    assert_int_equal(f->walk.overlapping, r.overlapping);
}

static void check_paths(const struct problem *p, const struct fold_review *f)
{
    const struct folds_cpcv *c = &p->folds.cpcv;
    const struct cpcv_plan plan = {c->groups, c->test, c->purge, c->embargo, YEAR};
    struct cpcv_summary r;
    uint32_t picks[128], layout[128 * 8];
    double sharpe[128];
    assert_int_equal(cpcv_run(&r, picks, sharpe, layout, &plan, p->series, N, DAYS), OK);
    assert_int_equal(f->cpcv.n_splits, r.n_splits);
    assert_int_equal(f->cpcv.n_paths, r.n_paths);
    for (uint32_t s = 0; s < r.n_splits; s++)
        assert_int_equal(f->split_pick[s], picks[s]);
    for (uint32_t j = 0; j < r.n_paths; j++)
        CLOSE(f->path_sharpe[j], sharpe[j]);
    assert_memory_equal(f->path_splits, layout, r.n_paths * c->groups * sizeof layout[0]);
    CLOSE(f->cpcv.mean, r.mean);
    CLOSE(f->cpcv.sd, r.sd);
    CLOSE(f->cpcv.minimum, r.minimum);
    CLOSE(f->cpcv.prob_loss, r.prob_loss);
}

static void stitch(const struct problem *p, struct fold_review *f)
{
    uint64_t points[DAYS];
    static double series[N * DAYS];
    size_t n = fold_review_picks(f, points);
    for (size_t i = 0; i < n; i++)
        memcpy(series + i * DAYS, p->series + points[i] * DAYS, DAYS * sizeof *series);
    assert_int_equal(fold_review_stitch(f, points, n, series, DAYS), OK);
    if (n) {
        assert_int_equal(fold_review_stitch(f, points, n, series, DAYS - 1), ERR_RANGE);
        assert_int_equal(fold_review_stitch(f, points, n - 1, series, DAYS), ERR_RANGE);
    }
}

static void sums_say_what_series_say(void **state)
{
    (void)state;
    static struct problem p;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct rng rng = {seed};
        struct fold_review f;
        draw(&p, &rng);
        offer_all(&p, &rng);
        assert_int_equal(fold_review_make(&f, p.choice, YEAR, &p.grid), OK);
        stitch(&p, &f);
        check_walk(&p, &f);
        check_paths(&p, &f);
        fold_review_free(&f);
        fold_choice_free(&p.choice);
    }
}

/* Equal keys: the lowest point, whatever comes first. */
static void ties_go_to_the_lowest_point(void **state)
{
    (void)state;
    const struct folds folds = {.walk = {.train = 3, .test = 2, .step = 2}, .n_days = 5};
    const double sums[] = {0.03, 0.01, 0.001, 0.0002};
    struct fold_choice *choice;
    struct fold_pick pick;
    assert_int_equal(fold_choice_new(&choice, &folds), OK);
    assert_false(fold_choice_window(choice, 0, &pick));
    const uint64_t order[] = {8, 3, 11};
    for (int i = 0; i < 3; i++)
        fold_choice_offer(choice, order[i], sums);
    assert_true(fold_choice_window(choice, 0, &pick));
    assert_int_equal(pick.point, 3);
    fold_choice_free(&choice);
}

static void nothing_offered_is_nothing_known(void **state)
{
    (void)state;
    static struct problem p;
    struct rng rng = {9};
    struct fold_review f;
    draw(&p, &rng);
    assert_int_equal(fold_choice_new(&p.choice, &p.folds), OK);
    assert_int_equal(fold_review_make(&f, p.choice, YEAR, NULL), OK);
    assert_true(f.walk.n_windows == 0 && f.cpcv.n_paths == 0 && f.n_configs == 0);
    assert_true(isnan(f.walk.wfe) && isnan(f.walk.consistency) && isnan(f.cpcv.mean));
    fold_review_free(&f);
    fold_choice_free(&p.choice);
    const struct folds none = {.n_days = 0};
    assert_int_equal(fold_choice_new(&p.choice, &none), ERR_RANGE);
}

CM_MAIN("fold_review", cmocka_unit_test(sums_say_what_series_say),
        cmocka_unit_test(ties_go_to_the_lowest_point),
        cmocka_unit_test(nothing_offered_is_nothing_known))
