/* Random sweeps: point, ordinal and levels are bijections, whatever the axes, zips and sides. */
#include "proto/levels.h"
#include "proto/sweep.h"
#include "proto/visit.h"
#include "tests/lib/cm.h"
#include "tests/lib/rng.h"
#include "tests/lib/sweep_axes.h"

enum { SWEEPS = 200, AXES = 6, POINTS_WALKED = 3000, RANGES = 2000 };

static uint64_t start_seed(void)
{
    const char *text = getenv("PLATEAU_SEED");
    uint64_t seed = text ? strtoull(text, NULL, 10) : 20240607;
    printf("seed %llu (PLATEAU_SEED)\n", (unsigned long long)seed);
    return seed;
}

static uint32_t random_axes(struct rng *rng, struct sweep_axis *axes)
{
    uint32_t n = 1 + rng_below(rng, AXES), sizes[AXES], n_dimensions = 0;
    for (uint32_t a = 0; a < n; a++) {
        char name[2] = {(char)('a' + a), 0};
        uint32_t d =
            n_dimensions && rng_chance(rng, 0.3) ? rng_below(rng, n_dimensions) : n_dimensions;
        if (d == n_dimensions)
            sizes[n_dimensions++] = 1 + rng_below(rng, 9);
        axes[a] = axis_new(name, d, sizes[d], rng_chance(rng, 0.4));
    }
    return n;
}

static void check_point(const struct sweep *s, uint32_t n, uint64_t p)
{
    uint32_t levels[AXES];
    double values[AXES];
    uint64_t back;
    sweep_levels(s, p, levels);
    sweep_values(s, p, values);
    assert_int_equal(sweep_point_of_levels(s, levels, &back), OK);
    assert_true(back == p);
    for (uint32_t a = 0; a < n; a++)
        assert_true(values[a] == sweep_axis(s, a)->values[levels[a]]);
    uint64_t o = sweep_ordinal_of_point(s, p);
    assert_true(o < sweep_n_points(s));
    assert_true(sweep_point_of_ordinal(s, o) == p);
}

/* Along the ordinals an entry-side level changes only after every combination of the others. */
static void check_tile_order(const struct sweep *s, uint32_t n)
{
    uint32_t before[AXES], now[AXES];
    uint64_t inner = 1, points = sweep_n_points(s);
    bool entry[SWEEP_AXES_MAX] = {false};
    for (uint32_t a = 0; a < n; a++)
        entry[sweep_axis(s, a)->dimension] |= sweep_axis(s, a)->entry_side;
    for (uint32_t d = 0; d < sweep_n_dimensions(s); d++)
        inner *= entry[d] ? 1 : sweep_dimension_size(s, d);
    for (uint64_t o = 1; o < points && o < POINTS_WALKED; o++) {
        sweep_levels(s, sweep_point_of_ordinal(s, o - 1), before);
        sweep_levels(s, sweep_point_of_ordinal(s, o), now);
        for (uint32_t a = 0; a < n; a++)
            if (o % inner && entry[sweep_axis(s, a)->dimension])
                assert_int_equal(before[a], now[a]);
    }
}

static void numberings_are_bijections(void **state)
{
    (void)state;
    struct rng rng = {start_seed()};
    for (int i = 0; i < SWEEPS; i++) {
        struct sweep_axis axes[AXES];
        uint32_t n = random_axes(&rng, axes);
        struct sweep *s = NULL;
        assert_int_equal(sweep_new(&s, &(struct sweep_plan){.axes = axes, .n_axes = n}, NULL), OK);
        uint64_t points = sweep_n_points(s);
        for (uint64_t p = 0; p < points && p < POINTS_WALKED; p++)
            check_point(s, n, p);
        check_point(s, n, points - 1);
        check_tile_order(s, n);
        sweep_free(&s);
        axes_free(axes, n);
    }
}

enum { TEXT = 48 };

/* v units of 10^-scale, scale >= 1, digit by digit. */
static void print_units(char out[TEXT], int64_t v, int scale)
{
    long long unit = 1;
    for (int s = 0; s < scale; s++)
        unit *= 10;
    snprintf(out, TEXT, "%s%lld.%0*lld", v < 0 ? "-" : "", llabs(v) / unit, scale, llabs(v) % unit);
}

/* Integers are the reference: start + k step in units of 10^-scale. */
static void ranges_are_what_integers_say(void **state)
{
    (void)state;
    struct rng rng = {start_seed()};
    for (int i = 0; i < RANGES; i++) {
        int scale = 1 + (int)rng_below(&rng, 6);
        int64_t from = (int64_t)rng_below(&rng, 200000) - 100000, n = rng_below(&rng, 40);
        int64_t step = 2 + rng_below(&rng, 5000);
        int64_t off = rng_chance(&rng, 0.5) ? 0 : 1 + rng_below(&rng, (uint32_t)step - 1);
        char start[TEXT], end[TEXT], by[TEXT], expected[TEXT];
        if (rng_chance(&rng, 0.3)) {
            step = -step;
            off = -off;
        }
        print_units(start, from, scale);
        print_units(end, from + n * step + off, scale);
        print_units(by, step, scale);
        struct levels levels = {0};
        assert_int_equal(levels_range(&levels, start, end, by, NULL), off ? ERR_SPEC : OK);
        assert_int_equal(levels.n, off ? 0 : n + 1);
        for (uint32_t k = 0; k < levels.n; k++) {
            print_units(expected, from + (int64_t)k * step, scale);
            assert_string_equal(levels.texts[k], expected);
            assert_true(levels.values[k] == strtod(expected, NULL));
        }
        levels_free(&levels);
    }
}

static void visits_are_bijections(void **state)
{
    (void)state;
    struct rng rng = {start_seed()};
    for (int i = 0; i < SWEEPS; i++) {
        uint64_t n = 1 + rng_next(&rng) % (UINT64_C(1) << (1 + rng_below(&rng, 62)));
        struct visit v = visit_new(n, rng_next(&rng));
        for (uint64_t k = 0; k < n && k < 200; k++)
            assert_true(visit_index(&v, visit_tile(&v, k)) == k);
    }
}

CM_MAIN("sweep properties", cmocka_unit_test(numberings_are_bijections),
        cmocka_unit_test(ranges_are_what_integers_say), cmocka_unit_test(visits_are_bijections))
