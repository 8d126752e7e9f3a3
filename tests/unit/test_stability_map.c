#include "engine/philox.h"
#include "review/stability_map.h"
#include "tests/lib/cm.h" /* cmocka and the headers it wants first */
#include <math.h>

enum { N = 7 * 5 * 3 };

static void same(double got, double want)
{
    if (!(isnan(want) ? isnan(got) : got == want))
        fail_msg("got %.17g, expected %.17g", got, want);
}

/* Every point as surface_point_stability() sees it: holes, losses, equal values, a categorical
 * axis.
 */
static void equals_the_measures_of_each_point(void **state)
{
    (void)state;
    double f[N];
    struct surface s = {.n_axes = 3,
                        .n_levels = {7, 5, 3},
                        .kind = {SURFACE_NUM, SURFACE_LOG, SURFACE_CAT},
                        .f = f};
    assert_int_equal(surface_check(&s), OK);
    for (uint32_t seed = 0; seed < 20; seed++) {
        for (uint32_t p = 0; p < N; p++) {
            const uint32_t key[2] = {seed, 5}, counter[4] = {p, 0, 0, 0};
            uint32_t x[4];
            philox4x32(key, counter, x);
            f[p] = x[0] % 10 == 0 ? NAN : (double)(x[1] % 12) / 4.0 - 0.5;
        }
        for (unsigned threads = 1; threads <= 3; threads++) {
            struct stability_map map;
            assert_int_equal(stability_map_make(&map, &s, threads), OK);
            for (uint32_t p = 0; p < N; p++) {
                struct surface_point want = {
                    .plateau_ratio = NAN, .worst_ratio = NAN, .basin_frac = NAN};
                if (!isnan(f[p]))
                    assert_int_equal(surface_point_stability(&s, p, &want), OK);
                same(map.plateau_ratio[p], want.plateau_ratio);
                same(map.worst_ratio[p], want.worst_ratio);
                same(map.basin_frac[p], want.basin_frac);
            }
            stability_map_free(&map);
        }
    }
}

static void nothing_valid_is_nothing_known(void **state)
{
    (void)state;
    const double f[3] = {NAN, NAN, NAN};
    struct surface s = {.n_axes = 1, .n_levels = {3}, .f = f};
    struct stability_map map;
    assert_int_equal(surface_check(&s), OK);
    assert_int_equal(stability_map_make(&map, &s, 0), OK);
    for (int p = 0; p < 3; p++)
        assert_true(isnan(map.plateau_ratio[p]) && isnan(map.basin_frac[p]));
    stability_map_free(&map);
}

CM_MAIN("stability map", cmocka_unit_test(equals_the_measures_of_each_point),
        cmocka_unit_test(nothing_valid_is_nothing_known))
