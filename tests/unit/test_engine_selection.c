/* What orders and filters candidates: normalised windows, ranks, lots, slippage. */
#include "engine/correlation.h"
#include "engine/fills.h"
#include "engine/score.h"
#include "tests/lib/cm.h"
#include "tests/lib/rng.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 40, L = 20 };

/* Two symbols on every session, a third missing two of three, a fourth flat. */
struct fixture {
    double close[4 * N];
    int32_t session[4 * N];
    uint32_t start[5];
    struct image_view view;
};

static void make(struct fixture *f)
{
    struct rng rng = {8};
    uint32_t n = 0;
    for (uint32_t s = 0; s < 4; s++) {
        double price = 50;
        f->start[s] = n;
        for (int32_t t = 0; t < N; t++) {
            if (s == 2 && t % 3)
                continue;
            price *= s == 3 ? 1 : 1 + 0.02 * rng_between(&rng, -1, 1.2);
            f->session[n] = t;
            f->close[n++] = s == 1 ? 0.3 * price + 20 : price;
        }
    }
    f->start[4] = n;
    f->view = (struct image_view){.n_symbols = 4,
                                  .n_sessions = N,
                                  .bar_start = f->start,
                                  .bar_session = f->session,
                                  .close = f->close};
}

static double pearson(const double *a, const double *b, int n)
{
    double ma = 0, mb = 0, ab = 0, aa = 0, bb = 0;
    for (int i = 0; i < n; i++) {
        ma += a[i] / n;
        mb += b[i] / n;
    }
    for (int i = 0; i < n; i++) {
        ab += (a[i] - ma) * (b[i] - mb);
        aa += (a[i] - ma) * (a[i] - ma);
        bb += (b[i] - mb) * (b[i] - mb);
    }
    return ab / sqrt(aa * bb);
}

static void complete_windows_give_pearsons_correlation(void **state)
{
    (void)state;
    struct fixture f;
    double a[L], b[L], ra[L], rb[L];
    uint32_t n;
    make(&f);
    assert_true(correlation_window(&f.view, 0, N - 1, N - 1, L, a, &n));
    assert_int_equal(n, L);
    assert_true(correlation_window(&f.view, 1, f.start[1] + N - 1, N - 1, L, b, &n));
    for (int i = 0; i < L; i++) {
        int t = N - L + i;
        ra[i] = f.close[t] / f.close[t - 1] - 1;
        rb[i] = f.close[f.start[1] + (uint32_t)t] / f.close[f.start[1] + (uint32_t)t - 1] - 1;
    }
    double buffer[L];
    struct correlation_sum sum = {.sum = buffer};
    correlation_add(&sum, a, L);
    assert_true(fabs(correlation_mean(&sum, b) - pearson(ra, rb, L)) < 1e-14);
    assert_true(fabs(correlation_pairs(&sum)) < 1e-14); /* no pair yet: S^2 is k */
    correlation_add(&sum, b, L);
    assert_true(fabs(correlation_pairs(&sum) - 2 * pearson(ra, rb, L)) < 1e-13);
    assert_true(fabs(correlation_mean(&sum, a) - (1 + pearson(ra, rb, L)) / 2) < 1e-14);
}

static void missing_sessions_count_as_nothing_and_too_few_are_undefined(void **state)
{
    (void)state;
    struct fixture f;
    double z[N];
    uint32_t n;
    make(&f);
    uint32_t last = f.start[3] - 1; /* the bar of session 39 */
    assert_false(
        correlation_window(&f.view, 2, last, N - 1, L, z, &n)); /* 7 returns of 20 sessions */
    assert_true(correlation_window(&f.view, 2, last, N - 1, N, z, &n));
    double squares = 0, sum = 0;
    for (int t = 0; t < N; t++) {
        if (t % 3)
            assert_true(z[t] == 0);
        squares += z[t] * z[t];
        sum += z[t];
    }
    assert_true(z[0] == 0); /* the first bar has no return */
    assert_true(fabs(squares - 1) < 1e-14 && fabs(sum) < 1e-14);
    assert_false(correlation_window(&f.view, 3, f.start[4] - 1, N - 1, L, z, &n)); /* flat */
    assert_false(correlation_window(&f.view, 0, 9, 9, L, z, &n)); /* 9 returns at the start */
    assert_true(correlation_window(&f.view, 0, 10, 10, L, z, &n));
    assert_int_equal(n, 11);
}

