#include "engine/metrics.h"
#include "proto/result.h"
#include "review/diff.h"
#include "tests/lib/cm.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static double fast_values[] = {1, 2, 3}, fast_reversed[] = {3, 2}, slow_values[] = {10, 20};
static double ten[] = {10}, seven[] = {7, 8};
static char *fast_texts[] = {"1", "2", "3"}, *reversed_texts[] = {"3", "2.0"};
static char *slow_texts[] = {"10", "20"}, *ten_texts[] = {"10"}, *seven_texts[] = {"7", "8"};

static struct sweep_axis axis(const char *path, uint32_t dimension, uint32_t n, double *values,
                              char **texts)
{
    return (struct sweep_axis){.path = (char *)path,
                               .label = (char *)path,
                               .unit = "",
                               .dimension = dimension,
                               .n_levels = n,
                               .values = values,
                               .texts = texts};
}

static void make(struct job *job, const struct sweep_axis *axes, uint32_t n)
{
    struct sweep_plan plan = {.axes = axes, .n_axes = n};
    struct err_note note = {""};
    memset(job, 0, sizeof *job);
    job->name = strdup("n");
    job->objective = strdup("sharpe");
    strcpy(job->engine_id, "e");
    job->n_scenarios = job->n_periods = 1;
    strcpy(job->scenarios[0].name, "baseline");
    strcpy(job->periods[0].name, "train");
    if (sweep_new(&job->sweep, &plan, &note))
        fail_msg("%s", note.text);
}

static void give(struct job *job, const char *path, double value)
{
    job->values = calloc(1, sizeof *job->values);
    job->values[0] = (struct job_value){strdup(path), value};
    job->n_values = 1;
}

/* A grid of 3 x 2 and one with the axes the other way round, two of the levels, in another order.
 */
static void points_match_by_parameters(void **state)
{
    (void)state;
    struct job a, b;
    struct diff_match m;
    make(&a,
         (struct sweep_axis[]){axis("fast", 0, 3, fast_values, fast_texts),
                               axis("slow", 1, 2, slow_values, slow_texts)},
         2);
    make(&b,
         (struct sweep_axis[]){axis("slow", 0, 2, slow_values, slow_texts),
                               axis("fast", 1, 2, fast_reversed, reversed_texts)},
         2);
    const uint64_t expected[] = {DIFF_NONE, DIFF_NONE, 1, 3, 0, 2};
    assert_int_equal(diff_match_make(&m, &a, &b), OK);
    assert_memory_equal(m.b_of, expected, sizeof expected);
    assert_int_equal(m.n_both, 4);
    for (uint64_t i = 0; i < m.n_b; i++)
        assert_int_equal(m.b_of[m.a_of[i]], i);
    diff_match_free(&m);
    job_free(&a);
    job_free(&b);
}

/* What is an axis here and a fixed value there: one level of it matches, if the value is one. */
static void an_axis_matches_a_base_value(void **state)
{
    (void)state;
    struct job a, b;
    struct diff_match m;
    make(&a,
         (struct sweep_axis[]){axis("fast", 0, 3, fast_values, fast_texts),
                               axis("slow", 1, 2, slow_values, slow_texts)},
         2);
    make(&b, (struct sweep_axis[]){axis("fast", 0, 3, fast_values, fast_texts)}, 1);
    give(&b, "slow", 20);
    assert_int_equal(diff_match_make(&m, &a, &b), OK);
    const uint64_t expected[] = {DIFF_NONE, 0, DIFF_NONE, 1, DIFF_NONE, 2};
    assert_memory_equal(m.b_of, expected, sizeof expected);
    diff_match_free(&m);
    b.values[0].value = 15;
    assert_int_equal(diff_match_make(&m, &a, &b), OK);
    assert_int_equal(m.n_both, 0);
    diff_match_free(&m);
    job_free(&a);
    job_free(&b);
}

/* A field the other run does not have at all: nothing to compare at one level, no match at two. */
static void an_unknown_axis_counts_only_with_levels(void **state)
{
    (void)state;
    struct job a, b, c;
    struct diff_match m;
    struct sweep_axis fast = axis("fast", 0, 3, fast_values, fast_texts);
    make(&a, &fast, 1);
    make(&b, (struct sweep_axis[]){fast, axis("other", 1, 1, ten, ten_texts)}, 2);
    make(&c, (struct sweep_axis[]){fast, axis("other", 1, 2, seven, seven_texts)}, 2);
    assert_int_equal(diff_match_make(&m, &a, &b), OK);
    assert_int_equal(m.n_both, 3);
    diff_match_free(&m);
    assert_int_equal(diff_match_make(&m, &a, &c), OK);
    assert_int_equal(m.n_both, 0);
    diff_match_free(&m);
    job_free(&a);
    job_free(&b);
    job_free(&c);
}

