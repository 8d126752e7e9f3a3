#include "review/statistics/surface.h"
#include "tests/lib/cm.h" /* cmocka and the headers it wants first */
#include <math.h>
#include <stdlib.h>

static void near(double got, double want)
{
    if (isnan(want) ? !isnan(got) : !(fabs(got - want) <= 1e-12 * (1.0 + fabs(want))))
        fail_msg("got %.15g, expected %.15g", got, want);
}

static struct surface make(uint32_t n_axes, const uint32_t *levels, const double *f)
{
    struct surface s = {.n_axes = n_axes, .f = f};
    for (uint32_t a = 0; a < n_axes; a++)
        s.n_levels[a] = levels[a];
    assert_int_equal(surface_check(&s), OK);
    return s;
}

static void neighbours_are_clipped_never_wrapped(void **state)
{
    (void)state;
    double f[3 * 4 * 2] = {0};
    struct surface s = make(3, (const uint32_t[]){3, 4, 2}, f);
    size_t points[64];
    assert_int_equal(surface_neighbours_max(&s), 18);
    for (size_t p = 0; p < s.n_points; p++) {
        size_t n = surface_neighbours(&s, p, points), want = 0;
        for (size_t q = 0; q < s.n_points; q++) {
            int distance = 0;
            for (uint32_t a = 0; a < 3; a++) {
                int d = abs((int)surface_level(&s, p, a) - (int)surface_level(&s, q, a));
                distance = d > distance ? d : distance;
            }
            want += distance == 1;
        }
        assert_int_equal(n, want);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < i; j++)
                assert_true(points[i] != points[j] && points[i] != p && points[j] != p);
    }
    s.kind[1] = SURFACE_CAT;
    assert_int_equal(surface_neighbours(&s, 0, points), 3);
}

static void components_stop_at_holes_and_categories(void **state)
{
    (void)state;
    const bool member[12] = {1, 1, 0, 1, 0, 1, 0, 1, 1, 0, 0, 1}; /* 3 x 4 */
    double f[12] = {0};
    uint32_t label[12], size[12], queue[12];
    struct surface s = make(2, (const uint32_t[]){3, 4}, f);
    assert_int_equal(surface_components(&s, member, label, size, queue), 3);
    assert_true(size[0] == 3 && size[1] == 3 && size[2] == 1); /* diagonals do not connect */
    s.kind[0] = SURFACE_CAT;
    assert_int_equal(surface_components(&s, member, label, size, queue), 6);
}

static void a_lone_peak_is_sharp_and_a_table_is_flat(void **state)
{
    (void)state;
    double f[25] = {0};
    struct surface s = make(2, (const uint32_t[]){5, 5}, f);
    struct surface_point p;
    for (int i = 0; i < 25; i++)
        f[i] = i == 12 ? 2.0 : 0.5;
    assert_int_equal(surface_point_stability(&s, 12, &p), OK);
    assert_true(p.sharp_peak && !p.on_edge && p.basin == 1);
    near(p.plateau_ratio, 0.25);
    near(p.worst_ratio, 0.25);
    near(p.step_drop, 0.75);
    near(p.curv[0], -3.0);
    near(p.grad[0], 0.0);
    assert_int_equal(surface_point_stability(&s, 0, &p), OK);
    assert_true(!p.sharp_peak && p.on_edge && p.n_nb == 3);
    near(p.basin_frac, 1.0);
    assert_true(isnan(p.curv[0]));
}

/* One level, one point, categories only, losses, nothing valid: an answer, never a made-up number.
 */
