#include "proto/sample.h"
#include "tests/lib/cm.h"
#include <string.h>

/* The first points of new-joe-kuo-6 in Gray-code order, as its authors' program prints them. */
static void sobol_is_the_published_sequence(void **state)
{
    (void)state;
    static const double published[10][3] = {{0, 0, 0},
                                            {0.5, 0.5, 0.5},
                                            {0.75, 0.25, 0.25},
                                            {0.25, 0.75, 0.75},
                                            {0.375, 0.375, 0.625},
                                            {0.875, 0.875, 0.125},
                                            {0.625, 0.125, 0.875},
                                            {0.125, 0.625, 0.375},
                                            {0.1875, 0.3125, 0.9375},
                                            {0.6875, 0.8125, 0.4375}};
    for (uint32_t d = 0; d < 3; d++) {
        uint32_t directions[32];
        sample_sobol_directions(d, directions);
        for (uint32_t i = 0; i < 10; i++)
            assert_true(sample_sobol(directions, i) / 4294967296.0 == published[i][d]);
    }
}

/* Whatever the directions, 2^k points must hit every one of 2^k equal intervals once, in every
 * dimension. */
static void every_sobol_dimension_is_balanced(void **state)
{
    (void)state;
    for (uint32_t d = 0; d < SWEEP_AXES_MAX; d++) {
        uint32_t directions[32];
        uint8_t seen[1024] = {0};
        sample_sobol_directions(d, directions);
        for (uint32_t i = 0; i < 1024; i++)
            assert_false(seen[sample_sobol(directions, i) >> 22]++);
    }
}

static void a_hypercube_meets_every_stratum_once(void **state)
{
    (void)state;
    const uint32_t sizes[] = {1000, 1000, 10};
    struct sample s;
    sample_init(&s, SWEEP_LHS, 1000, 5, 3, sizes);
    for (uint32_t block = 0; block < 2; block++) {
        uint8_t seen[2][1000] = {{0}};
        uint32_t tens[10] = {0}, levels[3], in_order = 0;
        for (uint32_t i = 0; i < 1000; i++) {
            sample_levels(&s, block * 1000 + i, levels);
            assert_false(seen[0][levels[0]]++);
            assert_false(seen[1][levels[1]]++);
            tens[levels[2]]++;
            in_order += levels[0] == levels[1];
        }
        for (int l = 0; l < 10; l++)
            assert_int_equal(tens[l], 100);
        assert_true(in_order < 20); /* the dimensions are shuffled apart */
    }
}

/* A correlation of more than 4 / sqrt(n) between two columns would be no accident. */
static void random_columns_are_independent(void **state)
{
    (void)state;
    enum { N = 20000, SIZE = 1000 };
    const uint32_t sizes[] = {SIZE, SIZE};
    struct sample s;
    double sum = 0;
    sample_init(&s, SWEEP_RANDOM, N, 5, 2, sizes);
    for (uint32_t i = 0; i < N; i++) {
        uint32_t x[2];
        sample_levels(&s, i, x);
        assert_true(x[0] < SIZE && x[1] < SIZE);
        sum += (x[0] - 499.5) * (x[1] - 499.5);
    }
    double correlation = sum / N / (SIZE * SIZE / 12.0);
    assert_true(correlation < 0.028 && correlation > -0.028);
}

CM_MAIN("sample", cmocka_unit_test(sobol_is_the_published_sequence),
        cmocka_unit_test(every_sobol_dimension_is_balanced),
        cmocka_unit_test(a_hypercube_meets_every_stratum_once),
        cmocka_unit_test(random_columns_are_independent))
