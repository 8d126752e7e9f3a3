#include "engine/philox.h"
#include "review/statistics/eigenvalues.h"
#include "tests/lib/cm.h" /* cmocka and the headers it wants first */
#include <math.h>
#include <stdlib.h>

enum { N = 400 };

/* A Gram matrix of few series: most of the spectrum is rounding of zero, and has to settle all the
 * same. The largest eigenvalues add up to the trace. */
static void low_rank_settles(void **state)
{
    (void)state;
    double *a = malloc(N * N * sizeof *a), values[N], scratch[N];
    assert_non_null(a);
    for (uint32_t rank = 1; rank <= 9; rank += 4) {
        double trace = 0.0, sum = 0.0;
        uint32_t large = 0;
        for (int i = 0; i < N * N; i++)
            a[i] = 0.0;
        for (uint32_t k = 0; k < rank; k++)
            for (uint32_t i = 0; i < N; i++)
                for (uint32_t j = 0; j <= i; j++) {
                    const uint32_t key[2] = {k, 0}, at[4] = {i, 0, 0, 0}, to[4] = {j, 0, 0, 0};
                    uint32_t x[4], y[4];
                    philox4x32(key, at, x);
                    philox4x32(key, to, y);
                    double z = x[1] % 3 ? philox_unit(x[0]) - 0.5 : 0.0;
                    a[i * N + j] += z * (y[1] % 3 ? philox_unit(y[0]) - 0.5 : 0.0);
                }
        for (int i = 0; i < N; i++)
            trace += a[i * N + i];
        assert_int_equal(eigenvalues_symmetric(a, N, values, scratch), OK);
        for (int i = 0; i < N; i++) {
            sum += values[i];
            large += values[i] > 1e-9 * trace;
        }
        assert_int_equal(large, rank);
        assert_true(fabs(sum - trace) <= 1e-10 * trace);
    }
    free(a);
}

static void a_matrix_of_two(void **state)
{
    (void)state;
    double a[4] = {2.0, 0.0, 1.0, 2.0}, values[2], scratch[2];
    assert_int_equal(eigenvalues_symmetric(a, 2, values, scratch), OK);
    assert_true(fabs(fmin(values[0], values[1]) - 1.0) < 1e-14);
    assert_true(fabs(fmax(values[0], values[1]) - 3.0) < 1e-14);
}

static void no_number_is_refused(void **state)
{
    (void)state;
    double a[9] = {1.0, 0.0, 0.0, NAN, 1.0, 0.0, 0.0, NAN, 1.0}, values[3], scratch[3];
    assert_int_equal(eigenvalues_symmetric(a, 3, values, scratch), ERR_RANGE);
}

CM_MAIN("eigenvalues", cmocka_unit_test(low_rank_settles), cmocka_unit_test(a_matrix_of_two),
        cmocka_unit_test(no_number_is_refused))