static void degenerate_grids_are_undefined_not_wrong(void **state)
{
    (void)state;
    double one[1] = {1.0}, loss[3] = {-1.0, -0.5, -2.0}, none[3] = {NAN, NAN, NAN},
           two[2] = {1.0, 2.0};
    struct surface_point p;
    struct surface_summary r;
    struct surface s = make(1, (const uint32_t[]){1}, one);
    assert_int_equal(surface_point_stability(&s, 0, &p), OK);
    assert_true(p.n_nb == 0 && isnan(p.coverage) && isnan(p.plateau_ratio) && !p.on_edge &&
                p.basin == 1);
    assert_int_equal(surface_summarise(&s, &r), OK);
    assert_true(r.top_count == 1 && isnan(r.best_z) && isnan(r.moran_i));
    s = make(1, (const uint32_t[]){3}, loss);
    assert_int_equal(surface_point_stability(&s, 1, &p), OK);
    assert_true(isnan(p.plateau_ratio) && isnan(p.step_drop) && isnan(p.basin_frac));
    near(p.nb_min, -2.0);
    s = make(1, (const uint32_t[]){3}, none);
    assert_int_equal(surface_point_stability(&s, 1, &p), OK);
    assert_true(isnan(p.f) && p.n_valid == 0 && p.coverage == 0.0 && isnan(p.nb_mean));
    assert_int_equal(surface_summarise(&s, &r), OK);
    assert_true(r.n_valid == 0 && r.best == 3 && isnan(r.mean) && isnan(r.top_threshold));
    near(r.missing, 1.0);
    s = make(1, (const uint32_t[]){2}, two);
    assert_int_equal(surface_point_stability(&s, 1, &p), OK);
    assert_true(!p.on_edge); /* two levels have no inside */
    near(p.grad[0], 1.0);
    assert_int_equal(surface_point_stability(&s, 2, &p), ERR_RANGE);
    s.n_levels[0] = 0;
    assert_int_equal(surface_check(&s), ERR_RANGE);
}

static void ties_stay_in_the_top_tenth(void **state)
{
    (void)state;
    double f[30] = {0};
    struct surface s = make(2, (const uint32_t[]){3, 10}, f);
    struct surface_summary r;
    for (int i = 0; i < 30; i++)
        f[i] = i % 10 == 9 || i == 0 || i == 20 ? 3.0 : i == 5 ? NAN : 1.0 + 0.01 * i;
    assert_int_equal(surface_summarise(&s, &r), OK);
    assert_true(r.top_count == 5 && r.top_components == 3); /* ceil(2.9) = 3 wanted, 5 are level */
    near(r.top_concentration, 0.6);
    assert_int_equal(r.best, 0);
    near(r.missing, 1.0 / 30.0);
}

/* Moran's I of a chequerboard is -1 on a torus; on a plain board by the definition. */
static void moran_by_the_definition(void **state)
{
    (void)state;
    double f[20] = {0}, mean = 0.0, z2 = 0.0, cross = 0.0, w = 0.0;
    struct surface s = make(2, (const uint32_t[]){4, 5}, f);
    struct surface_summary r;
    for (int i = 0; i < 20; i++) {
        f[i] = sin(i * 2.3) + (i == 7 ? 2.0 : 0.0);
        mean += f[i] / 20.0;
    }
    for (size_t i = 0; i < 20; i++) {
        z2 += (f[i] - mean) * (f[i] - mean);
        for (size_t j = 0; j < 20; j++) {
            int steps = abs((int)(i / 5) - (int)(j / 5)) + abs((int)(i % 5) - (int)(j % 5));
            w += steps == 1;
            cross += steps == 1 ? (f[i] - mean) * (f[j] - mean) : 0.0;
        }
    }
    assert_int_equal(surface_summarise(&s, &r), OK);
    near(r.moran_i, 20.0 / w * cross / z2);
    near(r.moran_e, -1.0 / 19.0);
}

CM_MAIN("surface", cmocka_unit_test(neighbours_are_clipped_never_wrapped),
        cmocka_unit_test(components_stop_at_holes_and_categories),
        cmocka_unit_test(a_lone_peak_is_sharp_and_a_table_is_flat),
        cmocka_unit_test(degenerate_grids_are_undefined_not_wrong),
        cmocka_unit_test(ties_stay_in_the_top_tenth), cmocka_unit_test(moran_by_the_definition))