static void equal_values_share_the_mean_rank_and_equal_scores_go_by_symbol(void **state)
{
    (void)state;
    const double breakout[] = {1, 3, 3, 2}, momentum[] = {0, 0, 0, 0}, diversity[] = {4, 1, 2, 3};
    const double *const strength[N_SCORE_COMPONENTS] = {breakout, momentum, diversity};
    int64_t score[4];
    uint32_t order[4];
    const int64_t only_breakout[] = {1, 0, 0};
    score_order(only_breakout, strength, 4, score, order);
    assert_int_equal(score[1], 7); /* twice 3.5 */
    assert_int_equal(score[2], 7);
    assert_memory_equal(order, ((uint32_t[]){1, 2, 3, 0}), sizeof order);
    const int64_t all[] = {500000, 300000, 200000};
    score_order(all, strength, 4, score, order);
    assert_int_equal(score[2], 500000 * 7 + 300000 * 5 + 200000 * 4);
    assert_memory_equal(order, ((uint32_t[]){2, 1, 3, 0}), sizeof order);
}

static void weights_are_whole_millionths(void **state)
{
    (void)state;
    struct portfolio_params p = {
        .weight_breakout = 0.5, .weight_momentum = 0.3, .weight_diversification = 0.0000014};
    int64_t w[N_SCORE_COMPONENTS];
    score_weights(&p, w);
    assert_int_equal(w[SCORE_BREAKOUT], 500000);
    assert_int_equal(w[SCORE_MOMENTUM], 300000);
    assert_int_equal(w[SCORE_DIVERSIFICATION], 1);
}

static void lots_are_whole_and_never_negative(void **state)
{
    (void)state;
    assert_true(fill_lots(10.99, 1) == 10);
    assert_true(fill_lots(0.12345, 1e4) == 1234);
    assert_true(fill_lots(-5, 1) == 0);
    assert_true(fill_affordable(10, 1, 100, 10, 1001.0) == 10); /* 1001: just enough with the fee */
    assert_true(fill_affordable(10, 1, 100, 10, 1000.9) == 9);
    assert_true(fill_affordable(10, 1, 100, 10, -3) == 0);
    assert_true(fill_affordable(12345, 1e4, 100, 0, 50) == 5000);
}

static void slippage_is_the_product_of_its_conditions(void **state)
{
    (void)state;
    const struct sleeve_params costs = {.slippage_base_bps = 8,
                                        .slippage_std_mult = 0.5,
                                        .weekend_penalty = 1.5,
                                        .stress_threshold = -0.03,
                                        .stress_slippage_mult = 2};
    struct fill_conditions c = {.multiplier = 3, .vol_mult = 2, .size_penalty = 0.5};
    assert_true(fill_bps(&costs, SLIPPAGE_NONE, &c, 1) == 0);
    assert_true(fill_bps(&costs, SLIPPAGE_EXPECTED, &c, 1) == 24);
    assert_true(fill_bps(&costs, SLIPPAGE_SAMPLED, &c, 1) == 36);
    assert_true(fill_bps(&costs, SLIPPAGE_SAMPLED, &c, -3) == 0); /* never below 0 */
    c.weekend = true;
    assert_true(fill_bps(&costs, SLIPPAGE_EXPECTED, &c, 1) == 36);
    c.weekly = -0.03; /* not below the threshold */
    assert_true(fill_bps(&costs, SLIPPAGE_EXPECTED, &c, 1) == 36);
    c.weekly = -0.031;
    assert_true(fill_bps(&costs, SLIPPAGE_EXPECTED, &c, 1) == 72);
    assert_true(fill_bps(&costs, SLIPPAGE_SAMPLED, &c, 2) == 72 + 2 * 72 * 0.5 * 1.5);
    c.multiplier = 300;
    assert_true(fill_bps(&costs, SLIPPAGE_EXPECTED, &c, 1) == 500);
    assert_true(fill_size_penalty(100, 10, 1e5) == 1);
    assert_true(fill_size_penalty(1, 10, 1e5) == 0.5);
    assert_true(fill_size_penalty(1e5, 10, 1e5) == 2);
    assert_true(fill_size_penalty(100, 10, 0) == 1);
    assert_true(fill_size_penalty(100, 10, NAN) == 1);
    assert_true(fill_price_buy(100, 50) == 100 * (1 + 50 / 1e4));
    assert_true(fill_price_sell(100, 50) == 100 * (1 - 50 / 1e4));
    assert_true(fill_fee(10, 100, 8) == 0.8);
}

CM_MAIN("engine selection", cmocka_unit_test(complete_windows_give_pearsons_correlation),
        cmocka_unit_test(missing_sessions_count_as_nothing_and_too_few_are_undefined),
        cmocka_unit_test(equal_values_share_the_mean_rank_and_equal_scores_go_by_symbol),
        cmocka_unit_test(weights_are_whole_millionths),
        cmocka_unit_test(lots_are_whole_and_never_negative),
        cmocka_unit_test(slippage_is_the_product_of_its_conditions))
