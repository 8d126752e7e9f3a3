/* Published values: statistics.md section 2 says where each was read. */
#include "review/statistics/normal.h"
#include "review/statistics/sharpe.h"
#include "tests/lib/cm.h" /* cmocka and the headers it wants first */
#include <math.h>

static void near(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance))
        fail_msg("got %.12g, expected %.12g", got, want);
}

static struct sharpe_estimate of(double sr, double n, double skew, double kurt)
{
    return (struct sharpe_estimate){sr, n, skew, kurt};
}

static double sigma(double sr, double n, double skew, double kurt)
{
    return sqrt(sharpe_variance_factor(sr, skew, kurt) / (n - 1.0));
}

static void probabilistic_sharpe_as_published(void **state)
{
    (void)state;
    struct sharpe_estimate e = of(0.458, 24, 0.0, 3.0);
    near(sharpe_psr(&e, 0.0), 0.981675, 5e-7);
    e = of(0.458, 24, -2.448, 10.164);
    near(sharpe_psr(&e, 0.0), 0.913361, 5e-7);
    near(sigma(0.7079, 134, -0.2250, 2.9570), 0.102761, 5e-7);
    near(sigma(0.8183, 134, -1.4455, 7.0497), 0.155007, 5e-7);
}

static void track_record_lengths_as_published(void **state)
{
    (void)state;
    struct sharpe_estimate e = of(0.7079, 134, -0.2250, 2.9570);
    near(sharpe_min_trl(&e, 0.0, 0.95) / 12.0, 0.7152, 5e-5);
    e = of(0.8183, 134, -1.4455, 7.0497);
    near(sharpe_min_trl(&e, 0.0, 0.95) / 12.0, 1.1593, 5e-5);
    e = of(2.0 / sqrt(250.0), 250, 0.0, 3.0);
    near(sharpe_min_trl(&e, 1.0 / sqrt(250.0), 0.95) / 250.0, 2.731188, 5e-7);
    e = of(2.0 / sqrt(52.0), 52, 0.0, 3.0);
    near(sharpe_min_trl(&e, 1.0 / sqrt(52.0), 0.95) / 52.0, 2.828834, 5e-7);
    e = of(3.0 / sqrt(12.0), 12, -0.72, 5.78);
    near(sharpe_min_trl(&e, 2.5 / sqrt(12.0), 0.95) / 12.0, 27.352920, 5e-6);
    assert_true(isinf(sharpe_min_trl(&e, e.sr, 0.95)));
}

static void deflated_sharpe_as_published(void **state)
{
    (void)state;
    struct sharpe_estimate e = of(2.5 / sqrt(250.0), 1250, -3.0, 10.0);
    double variance = 0.5 / 250.0;
    near(sharpe_luck(variance, 100), 0.113172, 5e-7);
    near(sharpe_psr(&e, sharpe_luck(variance, 100)), 0.900397, 5e-7);
    near(sharpe_psr(&e, sharpe_luck(variance, 46)), 0.950502, 5e-7);
    e = of(2.5 / sqrt(250.0), 1250, 0.0, 3.0);
    near(sharpe_psr(&e, sharpe_luck(variance, 88)), 0.950491, 5e-7);
}

static void expected_maximum_and_backtest_length_as_published(void **state)
{
    (void)state;
    near(sharpe_emax(10), 1.574598, 5e-7);
    near(sharpe_emax(100), 2.530603, 5e-7);
    near(sharpe_emax(1e6), 4.8679, 5e-5);
    near(sharpe_min_btl(45, 1.0), 4.998087, 5e-7);
    for (double n = 2.0; n < 1e9; n *= 3.7)
        assert_true(sharpe_min_btl(n, 0.8) < sharpe_min_btl_bound(n, 0.8));
    assert_true(sharpe_emax(1.0) == 0.0 && sharpe_emax(1.02) == 0.0 && isnan(sharpe_emax(NAN)));
}

static void variant_at_the_null_as_published(void **state)
{
    (void)state;
    struct sharpe_estimate e = of(0.456, 24, -2.448, 10.164); /* of the authors' example */
    near(sqrt(sharpe_variance_factor(e.sr, e.skew, e.kurt) / 24.0), 0.329, 5e-4);
    near(sharpe_psr_h0(&e, 0.0), 0.987, 5e-4);
    near(sharpe_psr_h0(&e, 0.1), 0.939, 5e-4);
}

static void what_cannot_be_judged_is_nan(void **state)
{
    (void)state;
    struct sharpe_estimate e = of(0.1, 1, 0.0, 3.0);
    assert_true(isnan(sharpe_psr(&e, 0.0)) && isnan(sharpe_psr_h0(&e, 0.0)));
    e = of(NAN, 100, 0.0, 3.0);
    assert_true(isnan(sharpe_psr(&e, 0.0)) && isnan(sharpe_min_trl(&e, 0.0, 0.95)));
    e = of(1.0, 100, 3.0, 1.0); /* no sample has such moments: v < 0 */
    assert_true(isnan(sharpe_psr(&e, 0.0)));
}

static void quantile_inverts_the_distribution(void **state)
{
    (void)state;
    static const double known[][2] = {{0.975, 1.959963984540054},
                                      {0.95, 1.6448536269514722},
                                      {0.5, 0.0},
                                      {1e-10, -6.361340902404056},
                                      {1e-300, -37.0471}};
    for (size_t i = 0; i < 4; i++)
        near(normal_quantile(known[i][0]), known[i][1], 1e-13 * (1.0 + fabs(known[i][1])));
    near(normal_quantile(known[4][0]), known[4][1], 1e-4);
    for (double x = -37.0; x < 8.0; x += 0.01) {
        double p = normal_cdf(x);
        double slack =
            x > 0.0 ? 4e-16 / (exp(-0.5 * x * x) / 2.5066) : 0.0; /* p itself is rounded */
        near(normal_quantile(p), x, 1e-12 + slack);
    }
    assert_true(normal_quantile(0.0) == -INFINITY && normal_quantile(1.0) == INFINITY);
    assert_true(isnan(normal_quantile(-0.1)) && isnan(normal_quantile(NAN)));
}

CM_MAIN("sharpe", cmocka_unit_test(probabilistic_sharpe_as_published),
        cmocka_unit_test(track_record_lengths_as_published),
        cmocka_unit_test(deflated_sharpe_as_published),
        cmocka_unit_test(expected_maximum_and_backtest_length_as_published),
        cmocka_unit_test(variant_at_the_null_as_published),
        cmocka_unit_test(what_cannot_be_judged_is_nan),
        cmocka_unit_test(quantile_inverts_the_distribution))
