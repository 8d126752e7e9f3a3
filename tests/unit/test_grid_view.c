#include "tests/lib/cm.h"

#include "proto/result.h"
#include "review/grid_view.h"
#include "tests/lib/fake_cells.h"

/* ---- what is asked ---- */

struct arguments { /* name, value, name, value .. NULL */
    const char *at[20];
};

static const char *argument(void *ctx, const char *name)
{
    const struct arguments *all = ctx;
    for (int i = 0; all->at[i]; i += 2)
        if (strcmp(all->at[i], name) == 0)
            return all->at[i + 1];
    return NULL;
}

static const struct grid_view_shape SHAPE = {.n_dims = 3,
                                             .size = {2, 3, 4},
                                             .n_points = 24,
                                             .n_metrics = 5,
                                             .n_scenarios = 2,
                                             .n_periods = 2};
#define GOOD                                                                                       \
    "metric", "4", "scenario", "1", "period", "0", "x", "2", "y", "0", "how", "min", "held", "1,2,3"

static void a_view_is_read_from_an_url(void **state)
{
    (void)state;
    struct grid_view_request r;
    struct err_note note = {""};
    struct arguments all = {{GOOD, "minus", "0", NULL}};
    assert_int_equal(grid_view_parse(&r, &SHAPE, argument, &all, &note), OK);
    assert_true(r.metric == 4 && r.scenario == 1 && r.period == 0 && r.minus == 0);
    assert_true(r.x == 2 && r.y == 0 && r.how == GRID_VIEW_MIN);
    assert_true(r.held[0] == 1 && r.held[1] == 2 && r.held[2] == 3);
    all = (struct arguments){{GOOD, NULL}};
    assert_int_equal(grid_view_parse(&r, &SHAPE, argument, &all, &note), OK);
    assert_int_equal(r.minus, GRID_VIEW_NONE);
}

static void every_number_of_an_url_is_checked(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value; /* instead of the good one; NULL: it is missing */
        enum err err;
    } bad[] = {{"metric", "5", ERR_RANGE},
               {"metric", "-1", ERR_FORMAT},
               {"metric", "", ERR_FORMAT},
               {"metric", NULL, ERR_FORMAT},
               {"metric", " 1", ERR_FORMAT},
               {"metric", "1e0", ERR_FORMAT},
               {"metric", "18446744073709551616", ERR_FORMAT},
               {"scenario", "2", ERR_RANGE},
               {"period", "2", ERR_RANGE},
               {"x", "3", ERR_RANGE},
               {"y", "2", ERR_RANGE}, /* x again */
               {"y", "4294967295", ERR_RANGE},
               {"how", "mean", ERR_FORMAT},
               {"how", NULL, ERR_FORMAT},
               {"held", NULL, ERR_FORMAT},
               {"held", "1,2", ERR_FORMAT},
               {"held", "1,2,", ERR_FORMAT},
               {"held", "1,2,3,", ERR_FORMAT},
               {"held", "1,,3", ERR_FORMAT},
               {"held", "2,0,0", ERR_RANGE},
               {"held", "1,2,3,0", ERR_FORMAT}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct grid_view_request r;
        struct err_note note = {""};
        struct arguments all = {{GOOD, NULL}};
        for (int k = 0; all.at[k]; k += 2)
            if (strcmp(all.at[k], bad[i].name) == 0)
                all.at[bad[i].value ? k + 1 : k] = bad[i].value ? bad[i].value : "gone";
        enum err err = grid_view_parse(&r, &SHAPE, argument, &all, &note);
        if (err != bad[i].err || !strstr(note.text, bad[i].name))
            fail_msg("%s=%s: %s, \"%s\"", bad[i].name, bad[i].value ? bad[i].value : "(none)",
                     err_text(err), note.text);
    }
}

/* ---- what is shown ---- */

