#include "proto/visit.h"
#include "tests/lib/cm.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void every_tile_is_visited_once(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 700; n++) {
        uint8_t *seen = calloc(n, 1);
        struct visit v = visit_new(n, n * 31 + 7);
        for (uint64_t k = 0; k < n; k++) {
            uint64_t tile = visit_tile(&v, k);
            assert_true(tile < n);
            assert_false(seen[tile]++);
            assert_true(visit_index(&v, tile) == k);
        }
        free(seen);
    }
}

static void the_largest_count_works(void **state)
{
    (void)state;
    struct visit v = visit_new((UINT64_C(1) << 63) - 25, UINT64_MAX);
    for (uint64_t k = 1; k < 1000; k++)
        assert_true(visit_index(&v, visit_tile(&v, k)) == k);
}

/* Largest difference between the share of visited tiles below x and x, over the first m tiles of n.
 */
static double discrepancy(uint64_t n, uint64_t m)
{
    struct visit v = visit_new(n, 42);
    uint8_t *seen = calloc(n, 1);
    double worst = 0, count = 0;
    for (uint64_t k = 0; k < m; k++)
        seen[visit_tile(&v, k)] = 1;
    for (uint64_t i = 0; i < n; i++) {
        count += seen[i];
        worst = fmax(worst, fabs(count / (double)m - (double)(i + 1) / (double)n));
    }
    free(seen);
    return worst;
}

/* The first 2 % are already spread: a random choice of m has about 1.2 / sqrt(m) (0.085 at 200),
 * this walk a few / m. */
static void the_first_tiles_are_spread_evenly(void **state)
{
    (void)state;
    const uint64_t sizes[] = {1000, 1024, 4096, 10000, 12345, 65536, 99991, 1u << 17};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint64_t m = sizes[i] / 50;
        double d = discrepancy(sizes[i], m);
        if (d * (double)m > 3.0)
            fail_msg("n %llu, first %llu: discrepancy %.4f", (unsigned long long)sizes[i],
                     (unsigned long long)m, d);
    }
}

/* The grid's strides must not beat with the walk: among the first 2 %, each level of each of three
 * axes comes up as often. */
static void every_axis_is_covered_by_the_first_tiles(void **state)
{
    (void)state;
    const uint64_t size[3] = {20, 25, 32}, n = 16000, m = 320 * 2;
    uint64_t stride = 1;
    struct visit v = visit_new(n, 0);
    for (int axis = 2; axis >= 0; stride *= size[axis--]) {
        uint64_t seen[32] = {0};
        for (uint64_t k = 0; k < m; k++)
            seen[visit_tile(&v, k) / stride % size[axis]]++;
        for (uint64_t l = 0; l < size[axis]; l++)
            assert_in_range(seen[l], m / size[axis] / 2, m / size[axis] * 2);
    }
}

CM_MAIN("visit", cmocka_unit_test(every_tile_is_visited_once),
        cmocka_unit_test(the_largest_count_works),
        cmocka_unit_test(the_first_tiles_are_spread_evenly),
        cmocka_unit_test(every_axis_is_covered_by_the_first_tiles))
