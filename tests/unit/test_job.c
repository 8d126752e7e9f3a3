#include "proto/job.h"
#include "tests/lib/cm.h"
#include "tests/lib/sweep_axes.h"
#include <string.h>

static struct job make(uint32_t n_levels)
{
    struct sweep_axis axes[] = {axis_new("a", 0, n_levels, true), axis_new("b.c", 1, 3, false)};
    const char *const where[] = {"a < 5 or c == 1"};
    struct sweep_plan plan = {.axes = axes, .n_axes = 2, .where = where, .n_where = 1};
    struct job job = {.engine_id = "0123abcd",
                      .image_hash = {1, 2, 3},
                      .spec_sha256 = {9},
                      .name = strdup("run"),
                      .objective = strdup("sharpe"),
                      .n_blocks = 16,
                      .folds = {.walk = {100, 20, 10, 5, true},
                                .cpcv = {.groups = 6, .test = 2, .purge = 3, .embargo = 1},
                                .n_days = 200},
                      .n_sleeves = 1,
                      .n_periods = 3,
                      .n_scenarios = 2,
                      .n_values = 1,
                      .sleeves = {{"equity", "momentum"}},
                      .periods = {{"train", 10, 20, false},
                                  {"holdout", 21, 30, true},
                                  {"validation", 31, 40, false}},
                      .scenarios = {{"baseline", 1.0, false, 0}, {"bear", 2.5, true, 1}},
                      .tile_points = 4};
    job.values = calloc(1, sizeof *job.values);
    job.values[0] = (struct job_value){strdup("portfolio.seed"), 42};
    assert_int_equal(sweep_new(&job.sweep, &plan, NULL), OK);
    axes_free(axes, 2);
    return job;
}

static void folds_beyond_their_limits_are_refused(void **state)
{
    (void)state;
    struct job job = make(7), back;
    uint8_t *bytes;
    size_t n;
    job.folds.cpcv.test = job.folds.cpcv.groups;
    assert_int_equal(job_encode(&job, &bytes, &n), OK);
    assert_int_equal(job_decode(&back, bytes, n, NULL), ERR_FORMAT);
    free(bytes);
    job_free(&job);
}

static void a_job_comes_back_whole(void **state)
{
    (void)state;
    struct job job = make(7), back;
    uint8_t *bytes, *again;
    size_t n, m;
    assert_int_equal(job_encode(&job, &bytes, &n), OK);
    assert_int_equal(job_decode(&back, bytes, n, NULL), OK);
    assert_int_equal(job_encode(&back, &again, &m), OK);
    assert_int_equal(n, m);
    assert_memory_equal(bytes, again, n);
    assert_string_equal(back.engine_id, "0123abcd");
    assert_string_equal(back.name, "run");
    assert_int_equal(back.image_hash[2], 3);
    assert_string_equal(back.sleeves[0].strategy, "momentum");
    assert_true(back.periods[1].locked);
    assert_true(back.folds.walk.gap == 5 && back.folds.walk.anchored && back.folds.n_days == 200);
    assert_true(back.folds.cpcv.purge == 3 &&
                job_n_segments(&back) == folds_cuts(&job.folds, NULL));
    assert_int_equal(back.periods[2].end_day, 40);
    assert_true(back.scenarios[1].slippage_multiplier == 2.5 && back.scenarios[1].flash_crash);
    assert_string_equal(back.values[0].path, "portfolio.seed");
    assert_true(back.values[0].value == 42);
    assert_true(sweep_n_points(back.sweep) == 21);
    assert_string_equal(sweep_axis(back.sweep, 1)->label, "b_c");
    assert_true(sweep_excluded(back.sweep, 5 * 3) && !sweep_excluded(back.sweep, 5 * 3 + 1));
    free(bytes);
    free(again);
    job_free(&job);
    job_free(&back);
    assert_null(back.sweep);
}

/* No cut and no longer form of a job is a job. */
static void every_cut_is_refused(void **state)
{
    (void)state;
    struct job job = make(7), out;
    struct err_note note;
    uint8_t *bytes;
    size_t n;
    assert_int_equal(job_encode(&job, &bytes, &n), OK);
    for (size_t i = 0; i < n; i++)
        assert_int_not_equal(job_decode(&out, bytes, i, &note), OK);
    bytes = realloc(bytes, n + 1);
    bytes[n] = 0;
    assert_int_equal(job_decode(&out, bytes, n + 1, &note), ERR_FORMAT);
    bytes[4]++;
    assert_int_equal(job_decode(&out, bytes, n, &note), ERR_VERSION);
    bytes[0]++;
    assert_int_equal(job_decode(&out, bytes, n, &note), ERR_FORMAT);
    free(bytes);
    job_free(&job);
}

static void a_tile_size_is_a_power_of_two(void **state)
{
    (void)state;
    struct job job = make(7), out;
    const uint32_t bad[] = {0, 3, 8192};
    for (size_t i = 0; i < 3; i++) {
        uint8_t *bytes;
        size_t n;
        job.tile_points = bad[i];
        assert_int_equal(job_encode(&job, &bytes, &n), OK);
        assert_int_equal(job_decode(&out, bytes, n, NULL), ERR_FORMAT);
        free(bytes);
    }
    job_free(&job);
}

static void tiles_cover_the_ordinals(void **state)
{
    (void)state;
    struct job job = make(7);
    uint64_t first, next = 0;
    uint32_t count;
    assert_int_equal(job_n_open_periods(&job), 2);
    assert_true(job_n_tiles(&job) == 6); /* 21 points by 4 */
    for (uint64_t t = 0; t < 6; t++) {
        job_tile_span(&job, t, &first, &count);
        assert_true(first == next);
        next += count;
    }
    assert_true(next == 21);
    assert_int_equal(count, 1);
    job_free(&job);
}

static void the_baseline_is_told_by_what_it_does(void **state)
{
    (void)state;
    struct job job = make(7);
    assert_true(job_has_baseline(&job));
    job.scenarios[0].regime = 1;
    assert_false(job_has_baseline(&job));
    job_free(&job);
}

CM_MAIN("job", cmocka_unit_test(a_job_comes_back_whole),
        cmocka_unit_test(folds_beyond_their_limits_are_refused),
        cmocka_unit_test(every_cut_is_refused), cmocka_unit_test(a_tile_size_is_a_power_of_two),
        cmocka_unit_test(tiles_cover_the_ordinals),
        cmocka_unit_test(the_baseline_is_told_by_what_it_does))