enum { N = 24 };
static double value_of(uint64_t p)
{
    return p % 7 == 3 ? NAN : (double)(p * 5 % 11) - 4;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The judge: asks of every cell which points are in it. */
static void judge(const struct grid_view_request *r, const struct grid_view *got, int better)
{
    for (uint32_t c = 0; c < got->nx * got->ny; c++) {
        double all[N], best = NAN;
        int n = 0;
        for (uint64_t p = 0; p < N; p++) {
            uint32_t l[3] = {(uint32_t)p / 12, (uint32_t)p / 4 % 3, (uint32_t)p % 4};
            bool here = l[r->x] == c % got->nx && (got->ny == 1 || l[r->y] == c / got->nx);
            for (uint32_t d = 0; d < 3; d++)
                here &= r->how != GRID_VIEW_SLICE || d == r->x || d == r->y || l[d] == r->held[d];
            if (!here || isnan(value_of(p)))
                continue;
            all[n++] = value_of(p);
            best = isnan(best) || better * all[n - 1] > better * best ? all[n - 1] : best;
        }
        qsort(all, (size_t)n, sizeof *all, ascending);
        double want = n == 0                    ? NAN
                      : r->how == GRID_VIEW_MIN ? all[0]
                      : r->how == GRID_VIEW_MAX ? all[n - 1]
                                                : (all[(n - 1) / 2] + all[n / 2]) / 2;
        assert_true(got->value[c] == want || (isnan(got->value[c]) && isnan(want)));
        if (r->how == GRID_VIEW_SLICE)
            continue;
        assert_true(got->count[c] == n);
        assert_true(n ? value_of((uint64_t)got->point[c]) == best : got->point[c] == -1);
    }
}

static void every_pair_of_dimensions_agrees_with_the_judge(void **state)
{
    (void)state;
    double values[N];
    uint8_t status[N];
    for (uint64_t p = 0; p < N; p++) {
        values[p] = value_of(p);
        status[p] = isnan(values[p]) ? STATUS_MISSING : STATUS_OK;
    }
    for (uint32_t x = 0; x < 3; x++)
        for (uint32_t y = 0; y < 4; y++)
            for (int how = GRID_VIEW_SLICE; how <= GRID_VIEW_MAX; how++) {
                struct grid_view_request r = {.x = x,
                                              .y = y < 3 ? y : GRID_VIEW_NONE,
                                              .how = (enum grid_view_how)how,
                                              .minus = GRID_VIEW_NONE,
                                              .held = {1, 2, 1}};
                struct grid_view view;
                if (x == y)
                    continue;
                int better = x == 0 ? -1 : 1;
                assert_int_equal(grid_view_make(&view, &SHAPE, &r, values, NULL, status, better),
                                 OK);
                assert_int_equal(view.nx, SHAPE.size[x]);
                judge(&r, &view, better);
                grid_view_free(&view);
            }
}

static void an_empty_cell_says_why_and_a_difference_is_one(void **state)
{
    (void)state;
    double values[N], minus[N];
    uint8_t status[N];
    for (uint64_t p = 0; p < N; p++) {
        values[p] = p < 12 ? NAN : (double)p;
        minus[p] = 10;
        status[p] = p < 4 ? STATUS_FAILED : p < 8 ? STATUS_MISSING : STATUS_OK;
    }
    struct grid_view_request r = {.x = 1, .y = 0, .how = GRID_VIEW_MAX};
    struct grid_view view;
    assert_int_equal(grid_view_make(&view, &SHAPE, &r, values, minus, status, 1), OK);
    assert_int_equal(view.status[0], STATUS_FAILED);
    assert_int_equal(view.status[1], STATUS_MISSING);
    assert_int_equal(view.status[2], GRID_VIEW_UNDEFINED);
    assert_true(view.value[3] == 15 - 10);
    grid_view_free(&view);
}

/* As many levels as samples: 24 bins, and every sample in one of them. */
static void a_sampled_sweep_is_cut_into_bins(void **state)
{
    (void)state;
    enum { SAMPLES = 64 };
    struct job job;
    struct sweep_axis axes[] = {fake_axis("a", "1 2 3", SWEEP_LINEAR, 0, false),
                                fake_axis("b", "1 2 3 4", SWEEP_LINEAR, 1, false)};
    assert_int_equal(fake_job(&job, axes, 2, NULL, SAMPLES, 8, NULL), OK);
    struct grid_view_shape shape = {.n_dims = 2, .n_points = SAMPLES, .sampled = job.sweep};
    for (uint32_t d = 0; d < 2; d++)
        shape.size[d] = sweep_dimension_size(job.sweep, d);
    double values[SAMPLES], count = 0;
    uint8_t status[SAMPLES] = {STATUS_OK};
    for (int p = 0; p < SAMPLES; p++)
        values[p] = p;
    struct grid_view_request r = {.x = 0, .y = 1, .how = GRID_VIEW_SLICE};
    struct grid_view view;
    assert_int_equal(grid_view_make(&view, &shape, &r, values, NULL, status, 1), OK);
    assert_true(view.nx <= GRID_VIEW_BINS_MAX && view.ny <= GRID_VIEW_BINS_MAX);
    for (uint32_t c = 0; c < view.nx * view.ny; c++)
        count += view.count[c];
    assert_true(count == SAMPLES);
    grid_view_free(&view);
    job_free(&job);
}

CM_MAIN("grid_view", cmocka_unit_test(a_view_is_read_from_an_url),
        cmocka_unit_test(every_number_of_an_url_is_checked),
        cmocka_unit_test(every_pair_of_dimensions_agrees_with_the_judge),
        cmocka_unit_test(an_empty_cell_says_why_and_a_difference_is_one),
        cmocka_unit_test(a_sampled_sweep_is_cut_into_bins))
