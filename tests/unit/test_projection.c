#include "tests/lib/cm.h"

#include "review/projection.h"
#include "tests/lib/fake_cells.h"

/* 3 x 4 x 5 grid with values of our choice. */
static void grid(struct job *job, uint64_t n_samples)
{
    struct sweep_axis axes[] = {fake_axis("a", "1 2 3", SWEEP_LINEAR, 0, false),
                                fake_axis("b", "1 2 3 4", SWEEP_LINEAR, 1, true),
                                fake_axis("c", "10 20 30 40 50", SWEEP_LINEAR, 2, false),
                                fake_axis("d", "v w x y z", SWEEP_CATEGORICAL, 2, false)};
    assert_int_equal(fake_job(job, axes, 4, NULL, n_samples, 8, NULL), OK);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The judge: collects each cell's values by asking for every point's levels, sorts them. */
static void judge(const struct projection_request *r, const struct projection *got)
{
    double *values = malloc(r->n_points * sizeof *values);
    uint32_t levels[SWEEP_AXES_MAX];
    for (uint32_t y = 0; y < got->ny; y++)
        for (uint32_t x = 0; x < got->nx; x++) {
            uint64_t n = 0, c = (uint64_t)y * got->nx + x;
            double sum = 0;
            for (uint64_t i = 0; i < r->n_points; i++) {
                sweep_levels(r->sweep, r->points ? r->points[i] : i, levels);
                bool here = (r->x == PROJECTION_NO_AXIS || levels[r->x] == x) &&
                            (r->y == PROJECTION_NO_AXIS || levels[r->y] == y);
                for (uint32_t a = 0; r->held && a < sweep_n_axes(r->sweep); a++)
                    here = here && (r->held[a] == PROJECTION_FREE || r->held[a] == levels[a]);
                if (here && !isnan(r->values[i]))
                    sum += values[n++] = r->values[i];
            }
            qsort(values, n, sizeof *values, ascending);
            assert_int_equal(got->count[c], n);
            if (n == 0) {
                for (int s = 0; s < PROJECTION_N_STATISTICS; s++)
                    assert_true(isnan(got->value[s][c]));
                continue;
            }
            double median =
                n % 2 ? values[n / 2] : values[n / 2 - 1] + (values[n / 2] - values[n / 2 - 1]) / 2;
            assert_true(got->value[PROJECTION_MIN][c] == values[0]);
            assert_true(got->value[PROJECTION_MAX][c] == values[n - 1]);
            assert_true(got->value[PROJECTION_MEDIAN][c] == median);
            assert_true(fabs(got->value[PROJECTION_MEAN][c] - sum / (double)n) <=
                        1e-12 * fabs(sum));
        }
    free(values);
}

static void every_pair_of_axes_agrees_with_the_judge(void **state)
{
    (void)state;
    struct job job;
    for (int sampled = 0; sampled < 2; sampled++) {
        grid(&job, sampled ? 200 : 0);
        uint64_t n = sweep_n_points(job.sweep);
        double *values = malloc(n * sizeof *values);
        uint64_t random = 12345;
        for (uint64_t i = 0; i < n; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            values[i] =
                random >> 60 == 3 ? NAN : (double)(random >> 58) - 20; /* many ties, some holes */
        }
        const uint32_t none = PROJECTION_NO_AXIS, axes[] = {0, 1, 2, none};
        const uint32_t held[] = {PROJECTION_FREE, PROJECTION_FREE, PROJECTION_FREE, 3};
        for (int y = 0; y < 4; y++)
            for (int x = 0; x < 4; x++)
                for (int h = 0; h < 2; h++) {
                    if (x == y && axes[x] != none)
                        continue;
                    struct projection_request r = {.sweep = job.sweep,
                                                   .x = axes[x],
                                                   .y = axes[y],
                                                   .held = h ? held : NULL,
                                                   .values = values,
                                                   .n_points = n};
                    struct projection got;
                    assert_int_equal(projection_make(&got, &r, NULL), OK);
                    judge(&r, &got);
                    projection_free(&got);
                }
        free(values);
        job_free(&job);
    }
}

static void large_cells_have_the_right_median(void **state)
{
    (void)state;
    struct job job;
    grid(&job, 5000);
    double *values = malloc(5000 * sizeof *values);
    uint64_t random = 99;
    for (int i = 0; i < 5000; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        values[i] = (double)(random >> 40);
    }
    struct projection_request r = {
        .sweep = job.sweep, .x = 0, .y = PROJECTION_NO_AXIS, .values = values, .n_points = 5000};
    struct projection got;
    assert_int_equal(projection_make(&got, &r, NULL), OK);
    judge(&r, &got);
    projection_free(&got);
    free(values);
    job_free(&job);
}

static void members_of_a_zip_group_are_no_pair(void **state)
{
    (void)state;
    struct job job;
    grid(&job, 0);
    double values[60] = {0};
    struct err_note note = {""};
    struct projection_request r = {
        .sweep = job.sweep, .x = 2, .y = 3, .values = values, .n_points = 60};
    struct projection got;
    assert_int_equal(projection_make(&got, &r, &note), ERR_RANGE);
    assert_non_null(strstr(note.text, "move together"));
    job_free(&job);
}

static void main_effects_find_the_axis_that_matters(void **state)
{
    (void)state;
    struct job job;
    grid(&job, 0);
    double values[60], share[4];
    uint32_t levels[4];
    for (uint64_t i = 0; i < 60; i++) {
        sweep_levels(job.sweep, i, levels);
        values[i] = 10.0 * levels[1] + levels[0];
    }
    assert_int_equal(projection_main_effects(job.sweep, values, NULL, 60, share), OK);
    double b = 100 * 1.25, a = 2.0 / 3; /* variances of 0..3 and 0..2 */
    assert_true(fabs(share[1] - b / (a + b)) < 1e-12);
    assert_true(fabs(share[0] - a / (a + b)) < 1e-12);
    assert_true(share[2] < 1e-12 && share[3] < 1e-12);
    for (int i = 0; i < 60; i++)
        values[i] = 7;
    assert_int_equal(projection_main_effects(job.sweep, values, NULL, 60, share), OK);
    assert_true(isnan(share[0]));
    job_free(&job);
}

static void the_lowest_index_wins_a_tie(void **state)
{
    (void)state;
    const double v[] = {NAN, 3, 1, 3, 1};
    assert_int_equal(projection_best(v, 5, 1), 1);
    assert_int_equal(projection_best(v, 5, -1), 2);
    assert_true(projection_best(v, 1, 1) == UINT64_MAX);
}

CM_MAIN("projection", cmocka_unit_test(every_pair_of_axes_agrees_with_the_judge),
        cmocka_unit_test(large_cells_have_the_right_median),
        cmocka_unit_test(members_of_a_zip_group_are_no_pair),
        cmocka_unit_test(main_effects_find_the_axis_that_matters),
        cmocka_unit_test(the_lowest_index_wins_a_tie))