static void moves_are_counted(void **state)
{
    (void)state;
    uint64_t b_of[] = {0, 1, 2, 3, 4, DIFF_NONE}, a_of[] = {0, 1, 2, 3, 4, DIFF_NONE};
    struct diff_match m = {.n_a = 6, .n_b = 6, .n_both = 5, .b_of = b_of, .a_of = a_of};
    const double a[] = {1, 2, 3, NAN, INFINITY, 9}, b[] = {1, 2.5, 2, 5, INFINITY, 7};
    const uint8_t in_a[] = {0, 0, 0, STATUS_FAILED, 0, 0};
    const uint8_t in_b[] = {0, 0, 0, 0, 0, STATUS_EXCLUDED};
    const struct diff_side x = {a, in_a}, y = {b, in_b};
    struct diff_surface s;
    assert_int_equal(diff_surface_make(&s, &m, &x, &y, 1, 0.5), OK);
    assert_int_equal(s.n_both, 5);
    assert_int_equal(s.n_only_a, 1);
    assert_int_equal(s.n_only_b, 0); /* excluded */
    assert_int_equal(s.n_status, 1);
    assert_int_equal(s.n_compared, 4);
    assert_int_equal(s.n_moved, 2); /* 3 to 2, and the failed one; 0.5 is within */
    assert_true(s.max_move == 1 && s.max_point == 2 && s.mean_move == 1.5 / 4);
    assert_int_equal(s.best_a, 4);
    assert_int_equal(s.best_b, 4);
    assert_true(fabs(s.spearman - 0.8) < 1e-12); /* ranks 1 2 3 4 and 1 3 2 4 */
    assert_int_equal(diff_surface_make(&s, &m, &x, &x, 1, 0), OK);
    assert_int_equal(s.n_moved, 0);
}

static void nothing_to_compare_is_said_so(void **state)
{
    (void)state;
    uint64_t none[] = {DIFF_NONE, DIFF_NONE};
    struct diff_match m = {.n_a = 2, .n_b = 2, .b_of = none, .a_of = none};
    const double a[] = {NAN, NAN};
    const uint8_t failed[] = {STATUS_FAILED, STATUS_FAILED};
    const struct diff_side x = {a, failed};
    struct diff_surface s;
    assert_int_equal(diff_surface_make(&s, &m, &x, &x, 1, 0), OK);
    assert_true(isnan(s.mean_move) && isnan(s.max_move) && isnan(s.spearman));
    assert_true(s.max_point == DIFF_NONE && s.best_a == DIFF_NONE && s.best_b == DIFF_NONE);
    assert_int_equal(s.n_only_a, 2);
}

static bool has(const struct diff_reasons *r, const char *what, const char *a, const char *b)
{
    for (uint32_t i = 0; i < r->n; i++)
        if (!strcmp(r->at[i].what, what))
            return !strcmp(r->at[i].a, a) && !strcmp(r->at[i].b, b);
    return false;
}

static void every_reason_is_named(void **state)
{
    (void)state;
    struct job a, b;
    struct diff_reasons r = {0};
    struct sweep_axis fast = axis("fast", 0, 3, fast_values, fast_texts);
    make(&a, &fast, 1);
    make(&b, (struct sweep_axis[]){fast, axis("slow", 1, 2, slow_values, slow_texts)}, 2);
    assert_int_equal(diff_reasons_make(&r, &a, "x", &a, "x"), OK);
    assert_int_equal(r.n, 0);
    free(r.at);
    give(&a, "fee", 1);
    give(&b, "fee", 2);
    strcpy(b.engine_id, "imported");
    b.scenarios[0].slippage_multiplier = 2;
    b.periods[0].end_day = 1;
    a.folds.walk = (struct folds_walk){.train = 252, .test = 63, .step = 63};
    b.folds.walk = (struct folds_walk){.train = 200, .test = 63, .step = 63, .anchored = true};
    b.folds.cpcv = (struct folds_cpcv){.groups = 6, .test = 2, .purge = 20, .embargo = 5};
    assert_int_equal(diff_reasons_make(&r, &a, "x", &b, "y"), OK);
    assert_true(has(&r, "engine", "e", "imported"));
    assert_true(has(&r, "build", "x", "y"));
    assert_true(has(&r, "data", "0000000000000000", "not known"));
    assert_true(has(&r, "value fee", "1", "2"));
    assert_true(has(&r, "axis slow", "", "10 20"));
    assert_true(has(&r, "scenario baseline", "slippage 0, flash crash no, regime none",
                    "slippage 2, flash crash no, regime none"));
    assert_true(has(&r, "period train", "1970-01-01 to 1970-01-01", "1970-01-01 to 1970-01-02"));
    assert_true(has(&r, "walk_forward", "train 252, test 63, step 63, gap 0",
                    "train 200, test 63, step 63, gap 0, anchored"));
    assert_true(has(&r, "cpcv", "", "groups 6, test 2, purge 20, embargo 5"));
    free(r.at);
    job_free(&a);
    job_free(&b);
}

CM_MAIN("diff", cmocka_unit_test(points_match_by_parameters),
        cmocka_unit_test(an_axis_matches_a_base_value),
        cmocka_unit_test(an_unknown_axis_counts_only_with_levels),
        cmocka_unit_test(moves_are_counted), cmocka_unit_test(nothing_to_compare_is_said_so),
        cmocka_unit_test(every_reason_is_named))
