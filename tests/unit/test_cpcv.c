#include "review/statistics/cpcv.h"
#include "tests/lib/cm.h" /* cmocka and the headers it wants first */
#include <math.h>
#include <string.h>

enum { DAYS = 60, N = 2, SPLITS = 15, PATHS = 5, GROUPS = 6 };

static struct cpcv_plan plan(void)
{
    return (struct cpcv_plan){.n_groups = GROUPS, .k = 2, .periods_per_year = 252.0};
}

/* The book's figure: N = 6, k = 2 makes 15 splits and 5 paths; path 2 is splits 2, 6, 6, 7, 8, 9.
 */
static void paths_as_in_the_book(void **state)
{
    (void)state;
    static const uint32_t second[GROUPS] = {2, 6, 6, 7, 8, 9};
    static double series[N * DAYS];
    uint32_t picks[SPLITS], layout[PATHS * GROUPS];
    double sharpe[PATHS];
    struct cpcv_summary s;
    const struct cpcv_plan p = plan();
    for (int t = 0; t < N * DAYS; t++)
        series[t] = 0.01 * sin(t * 1.3);
    assert_int_equal(cpcv_run(&s, picks, sharpe, layout, &p, series, N, DAYS), OK);
    assert_true(s.n_splits == SPLITS && s.n_paths == PATHS);
    for (int g = 0; g < GROUPS; g++)
        assert_int_equal(layout[GROUPS + g] + 1, second[g]);
}

/* Configuration 1 shines only on the days beside the test groups: purge and embargo must take that
 * away. */
static void purge_and_embargo_hide_the_border(void **state)
{
    (void)state;
    static double series[N * DAYS];
    uint32_t picks[SPLITS], layout[PATHS * GROUPS];
    double sharpe[PATHS];
    struct cpcv_summary s;
    struct cpcv_plan p = plan();
    for (int t = 0; t < DAYS; t++) {
        series[t] = 0.0002 + (t % 2 ? 0.002 : -0.002);
        series[DAYS + t] = t % 10 == 9 || t % 10 == 0 ? 0.05 : -0.001;
    }
    assert_int_equal(cpcv_run(&s, picks, sharpe, layout, &p, series, N, DAYS), OK);
    assert_int_equal(picks[7], 1);
    p.n_groups = 2; /* one test half, one training half: the border days are at its ends */
    p.k = 1;
    p.purge = p.embargo = 30;
    assert_int_equal(cpcv_run(&s, picks, sharpe, layout, &p, series, N, DAYS), OK);
    assert_true(picks[0] == 0 && picks[1] == 0); /* nothing left to train on */
    p.n_groups = 3;
    p.purge = p.embargo = 1;
    for (int t = 0; t < DAYS; t++) /* days 20 and 39 are next to the outer groups */
        series[DAYS + t] = t == 20 || t == 39 ? 0.5 : -0.001 + (t % 2 ? 0.002 : -0.002);
    assert_int_equal(cpcv_run(&s, picks, sharpe, layout, &p, series, N, DAYS), OK);
    assert_true(picks[0] == 1 && picks[2] == 1); /* each sees the far one of the two days */
    p.k = 2;
    assert_int_equal(cpcv_run(&s, picks, sharpe, layout, &p, series, N, DAYS), OK);
    assert_int_equal(picks[1], 0); /* both outer groups are tested: both days are purged */
    p.purge = p.embargo = 0;
    assert_int_equal(cpcv_run(&s, picks, sharpe, layout, &p, series, N, DAYS), OK);
    assert_int_equal(picks[1], 1);
}

static void idle_paths_have_no_sharpe_ratio(void **state)
{
    (void)state;
    static double series[N * DAYS];
    uint32_t picks[SPLITS], layout[PATHS * GROUPS];
    double sharpe[PATHS];
    struct cpcv_summary s;
    struct cpcv_plan p = plan();
    memset(series, 0, sizeof series);
    assert_int_equal(cpcv_run(&s, picks, sharpe, layout, &p, series, N, DAYS), OK);
    assert_true(isnan(sharpe[0]) && isnan(s.mean) && isnan(s.minimum) && s.prob_loss == 0.0);
    p.k = GROUPS;
    assert_int_equal(cpcv_run(&s, picks, sharpe, layout, &p, series, N, DAYS), ERR_RANGE);
    p.k = 2;
    assert_int_equal(cpcv_run(&s, picks, sharpe, layout, &p, series, N, GROUPS - 1), ERR_RANGE);
}

CM_MAIN("cpcv", cmocka_unit_test(paths_as_in_the_book),
        cmocka_unit_test(purge_and_embargo_hide_the_border),
        cmocka_unit_test(idle_paths_have_no_sharpe_ratio))
