#include "engine/philox.h"
#include "review/statistics/reality_check.h"
#include "tests/lib/cm.h" /* cmocka and the headers it wants first */
#include <math.h>
#include <string.h>

enum { N = 9, DAYS = 120 };
static double excess[N * DAYS];

static void draw(uint32_t seed, double skill)
{
    for (uint32_t k = 0; k < N; k++)
        for (int32_t t = 0; t < DAYS; t++)
            excess[k * DAYS + (uint32_t)t] =
                0.01 * philox_fill_normal(seed, k, t, PHILOX_BUY) + (k == 4 ? skill : 0.0);
}

static struct reality_check_input input(void)
{
    return (struct reality_check_input){.excess = excess,
                                        .n = N,
                                        .n_days = DAYS,
                                        .q = 0.1,
                                        .n_iterations = 199,
                                        .seed = 3,
                                        .n_threads = 1};
}

static void skill_is_seen_and_luck_is_not(void **state)
{
    (void)state;
    struct reality_check r;
    unsigned seen = 0, mistaken = 0;
    for (uint32_t seed = 0; seed < 40; seed++) {
        const struct reality_check_input in = input();
        draw(seed, 0.005);
        assert_int_equal(reality_check_run(&r, &in), OK);
        seen += r.p_spa_c <= 0.05;
        assert_true(r.p_spa_l <= r.p_spa_c && r.p_spa_c <= r.p_spa_u);
        draw(1000 + seed, 0.0);
        assert_int_equal(reality_check_run(&r, &in), OK);
        mistaken += r.p_spa_c <= 0.05;
    }
    assert_true(seen >= 36 && mistaken <= 6); /* 40 of each; 5 % of 40 is 2 */
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    struct reality_check one, many;
    struct reality_check_input in = input();
    draw(5, 0.001);
    assert_int_equal(reality_check_run(&one, &in), OK);
    for (in.n_threads = 2; in.n_threads < 6; in.n_threads++) {
        assert_int_equal(reality_check_run(&many, &in), OK);
        assert_memory_equal(&one, &many, sizeof one);
    }
}

static void nothing_better_than_cash(void **state)
{
    (void)state;
    struct reality_check r;
    const struct reality_check_input in = input();
    draw(6, 0.0);
    for (int i = 0; i < N * DAYS; i++)
        excess[i] -= 0.02;
    assert_int_equal(reality_check_run(&r, &in), OK);
    assert_true(r.spa_stat == 0.0 && r.p_spa_u == 1.0 && r.p_spa_c == 1.0 && r.p_spa_l == 1.0);
    assert_true(r.rc_stat < 0.0);
}

static void idle_or_short_or_none_is_undefined(void **state)
{
    (void)state;
    struct reality_check r;
    struct reality_check_input in = input();
    draw(7, 0.0);
    memset(excess, 0, DAYS * sizeof *excess);
    assert_int_equal(reality_check_run(&r, &in), OK);
    assert_int_equal(r.n_used, N - 1);
    in.n = 1;
    assert_int_equal(reality_check_run(&r, &in), OK);
    assert_true(r.n_used == 0 && isnan(r.p_rc) && isnan(r.spa_stat));
    in.n = 0;
    assert_int_equal(reality_check_run(&r, &in), OK);
    assert_true(r.n_used == 0 && isnan(r.p_spa_c));
    in.q = 0.0;
    assert_int_equal(reality_check_run(&r, &in), ERR_RANGE);
}

CM_MAIN("reality_check", cmocka_unit_test(skill_is_seen_and_luck_is_not),
        cmocka_unit_test(threads_do_not_change_a_bit), cmocka_unit_test(nothing_better_than_cash),
        cmocka_unit_test(idle_or_short_or_none_is_undefined))
