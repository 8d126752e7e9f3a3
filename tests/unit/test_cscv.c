#include "engine/metrics.h"
#include "engine/philox.h"
#include "review/statistics/cscv.h"
#include "tests/lib/cm.h" /* cmocka and the headers it wants first */
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_MAX = 150, DAYS = 100, BLOCKS_MAX = 10, SPLITS_MAX = 252 };
#define YEAR 252.0

struct problem {
    size_t n;
    uint32_t n_blocks, bounds[BLOCKS_MAX + 1];
    double r[N_MAX][DAYS], periods[BLOCKS_MAX], sum[N_MAX * BLOCKS_MAX], sumsq[N_MAX * BLOCKS_MAX];
};
static struct problem p;

static struct cscv_input blocks_of(void)
{
    metrics_block_bounds(DAYS, p.n_blocks, p.bounds);
    for (uint32_t b = 0; b < p.n_blocks; b++)
        p.periods[b] = p.bounds[b + 1] - p.bounds[b];
    for (size_t k = 0; k < p.n; k++)
        metrics_block_sums(p.r[k], p.bounds, p.n_blocks, p.sum + k * p.n_blocks,
                           p.sumsq + k * p.n_blocks);
    return (struct cscv_input){.n_configs = p.n,
                               .n_blocks = p.n_blocks,
                               .n_periods = p.periods,
                               .sum = p.sum,
                               .sumsq = p.sumsq,
                               .periods_per_year = YEAR,
                               .n_threads = 1};
}

/* Skilled, idle, late, duplicate and losing configurations among the random ones. */
static void draw_problem(uint32_t seed, size_t n, uint32_t n_blocks)
{
    p.n = n;
    p.n_blocks = n_blocks;
    for (uint32_t k = 0; k < n; k++)
        for (int32_t t = 0; t < DAYS; t++) {
            double z = philox_fill_normal(seed, k, t, PHILOX_BUY);
            p.r[k][t] = 0.01 * z + (k % 9 == 2 ? 0.002 : k % 9 == 3 ? -0.02 : 0.0);
            if ((k % 9 == 5 && seed % 2) || (k % 9 == 6 && t < DAYS / 2))
                p.r[k][t] = 0.0;
            if (k % 9 == 7)
                p.r[k][t] = p.r[k - 1][t];
        }
}

/* The long way: concatenate the days of a set, mean over standard deviation. */
static double brute_sharpe(size_t k, uint32_t mask)
{
    long double sum = 0, m2 = 0, n = 0;
    for (uint32_t b = 0; b < p.n_blocks; b++)
        for (uint32_t t = p.bounds[b]; mask >> b & 1u && t < p.bounds[b + 1]; t++) {
            sum += p.r[k][t];
            n += 1;
        }
    for (uint32_t b = 0; b < p.n_blocks; b++)
        for (uint32_t t = p.bounds[b]; mask >> b & 1u && t < p.bounds[b + 1]; t++)
            m2 += (p.r[k][t] - sum / n) * (p.r[k][t] - sum / n);
    if (m2 == 0) /* the limit of a constant series: the end of the scale */
        return sum == 0 ? 0.0 : sum > 0 ? 1e9 : -1e9;
    return (double)(sum / n / sqrtl(m2 / (n - 1)) * sqrtl(YEAR));
}

static uint32_t masks_of(uint32_t n_blocks, uint32_t *mask)
{
    uint32_t n = 0; /* lexicographic: block 0 is the most significant choice */
    for (uint32_t bits = (1u << n_blocks) - 1; bits > 0; bits--) {
        uint32_t m = 0;
        for (uint32_t b = 0; b < n_blocks; b++)
            m |= (bits >> (n_blocks - 1 - b) & 1u) << b;
        if ((uint32_t)__builtin_popcount(m) == n_blocks / 2)
            mask[n++] = m;
    }
    return n;
}

static void near(double got, double want)
{
    if (!(fabs(got - want) <= 1e-9 * (1.0 + fabs(want))))
        fail_msg("got %.17g, expected %.17g", got, want);
}

static void check_against_brute_force(void)
{
    static struct cscv_split splits[SPLITS_MAX];
    static double out[N_MAX];
    uint32_t mask[SPLITS_MAX], n_splits = masks_of(p.n_blocks, mask), overfit = 0;
    const struct cscv_input in = blocks_of();
    struct cscv_result r;
    assert_int_equal(cscv_run(&in, &r, splits), OK);
    assert_int_equal(r.n_splits, n_splits);
    for (uint32_t c = 0; c < n_splits; c++) {
        uint32_t rest = ((1u << p.n_blocks) - 1) ^ mask[c], less = 0, equal = 0;
        size_t star = 0;
        for (size_t k = 0; k < p.n; k++)
            if (brute_sharpe(k, mask[c]) > brute_sharpe(star, mask[c]) + 1e-12)
                star = k;
        for (size_t k = 0; k < p.n; k++)
            out[k] = brute_sharpe(k, rest);
        for (size_t k = 0; k < p.n; k++) {
            less += out[k] < out[star] - 1e-12;
            equal += fabs(out[k] - out[star]) <= 1e-12;
        }
        assert_int_equal(splits[c].star, star);
        assert_int_equal(splits[c].less, less);
        assert_int_equal(splits[c].equal, equal);
        near(splits[c].r_is, brute_sharpe(star, mask[c]));
        near(splits[c].r_oos, out[star]);
        near(splits[c].omega, (less + 0.5 * (equal + 1.0)) / ((double)p.n + 1.0));
        overfit += 2 * less + equal <= p.n;
    }
    near(r.pbo, (double)overfit / n_splits);
}

