#include "engine/indicator.h"
#include "engine/series.h"
#include "tests/lib/cm.h"
#include "tests/lib/rng.h"
#include <math.h>

enum { N = 7 };
static const double OPEN[N] = {10, 11, 12, 11, 13, 14, 13}, HIGH[N] = {11, 12, 13, 12, 15, 15, 14},
                    LOW[N] = {9, 10, 11, 10, 12, 13, 9}, CLOSE[N] = {10, 12, 11, 12, 14, 13, 10},
                    VOLUME[N] = {1, 2, 0, 1, 1, 2, 3};
static const struct bars BARS = {N, OPEN, HIGH, LOW, CLOSE, VOLUME};

static void check(enum indicator_kind kind, uint32_t n, uint32_t lag, const double want[N])
{
    double got[N];
    struct indicator_need need = {kind, n, lag, false};
    indicator_compute(&need, &BARS, got);
    for (int i = 0; i < N; i++)
        assert_true(isnan(want[i]) ? isnan(got[i]) : got[i] == want[i]);
}

static void each_is_what_the_page_says(void **state)
{
    (void)state;
    check(INDICATOR_MA, 3, 0,
          (double[]){NAN, NAN, 33 / 3.0, 35 / 3.0, 37 / 3.0, 39 / 3.0, 37 / 3.0});
    check(INDICATOR_MA, 1, 0, CLOSE);
    check(INDICATOR_ADV, 2, 0, (double[]){NAN, 17, 12, 6, 13, 20, 28});
    check(INDICATOR_ROC, 2, 0,
          (double[]){NAN, NAN, 11.0 / 10 - 1, 0, 14.0 / 11 - 1, 13.0 / 12 - 1, 10.0 / 14 - 1});
    check(INDICATOR_HC, 2, 0, (double[]){NAN, NAN, 12, 12, 12, 14, 14}); /* not this bar's close */
    check(INDICATOR_HC, 1, 0, (double[]){NAN, 10, 12, 11, 12, 14, 13});
    check(INDICATOR_SLOPE, 2, 3,
          (double[]){NAN, NAN, NAN, NAN, 13.0 / 11 - 1, 13.5 / 11.5 - 1, 11.5 / 11.5 - 1});
    /* True ranges 2, 2, 2, 2, 3, 2, 5: the last two reach back to the close before. */
    check(INDICATOR_ATR, 1, 0, (double[]){2, 2, 2, 2, 3, 2, 5});
    check(INDICATOR_ATR, 2, 0, (double[]){NAN, 2, 2, 2, 2.5, 2.25, 3.625});
}

static void a_window_longer_than_the_series_is_undefined(void **state)
{
    (void)state;
    static const double none[N] = {NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    for (int kind = 0; kind < N_INDICATOR_KINDS; kind++)
        if (kind != INDICATOR_VOL_MULT)
            check((enum indicator_kind)kind, N + 1, 1, none);
    check(INDICATOR_VOL_MULT, N + 1, 0, (double[]){1, 1, 1, 1, 1, 1, 1});
}

enum { LONG = 200 };

/* ATR over its mean of 60, by its definition, and 1 until 60 are defined. */
static void vol_mult_needs_sixty_true_ranges_and_is_clipped(void **state)
{
    (void)state;
    static double high[LONG], low[LONG], close[LONG], atr[LONG], got[LONG];
    const uint32_t n = 14;
    struct rng rng = {1};
    bool below = false, above = false;
    for (int i = 0; i < LONG; i++) {
        double range = i == 120 ? 400 : i > 150 ? 0 : rng_between(&rng, 1, 4);
        close[i] = 100;
        high[i] = 100 + range;
        low[i] = 100 - range / 2;
    }
    struct bars bars = {LONG, close, high, low, close, close};
    indicator_atr(&bars, n, 0, atr);
    indicator_vol_mult(&bars, n, 0, got);
    for (uint32_t i = 0; i < LONG; i++) {
        double sum = 0;
        for (uint32_t k = 0; k < 60 && i >= 59; k++)
            sum += atr[i - 59 + k];
        double want = i < n - 1 + 59 ? 1 : atr[i] / (sum / 60);
        below |= want < 0.5;
        above |= want > 3;
        assert_true(got[i] == fmin(fmax(want, 0.5), 3));
    }
    assert_true(below && above);
}

static void a_flat_range_has_a_vol_mult_of_one(void **state)
{
    (void)state;
    static double flat[LONG], got[LONG];
    for (int i = 0; i < LONG; i++)
        flat[i] = 50;
    struct bars bars = {LONG, flat, flat, flat, flat, flat};
    indicator_vol_mult(&bars, 14, 0, got);
    for (int i = 0; i < LONG; i++)
        assert_true(got[i] == 1);
}

/* Each symbol starts afresh: nothing of the one before it in the image leaks in. */
static void series_are_by_symbol_and_kept(void **state)
{
    (void)state;
    const uint32_t start[] = {0, 4, N};
    const struct image_view view = {.n_symbols = 2,
                                    .n_bars = N,
                                    .bar_start = start,
                                    .open = OPEN,
                                    .high = HIGH,
                                    .low = LOW,
                                    .close = CLOSE,
                                    .volume = VOLUME,
                                    .n_bench = N,
                                    .bench_close = CLOSE};
    const struct indicator_need ma = {INDICATOR_MA, 3, 0, false},
                                bench = {INDICATOR_MA, 3, 0, true};
    struct series_cache *cache = NULL;
    const double *a, *b, *c;
    assert_int_equal(series_get(&cache, &view, 0, &ma, &a), OK);
    assert_true(a[3] == 35 / 3.0);
    assert_true(isnan(a[4]) && isnan(a[5]));
    assert_true(a[6] == 37 / 3.0);
    assert_int_equal(series_get(&cache, &view, 0, &ma, &b), OK);
    assert_ptr_equal(a, b);
    assert_int_equal(series_get(&cache, &view, 0, &bench, &c), OK);
    assert_ptr_not_equal(a, c);
    assert_true(c[4] == 37 / 3.0);
    series_trim(&cache, 1 << 20);
    assert_non_null(cache);
    series_trim(&cache, 10);
    assert_null(cache);
}

CM_MAIN("engine indicators", cmocka_unit_test(each_is_what_the_page_says),
        cmocka_unit_test(a_window_longer_than_the_series_is_undefined),
        cmocka_unit_test(vol_mult_needs_sixty_true_ranges_and_is_clipped),
        cmocka_unit_test(a_flat_range_has_a_vol_mult_of_one),
        cmocka_unit_test(series_are_by_symbol_and_kept))