static void blocks_give_what_the_days_give(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        uint32_t n_blocks;
    } sizes[] = {{1, 2}, {7, 4}, {40, 6}, {33, 8}, {140, 6}, {20, 10}};
    for (uint32_t i = 0; i < 12; i++) {
        draw_problem(100 + i, sizes[i % 6].n, sizes[i % 6].n_blocks);
        check_against_brute_force();
    }
}

static void losers_lose_to_an_idle_configuration(void **state)
{
    (void)state;
    draw_problem(8, 50, 6);
    for (size_t k = 0; k < p.n; k++)
        for (size_t t = 0; t < DAYS; t++)
            p.r[k][t] = k == 17 || k == 30 ? 0.0 : p.r[k][t] - 0.05;
    check_against_brute_force();
}

static void any_number_of_threads_gives_the_same_bits(void **state)
{
    (void)state;
    static struct cscv_split one[SPLITS_MAX], many[SPLITS_MAX];
    struct cscv_result a, b;
    draw_problem(3, N_MAX, 10);
    struct cscv_input in = blocks_of();
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    assert_int_equal(cscv_run(&in, &a, one), OK);
    for (unsigned threads = 2; threads < 7; threads++) {
        in.n_threads = threads;
        assert_int_equal(cscv_run(&in, &b, many), OK);
        assert_memory_equal(one, many, a.n_splits * sizeof *one);
        assert_true(a.pbo == b.pbo && a.ssd_min == b.ssd_min && a.sd1_max_gap == b.sd1_max_gap &&
                    a.degr_slope == b.degr_slope && a.logit_median == b.logit_median);
    }
}

static void all_idle_is_all_tied(void **state)
{
    (void)state;
    struct cscv_result r;
    draw_problem(3, 40, 6);
    memset(p.r, 0, sizeof p.r);
    const struct cscv_input in = blocks_of();
    assert_int_equal(cscv_run(&in, &r, NULL), OK);
    near(r.pbo, 1.0);
    near(r.mean_oos, 0.0);
    near(r.prob_loss, 0.0);
    assert_true(isnan(r.degr_slope) && isnan(r.degr_r2));
}

/* Returns so small that the comparisons without a division could not be trusted. */
static void tiny_returns_are_divided_exactly(void **state)
{
    (void)state;
    static struct cscv_split small[SPLITS_MAX], usual[SPLITS_MAX];
    struct cscv_result a, b;
    draw_problem(11, 60, 8);
    struct cscv_input in = blocks_of();
    assert_int_equal(cscv_run(&in, &a, usual), OK);
    for (size_t i = 0; i < p.n * p.n_blocks; i++) {
        p.sum[i] *= 0x1p-150;
        p.sumsq[i] *= 0x1p-300;
    }
    assert_int_equal(cscv_run(&in, &b, small), OK);
    for (uint32_t c = 0; c < a.n_splits; c++) {
        assert_int_equal(usual[c].star, small[c].star);
        assert_int_equal(usual[c].less, small[c].less);
        assert_int_equal(usual[c].equal, small[c].equal);
    }
}

static void wrong_shapes_are_refused(void **state)
{
    (void)state;
    struct cscv_result r;
    draw_problem(1, 5, 4);
    struct cscv_input in = blocks_of();
    in.n_blocks = 3;
    assert_int_equal(cscv_run(&in, &r, NULL), ERR_RANGE);
    in.n_blocks = CSCV_BLOCKS_MAX + 2;
    assert_int_equal(cscv_run(&in, &r, NULL), ERR_RANGE);
    in.n_blocks = 4;
    in.n_configs = 0;
    assert_int_equal(cscv_run(&in, &r, NULL), ERR_RANGE);
}

static void a_sample_stands_for_all_and_says_so(void **state)
{
    (void)state;
    struct cscv_result all, sampled;
    draw_problem(5, N_MAX, 6);
    struct cscv_input in = blocks_of();
    assert_int_equal(cscv_run(&in, &all, NULL), OK);
    in.f_all_max = 40;
    assert_int_equal(cscv_run(&in, &sampled, NULL), OK);
    assert_int_equal(all.n_all, N_MAX);
    assert_int_equal(sampled.n_all, 38); /* every fourth of 150 */
    assert_true(all.pbo == sampled.pbo);
    assert_true(fabs(all.sd1_max_gap - sampled.sd1_max_gap) < 0.1);
}

CM_MAIN("cscv", cmocka_unit_test(blocks_give_what_the_days_give),
        cmocka_unit_test(losers_lose_to_an_idle_configuration),
        cmocka_unit_test(any_number_of_threads_gives_the_same_bits),
        cmocka_unit_test(all_idle_is_all_tied), cmocka_unit_test(tiny_returns_are_divided_exactly),
        cmocka_unit_test(wrong_shapes_are_refused),
        cmocka_unit_test(a_sample_stands_for_all_and_says_so))
